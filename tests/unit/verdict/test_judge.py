"""The rules of the cross-examination, on hearings made up for each."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from ordering.evidence import (
    Answer,
    Certificate,
    Counterexample,
    Disagreement,
    Finding,
    Grade,
    Machine,
    Outcome,
    Pair,
    Split,
    Survival,
)
from ordering.law import ALWAYS
from ordering.verdict.judge import judge
from ordering.verdict.records import Decides, Departure, Hearing, Replay, Requirement
from ordering.verdict.rounding import HALF_UNITS, HALF_UNITS_UNPROVED, UNITS

MACHINE = Machine("Linux x86_64", "a processor", "avx2", "2.13.0", "AVX2", "AVX2", "AVX2", False, 1)
SURVIVED = Survival(examples=50, compared=400)
EPSILON = {"float16": 2.0**-10, "float32": 2.0**-23}

CLEAN = Certificate(
    activation="f",
    dtype="float16",
    path="all",
    low=-torch.inf,
    high=torch.inf,
    values=63_490,
    drops=0,
    drawdown=0.0,
    drawdown_ulp=0,
    first=None,
    worst=None,
    nan=0,
    nan_first=None,
    identity=False,
    disagreement=Disagreement(63_490, 0, 0, None, None),
    machine=MACHINE,
    observed="0" * 16,
    seconds=0.001,
)


def falling(units: float, ulp: int | None = None, epsilon: float = EPSILON["float16"]) -> Certificate:
    """A certificate of a function that falls by so many units in the last place of 1, from one."""
    pair = Pair(1.0, 2.0, 1.0, 1.0 - units * epsilon)
    return replace(
        CLEAN,
        drops=3,
        drawdown=units * epsilon,
        drawdown_ulp=ulp or max(round(2 * units), 1),
        drawdown_scaled=units,
        first=pair,
        worst=pair,
        widest=pair,
        steepest=pair,
    )


DROPPING = falling(1, ulp=2)
LARGE_DROP = replace(
    falling(1),
    drawdown=0.25,
    drawdown_ulp=300,
    worst=Pair(1.0, 2.0, 0.5, 0.25),
    widest=Pair(1.0, 2.0, 0.5, 0.25),
    steepest=Pair(1.0, 2.0, 0.5, 0.25),
    drawdown_scaled=256.0,
)
SPLIT = replace(
    falling(0.25, ulp=1),
    drops=0,
    disagreement=Disagreement(63_490, 7, 1, Split(1.0, 0.7, 0.7005), Split(1.0, 0.7, 0.7005)),
)


def counterexample(gap=0.25, gap_ulp: int | None = 2, left=0.5, **changes):
    one = torch.tensor([[[left]]])
    found = Counterexample(
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
        gap_ulp=gap_ulp,
        grade=Grade.ULP if gap_ulp is not None else Grade.DIFFERENT,
        seed=0,
        script="raise SystemExit(1)",
    )
    return replace(found, **changes)


def made_up(holds: bool | None) -> Finding:
    return Finding.by_theorem("max_pooling") if holds else Finding(holds)


def hearing(holds: bool | None = True, needed: str = "nondecreasing", **changes):
    requirement = Requirement(needed, made_up(holds), f"f is {needed}: {holds}")
    plain = Hearing(
        "float16",
        EPSILON["float16"],
        requirement,
        SURVIVED,
        CLEAN,
        decides=Decides.FALLS,
        drawdown={True: 0.0, False: 0.25, None: None}[holds],
    )
    return replace(plain, **changes)


def replayed(seen, source="reals", dtype="float16", shown=True):
    return (Replay(source, dtype, (-2.0, -1.0), seen, shown),)


# ---- a certificate decides -----------------------------------------------------------------------------


@pytest.mark.parametrize("holds", [True, None, False])
def test_a_certificate_without_a_fall_is_exact_whatever_the_reals_say(holds):
    verdict = judge(hearing(holds))
    assert verdict.answer is Answer.EXACT
    assert not verdict.contradictions
    expected = {True: "63,490 values", None: "by exhaustion; no proof over the reals", False: "too coarse"}
    assert expected[holds] in verdict.why


@pytest.mark.parametrize("holds", [True, None])
@pytest.mark.parametrize(("certificate", "bound"), [(DROPPING, 2), (SPLIT, 1)])
def test_a_small_certified_fall_of_what_is_not_refuted_is_rounding_of_that_many_ulp(
    holds, certificate, bound
):
    verdict = judge(hearing(holds, certificate=certificate, bounded=SURVIVED))
    assert (verdict.answer, verdict.ulp) == (Answer.ROUNDING, bound)
    assert not verdict.contradictions
    assert f"{certificate.drawdown:.4g} = {bound} ULP" in verdict.why


@pytest.mark.parametrize(
    ("dtype", "holds", "units"),
    [
        ("float16", True, HALF_UNITS),
        ("float16", None, HALF_UNITS_UNPROVED),
        ("float32", True, UNITS),
        ("float32", None, UNITS),
    ],
)
def test_a_fall_beyond_rounding_is_different(dtype, holds, units):
    for excess, answer in ((0, Answer.ROUNDING), (1, Answer.DIFFERENT)):
        certificate = falling(units + excess, epsilon=EPSILON[dtype])
        verdict = judge(hearing(holds, certificate=certificate, epsilon=EPSILON[dtype], drawdown=None))
        assert verdict.answer is answer, verdict.why


def test_the_largest_falls_are_told_with_the_pairs_that_attain_them():
    by_value, by_steps = Pair(8.0, 9.0, 7.0, 6.99609375), Pair(0.03125, 0.0625, 2.0**-16, 0.0)
    certificate = replace(
        DROPPING,
        drawdown=0.00390625,
        drawdown_ulp=256,
        drawdown_scaled=1.0,
        worst=by_steps,
        widest=by_value,
        steepest=by_value,
    )
    why = judge(hearing(certificate=certificate)).why
    assert "at most 0.003906 (f(8) = 7 > f(9) = 6.9961)" in why
    assert "at most 256 ULP (f(0.03125) = 1.5259e-05 > f(0.0625) = 0)" in why
    assert "1 ULP of max(1, |f|)" in why


def test_many_steps_near_zero_are_rounding_and_a_fall_of_one_is_not():
    tiny = replace(
        falling(0.5), drawdown_ulp=5_000, worst=Pair(0.01, 0.02, 2.0**-14, 0.0)
    )  # steps of subnormals
    assert judge(hearing(certificate=tiny)).answer is Answer.ROUNDING
    saturated = replace(
        falling(1024), worst=Pair(-256.0, -255.875, 0.0, -1.0), widest=Pair(-256.0, -255.875, 0.0, -1.0)
    )
    assert judge(hearing(certificate=saturated)).answer is Answer.DIFFERENT, (
        "256 does not excuse an error of 1"
    )


def test_a_rearrangement_rests_on_the_agreement_of_the_code_paths():
    for changes in ({"decides": Decides.PATHS}, {"decides": Decides.PATHS, "orders": False}):
        assert judge(hearing(needed=ALWAYS, **changes)).answer is Answer.EXACT
        split = judge(hearing(needed=ALWAYS, certificate=SPLIT, **changes))
        assert (split.answer, split.ulp) == (Answer.ROUNDING, 1)


def test_paths_that_differ_in_the_sign_of_zero_are_said_to():
    zeros = Disagreement(63_490, 7, 0, Split(0.5, 0.0, -0.0), Split(0.5, 0.0, -0.0))
    verdict = judge(hearing(certificate=replace(CLEAN, disagreement=zeros)))
    assert verdict.answer is Answer.EXACT
    assert "but for the sign of 7 zeros" in verdict.why


def test_a_bitwise_identity_commutes_with_every_pooling():
    changes: dict[str, Any] = {
        "certificate": replace(CLEAN, identity=True),
        "decides": Decides.NOTHING,
        "drawdown": None,
    }
    assert judge(hearing(needed="linear", **changes)).answer is Answer.EXACT
    other = judge(hearing(needed="linear", orders=False, **changes))
    assert other.answer is Answer.ROUNDING, "a law that is not about the orders"


def test_what_rounds_nothing_needs_no_scan():
    verdict = judge(hearing(certificate=None, exactly="nothing is rounded"))
    assert verdict.answer is Answer.EXACT
    assert "nothing is rounded" in verdict.why


# ---- overflow ------------------------------------------------------------------------------------------


def departure(**changes):
    plain = Departure(256.0, 0.0, 0.999992, 0.999992, foreign=False, overflow=True, calm=(-255.875, 255.875))
    return replace(plain, **changes)


def test_overflow_is_different_and_says_where_it_stops():
    within = replace(DROPPING, low=-255.875, high=255.875)
    verdict = judge(hearing(certificate=LARGE_DROP, departure=departure(within=within)))
    assert verdict.answer is Answer.DIFFERENT
    assert not verdict.contradictions
    assert "in float16 the kernel overflows: f(256) is 0, where 0.99999 is right" in verdict.why
    assert "from -255.88 to 255.88, where the orders differ by at most 0.0009766 = 2 ULP" in verdict.why


def test_lost_digits_are_not_called_overflow():
    assert (
        "loses its digits" in judge(hearing(certificate=LARGE_DROP, departure=departure(overflow=False))).why
    )


def test_a_kernel_that_leaves_its_expression_in_float64_too_is_an_error():
    verdict = judge(hearing(certificate=LARGE_DROP, departure=departure(foreign=True, double=0.5)))
    assert verdict.answer is Answer.ERROR
    assert "the expression is not the kernel" in verdict.why
    assert not verdict.contradictions


def test_a_sum_that_overflows_is_a_note_and_no_contradiction():
    infinite = counterexample(gap=math.inf, gap_ulp=31_000, left=math.inf)
    changes: dict[str, Any] = {
        "needed": "affine",
        "decides": Decides.NOTHING,
        "drawdown": None,
        "kernels": infinite,
    }
    verdict = judge(hearing(moderate=SURVIVED, **changes))
    assert verdict.answer is Answer.ROUNDING
    assert not verdict.contradictions
    assert verdict.notes[0].startswith("where a step overflows, the orders differ")


def test_an_infinite_fall_of_a_refuted_function_is_a_note_and_no_gap_above_the_drawdown():
    infinite = replace(LARGE_DROP, drawdown=math.inf, widest=Pair(9.0, 9.5, math.inf, 9.5))
    verdict = judge(hearing(False, certificate=infinite, kernels=counterexample()))
    assert not verdict.contradictions
    assert any("overflows" in note for note in verdict.notes)
    assert not judge(hearing(False, certificate=infinite, kernels=counterexample(), drawdown=math.inf)).notes


# ---- the operators -------------------------------------------------------------------------------------


def test_same_values_are_not_called_same_bits():
    same = judge(hearing(kernels=replace(SURVIVED, grade=Grade.EQUAL))).worlds["kernels"].why
    assert "same values" in same
    assert "same bits" in judge(hearing()).worlds["kernels"].why


def test_a_difference_within_the_bound_is_rounding_and_shown():
    seen = counterexample(gap=2**-11, gap_ulp=2)
    verdict = judge(hearing(certificate=DROPPING, kernels=seen, bounded=SURVIVED))
    assert verdict.answer is Answer.ROUNDING
    assert verdict.counterexample is seen
    assert not verdict.contradictions


def test_of_rounding_the_largest_gap_that_was_seen_is_shown():
    larger = counterexample(gap=2**-9, gap_ulp=4)
    changes: dict[str, Any] = {
        "kernels": counterexample(gap=2**-11, gap_ulp=1),
        "replays": replayed(larger, "floats"),
    }
    verdict = judge(hearing(certificate=falling(2, ulp=4), bounded=SURVIVED, **changes))
    assert verdict.counterexample is larger


def test_a_difference_beyond_the_certified_bound_is_a_contradiction():
    beyond = counterexample(gap_ulp=3)
    verdict = judge(hearing(certificate=DROPPING, kernels=beyond, bounded=beyond))
    assert verdict.answer is Answer.DIFFERENT
    assert "beyond the certified 2 ULP" in verdict.contradictions[0]


def test_a_difference_up_to_the_certified_bound_is_none_even_at_an_infinity():
    infinite = counterexample(gap=math.inf, gap_ulp=300, left=math.inf)
    verdict = judge(hearing(None, certificate=LARGE_DROP, kernels=infinite, bounded=infinite))
    assert verdict.answer is Answer.DIFFERENT
    assert not verdict.contradictions


@pytest.mark.parametrize(("holds", "who"), [(True, "the reals and the floats"), (None, "the floats")])
def test_a_difference_against_a_clean_certificate_is_a_contradiction(holds, who):
    verdict = judge(hearing(holds, kernels=counterexample()))
    assert verdict.answer is Answer.DIFFERENT
    assert verdict.contradictions[0].startswith(f"{who} promise bit-for-bit equality")
    assert "not the reduction that its entry claims" in verdict.contradictions[0]


def test_windows_wholly_in_padding_contradict_nothing():
    verdict = judge(hearing(kernels=counterexample(), padding=True))
    assert verdict.answer is Answer.DIFFERENT
    assert "where a window lies wholly in padding" in verdict.why
    assert not verdict.contradictions


def test_a_refutation_seen_on_the_kernels_is_different():
    for changes in ({"kernels": counterexample()}, {"replays": replayed(counterexample())}):
        verdict = judge(hearing(False, certificate=LARGE_DROP, **changes))
        assert verdict.answer is Answer.DIFFERENT
        assert verdict.counterexample is not None
        assert not verdict.contradictions


def test_a_refutation_that_the_kernels_do_not_show_is_a_contradiction():
    verdict = judge(hearing(False, certificate=LARGE_DROP, replays=replayed(None)))
    assert verdict.answer is Answer.DIFFERENT
    assert "neither the replayed witness nor 50 examples" in verdict.contradictions[0]


@pytest.mark.parametrize("changes", [{"visible": False}, {"replays": ()}])
def test_a_witness_too_small_to_be_seen_or_that_could_not_be_placed_contradicts_nothing(changes):
    verdict = judge(hearing(False, **{"certificate": LARGE_DROP, "replays": replayed(None), **changes}))
    assert verdict.answer is Answer.DIFFERENT
    assert not verdict.contradictions
    assert "not seen on the operators" in verdict.notes[0]


def test_a_gap_above_the_drawdown_is_a_contradiction():
    seen = counterexample(gap=0.5)
    verdict = judge(hearing(False, certificate=LARGE_DROP, kernels=seen, drawdown=0.25))
    assert any("the kernels show a gap of 0.5, above the drawdown 0.25" in t for t in verdict.contradictions)
    deep = replace(LARGE_DROP, widest=Pair(1.0, 2.0, 1.5, 0.5), drawdown=1.0)
    verdict = judge(hearing(False, certificate=deep, kernels=counterexample(), drawdown=0.25))
    assert any("the floats show a gap of 1, above the drawdown 0.25" in t for t in verdict.contradictions)


def test_rounding_at_large_values_is_no_gap_above_the_drawdown():
    large = Pair(-32704.0, -32688.0, -180.75, -180.875)
    certificate = replace(falling(1), drawdown=0.125, worst=large, widest=large, steepest=large)
    seen = counterexample(gap=0.125, gap_ulp=1, left=-180.75)
    verdict = judge(hearing(certificate=certificate, kernels=seen, bounded=SURVIVED))
    assert verdict.answer is Answer.ROUNDING
    assert not verdict.contradictions


def test_a_certified_drop_that_the_kernels_do_not_show_is_a_contradiction_where_they_call_f_like_that():
    for shown in (True, False):
        replays = replayed(counterexample()) + replayed(None, source="floats", shown=shown)
        verdict = judge(hearing(False, certificate=LARGE_DROP, replays=replays))
        assert any("the orders agree there" in text for text in verdict.contradictions) is shown


# ---- without a certificate -----------------------------------------------------------------------------

UNSCANNED: dict[str, Any] = {
    "certificate": None,
    "no_certificate": "float64 has too many values",
    "drawdown": None,
}


@pytest.mark.parametrize(("dtype", "units"), [("float16", HALF_UNITS_UNPROVED), ("float32", UNITS)])
@pytest.mark.parametrize(
    ("excess", "answer"),
    [(-1, Answer.UNDECIDED), (0, Answer.UNDECIDED), (1, Answer.DIFFERENT)],
)
def test_without_a_proof_only_more_than_rounding_decides(dtype, units, excess, answer):
    epsilon = EPSILON[dtype]
    seen = counterexample(gap=(units + excess) * epsilon, gap_ulp=units + excess)
    assert judge(hearing(None, kernels=seen, epsilon=epsilon, **UNSCANNED)).answer is answer


def test_what_float64_shows_on_the_same_input_is_no_rounding():
    seen = counterexample(gap=2 * EPSILON["float16"], gap_ulp=2)
    for gap, answer in ((2 * EPSILON["float16"], Answer.DIFFERENT), (1e-17, Answer.UNDECIDED)):
        wide = counterexample(gap=gap, gap_ulp=99)
        exact = {"activation_first": wide.activation_first.double()}
        wide = replace(wide, **exact, pooling_first=wide.activation_first.double() - gap)
        verdict = judge(hearing(None, kernels=seen, wide=wide, **UNSCANNED))
        assert verdict.answer is answer, verdict.why


def test_unknown_is_never_a_pass():
    assert judge(hearing(None, **UNSCANNED)).answer is Answer.UNDECIDED
    unscanned = judge(hearing(**UNSCANNED))
    assert unscanned.answer is Answer.UNDECIDED
    assert unscanned.worlds["floats"].outcome is Outcome.UNDECIDED


def test_zero_comparisons_are_an_error():
    assert judge(hearing(kernels=Survival(50, 0))).answer is Answer.ERROR
    assert judge(hearing(certificate=replace(CLEAN, values=0))).answer is Answer.ERROR


def test_nan_at_a_finite_input_breaks_a_law_and_nan_at_infinity_is_a_note():
    bad = replace(CLEAN, nan=2, nan_first=-1.0)
    for holds in (True, None):
        verdict = judge(hearing(holds, certificate=bad, infinite_nan=1, finite_nan=-1.0))
        assert verdict.answer is Answer.DIFFERENT
        assert "f is NaN at 1 finite input, the first -1" in verdict.why
    verdict = judge(hearing(certificate=bad, infinite_nan=2))
    assert verdict.answer is Answer.EXACT
    assert "f is NaN at an infinite input" in verdict.notes


SUMS: dict[str, Any] = {"needed": "affine", "decides": Decides.NOTHING, "drawdown": None}


def test_an_affine_function_that_is_not_the_identity_is_never_exact_from_examples_alone():
    verdict = judge(hearing(**SUMS))
    assert (verdict.answer, verdict.ulp) == (Answer.ROUNDING, 0)
    assert "same bits in 50 examples" in verdict.why
    assert "not certified" in verdict.why
    small = judge(hearing(kernels=counterexample(gap=1e-4, gap_ulp=3), **SUMS))
    assert (small.answer, small.contradictions) == (Answer.ROUNDING, ())
    large = judge(hearing(kernels=counterexample(gap=1.0, gap_ulp=999), **SUMS))
    assert large.answer is Answer.DIFFERENT
    assert large.contradictions


# ---- laws other than the orders --------------------------------------------------------------------------


def claimed(**changes):
    plain = hearing(None, ALWAYS, orders=False, decides=Decides.NOTHING)
    return replace(plain, requirement=replace(plain.requirement, claimed=True), **changes)


def test_a_law_without_a_theorem_is_what_the_operators_show():
    verdict = judge(claimed())
    assert verdict.answer is Answer.EXACT
    assert "the law held in 50 examples" in verdict.why
    failing = judge(claimed(kernels=counterexample(gap=0.25)))
    assert failing.answer is Answer.DIFFERENT
    assert failing.why.startswith("the law fails: the two sides differ by 0.25")
    assert not failing.contradictions
    rounding = counterexample(gap=2**-23, gap_ulp=1)
    assert judge(claimed(kernels=rounding, epsilon=EPSILON["float32"])).answer is Answer.ROUNDING
    strict = judge(claimed(kernels=rounding, epsilon=EPSILON["float32"], strict=True))
    assert strict.answer is Answer.DIFFERENT


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"activation_first": torch.tensor([[3]]), "pooling_first": torch.tensor([[1]]), "index": (0, 0)},
            "the two sides differ: 3 against 1, first at [0, 0]",
        ),
        (
            {"activation_first": torch.zeros(2), "pooling_first": torch.zeros(3), "index": ()},
            "the two sides have different shapes, (2,) and (3,)",
        ),
        (
            {"activation_first": torch.tensor([math.nan]), "pooling_first": torch.ones(1), "index": (0,)},
            "the two sides differ: nan against 1, first at [0]",
        ),
        (
            {"activation_first": torch.zeros(1), "pooling_first": torch.zeros(1).double(), "index": ()},
            "the two sides have different dtypes, float32 and float64",
        ),
    ],
)
def test_sides_that_are_not_floats_of_one_shape_are_compared_in_their_own_words(changes, words):
    gap_ulp = 2 if changes["activation_first"].dtype == torch.int64 else None
    verdict = judge(claimed(kernels=counterexample(gap=math.nan, gap_ulp=gap_ulp, **changes)))
    assert verdict.answer is Answer.DIFFERENT
    assert words in verdict.why
    assert "rounding" not in verdict.why


def test_ulp_are_counted_only_between_values_of_the_inputs_dtype():
    wide: dict[str, Any] = {
        "activation_first": torch.ones(1).double(),
        "pooling_first": torch.zeros(1).double(),
        "index": (0,),
    }
    verdict = judge(claimed(kernels=counterexample(gap=1.0, gap_ulp=4607182418800017408, **wide)))
    assert verdict.ulp is None
    assert "ULP" not in verdict.why


def test_a_law_that_claims_nothing_for_such_an_f_is_not_undecided_over_the_reals():
    plain = hearing(None, "convex", orders=False, decides=Decides.NOTHING)
    outside = replace(plain, requirement=replace(plain.requirement, outside=True))
    verdict = judge(outside)
    assert verdict.answer is Answer.UNDECIDED
    assert verdict.worlds["reals"].outcome is Outcome.NOT_APPLICABLE
    assert judge(replace(outside, kernels=counterexample())).answer is Answer.DIFFERENT


def test_a_law_that_is_not_about_the_orders_is_not_read_off_a_scan():
    verdict = judge(hearing(orders=False, decides=Decides.NOTHING))
    assert verdict.worlds["floats"].outcome is Outcome.NOT_APPLICABLE
    assert (verdict.answer, verdict.ulp) == (Answer.ROUNDING, 0)


def test_a_need_that_rounding_destroys_refutes_the_law_on_the_floats():
    verdict = judge(hearing(orders=False, carries=False, kernels=counterexample(), drawdown=None))
    assert verdict.answer is Answer.DIFFERENT
    assert not verdict.contradictions, "the floats foretold it"
    assert judge(hearing(carries=None)).answer is Answer.UNDECIDED


def test_differences_on_special_inputs_are_notes():
    nan = counterexample(gap=math.nan, gap_ulp=None, left=math.nan)
    verdict = judge(hearing(special={"nan": nan, "infinite": SURVIVED}))
    assert verdict.answer is Answer.EXACT
    assert len(verdict.notes) == 1
    assert verdict.notes[0].startswith("on nan inputs the orders differ: nan against nan")


def test_an_overflow_that_no_smaller_input_avoids_is_different_and_contradicts_nothing():
    infinite = counterexample(gap=math.inf, gap_ulp=31_000, left=math.inf)
    changes: dict[str, Any] = {"kernels": infinite, "moderate": infinite, "overflow": True, **SUMS}
    verdict = judge(hearing(**changes))
    assert verdict.answer is Answer.DIFFERENT
    assert not verdict.contradictions
    assert "where nothing overflows" not in verdict.why
