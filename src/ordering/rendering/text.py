"""Derivations and documents as plain text, for a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ordering.evidence import Derivation
from ordering.rendering.numbers import Digits
from ordering.rendering.parts import Document, Line, Mark, Part
from ordering.rendering.printer import formula
from ordering.rendering.statements import document

WIDTH: Final = 100
"""Characters of a line."""
UNBROKEN: Final = 60
"""Characters of a formula that stands on one line."""
GLUE: Final = "\x00"


def text(what: Derivation | Document, width: int = WIDTH) -> str:
    """A document, or the claim of a derivation and its numbered steps, in lines of `width` characters."""
    if isinstance(what, Document):
        return _written(what, width)
    return f"{what.claim}\n\n{_written(replace(document([what]), opening=()), width)}"


def _written(what: Document, width: int) -> str:
    """What f is, the lemmas, and what follows, at most `width` characters wide where formulas allow it."""
    out = [_wrapped(_glued(what.opening), "", "    ", width)] if what.opening else []
    if what.lemmas:
        out += ["", "Preliminaries"]
        for line in what.lemmas:
            out.append(_wrapped(f"({line.number}) {_glued(line.statement)}", "  ", "      ", width))
            out += [_wrapped(_glued(sentence), "      - ", "        ", width) for sentence in line.why]
    if what.claims:
        out += ["", "Therefore"]
        out += [_claim(line, width) for line in what.claims]
    return "\n".join(out).strip("\n")


def _claim(line: Line, width: int) -> str:
    why = "; ".join(_glued(sentence) for sentence in line.why if sentence)
    return _wrapped(
        f"{_glued(line.statement)}: {why}" if why else _glued(line.statement), "  ", "      ", width
    )


def _wrapped(words: str, first: str, later: str, width: int) -> str:
    """Lines of at most `width` characters; short formulas are not broken."""
    wrapper = textwrap.TextWrapper(
        width, first, later, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
    return wrapper.fill(words).replace(GLUE, " ")


def text_of(parts: Sequence[Part]) -> str:
    """Words, formulas and marks on one line."""
    return _glued(parts).replace(GLUE, " ")


def _glued(parts: Sequence[Part]) -> str:
    """The same, with `GLUE` for the spaces at which no line ends: in short formulas, after a relation."""
    written = []
    for part in parts:
        if isinstance(part, Mark):
            written.append(part.name + GLUE)
        elif isinstance(part, Digits):
            written.append(part.text + " ")
        elif isinstance(part, str):
            written.append(part + " ")
        else:
            shown = formula(part)
            written.append((shown.replace(" ", GLUE) if len(shown) <= UNBROKEN else shown) + " ")
    words = "".join(written).strip(f" {GLUE}")
    words = re.sub(rf"[ {GLUE}]+([,;:])", r"\1", words)
    words = re.sub(rf"\([ {GLUE}]+", "(", re.sub(rf"[ {GLUE}]+\)", ")", words))
    return re.sub(r"([,;])  +", r"\1 ", words)
