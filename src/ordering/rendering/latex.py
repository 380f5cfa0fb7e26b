"""Derivations as LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from ordering.evidence import Derivation
from ordering.rendering.statements import Mark, Part, lines

_MARKS = {
    "=": "=",
    "<": "<",
    ">": ">",
    "<=": r"\le",
    ">=": r"\ge",
    "!=": r"\ne",
    "*": r"\cdot",
}


def latex(derivation: Derivation) -> str:
    """The steps as the rows of LaTeX's `align*`, each with its reason."""
    rows = [f"&{latex_of(line.statement)} && {latex_of(line.why)}" for line in lines(derivation)]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def latex_of(parts: Sequence[Part]) -> str:
    """Words, formulas and marks, without delimiters."""
    out = []
    for part in parts:
        if isinstance(part, Mark):
            out.append(_MARKS[part.name])
        elif isinstance(part, str):
            out.append(rf"\text{{ {_plain(part)} }}")
        else:
            out.append(sp.latex(part))
    return " ".join(out)


def _plain(words: str) -> str:
    """Words for LaTeX's text mode."""
    special = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", "<": "$<$", ">": "$>$", "|": "$|$"}
    return "".join(special.get(c, f"\\{c}" if c in "#$%&_{}" else c) for c in words)
