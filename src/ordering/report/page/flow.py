"""Derivations as HTML: words that wrap, and the formulas between them as MathML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape
from sympy import Expr

from ordering.evidence import Shape
from ordering.rendering import shape_document
from ordering.rendering.mathml import mathml_of, mathml_parts
from ordering.rendering.parts import Line, Part
from ordering.report.page.records import Step
from ordering.report.page.safe import visible


def derivation(shape: Shape) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The lemmas about a function, and what follows from them."""
    document = shape_document(shape, shape.expression)
    return _steps(document.lemmas), _steps(document.claims)


def _steps(lines: Iterable[Line]) -> tuple[Step, ...]:
    return tuple(
        Step(
            f"({line.number})" if line.number else "", flowing(line.statement), tuple(map(flowing, line.why))
        )
        for line in lines
    )


def flowing(parts: Sequence[Part]) -> Markup:
    """Words as text, and each run of formulas and signs as one formula."""
    out: list[str] = []
    formula: list[Part] = []
    for part in (*parts, ""):
        if not isinstance(part, str):
            formula.append(part)
            continue
        if formula:
            out.append(f"<math>{_plain(mathml_parts(formula))}</math>")
            formula = []
        if part.strip():
            out.append(str(escape(visible(part.strip()))))
    # A comma belongs to what stands before it.
    return Markup(re.sub(r" (?=[,;:.)])", "", " ".join(out)))


def math(expression: Expr) -> Markup:
    """One formula, its fractions in full size."""
    return Markup(f'<math displaystyle="true">{_plain(mathml_of(expression))}</math>')


def _plain(mathml: str) -> str:
    """With the letter e, where sympy writes a special one that few fonts have."""
    return mathml.replace("\N{DOUBLE-STRUCK ITALIC SMALL E}", "e")
