"""A counterexample of an earlier report run again on this machine: from its data, never from its script."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor

from ordering.arguments import seconds, shown
from ordering.errors import InvalidArgument, LoadError, NotApplicable, OrderingError
from ordering.evidence.storing import restored
from ordering.kernels.checking import check, within
from ordering.lattice import format_of
from ordering.law import Case, Law
from ordering.loading import load_activation, load_law, load_pooling
from ordering.reals import prove
from ordering.running.threads import one_thread

MOST: Final = 1 << 27
"""Elements of storage that a tensor of a report may have."""
Claim: TypeAlias = tuple[str, str, str, str, str]
"""Law, activation, pooling, dtype, and the machine's short name."""


class Replayed(Enum):
    """What came of a counterexample."""

    THERE = "STILL THERE"
    GONE = "GONE"
    CANNOT = "CANNOT RUN"


@dataclass(frozen=True)
class Recorded:
    """A counterexample as a report holds it."""

    id: str
    law: str
    activation: str
    pooling: str
    references: Mapping[str, str]
    """Where entries of the user's own code are loaded from, by `"activation"`, `"pooling"`, `"law"`."""
    data: Mapping[str, Any]
    """`counterexample` of a report that satisfies the schema."""
    machine: str = ""
    """The short name of the machine on which it was found."""


@dataclass(frozen=True)
class Replay:
    """A counterexample then and now."""

    id: str
    outcome: Replayed
    why: str
    """What was found, or why it could not be run."""
    gap_then: float
    ulp_then: int | None
    gap_now: float | None = None
    """None where it could not be run."""
    ulp_now: int | None = None


def run_again(recorded: Recorded, *, timeout: float = 10.0) -> Replay:
    """Run a counterexample again: the same law, entries, input and arguments, as its data say.

    Nothing of the report is executed.  Entries of the user's own code are imported, by the names under which
    they were asked for.

    Parameters
    ----------
    recorded:
        The counterexample.
    timeout:
        Seconds for a proof, for the few laws whose sides need what is proved of the activation.

    Raises
    ------
    InvalidArgument
        If it is no counterexample of a report; whatever else is wrong is the outcome `CANNOT`.
    """
    if not isinstance(recorded, Recorded):
        raise InvalidArgument(f"recorded must be one of recorded_in(data), got {shown(recorded)}")
    timeout = seconds("timeout", timeout)
    data = recorded.data
    then = (float(data["gap"]), data["gap_ulp"])
    try:
        law, case = _case(recorded, timeout)
        with one_thread():
            if not within(law, case):
                raise NotApplicable("the law makes no claim about this input any more")
            found = check(law, case, int(data.get("tolerance_ulp", 0)))
    except OrderingError as error:
        return Replay(recorded.id, Replayed.CANNOT, str(error), *then)
    if found.holds:
        return Replay(recorded.id, Replayed.GONE, "the law holds on this input", *then, 0.0, 0)
    now = (found.gap, found.gap_ulp)
    same = _same(then[0], found.gap) and then[1] == found.gap_ulp
    why = "with the same gap" if same else "with another gap"
    return Replay(recorded.id, Replayed.THERE, why, *then, *now)


def recorded_in(data: Mapping[str, Any]) -> Iterator[tuple[Claim, Recorded]]:
    """Every counterexample in a report's data, with its claim: law, activation, pooling, dtype, machine.

    Its id is the report's own, or empty in one that was made before there were ids.

    Raises
    ------
    InvalidArgument
        If these are not the data of a report (`report.json`).
    """
    if not isinstance(data, Mapping) or "verdicts" not in data:
        raise InvalidArgument(f"data must be those of a report.json, got {shown(data)}")
    return _recorded_in(data)


def _recorded_in(data: Mapping[str, Any]) -> Iterator[tuple[Claim, Recorded]]:
    loaded = {(each["kind"], each["name"]): each["reference"] for each in data.get("sources", ())}
    for verdict in data["verdicts"]:
        names = {kind: verdict[kind] for kind in ("law", "activation", "pooling")}
        references = {kind: loaded[kind, name] for kind, name in names.items() if (kind, name) in loaded}
        machine = (verdict.get("machine") or {}).get("kind", "")
        for dtype, each in verdict["by_dtype"].items():
            found = each["counterexample"]
            if found is not None:
                claim = (names["law"], names["activation"], names["pooling"], dtype, machine)
                yield claim, Recorded(found.get("id", ""), *claim[:3], references, found, machine)


def _same(then: float, now: float) -> bool:
    return then == now or (math.isnan(then) and math.isnan(now))


def _case(recorded: Recorded, timeout: float) -> tuple[Law, Case]:
    """The law and the case on which it was broken.

    Raises
    ------
    OrderingError
        If an entry cannot be loaded or is another one, or the data are not those of a case.
    """
    data = recorded.data
    law = load_law(recorded.references.get("law", recorded.law))
    activation = load_activation(recorded.references.get("activation", recorded.activation))
    pooling = load_pooling(recorded.references.get("pooling", recorded.pooling))
    for kind, entry in (("law", law), ("activation", activation), ("pooling", pooling)):
        wanted = getattr(recorded, kind)
        if entry.name != wanted:
            raise LoadError(
                f"{recorded.references.get(kind, wanted)} is now {entry.name}, and no more {wanted}"
            )
    if reason := law.obstacle(activation, pooling):
        raise NotApplicable(reason)
    shape = prove(activation, timeout=timeout) if law.needs_shape else None
    return law, Case(activation, pooling, tensor_of(data), arguments_of(data), shape)


def arguments_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The pooling's keyword arguments.

    Raises
    ------
    LoadError
        If one was no plain data, so that the report does not hold it; or the data are damaged.
    """
    call = data.get("call", data["arguments"])
    if call is None:
        raise LoadError(
            f"an argument of the pooling was no plain data, and the report does not hold it: "
            f"{', '.join(f'{name}={value}' for name, value in data['arguments'].items())}"
        )
    try:
        arguments = {name: restored(value) for name, value in call.items()}
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise LoadError(f"the report's arguments of the pooling cannot be read: {error!r}") from error
    if (
        "call" not in data
    ):  # an older report, in which tuples are lists; torch's functions are called with them
        arguments = {name: _tuples(value) for name, value in arguments.items()}
    return arguments


def _tuples(value: Any) -> Any:
    return tuple(_tuples(entry) for entry in value) if isinstance(value, list) else value


def tensor_of(data: Mapping[str, Any]) -> Tensor:
    """The input, value for value, as it lay in memory.

    Raises
    ------
    LoadError
        If the values are not those of a tensor of this shape, dtype and layout.
    """
    shape = tuple(data["shape"])
    try:
        form = format_of(data["dtype"])
        values = [float.fromhex(text) for text in _flat(data["input"])]
        if len(values) != math.prod(shape):
            raise ValueError(f"{len(values)} values for the shape {shape}")
        exact = torch.tensor(values, dtype=torch.float64)
        given = exact.to(form.dtype)
        if not torch.equal(given.double().nan_to_num(0.0), exact.nan_to_num(0.0)):
            raise ValueError(f"not all values are values of {data['dtype']}")
        where = data.get("layout")
        if where is None:
            return given.view(shape)
        return _laid_out(given, shape, where).requires_grad_(where["requires_grad"])
    except (ValueError, OverflowError, RuntimeError, RecursionError, InvalidArgument) as error:
        raise LoadError(f"the report's input cannot be read: {error}") from error


def _flat(values: Any) -> Iterator[str]:
    if isinstance(values, list):
        for each in values:
            yield from _flat(each)
    else:
        yield values


def _laid_out(values: Tensor, shape: tuple[int, ...], where: Mapping[str, Any]) -> Tensor:
    """The values in a storage of their own, at the steps at which they lay."""
    stride, offset = tuple(where["stride"]), where["offset"]
    if len(stride) != len(shape):
        raise ValueError(f"{len(stride)} steps for {len(shape)} axes")
    empty = 0 in shape
    extent = offset + (
        0 if empty else 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
    )
    if extent > MOST:
        raise ValueError(f"it would take {extent:,} elements of storage")
    storage = torch.zeros(extent, dtype=values.dtype)
    if not empty:
        places = torch.full((1,), offset)
        for size, step in zip(shape, stride, strict=True):
            places = (places[:, None] + step * torch.arange(size)).flatten()
        storage[places] = values
        # Places that coincide, along an axis without a step, hold one value.
        if not torch.equal(_bits(storage[places]), _bits(values)):
            raise ValueError("different values lie in one place")
    return storage.as_strided(shape, stride, offset)


def _bits(tensor: Tensor) -> Tensor:
    return tensor.view(format_of(tensor.dtype).integer)
