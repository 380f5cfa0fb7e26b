"""What the judge makes of counterexamples told in exact arithmetic, and planted faults told by `verify`."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp
import torch
import torch.nn.functional as F
from torch import Tensor

import ordering
from ordering import Activation, poolings, x
from ordering.evidence import (
    Answer,
    Cause,
    Counterexample,
    DtypeVerdict,
    Finding,
    Grade,
    Survival,
    Symbolic,
    SymbolicSide,
)
from ordering.verdict.judge import judge
from ordering.verdict.records import Decides, Departure, Hearing, Replay, Requirement

TRIFLE = 2.0**-23
"""One unit of float32 at 1: a difference that may be rounding."""


def side(kernel: float, *, misses: bool = False) -> SymbolicSide:
    return SymbolicSide("f(max(-2, -1))", sp.Integer(1), "1", "1", kernel, 900.0 if misses else 0.5, 32.0)


def told(
    cause: Cause, gap: float = 0.0, kernels: tuple[float, float] = (0.5, 0.25), **changes: Any
) -> Symbolic:
    sign = 0 if cause is Cause.ARITHMETIC else 1
    sides = (side(kernels[0]), side(kernels[1]))
    return replace(Symbolic(cause, "", sides, sp.Float(gap), repr(gap), repr(gap), sign), **changes)


def seen(symbolic: Symbolic | None, gap: float = TRIFLE, left: float = 0.5) -> Counterexample:
    one = torch.tensor([[[left]]])
    return Counterexample(
        activation="f",
        pooling="p",
        law="commutes",
        dtype="float32",
        input=torch.tensor([[[-2.0, -1.0]]]),
        pooling_arguments={"kernel_size": 2},
        activation_first=one,
        pooling_first=one - gap,
        index=(0, 0, 0),
        gap=gap,
        gap_ulp=2,
        grade=Grade.ULP,
        seed=0,
        script="raise SystemExit(1)",
        symbolic=symbolic,
    )


def judged(holds: bool | None, kernels: Counterexample | Survival, **changes: Any) -> DtypeVerdict:
    finding = Finding.by_theorem("average_pooling") if holds else Finding(holds)
    requirement = Requirement("affine", finding, f"f is affine: {holds}")
    plain = Hearing("float32", TRIFLE, requirement, kernels, decides=Decides.NOTHING)
    return judge(replace(plain, **changes))


# ---- rules ---------------------------------------------------------------------------------------------


def test_a_gap_of_the_function_contradicts_a_proof_that_the_orders_agree() -> None:
    verdict = judged(True, seen(told(Cause.FUNCTION, TRIFLE)))
    assert len(verdict.contradictions) == 1
    assert "the reals promise the law, but in exact arithmetic the gap" in verdict.contradictions[0]
    assert not judged(True, seen(told(Cause.ARITHMETIC))).contradictions
    assert not judged(True, seen(None)).contradictions
    assert not judged(False, seen(told(Cause.FUNCTION, 0.25), gap=0.25)).contradictions


def test_it_contradicts_a_proof_where_a_replay_shows_it() -> None:
    replays = (Replay("floats", "float32", (-2.0, -1.0), seen(told(Cause.FUNCTION, TRIFLE))),)
    assert judged(True, Survival(10, 10), replays=replays).contradictions
    elsewhere = (replace(replays[0], dtype="float64"),)
    assert not judged(True, Survival(10, 10), replays=elsewhere).contradictions


def test_a_gap_of_the_function_decides_what_the_reals_cannot_say() -> None:
    assert judged(None, seen(None)).answer is Answer.UNDECIDED
    verdict = judged(None, seen(told(Cause.FUNCTION, TRIFLE, (0.5, 0.5 - TRIFLE))))
    assert verdict.answer is Answer.DIFFERENT
    assert "is of the function" in verdict.why


def test_an_exact_gap_that_is_a_trifle_of_the_difference_decides_nothing() -> None:
    tiny = told(Cause.FUNCTION, TRIFLE / 1e6, (0.5, 0.5 - TRIFLE))
    assert judged(None, seen(tiny)).answer is Answer.UNDECIDED
    far = replace(told(Cause.FUNCTION, TRIFLE), sides=(side(0.5, misses=True), side(0.5 - TRIFLE)))
    assert judged(None, seen(far)).answer is Answer.UNDECIDED


def test_what_is_of_the_arithmetic_refutes_no_mathematics() -> None:
    verdict = judged(None, seen(told(Cause.ARITHMETIC)))
    assert verdict.answer is Answer.UNDECIDED
    assert "of the arithmetic" in verdict.why
    assert judged(True, seen(told(Cause.ARITHMETIC))).answer is Answer.ROUNDING


def test_a_difference_beyond_rounding_that_is_of_the_arithmetic_says_so() -> None:
    verdict = judged(True, seen(told(Cause.ARITHMETIC), gap=0.25))
    assert verdict.answer is Answer.DIFFERENT
    assert any("the difference is of the arithmetic" in note for note in verdict.notes)


def test_a_side_that_kernels_miss_is_a_contradiction() -> None:
    missing = replace(told(Cause.ARITHMETIC), sides=(side(0.5), side(0.25, misses=True)))
    verdict = judged(True, seen(missing))
    assert len(verdict.contradictions) == 1
    assert "miss the exact value" in verdict.contradictions[0]
    assert "900 ULP, where rounding allows 32" in verdict.contradictions[0]


def test_neither_an_overflow_nor_a_known_departure_is_one() -> None:
    missing = replace(told(Cause.ARITHMETIC), sides=(side(0.5), side(0.25, misses=True)))
    assert not judged(True, seen(replace(missing, overflow=True))).contradictions
    departure = Departure(1.0, 0.5, 0.25, 0.25, foreign=False, overflow=False)
    assert not judged(True, seen(missing), departure=departure).contradictions
    infinite = replace(missing, sides=(side(math.inf, misses=True), side(0.25)))
    assert not judged(True, seen(infinite)).contradictions


def test_the_counterexample_of_the_function_is_shown_before_one_of_the_arithmetic() -> None:
    of_function = seen(told(Cause.FUNCTION, 0.25), gap=0.25)
    replays = (Replay("reals", "float32", (-2.0, -1.0), of_function),)
    verdict = judged(False, seen(told(Cause.ARITHMETIC)), replays=replays)
    assert verdict.counterexample is of_function
    assert judged(False, seen(None), replays=replays).counterexample is of_function


# ---- planted faults ------------------------------------------------------------------------------------

AFFINE = Activation("affine", kernel=lambda t: 2 * t + 1, expression=2 * x + 1)


def slanted(tensor: Tensor, **arguments: Any) -> Tensor:
    """Average pooling, too large by a thousandth."""
    return F.avg_pool2d(tensor, **arguments) * 1.001


pytestmark = pytest.mark.machine


def test_a_pooling_that_is_off_by_many_ulp_contradicts_its_exact_value() -> None:
    wrong = replace(poolings["avg_pool2d"], name="slanted", kernel=slanted)
    found = ordering.falsify(AFFINE, wrong)
    assert found is not None
    assert found.symbolic is not None
    assert found.symbolic.conclusion is Cause.ARITHMETIC
    assert found.symbolic.missed
    verdict = ordering.verify(AFFINE, wrong, dtypes=("float64",))
    assert any("miss the exact value" in text for text in verdict.contradictions)


def test_a_control_contradicts_nothing_not_even_where_sums_overflow_in_float64() -> None:
    """`verify` used to raise here: it asked for an interval of ranks, which float64 has too many of."""
    verdict = ordering.verify(AFFINE, "global_avg_pool2d", dtypes=("float64",))
    assert verdict.contradictions == ()
    assert verdict.verdict in ("exact", "rounding")


def test_what_is_shown_is_of_the_function_where_a_smaller_input_shows_it() -> None:
    """With counted padding 2x + 1 does not commute; the first counterexample found is an overflow."""
    verdict = ordering.verify(AFFINE, "avg_pool2d", dtypes=("float64",))
    found = verdict.counterexample
    assert verdict.verdict == "different"
    assert found is not None
    assert found.symbolic is not None
    assert found.symbolic.conclusion is Cause.FUNCTION
