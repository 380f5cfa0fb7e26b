"""The worlds on functions that nobody chose: what is proved, what is known otherwise, and what is observed.

`prove` is held against how a function was built, and against its values to fifty digits, neither of which
shares a line with it.  Undecided is counted (`--hypothesis-show-statistics`); wrong fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import mpmath
import pytest
import torch
from hypothesis import assume, event, given, reject
from hypothesis.strategies import one_of, sampled_from
from sympy import Expr, lambdify, oo

from ordering import laws, poolings, prove, verify
from ordering.law import Case, Law
from ordering.strategies import DrawnActivation, activations, cases
from ordering.testing import Trial, kept
from ordering.variable import x

DIGITS = 50
EXACT = {"x", "number", "scale", "sum", "max", "min", "clip", "abs", "floor", "sign", "piecewise"}
"""Operations that make small multiples of a small power of two of such numbers, without rounding."""
SELECTING = {"x", "number", "max", "min", "clip", "abs", "floor", "sign"}
"""Operations whose result is one of their arguments, up to its sign, or a whole number."""
SLACK = mpmath.mpf(10) ** -40
"""More than fifty digits can be wrong by, for values of the size that is looked at."""
LARGEST = mpmath.mpf(10) ** 6
BESIDE, ROUNDING = mpmath.mpf(2) ** -40, mpmath.mpf(10) ** -8
"""How far rounding on the way may move an argument, and the share of a value that it may cost."""
GRID = [mpmath.mpf(n) / 16 for n in range(-12 * 16, 12 * 16 + 1)]

FEW = GRID[::4]
MOST = 10**5
"""Arguments of exponentials up to which their digits are soon computed."""
EXACTLY = 400
"""Digits for a witness, which may break a property by next to nothing."""


def bounded(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function where its value has no millions of digits; elsewhere an example is rejected."""

    def call(at: Any) -> Any:
        assume(abs(at) <= MOST)
        return function(at)

    return call


GROWING = {name: bounded(getattr(mpmath, name)) for name in ("exp", "cosh", "sinh")}


def values(f: DrawnActivation) -> Callable[[Any], Any]:
    """The function by mpmath's arithmetic, of numbers and of exact ones."""
    compute = lambdify(x, f.expression, [GROWING, "mpmath"])
    return lambda at: mpmath.mpf(compute(mpmath.mpf(at.p) / at.q if isinstance(at, Expr) else at))


def largest(number: Expr | tuple[Expr, Expr]) -> Any:
    """A number that is known exactly, or the upper end of its enclosure."""
    bound = number[1] if isinstance(number, tuple) else number
    return mpmath.inf if bound == oo else mpmath.mpmathify(bound.evalf(DIGITS))


Row = Sequence[Any]
"""Values at rising, evenly spaced places."""


def bends(row: Row) -> list[Any]:
    """`f(a) + f(b) - 2 f(m)` for neighbours a, m, b."""
    return [a + b - 2 * m for a, m, b in zip(row, row[1:], row[2:], strict=False)]


SHOWS: Mapping[str, Callable[[Row, Any], bool]] = {
    "nondecreasing": lambda row, slack: all(b - a >= -slack for a, b in pairwise(row)),
    "nonincreasing": lambda row, slack: all(a - b >= -slack for a, b in pairwise(row)),
    "convex": lambda row, slack: min(bends(row)) >= -slack,
    "concave": lambda row, slack: max(bends(row)) <= slack,
    "affine": lambda row, slack: max(map(abs, bends(row))) <= slack,
    "nonnegative": lambda row, slack: min(row) >= -slack,
}
"""What values must show if a function has a property."""


built_with_a_property = one_of(activations(nondecreasing=True), activations(convex=True), activations())


@kept
@given(built_with_a_property)
def test_what_is_proved_agrees_with_how_the_function_was_built(f: DrawnActivation) -> None:
    for name, finding in prove(f).findings.items():
        event(f"{name}: {'undecided' if finding.holds is None else 'decided'}")
        known = f.known.properties.get(name)
        assert known is None or finding.holds in (known, None), name


@kept
@given(built_with_a_property)
def test_what_is_known_by_construction_agrees_with_values_to_fifty_digits(f: DrawnActivation) -> None:
    assume(steps_are_exact(f))
    with mpmath.workdps(DIGITS):
        at = values(f)
        row = [at(place) for place in FEW]
        assume(max(map(abs, row)) < LARGEST)
        for name, shows in SHOWS.items():
            assert f.known.properties[name] is not True or shows(row, SLACK), name


@kept
@given(activations())
def test_what_is_proved_agrees_with_values_to_fifty_digits(f: DrawnActivation) -> None:
    assume(steps_are_exact(f))
    with mpmath.workdps(DIGITS):
        at = values(f)
        row = [at(place) for place in GRID]
        assume(max(map(abs, row)) < LARGEST)
        shape = prove(f)
        for name, shows in SHOWS.items():
            finding = shape.finding(name)
            assert finding.holds is not True or shows(row, SLACK), name
            if finding.holds is False:
                points = list(finding.witness or ())
                if name in ("convex", "concave", "affine") and len(points) == 2:
                    points.insert(1, sum(points) / 2)
                with mpmath.workdps(EXACTLY):
                    assert not shows([at(point) for point in points], 0), name
        falls = max(top - value for top, value in zip(accumulate(row, max), row, strict=True))
        assert shape.drawdown is None or falls <= largest(shape.drawdown) + SLACK


def steps_are_exact(f: DrawnActivation) -> bool:
    """Whether no rounding is made a whole step of: floor(erf(6)) is 0, and 1 in every float."""
    steps = [part for part in f.term.walk() if part.operation in ("floor", "sign")]
    return {below.operation for part in steps for below in part.walk()} <= EXACT


@kept
@given(one_of(activations(), activations(dip=True)).filter(steps_are_exact))
def test_the_kernel_in_float64_is_the_expression_to_fifty_digits(f: DrawnActivation) -> None:
    results = f.kernel(torch.tensor([float(place) for place in FEW], dtype=torch.float64)).tolist()
    with mpmath.workdps(DIGITS):
        at = values(f)
        for place, result in zip(FEW, results, strict=True):
            # A kernel rounds on the way, too: what it is asked for is the value at a place beside.
            beside = [at(place), at(place - BESIDE), at(place + BESIDE)]
            allowed = ROUNDING * max(1, *map(abs, beside))
            assert allowed > LARGEST or min(beside) - allowed <= result <= max(beside) + allowed, place


def steps_see_the_input(f: DrawnActivation) -> bool:
    """Whether nothing is rounded below a step: just below 0 every float kernel makes 1 of floor(x + 1)."""
    steps = [part for part in f.term.walk() if part.operation in ("floor", "sign")]
    return {below.operation for part in steps for below in part.parts[0].walk()} <= SELECTING


undisputed = activations().filter(steps_see_the_input)


@kept
@given(undisputed, sampled_from(["max_pool2d", "avg_pool2d"]))
def test_the_worlds_never_contradict_each_other(f: DrawnActivation, pooling: str) -> None:
    verdict = verify(f, pooling, dtypes=["float16", "bfloat16"], effort="quick")
    for answer in verdict.by_dtype.values():
        event(f"{pooling}: {answer.answer.value}")
    assert verdict.contradictions == ()


every_law = sampled_from([law for law in laws.values() if law.example_limit is None])
every_pooling = sampled_from(list(poolings.values()))


@kept
@given(every_law, cases(undisputed, every_pooling, sampled_from(["float32", "float64"])))
def test_every_law_holds_or_fails_as_theory_says(law: Law, case: Case) -> None:
    assume(law.applies_to(case.pooling))
    try:
        Trial(law, case.pooling, case.activation).check_case(case)
    except pytest.skip.Exception:
        event(f"{law}: theory has no answer")
        reject()
