"""Derivations and documents as LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import sympy as sp

from ordering.evidence import Derivation
from ordering.rendering.numbers import Digits
from ordering.rendering.parts import Document, Line, Mark, Part
from ordering.rendering.statements import document

_MARKS: Final = {
    "=": "=",
    "~": r"\approx",
    "<": "<",
    ">": ">",
    "<=": r"\le",
    ">=": r"\ge",
    "!=": r"\ne",
    "->": r"\to",
    "*": r"\cdot",
}


def latex(what: Derivation | Document) -> str:
    """The lines as the rows of LaTeX's `align*`, each with its number and its reasons."""
    given = what if isinstance(what, Document) else document([what])
    return "\\begin{align*}\n" + " \\\\\n".join(_rows(given)) + "\n\\end{align*}"


def _rows(what: Document) -> Iterator[str]:
    if what.opening:
        yield f"&{latex_of(what.opening)}"
    for line in (*what.lemmas, *what.claims):
        yield _row(line)


def _row(line: Line) -> str:
    number = rf"\text{{({line.number})}}\quad " if line.number else ""
    why = r"\text{; }".join(latex_of(sentence) for sentence in line.why if sentence)
    return f"&{number}{latex_of(line.statement)} && {why}"


def latex_of(parts: Sequence[Part]) -> str:
    """Words, formulas and marks, without delimiters."""
    out = []
    for part in parts:
        if isinstance(part, Mark):
            out.append(_MARKS[part.name])
        elif isinstance(part, Digits):
            digits, _, power = part.text.partition("e")
            out.append(digits + (rf" \cdot 10^{{{int(power)}}}" if power else ""))
        elif isinstance(part, str):
            out.append(rf"\text{{ {_plain(part)} }}")
        elif isinstance(part, sp.Symbol):
            out.append(_symbol(part))
        else:
            out.append(sp.latex(part))
    return " ".join(out)


def _symbol(symbol: sp.Symbol) -> str:
    """A symbol such as r_1, or a call such as `f'(x + 2*pi)`, which is one symbol here."""
    head, opened, inside = symbol.name.partition("(")
    return (
        f"{head}({inside[:-1].replace('**', '^').replace('*', ' ')})" if opened and head else sp.latex(symbol)
    )


def _plain(words: str) -> str:
    """Words for LaTeX's text mode."""
    special = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", "<": "$<$", ">": "$>$", "|": "$|$"}
    return "".join(special.get(c, f"\\{c}" if c in "#$%&_{}" else c) for c in words)
