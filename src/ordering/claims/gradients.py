"""Claim 4: with PReLU and the like, neither order makes gradients vanish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch

from ordering.activation import Activation
from ordering.catalogue import activations, poolings
from ordering.claims import normal
from ordering.claims.records import CLAIMS, Answer, Evidence, Ruling, Tell
from ordering.claims.slopes import Slope, Slopes, slopes
from ordering.claims.words import count, names, percent
from ordering.errors import KernelError
from ordering.evidence import Finding
from ordering.examination import evaluate
from ordering.lattice import FORMATS, from_rank
from ordering.pooling import Pooling
from ordering.running import interrupts
from ordering.running.threads import one_thread

CLAIM: Final = CLAIMS[3]
SCANNED: Final = (torch.float16, torch.bfloat16)
N: Final = 4
"""Elements of the 2x2 windows that are measured."""


@dataclass(frozen=True)
class Dead:
    """Where a kernel's gradient is exactly 0, over every finite value of a dtype."""

    dtype: str
    values: int
    zero: int
    largest_below: float | None
    """The largest x < 0 from which on downwards every gradient is 0; None where the lowest value has one."""


def rule(
    tell: Tell,
    effort: str = "quick",
    *,
    subjects: Sequence[Activation] | None = None,
    average: Pooling | None = None,
    maximum: Pooling | None = None,
) -> Ruling:
    """Ask where f' is 0, and count the elements without gradient in both orders.

    "PReLU and the like" are the subjects with f' = 0 nowhere, over the reals.  The claim fails if on normal
    inputs some element of one of them has no gradient under average pooling, in either order.
    """
    asked = list(activations.values()) if subjects is None else list(subjects)
    average, maximum = average or poolings["avg"], maximum or poolings["max"]
    shapes: dict[str, Slopes] = {}
    averaged: dict[str, normal.Flat] = {}
    selected: dict[str, normal.Flat] = {}
    left_open = []
    for number, entry in enumerate(asked, start=1):
        interrupts.check()
        tell(f"claim 4: {entry}, {number} of {len(asked)}")
        try:
            averaged[entry.name] = normal.flat(entry, average)
            selected[entry.name] = normal.flat(entry, maximum)
        except KernelError as error:
            left_open.append(f"{entry}: {error}")
            continue
        shapes[entry.name] = slopes(entry)
        if shapes[entry.name].slope is Slope.UNKNOWN:
            left_open.append(f"{entry}: whether f' is 0 somewhere is not known ({shapes[entry.name].why})")
    alike = [name for name, each in shapes.items() if each.slope is Slope.NOWHERE]
    lost = [name for name in alike if averaged[name].first or averaged[name].second]
    kernels = {entry.name: entry for entry in asked if entry.name in alike}
    dead = {name: _scan(entry, tell) for name, entry in kernels.items()}
    saturating = [name for name, scans in dead.items() if any(scan.zero for scan in scans)]
    evidence = [
        *_of_the_reals(shapes, alike),
        *_average(averaged, shapes, alike),
        *_relu(averaged),
        *_saturation(dead, saturating),
        *_maximum(selected, alike),
    ]
    if not alike:
        answer, conditions = Answer.FAILS, "no activation among these has f' = 0 nowhere"
    elif lost:
        answer = Answer.FAILS
        conditions = f"under average pooling, elements of normal inputs get no gradient with {names(lost)}"
    elif left_open:
        answer, conditions = Answer.UNDECIDED, f"open: {names(left_open, 1)}"
    elif _share_lost(selected, alike) or saturating or len(alike) < len(asked):
        answer = Answer.CONDITIONS
        saturated = f", and inputs where the kernel's f' is not rounded to 0 ({names(saturating, 4)})"
        conditions = (
            f"f' = 0 nowhere ({len(alike)} of {len(asked)}; prelu with weight 0 is relu), average "
            f"pooling{saturated if saturating else ''}; max pooling leaves (n-1)/n of the elements without "
            "gradient in either order, whatever f"
        )
    else:
        answer, conditions = Answer.HOLDS, f"for {names(alike)}"
    return Ruling(CLAIM, answer, conditions, tuple(evidence), tuple(left_open))


def _share_lost(selected: Mapping[str, normal.Flat], alike: Sequence[str]) -> bool:
    return any(selected[name].first or selected[name].second for name in alike)


def _of_the_reals(shapes: Mapping[str, Slopes], alike: Sequence[str]) -> list[Evidence]:
    points = [f"{name}: at {each.why}" for name, each in shapes.items() if each.slope is Slope.POINTS]
    flat = [f"{name}: on {each.why}" for name, each in shapes.items() if each.slope is Slope.INTERVALS]
    return [
        Evidence(
            f"Over the reals f' is 0 nowhere for {count(len(alike), 'activation')}, at single points for "
            f"{len(points)} (silu and gelu at their minimum), on whole intervals for {len(flat)}.",
            "ordering claims 4",
            (("nowhere", len(alike)), ("points", len(points)), ("intervals", len(flat))),
            (f"nowhere: {', '.join(alike)}", *points, *flat),
        )
    ]


def _average(
    averaged: Mapping[str, normal.Flat], shapes: Mapping[str, Slopes], alike: Sequence[str]
) -> list[Evidence]:
    most = max((max(averaged[name].first, averaged[name].second) for name in alike), default=0.0)
    others = tuple(
        f"{name}: {percent(each.first)} activation first, {percent(each.second)} pooling first"
        for name, each in averaged.items()
        if shapes[name].slope is not Slope.NOWHERE and (each.first or each.second)
    )
    return [
        Evidence(
            f"Average pooling, normal 2x2 windows: of those with f' = 0 nowhere, at most {percent(most)} "
            "of the elements get no gradient, in both orders; of the others, as listed.",
            "ordering claims 4",
            (("most without gradient", most),),
            others,
        )
    ]


def _relu(averaged: Mapping[str, normal.Flat]) -> list[Evidence]:
    if "relu" not in averaged:
        return []
    theorem, found = Finding.by_theorem("gaussian"), averaged["relu"]
    return [
        Evidence(
            "Even relu leaves the same share without gradient in both orders: half of independent normal "
            f"elements are expected to get one ({theorem.theorem}, checked); without are "
            f"{percent(found.first)} "
            f"activation first and {percent(found.second)} pooling first, which takes whole windows at once.",
            "ordering claims 4",
            (("activation first", found.first), ("pooling first", found.second)),
        )
    ]


def _scan(entry: Activation, tell: Tell) -> tuple[Dead, ...]:
    """The gradient of the kernel at every finite value of the 16-bit dtypes."""
    found = []
    for dtype in SCANNED:
        interrupts.check()
        form = FORMATS[dtype]
        values = from_rank(torch.arange(form.bottom + 1, form.top), dtype)
        low = -torch.inf if entry.low is None else float(entry.low)
        leaf = values[values > low].clone().requires_grad_()
        with one_thread(), torch.enable_grad():
            (gradient,) = torch.autograd.grad(evaluate(entry.kernel, leaf).sum(), leaf)
        zero = gradient == 0
        alive = (~zero).nonzero()
        first = int(alive[0]) if len(alive) else len(zero)
        edge = float(leaf[first - 1].detach()) if first and bool(zero[0]) else None
        name = str(dtype).removeprefix("torch.")
        found.append(Dead(name, len(zero), int(zero.sum()), edge))
    return tuple(found)


def _saturation(dead: Mapping[str, tuple[Dead, ...]], saturating: Sequence[str]) -> list[Evidence]:
    if not saturating:
        return [
            Evidence(
                "No kernel of them has a gradient of 0 at any finite value of float16 and bfloat16.",
                "ordering claims 4",
            )
        ]
    lines = []
    for name in saturating:
        for scan in dead[name]:
            if scan.zero:
                below = (
                    "" if scan.largest_below is None else f", all x <= {scan.largest_below:.6g} among them"
                )
                lines.append(f"{name}: {scan.zero:,} of {scan.values:,} values of {scan.dtype}{below}")
    rest = [name for name in dead if name not in saturating]
    return [
        Evidence(
            f"On the floats f' is rounded to 0 for {count(len(saturating), 'activation')} of them, where "
            f"it is smaller than the dtype (or 1 - f^2 cancels); nowhere for {names(rest, 8) or 'none'}.",
            "ordering claims 4",
            (("saturating", len(saturating)),),
            tuple(lines),
        )
    ]


def _maximum(selected: Mapping[str, normal.Flat], alike: Sequence[str]) -> list[Evidence]:
    shares = [share for name in alike for share in (selected[name].first, selected[name].second)]
    if not shares:
        return []
    span = (
        percent(min(shares))
        if min(shares) == max(shares)
        else f"{percent(min(shares))} to {percent(max(shares))}"
    )
    return [
        Evidence(
            f"Max pooling passes gradient to one element of a window of n: with f' = 0 nowhere {span} of the "
            f"elements get none, in both orders; (n-1)/n = {percent((N - 1) / N)} for n = {N}.",
            "ordering claims 4",
            (("least", min(shares)), ("most", max(shares))),
        )
    ]
