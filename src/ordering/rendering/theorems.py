"""Theorems as text, LaTeX and MathML: what is claimed, what it rests on, and the steps, all from the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sympy as sp
from sympy.core.relational import Relational

from ordering.checking.parametric import (
    ALWAYS,
    NEVER,
    Difference,
    Family,
    ParametricClaim,
    ParametricTheorem,
    Under,
)
from ordering.checking.records import Derivative, Sign
from ordering.checking.theorems import (
    Area,
    Both,
    Cancelled,
    Congruent,
    Induction,
    Integral,
    Lemma,
    Linear,
    Rule,
    Scaled,
    Split,
    Step,
    Theorem,
    Use,
    parts,
)
from ordering.rendering.latex import latex_of
from ordering.rendering.mathml import mathml_parts
from ordering.rendering.parts import Mark, Part
from ordering.rendering.text import text_of
from ordering.variable import x

Proved: TypeAlias = Theorem | ParametricTheorem
Parts: TypeAlias = tuple[Part, ...]


_OPERATORS: Final = {sp.Eq: "=", sp.Ne: "!=", sp.Lt: "<", sp.Gt: ">", sp.Le: "<=", sp.Ge: ">="}


@dataclass(frozen=True)
class Row:
    """A numbered line of a proof: `2.1` is the first step inside step 2."""

    number: str
    statement: Parts
    why: Parts


def text(theorem: Proved) -> str:
    """The sentence, what is given, and the numbered steps."""
    rows = [f"  {row.number} {text_of(row.statement)}   [{text_of(row.why)}]" for row in _rows(theorem)]
    return "\n".join([text_of(sentence(theorem)), *rows])


def latex(theorem: Proved) -> str:
    """The sentence and the steps as the rows of LaTeX's `align*`."""
    first = rf"&{latex_of(sentence(theorem))} &&"
    rows = [
        rf"\text{{{row.number}}}\quad &{latex_of(row.statement)} && {latex_of(row.why)}"
        for row in _rows(theorem)
    ]
    return "\\begin{align*}\n" + " \\\\\n".join([first, *rows]) + "\n\\end{align*}"


def mathml(theorem: Proved) -> str:
    """The sentence and the steps as the rows of a table."""
    rows = [f"<mtr><mtd></mtd><mtd>{mathml_parts(sentence(theorem))}</mtd><mtd></mtd></mtr>"]
    for row in _rows(theorem):
        cells = (f"<mtext>{row.number}</mtext>", mathml_parts(row.statement), mathml_parts(row.why))
        rows.append(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in cells)}</mtr>")
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"><mtable>{"".join(rows)}</mtable></math>'


def sentence(theorem: Proved) -> Parts:
    """What is proved, from the claim's data alone."""
    if isinstance(theorem, Theorem):
        return _named(theorem.statement)
    return _claimed(theorem.claim)


def _rows(theorem: Proved) -> Iterator[Row]:
    if isinstance(theorem, Theorem):
        for number, hypothesis in enumerate(theorem.hypotheses, 1):
            yield Row(f"(h{number})", _hypothesis(hypothesis), ("given",))
        yield from _numbered(theorem.steps, "")
    else:
        yield from (Row("", *row) for row in _definition(theorem.claim.family))
        for number, step in enumerate(theorem.steps, 1):
            yield Row(f"{number}.", *_parametric(step, theorem.claim))


# ---- general theorems --------------------------------------------------------------------------------


def _joined(relations: Iterable[Any], word: str = ",") -> Parts:
    """Relations (or other formulas) one after another."""
    out: list[Part] = []
    for relation in relations:
        for part in parts(relation):
            out += [word, *_formula(part)] if out else _formula(part)
    return tuple(out)


def _formula(e: Any) -> Parts:
    """A relation as its sides and its sign."""
    return (e.lhs, Mark(_OPERATORS[e.func]), e.rhs) if isinstance(e, Relational) else (e,)


def _rule(rule: Rule) -> Parts:
    fixed: Parts = ()
    if rule.variables:
        whole = [v for v in rule.variables if v.is_integer]
        real = [v for v in rule.variables if not v.is_integer]
        kinds = [
            (f"for every {kind}", *_joined(some)) for kind, some in (("whole", whole), ("real", real)) if some
        ]
        fixed = tuple(part for kind in kinds for part in (*kind, ","))
    given = ("if", *_joined(rule.given), ", then") if rule.given else ()
    return (*fixed, *given, *_joined((rule.then,), "and"))


def _named(rule: Rule) -> Parts:
    return (f"{rule.name}:", *_rule(rule))


def _hypothesis(hypothesis: Rule | Area) -> Parts:
    if isinstance(hypothesis, Rule):
        return _named(hypothesis)
    whole = sp.Integral(hypothesis.integrand, (x, hypothesis.low, hypothesis.high))
    return (f"{hypothesis.name}:", hypothesis.symbol, Mark("="), whole)


def _numbered(steps: Iterable[Step], before: str) -> Iterator[Row]:
    for place, step in enumerate(steps, 1):
        number = f"{before}{place}."
        yield Row(number, *_said(step))
        for label, inner in _inside(step):
            yield from _numbered(inner, f"{number}{label}")


def _inside(step: Step) -> tuple[tuple[str, tuple[Step, ...]], ...]:
    """The steps within a step, and what their numbers begin with."""
    if isinstance(step, Lemma):
        return (("", step.steps),)
    if isinstance(step, Induction):
        return (("first.", step.base), ("next.", step.step))
    if isinstance(step, Split):
        return (("a.", step.above), ("b.", step.below))
    return ()


def _said(step: Step) -> tuple[Parts, Parts]:
    if isinstance(step, Lemma):
        fixed = ("with any", *_joined(step.rule.variables), "of this kind") if step.rule.variables else ()
        return _named(step.rule), (*fixed, "as follows")
    if isinstance(step, Induction):
        n = step.rule.variables[0]
        return _named(step.rule), (
            "by induction: for",
            n,
            Mark("="),
            sp.Integer(step.start),
            ", and from",
            n,
            "to",
            n + 1,
        )
    return _joined((step.then,), "and"), _reason(step)


def _reason(step: Step) -> Parts:
    if isinstance(step, Use):
        pairs = zip(step.rule.variables, step.values, strict=True)
        at = [part for v, value in pairs for part in (",", v, Mark("="), value) if v != value]
        return (f"by: {step.rule.name}", *at)
    if isinstance(step, Linear):
        return ("follows linearly from", *_joined(step.because)) if step.because else ("multiply out",)
    if isinstance(step, Congruent):
        return ("replace equals by equals:", *_formula(step.because))
    if isinstance(step, Scaled):
        return (*_formula(step.because), ", multiplied by", step.factor)
    if isinstance(step, Cancelled):
        return (*_formula(step.because), ", divided by", step.factor)
    if isinstance(step, Integral):
        return ("by the antiderivative", step.antiderivative)
    if isinstance(step, Split):
        (above, _), (below, _) = step.cases
        return ("in both cases: (a)", *_formula(above), ", and (b)", *_formula(below))
    assert isinstance(step, Both)
    return ("together",)


# ---- claims with parameters --------------------------------------------------------------------------


def _claimed(claim: ParametricClaim) -> Parts:
    word = claim.question.replace("_", " ")
    given = (", for", *_joined(claim.given), ",") if claim.given else ()
    if claim.when in (ALWAYS, NEVER):
        which = "whatever the parameters" if claim.when == ALWAYS else ""
        return (
            claim.family.name,
            *given,
            f"is {'never ' if claim.when == NEVER else ''}{word} {which}".rstrip(),
        )
    return (claim.family.name, *given, f"is {word} {claim.when}", *_joined(claim.condition, "and"))


def _definition(family: Family) -> Iterator[tuple[Parts, Parts]]:
    for i, piece in enumerate(family.pieces):
        yield (sp.Symbol("f(x)"), Mark("="), piece, *_where(family, i, closed=True)), ("definition",)


def _where(family: Family, i: int, *, closed: bool = False) -> Parts:
    """The piece's interval, with the ends that belong to it if it is to be closed."""
    left, right = family.knots[i - 1 : i] if i else (), family.knots[i : i + 1]
    bounds: list[Any] = []
    for knot in left:
        bounds.append(sp.Ge(x, knot.at) if closed and knot.side == "right" else sp.Gt(x, knot.at))
    for knot in right:
        bounds.append(sp.Le(x, knot.at) if closed and knot.side == "left" else sp.Lt(x, knot.at))
    return ("where", *_joined(bounds, "and")) if bounds else ("for every x",)


_SIGNS: Final = {
    (1,): ">",
    (0,): "=",
    (-1,): "<",
    (0, 1): ">=",
    (-1, 0): "<=",
    (-1, 1): "!=",
}
_SLOPES: Final = {"jump": "f", "slopes": "f'"}
_RULES: Final = {
    "nondecreasing": "f' >= 0 on every piece, and no jump goes down",
    "nonincreasing": "f' <= 0 on every piece, and no jump goes up",
    "strictly_increasing": "f' > 0 on every piece, and no jump goes down",
    "convex": "f'' >= 0 on every piece, f does not jump, and its slope does not fall at a knot",
    "concave": "f'' <= 0 on every piece, f does not jump, and its slope does not rise at a knot",
    "affine": "f'' = 0 on every piece, and neither f nor f' jumps",
    "nonnegative": "f >= 0 on every piece",
}


def _parametric(step: object, claim: ParametricClaim) -> tuple[Parts, Parts]:
    family = claim.family
    if isinstance(step, Derivative):
        return (sp.Derivative(step.function, x, evaluate=False), Mark("="), step.derivative), (
            "differentiate",
        )
    if isinstance(step, Difference):
        at = (f"{_SLOPES[step.kind]} jumps by", step.value, "at", x, Mark("="), family.knots[step.knot].at)
        return at, ("right limit less left limit",)
    if isinstance(step, Sign):
        on = ("on", sp.Tuple(*(getattr(end, "value", end) for end in (step.low, step.high))))
        return (step.function, Mark(_SIGNS[step.signs]), sp.S.Zero, *on), (
            "by its slope, and its value at an end",
        )
    if isinstance(step, Under):
        case = ("if", *_joined(step.case), ", then") if step.case else ()
        where = _where(family, step.piece) if step.piece is not None else ()
        product: list[Part] = []
        for factor in step.factors:
            product += [Mark("*"), factor] if product else [factor]
        why = ("the signs of", *product) if len(step.factors) > 1 else ("read off",)
        return (*case, step.expression, Mark(_SIGNS[step.signs]), sp.S.Zero, *where), why
    needed = ("; where the condition fails, one of these fails too",) if claim.condition else ()
    return ("therefore", *_claimed(claim)), (_RULES[claim.question], *needed)
