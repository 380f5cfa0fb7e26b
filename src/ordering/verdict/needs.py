"""What a law needs of an activation for a pooling, and what the reals found of that."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ordering.activation import Activation
from ordering.evidence import Finding, Shape
from ordering.law import ALWAYS, Law
from ordering.pooling import Kind, Pooling
from ordering.verdict.account import account
from ordering.verdict.records import Requirement

WHERE: Final = {
    Kind.LINEAR: "where the weights of a window do not sum to one, as with padding that is counted: ",
    Kind.REARRANGE_ZERO: "where zeros are put beside the values: ",
}
"""Of a pooling that reduces windows in several ways: which of them a need is about."""


def requirement(activation: Activation, shape: Shape, law: Law, pooling: Pooling) -> tuple[Requirement, Kind]:
    """The need that decides: the first refuted one of the pooling's kinds, else the first undecided."""
    candidates = [(_need(activation, shape, law, kind), kind) for kind in pooling.kinds if kind in law.needs]
    for answer in (False, None):
        for need, kind in candidates:
            if need.finding.holds is answer and not need.claimed:
                others = any(each.finding.holds is not answer for each, _ in candidates)
                where = WHERE.get(kind, "") if others else ""
                return replace(need, account=f"{where}{need.account}"), kind
    return candidates[-1]


def _need(activation: Activation, shape: Shape, law: Law, kind: Kind) -> Requirement:
    """What the law needs for one kind, with what theory concludes for the law from the shape."""
    name = law.needs[kind]
    theorem = law.theorem_of(kind)
    if name == ALWAYS and not theorem:
        line = "nothing to prove: the law is claimed of every f, and is about the operators"
        return Requirement(name, Finding(None, reason=line), line, claimed=True)
    if name == ALWAYS:
        finding, line = Finding.by_theorem(theorem), f"proved for every f ({theorem})"
    else:
        finding = shape.finding(name)
        line = account(activation, shape, name, finding)
    concluded = law.holds(kind, shape)
    if concluded is finding.holds:
        return Requirement(name, finding, line)
    if finding.holds is False:
        line = f"{line}; for such an f the law claims nothing"
        return Requirement(name, Finding(None, reason=line), line, outside=True)
    line = f"{line}; what the law needs beyond that {'fails' if concluded is False else 'is undecided'}"
    return Requirement(name, Finding(concluded, reason=line), line)
