"""The three ways in which operators can do what theory says they do not, and the whole text of each."""

from __future__ import annotations

from typing import Final

import torch

from ordering.activation import Activation
from ordering.evidence import Counterexample, Shape, Survival
from ordering.evidence.reals import PROPERTIES
from ordering.evidence.words import ulp
from ordering.law import ALWAYS, Law
from ordering.pooling import Kind, Pooling
from ordering.testing.failing import Failure, apart, arranged, called, evidence, subjects
from ordering.testing.known import name_of
from ordering.testing.saving import save

NO_SCRIPT: Final = "none: there is no counterexample to be run"


def broken(law: Law, activation: Activation, shape: Shape, kind: Kind, found: Counterexample) -> Failure:
    """A law that must hold and does not."""
    return Failure(
        f"the law must hold for {kind.value}, yet it is broken: {apart(found)}",
        f"must hold for {kind.value}, since {_since(law, activation, shape, kind)}",
        found,
    )


def survived(
    law: Law,
    activation: Activation,
    shape: Shape,
    kind: Kind,
    last: Counterexample | Survival,
    dtypes: tuple[str, ...],
) -> Failure:
    """A law that must fail and does not; `last` is what came of the search in the last of the dtypes."""
    seen, examined = "the examples", "what breaks it is no more than rounding"
    if isinstance(last, Survival):
        seen = f"{last.examples:,} examples"
        examined = f"{seen}, {last.compared:,} elements; the largest distance was {ulp(last.worst_ulp)}"
    return Failure(
        f"the law must fail for {kind.value}, yet none of {seen} in {dtypes[-1]} breaks it by more than "
        f"rounding",
        f"must fail for {kind.value}, since {_since(law, activation, shape, kind)}",
        None,
        examined=f"{' and then '.join(dtypes)}; in {dtypes[-1]} {examined}",
    )


def beyond(
    law: Law,
    activation: Activation,
    shape: Shape,
    kind: Kind,
    found: Counterexample,
    drawdown: float,
    rounding: float,
) -> Failure:
    """A law that may fail, but not by so much."""
    return Failure(
        f"the gap between the orders passes the proved drawdown {drawdown:.6g}: {apart(found)}",
        f"fails for {kind.value}, since {_since(law, activation, shape, kind)}; but by no more than the "
        f"drawdown, the furthest that {activation} falls",
        found,
        bound=f"{drawdown:.6g} is the proved drawdown, and {rounding:.2g} is allowed for rounding",
    )


def told(
    trial: str,
    law: Law,
    activation: Activation,
    pooling: Pooling,
    failure: Failure,
    dtype: torch.dtype,
    seed: str,
    commands: tuple[str, ...],
    keep: str | None = None,
) -> str:
    """The whole text of a failing trial; the script of its counterexample is written to a file.

    `keep` is what keeps one case of a test with `@given`; None where the trial has been tried as a whole.
    """
    found = failure.found
    with_arguments = str(pooling) if found is None else called(pooling.name, found.pooling_arguments)
    about = name_of(dtype) if found is None else found.dtype
    rows = subjects(f"{law}: {law.statement}", str(activation), with_arguments, about)
    rows += [*evidence(failure), ("seed", seed)]
    after = [f"Keep it, under the name that the test has for it, with\n\n    {keep}\n"] if keep else []
    if found is None:
        rows.append(("script", NO_SCRIPT))
    else:
        saved = save(found.script, f"{trial}-{found.dtype}", once=keep is None)
        rows.append(("script", saved.row))
        commands = (*commands, *saved.commands)
        after += [f"The script:\n\n{saved.text}"] if saved.text else []
    return arranged(f"{trial}: {failure.headline}", rows, commands, "\n".join(after))


def _since(law: Law, activation: Activation, shape: Shape, kind: Kind) -> str:
    """What is proved of the activation, on which the law rests for this kind of pooling."""
    need = law.needs[kind]
    if need == ALWAYS:
        return "it needs nothing of the activation"
    finding = shape.finding(need)
    statement = f" ({PROPERTIES[need]})" if need in PROPERTIES else ""
    if finding.holds is not False:
        return f"{activation} is {need}{statement}"
    shows = ", ".join(map(str, finding.witness or ()))
    return f"{activation} is not {need}{statement}{f': witness {shows}' if shows else ''}"
