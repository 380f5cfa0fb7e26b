"""Derivations and documents as presentation MathML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any, Final

import sympy as sp
from sympy.printing.mathml import mathml as to_mathml

from ordering.evidence import Derivation
from ordering.rendering.numbers import Digits
from ordering.rendering.parts import Document, Line, Mark, Part
from ordering.rendering.statements import document

_MARKS: Final = {
    "=": "=", "~": "&#x2248;", "<": "&lt;", ">": "&gt;", "<=": "&#x2264;", ">=": "&#x2265;", "!=": "&#x2260;",
    "->": "&#x2192;", "*": "&#x22C5;",
}  # fmt: skip
_INDEXED: Final = re.compile(r"<mi>([a-z])_(\d+)('*)</mi>")
_NAMED: Final = re.compile(r"(.+?)\((.+)\)")


def mathml(what: Derivation | Document) -> str:
    """The lines as the rows of a table, each with its number and its reasons."""
    given = what if isinstance(what, Document) else document([what])
    rows = [_row(Line(given.opening, ()))] if given.opening else []
    rows += [_row(line) for line in (*given.lemmas, *given.claims)]
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"><mtable>{"".join(rows)}</mtable></math>'


def _row(line: Line) -> str:
    number = f"<mtext>({line.number})&#xA0;</mtext>" if line.number else ""
    why = "<mtext>;&#xA0;</mtext>".join(mathml_parts(sentence) for sentence in line.why if sentence)
    return f"<mtr><mtd>{number}{mathml_parts(line.statement)}</mtd><mtd><mrow>{why}</mrow></mtd></mtr>"


def mathml_parts(parts: Sequence[Part]) -> str:
    """Words, formulas and marks as one row."""
    out = []
    for part in parts:
        if isinstance(part, Mark):
            out.append(f"<mo>{_MARKS[part.name]}</mo>")
        elif isinstance(part, Digits):
            out.append(f"<mn>{part.text}</mn>")
        elif isinstance(part, str):
            out.append(f"<mtext>&#xA0;{html.escape(part, quote=False)}&#xA0;</mtext>")
        else:
            out.append(mathml_of(part))
    return f"<mrow>{''.join(out)}</mrow>"


def mathml_of(expression: Any) -> str:
    """Presentation MathML of an expression."""
    text = to_mathml(_applied(expression), printer="presentation")
    text = _INDEXED.sub(r"<mrow><msub><mi>\1</mi><mn>\2</mn></msub><mo>\3</mo></mrow>", text)
    text = text.replace("<mo></mo>", "")
    # sympy writes HTML's named entities, which XML does not know, and `<` as it is, which would open a tag.
    return re.sub(
        r"&(?!lt;|gt;|amp;)\w+;", lambda e: html.unescape(e[0]), text.replace("<mo><</mo>", "<mo>&lt;</mo>")
    )


def _applied(expression: Any) -> Any:
    """Names such as `g_1(x)` as functions of what stands in them, or sympy makes `1(x)` an index."""
    named = {symbol: _NAMED.fullmatch(symbol.name) for symbol in expression.atoms(sp.Symbol)}
    return expression.xreplace(
        {symbol: sp.Function(found[1])(sp.Symbol(found[2])) for symbol, found in named.items() if found}
    )
