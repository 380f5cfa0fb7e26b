"""What a step of a theorem with symbols says, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import sympy as sp

from ordering.reals.claims import Entailment, Family, Greater, Identity, Induction, SignFactor
from ordering.rendering.parts import Line, Mark, Part, Sentence


def _entailed(step: Entailment) -> Sentence:
    given: list[Part] = []
    for hypothesis in step.hypotheses:
        given += ["; ", hypothesis] if given else [hypothesis]
    return (*given, Mark("|-"), step.goal)


def _induction(step: Induction) -> Sentence:
    parts: list[Part] = [f"for every {step.variable} >= {step.start}:", step.statement]
    parts += ["; first", *_relations(step.base)]
    for case in step.cases:
        parts += [f"; from {step.variable} to {step.variable + 1}", *_relations(case)]
    return tuple(parts)


def _relations(relations: Iterable[Any]) -> list[Part]:
    parts: list[Part] = []
    for relation in relations:
        parts += [", ", relation] if parts else [relation]
    return parts


def _factor(step: SignFactor) -> Sentence:
    return (
        step.expression, Mark("="), step.factor, Mark("*"), step.definite, ", and", step.definite, Mark(">"),
        sp.S.Zero, "on", sp.Tuple(step.low, step.high),
    )  # fmt: skip


def _family(step: Family) -> Sentence:
    return (f"{step.claim}   (instances at {len(step.parameters)} parameters)",)


STATEMENTS: Final[Mapping[type, Callable[[Any], Sentence]]] = {
    Identity: lambda step: (step.left, Mark("="), step.right),
    Greater: lambda step: (step.larger, Mark(">"), step.smaller),
    Entailment: _entailed,
    Induction: _induction,
    SignFactor: _factor,
    Family: _family,
}


def theorem_line(step: Any) -> Line:
    """A step of a theorem, with the reason that it states itself."""
    return Line(STATEMENTS[type(step)](step), ((step.why,),))
