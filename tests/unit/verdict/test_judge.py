"""The rules of the cross-examination, on hearings made up for each."""

import math
from dataclasses import replace

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
from ordering.verdict.judge import HALF_ROUNDING_ULP, ROUNDING_ULP, Hearing, Replay, Requirement, judge

MACHINE = Machine("Linux x86_64", "a processor", "avx2", "2.13.0", "AVX2", "AVX2", "AVX2", False, 1)
SURVIVED = Survival(examples=50, compared=400)

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
DROPPING = replace(
    CLEAN,
    drops=3,
    drawdown=0.25,
    drawdown_ulp=2,
    first=Pair(1.0, 2.0, 0.5, 0.25),
    worst=Pair(1.0, 2.0, 0.5, 0.25),
)
SPLIT = replace(
    CLEAN,
    drawdown=1e-3,
    drawdown_ulp=1,
    disagreement=Disagreement(63_490, 7, 1, Split(1.0, 0.7, 0.701), Split(1.0, 0.7, 0.701)),
)


def counterexample(gap=0.25, gap_ulp: int | None = 2):
    one = torch.tensor([[[0.5]]])
    return Counterexample(
        activation="f",
        pooling="p",
        law="commutes",
        dtype="float16",
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


def hearing(holds: bool | None = True, needed: str = "nondecreasing", **changes):
    requirement = Requirement(needed, Finding(holds), f"f is {needed}: {holds}")
    plain = Hearing("float16", 2**-10, requirement, SURVIVED, CLEAN, drawdown=0.25)
    return replace(plain, **changes)


def replayed(seen, source="reals", dtype="float16"):
    return (Replay(source, dtype, (-2.0, -1.0), seen),)


def test_proof_certificate_and_survival_make_exact():
    verdict = judge(hearing())
    assert verdict.answer is Answer.EXACT
    assert not verdict.contradictions


def test_a_certified_drop_of_a_proved_function_is_rounding_of_that_many_ulp():
    for certificate, bound in ((DROPPING, 2), (SPLIT, 1)):
        verdict = judge(hearing(certificate=certificate, bounded=SURVIVED))
        assert (verdict.answer, verdict.ulp) == (Answer.ROUNDING, bound)
        assert not verdict.contradictions


def test_paths_that_differ_in_the_sign_of_zero_are_said_to():
    zeros = Disagreement(63_490, 7, 0, Split(0.5, 0.0, -0.0), Split(0.5, 0.0, -0.0))
    verdict = judge(hearing(certificate=replace(CLEAN, disagreement=zeros)))
    assert verdict.answer is Answer.EXACT
    assert "but for the sign of 7 zeros" in verdict.why


def test_same_values_are_not_called_same_bits():
    same = judge(hearing(kernels=replace(SURVIVED, grade=Grade.EQUAL))).worlds["kernels"].why
    assert "same values" in same
    assert "same bits" in judge(hearing()).worlds["kernels"].why


def test_a_difference_within_the_bound_is_rounding_and_shown():
    verdict = judge(hearing(certificate=DROPPING, kernels=counterexample(), bounded=SURVIVED))
    assert verdict.answer is Answer.ROUNDING
    assert verdict.counterexample is not None
    assert not verdict.contradictions


def test_a_difference_beyond_the_certified_bound_is_a_contradiction():
    beyond = counterexample(gap_ulp=3)
    verdict = judge(hearing(certificate=DROPPING, kernels=beyond, bounded=beyond))
    assert verdict.answer is Answer.DIFFERENT
    assert "beyond the certified 2 ULP" in verdict.contradictions[0]


def test_a_difference_against_proof_and_clean_certificate_is_a_contradiction():
    verdict = judge(hearing(kernels=counterexample()))
    assert verdict.answer is Answer.DIFFERENT
    assert "not the reduction that its entry claims" in verdict.contradictions[0]


def test_a_refutation_seen_on_the_kernels_is_different():
    for changes in (
        {"kernels": counterexample()},
        {"replays": replayed(counterexample())},
    ):
        verdict = judge(hearing(False, certificate=DROPPING, **changes))
        assert verdict.answer is Answer.DIFFERENT
        assert verdict.counterexample is not None
        assert not verdict.contradictions


def test_a_refutation_that_the_kernels_do_not_show_is_a_contradiction():
    verdict = judge(hearing(False, certificate=DROPPING, replays=replayed(None)))
    assert verdict.answer is Answer.DIFFERENT
    assert "neither the replayed witness nor 50 examples" in verdict.contradictions[0]


def test_a_refutation_below_the_resolution_of_the_dtype_is_told_apart():
    seen = replayed(None) + replayed(counterexample(), dtype="float64")
    verdict = judge(hearing(False, replays=seen))
    assert verdict.answer is Answer.DIFFERENT
    assert not verdict.contradictions
    assert "not visible in float16" in verdict.notes[0]
    assert verdict.counterexample is not None


def test_a_gap_above_the_drawdown_is_a_contradiction():
    verdict = judge(hearing(False, certificate=DROPPING, kernels=counterexample(gap=0.5), drawdown=0.25))
    assert any("above the drawdown 0.25" in text for text in verdict.contradictions)


def test_a_certified_drop_that_the_kernels_do_not_show_is_a_contradiction():
    replays = replayed(counterexample()) + replayed(None, source="floats")
    verdict = judge(hearing(False, certificate=DROPPING, replays=replays))
    assert any("out of order" in text for text in verdict.contradictions)


@pytest.mark.parametrize(("epsilon", "allowance"), [(2**-10, HALF_ROUNDING_ULP), (2**-23, ROUNDING_ULP)])
@pytest.mark.parametrize(
    ("excess", "answer"),
    [(-1, Answer.UNDECIDED), (0, Answer.UNDECIDED), (1, Answer.DIFFERENT), (None, Answer.DIFFERENT)],
)
def test_without_a_proof_only_more_than_rounding_decides(epsilon, allowance, excess, answer):
    seen = counterexample(gap_ulp=None if excess is None else allowance + excess)
    assert judge(hearing(None, certificate=DROPPING, kernels=seen, epsilon=epsilon)).answer is answer


def test_a_certified_drop_beyond_rounding_decides_even_if_the_shrunk_difference_is_small():
    steep = replace(DROPPING, drawdown_ulp=HALF_ROUNDING_ULP + 1)
    verdict = judge(hearing(None, certificate=steep, kernels=counterexample(gap_ulp=1)))
    assert verdict.answer is Answer.DIFFERENT


def test_overflow_is_a_note_and_not_a_gap_above_the_drawdown():
    verdict = judge(
        hearing(False, certificate=replace(DROPPING, drawdown=math.inf), kernels=counterexample())
    )
    assert not verdict.contradictions
    assert any("overflows" in note for note in verdict.notes)
    unbounded = hearing(False, certificate=replace(DROPPING, drawdown=math.inf), kernels=counterexample())
    assert not judge(replace(unbounded, drawdown=math.inf)).notes


def test_unknown_is_never_a_pass():
    assert judge(hearing(None)).answer is Answer.UNDECIDED
    unscanned = judge(hearing(certificate=None, no_certificate="float64 has too many values"))
    assert unscanned.answer is Answer.UNDECIDED
    assert unscanned.worlds["floats"].outcome is Outcome.UNDECIDED


def test_zero_comparisons_are_an_error():
    assert judge(hearing(kernels=Survival(50, 0))).answer is Answer.ERROR
    assert judge(hearing(certificate=replace(CLEAN, values=0))).answer is Answer.ERROR


def test_nan_at_a_finite_input_breaks_a_proved_law_and_nan_at_infinity_is_a_note():
    bad = replace(CLEAN, nan=2, nan_first=-1.0)
    assert judge(hearing(certificate=bad, infinite_nan=1)).answer is Answer.DIFFERENT
    verdict = judge(hearing(certificate=bad, infinite_nan=2))
    assert verdict.answer is Answer.EXACT
    assert "f is NaN at an infinite input" in verdict.notes


def test_a_bitwise_identity_commutes_with_every_pooling():
    verdict = judge(hearing(needed="linear", certificate=replace(CLEAN, identity=True), drawdown=None))
    assert verdict.answer is Answer.EXACT


def test_an_affine_function_that_is_not_the_identity_is_never_exact_from_examples_alone():
    verdict = judge(hearing(needed="affine", drawdown=None))
    assert (verdict.answer, verdict.ulp) == (Answer.ROUNDING, 0)
    small = judge(hearing(needed="affine", drawdown=None, kernels=counterexample(gap=1e-4, gap_ulp=3)))
    assert (small.answer, small.ulp) == (Answer.ROUNDING, 3)
    large = judge(hearing(needed="affine", drawdown=None, kernels=counterexample(gap=1.0, gap_ulp=999)))
    assert large.answer is Answer.DIFFERENT
    assert large.contradictions


def test_a_law_that_needs_nothing_of_f_rests_on_the_agreement_of_the_code_paths():
    assert judge(hearing(needed=ALWAYS)).answer is Answer.EXACT
    split = judge(hearing(needed=ALWAYS, certificate=SPLIT))
    assert (split.answer, split.ulp) == (Answer.ROUNDING, 1)


def test_a_law_that_is_not_about_the_orders_is_not_read_off_a_scan():
    verdict = judge(hearing(orders=False))
    assert verdict.worlds["floats"].outcome is Outcome.NOT_APPLICABLE
    assert (verdict.answer, verdict.ulp) == (Answer.ROUNDING, 0)


def test_a_need_that_rounding_destroys_refutes_the_law_on_the_floats():
    verdict = judge(hearing(orders=False, carries=False, kernels=counterexample()))
    assert verdict.answer is Answer.DIFFERENT
    assert not verdict.contradictions, "the floats foretold it"
    assert judge(hearing(carries=None)).answer is Answer.UNDECIDED


def test_differences_on_special_inputs_are_notes():
    verdict = judge(hearing(special={"nan": counterexample(gap_ulp=None), "infinite": SURVIVED}))
    assert verdict.answer is Answer.EXACT
    assert len(verdict.notes) == 1
    assert verdict.notes[0].startswith("on nan inputs the orders differ")
