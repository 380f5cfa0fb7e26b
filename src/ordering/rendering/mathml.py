"""Derivations as presentation MathML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from sympy.printing.mathml import mathml as to_mathml

from ordering.evidence import Derivation
from ordering.rendering.statements import Mark, Part, lines

_MARKS = {
    "=": "=", "<": "&lt;", ">": "&gt;", "<=": "&#x2264;", ">=": "&#x2265;", "!=": "&#x2260;",
    "|-": "&#x22A2;", "*": "&#x22C5;",
}  # fmt: skip


def mathml(derivation: Derivation) -> str:
    """The steps as the rows of a table, each with its reason."""
    rows = [
        f"<mtr><mtd>{mathml_parts(line.statement)}</mtd><mtd>{mathml_parts(line.why)}</mtd></mtr>"
        for line in lines(derivation)
    ]
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"><mtable>{"".join(rows)}</mtable></math>'


def mathml_parts(parts: Sequence[Part]) -> str:
    """Words, formulas and marks as one row."""
    out = []
    for part in parts:
        if isinstance(part, Mark):
            out.append(f"<mo>{_MARKS[part.name]}</mo>")
        elif isinstance(part, str):
            out.append(f"<mtext>&#xA0;{html.escape(part, quote=False)}&#xA0;</mtext>")
        else:
            out.append(mathml_of(part))
    return f"<mrow>{''.join(out)}</mrow>"


def mathml_of(expression: Any) -> str:
    """Presentation MathML of an expression."""
    text = to_mathml(expression, printer="presentation")
    # sympy writes HTML's named entities, which XML does not know, and `<` as it is, which would open a tag.
    return re.sub(
        r"&(?!lt;|gt;|amp;)\w+;", lambda e: html.unescape(e[0]), text.replace("<mo><</mo>", "<mo>&lt;</mo>")
    )
