"""Derivations and documents as plain text, for a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Final

from ordering.evidence import Derivation
from ordering.rendering.numbers import Digits
from ordering.rendering.parts import Document, Line, Mark, Part
from ordering.rendering.statements import document
from ordering.rendering.theorems import STATEMENTS

WIDTH: Final = 100
"""Characters of a line."""


def text(what: Derivation | Document) -> str:
    """A document, or the claim of a derivation and its numbered steps."""
    if isinstance(what, Document):
        return _written(what)
    if all(type(step) in STATEMENTS for step in what.steps):
        rows = [
            f"  {line.number}. {text_of(line.statement)}   [{'; '.join(map(text_of, line.why))}]"
            for line in document([what]).lemmas
        ]
        return "\n".join([what.claim, *rows])
    return f"{what.claim}\n\n{_written(document([what]))}"


def _written(what: Document) -> str:
    """What f is, the lemmas, and what follows, at most `WIDTH` characters wide where formulas allow it."""
    out = [_wrapped(text_of(what.opening), "", "    ")] if what.opening else []
    if what.lemmas:
        out += ["", "Preliminaries"]
        for line in what.lemmas:
            out.append(_wrapped(f"({line.number}) {text_of(line.statement)}", "  ", "      "))
            out += [_wrapped(text_of(sentence), "      - ", "        ") for sentence in line.why]
    if what.claims:
        out += ["", "Therefore"]
        out += [_claim(line) for line in what.claims]
    return "\n".join(out).strip("\n")


def _claim(line: Line) -> str:
    why = "; ".join(text_of(sentence) for sentence in line.why if sentence)
    return _wrapped(f"{text_of(line.statement)}: {why}" if why else text_of(line.statement), "  ", "      ")


def _wrapped(words: str, first: str, later: str) -> str:
    return textwrap.fill(
        words, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )


def text_of(parts: Sequence[Part]) -> str:
    """Words, formulas and marks on one line."""
    written = " ".join(
        part.name if isinstance(part, Mark) else part.text if isinstance(part, Digits) else str(part)
        for part in parts
    )
    written = re.sub(r" +([,;:])", r"\1", written)
    return re.sub(r"\( +", "(", re.sub(r" +\)", ")", re.sub(r"([,;])  +", r"\1 ", written)))
