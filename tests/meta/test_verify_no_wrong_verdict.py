"""Verdicts that were wrong once, or could be: overflow, large values, cancellation, bare kernels.

Each names what it is about; `verify` is asked as a user asks it.
"""

import functools
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from sympy import Abs, Integer, Max, Rational, sin, sqrt, tanh

import ordering
from ordering import Activation, Law, Pooling, laws, x
from ordering.evidence import Answer, Outcome
from ordering.law import ALWAYS, Relation
from ordering.pooling import Kind

verify = functools.partial(ordering.verify, dtypes=("float16",))


def activation(name, kernel, expression=None):
    return Activation(name, kernel=kernel, expression=expression)


# ---- no contradiction where there is none ----------------------------------------------------------------

SOUND = {
    "rounding at large values": activation(
        "softsquareroot", lambda t: t / torch.sqrt(1 + t.abs()), x / sqrt(1 + Abs(x))
    ),
    "rounding at large values, by a sine": activation(
        "wavy", lambda t: t + torch.sin(t) ** 2, x + sin(x) ** 2
    ),
    "squares overflow to zero": activation("isru", lambda t: t / torch.sqrt(1 + t * t), x / sqrt(1 + x**2)),
    "squares overflow to infinity": activation(
        "bent", lambda t: ((t * t + 1).sqrt() - 1) / 2 + t, (sqrt(x**2 + 1) - 1) / 2 + x
    ),
    "cancellation": activation("tanhshrink_like", lambda t: t - torch.tanh(t), x - tanh(x)),
    "half": activation("half", lambda t: t / 2, x / 2),
    "a tenth": activation("tenth", lambda t: 0.1 * t, x / 10),
    "nothing": activation("nothing", lambda t: t - t, Integer(0) * x),
    "a cube": activation("cube", lambda t: t * t * t, x**3),
    "double": activation("double", lambda t: t + t, 2 * x),
    "a far step": activation("far", lambda t: torch.where(t > 1000, t + 1000, t)),
}


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("pooling", ["max", "avg"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_sound_activation_contradicts_nothing(name, pooling, dtype):
    verdict = verify(SOUND[name], pooling, dtypes=(dtype,))
    assert not verdict.contradictions, verdict.explain()
    assert verdict.verdict != "error", verdict.explain()
    if verdict.verdict == "rounding":
        assert verdict.worst.ulp is not None
        assert verdict.worst.ulp < 2**12, verdict.explain()


# ---- overflow is not rounding ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "dtype", "stop"),
    [
        ("squares overflow to zero", "float16", "255.88"),
        ("squares overflow to infinity", "float16", "255.88"),
        ("squares overflow to zero", "bfloat16", "1.837e+19"),
    ],
)
def test_overflow_is_different_and_where_it_stops_is_told_with_the_bound_up_to_there(name, dtype, stop):
    verdict = verify(SOUND[name], "max", dtypes=(dtype,))
    assert verdict.verdict == "different", verdict.explain()
    assert "the kernel overflows" in verdict.why
    assert f"from -{stop} to {stop}, where the orders differ by at most" in verdict.why


def test_overflow_in_float32_is_found_by_bisection():
    far = replace(SOUND["squares overflow to zero"], low=Integer(10**18), high=Integer(10**20))
    verdict = verify(far, "max", dtypes=("float32",))
    assert verdict.verdict == "different", verdict.explain()
    assert "to 1.8446743e+19: that range was not scanned apart" in verdict.why
    assert "as far as bisection tells" in verdict.why


@pytest.mark.parametrize("name", ["half", "a tenth"])
def test_a_sum_that_overflows_is_told_apart_from_the_rounding_elsewhere(name):
    verdict = verify(SOUND[name], "avg", dtypes=("float16", "bfloat16"))
    assert verdict.verdict == "rounding", verdict.explain()
    notes = [note for each in verdict.by_dtype.values() for note in each.notes]
    assert any(note.startswith("where a step overflows") for note in notes)


def test_a_kernel_that_loses_its_digits_is_not_said_to_overflow():
    lossy = activation("lossy", lambda t: (t + 1024) - 1024, x)
    verdict = verify(lossy, "max")
    assert "overflows" not in verdict.why
    assert not verdict.contradictions


def test_a_narrow_dip_under_a_proved_expression_is_an_error_that_names_the_place():
    dipped = activation("dipped", lambda t: torch.where((t > 9.03) & (t < 9.07), t - 0.5, t), x)
    verdict = verify(dipped, "max")
    assert verdict.verdict == "error", verdict.explain()
    assert "the expression is not the kernel" in verdict.why


# ---- exhaustion decides ------------------------------------------------------------------------------------


@pytest.mark.machine
@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (torch.nn.ReLU(), "exact"),
        (torch.nn.Hardtanh(), "exact"),
        (lambda t: t.clamp(-3, 3), "exact"),
        (torch.nn.SiLU(), "different"),
        (torch.nn.Hardswish(), "different"),
        (lambda t: torch.where(t > 3, t - 2.0**-8, t), "rounding"),
        (lambda t: torch.where((t > 3) & (t < 3.5), t - 0.25, t), "different"),
    ],
)
def test_a_bare_activation_is_settled_by_looking_at_every_value(kernel, expected):
    verdict = verify(activation("bare", kernel), "max")
    assert verdict.verdict == expected, verdict.explain()
    assert "no proof over the reals" in verdict.why
    assert verdict.worlds["reals"].outcome is Outcome.UNDECIDED
    if expected == "exact":
        assert verdict.why.startswith("by exhaustion; no proof over the reals")


def test_rounding_of_a_function_with_many_tiny_falls_hides_no_dip():
    """Near zero it falls by many ULP, at large values by large gaps: a dip between is smaller than either."""

    def kernel(t):
        return t - torch.sin(t) - torch.where((t > 3) & (t < 3.2), 0.1, 0.0).to(t.dtype)

    verdict = verify(activation("wavy", kernel), "max")
    assert verdict.verdict == "different", verdict.explain()


@pytest.mark.machine
def test_a_dtype_too_coarse_for_a_refutation_is_exact_there():
    verdict = verify("softplus", "max")
    assert verdict.verdict in ("exact", "different")
    certificate = verdict.certificates[0]
    assert (verdict.verdict == "exact") is (certificate.drawdown_ulp == 0), verdict.explain()
    assert not verdict.contradictions


# ---- each dtype for itself ---------------------------------------------------------------------------------


def half_only(t):
    if t.dtype == torch.bfloat16:
        raise TypeError("no bfloat16, please")
    return t.clamp(min=0)


def test_a_dtype_that_the_kernel_refuses_says_nothing_of_the_others():
    verdict = verify(activation("picky", half_only), "max", dtypes=("bfloat16", "float16"))
    assert verdict.by_dtype["float16"].answer is Answer.EXACT, verdict.explain()
    assert verdict.by_dtype["bfloat16"].answer is Answer.ERROR
    assert "bfloat16" in verdict.by_dtype["bfloat16"].why


def test_a_refusal_is_told_once_and_with_its_own_dtype():
    def kernel(t):
        raise TypeError(f"not for {t.dtype}")

    verdict = verify(activation("never", kernel), "max", dtypes=("float16", "bfloat16", "float64"))
    for dtype, each in verdict.by_dtype.items():
        assert each.answer is Answer.ERROR
        assert each.why.count("TypeError") == 1
        assert f"not for torch.{dtype}" in each.why


def test_float64_and_float16_together_say_what_each_says_alone():
    together = verify("gelu", "max", dtypes=("float64", "float16"))
    for dtype in ("float64", "float16"):
        alone = verify("gelu", "max", dtypes=(dtype,))
        assert together.by_dtype[dtype].why == alone.why


# ---- laws other than the orders --------------------------------------------------------------------------


def both(case):
    return case.pool(case.activate(case.input)), case.activate(case.pool(case.input))


@pytest.mark.parametrize("condition", [laws["commutes"].condition, None])
def test_commutes_rewritten_gives_what_commutes_gives(condition):
    mine = Law(
        "mine",
        statement="P(f(x)) = f(P(x))",
        sides=both,
        needs=laws["commutes"].needs,
        condition=condition,
    )
    for name in ("relu", "gelu"):
        ours, theirs = verify(name, "max", mine), verify(name, "max")
        if condition is not None:
            assert ours.verdict == theirs.verdict, ours.explain()
            assert ours.why == theirs.why
        assert not ours.contradictions, ours.explain()


def test_a_law_that_needs_a_falling_f_is_not_read_off_its_drawdown():
    mine = Law(
        "mine",
        statement="P(f(x)) = -P(-f(x)) turned round",
        sides=lambda case: (-case.pool(-case.activate(case.input)), case.activate(case.pool(case.input))),
        needs={Kind.SELECT_MAX: "nonincreasing"},
    )
    falling = activation("falling", torch.neg, -x)
    verdict = verify(falling, "max", mine)
    assert "ULP, drawdown" not in verdict.explain()
    assert "63,488" not in verdict.explain()
    assert verdict.verdict == "rounding"
    assert verify(falling, "max", "antitone_dual").verdict == "exact"


OPERATORS = [
    law.name
    for law in laws.values()
    if not law.theorem and set(law.needs.values()) == {ALWAYS} and law.name != "compiled_agrees"
]


@pytest.mark.parametrize("law", OPERATORS)
def test_laws_about_operators_are_exact_where_they_hold(law):
    verdict = verify("relu", "max", law)
    assert verdict.verdict == "exact", verdict.explain()
    assert "proved" not in verdict.explain()
    assert "ULP" not in verdict.why
    assert not verdict.orders


def test_a_law_about_operators_that_fails_says_so_in_its_own_words():
    verdict = verify(activation("sgn", torch.sign), "max", "nan_is_kept")
    assert verdict.verdict == "different"
    assert "0 against nan" in verdict.why
    assert "true of every f" not in verdict.explain()


def test_positions_are_not_rounded():
    verdict = verify(activation("flat", F.relu), "max", "indices_agree")
    assert "rounding" not in verdict.explain()
    assert "ULP" not in verdict.explain()


def test_sides_of_different_shapes_are_said_to_be():
    mine = Law(
        "mine",
        statement="x = P(x)",
        sides=lambda c: (c.input, c.pool(c.input)),
        needs={Kind.SELECT_MAX: ALWAYS},
    )
    verdict = verify("relu", "max", mine)
    assert verdict.verdict == "different"
    assert "NaN" not in verdict.why
    assert ("different shapes" in verdict.why) or ("differ by" in verdict.why)


def test_a_bound_by_an_unknown_drawdown_is_undecided_and_says_why():
    verdict = verify(activation("bare", torch.sigmoid), "max", "drawdown_bound")
    assert verdict.verdict == "undecided"
    assert "drawdown of bare, which is not known" in verdict.why


def test_a_relation_other_than_equality_is_not_about_interchanging():
    mine = Law(
        "mine",
        statement="P(f(x)) >= f(P(x))",
        sides=both,
        needs={Kind.SELECT_MAX: ALWAYS},
        relation=Relation.AT_LEAST,
        condition=laws["commutes"].condition,
    )
    assert not verify("gelu", "max", mine).orders


# ---- poolings that cannot place a window -------------------------------------------------------------------


def test_a_pooling_whose_windows_cannot_be_placed_is_examined_all_the_same():
    halves = Pooling(
        "halves",
        kernel=lambda t: t.unflatten(-1, (t.shape[-1] // 2, 2)).amax(-1),
        dimensions=2,
        kinds=(Kind.SELECT_MAX,),
        geometry="whole",
    )
    even = Pooling(
        "largest",
        kernel=lambda t: t.amax((-1, -2), keepdim=True),
        dimensions=2,
        kinds=(Kind.SELECT_MAX,),
        geometry="whole",
    )
    assert verify("relu", even).verdict == "exact"
    refuted = verify("gelu", even)
    assert refuted.verdict == "different"
    assert not refuted.contradictions
    assert halves.kinds == even.kinds


# ---- sentences ---------------------------------------------------------------------------------------------


def test_a_midpoint_that_breaks_affinity_is_shown_beside_the_mean():
    why = verify("gelu", "avg").why
    assert "f(-3/2) = -0.100211 is not their mean -0.102078" in why


def test_the_statement_of_a_property_without_an_adjective_is_quoted():
    why = verify("silu", "avg", "zeros_nest").why
    assert "zeros interval" not in why
    assert "the zeros of f form an interval" in why


def test_an_expression_that_is_not_known_to_be_the_kernel_proves_nothing(monkeypatch):
    unknown = ordering.evidence.Fidelity("relu", None, (), None, "no enclosure at x = 5")
    monkeypatch.setattr("ordering.verdict.facts.fidelity", lambda *_, **__: unknown)
    verdict = verify("relu", "max", workers=1)
    assert verdict.worlds["reals"].outcome is Outcome.UNDECIDED
    assert "no enclosure at x = 5" in verdict.worlds["reals"].why
    assert verdict.verdict == "exact"
    assert "no proof over the reals" in verdict.why


@pytest.mark.machine
def test_one_number_with_two_results_is_told():
    """A kernel whose results depend on the tensor's size stands for vector and scalar code that differ."""

    def kernel(t):
        return t + (2.0**-11 if t.numel() > 32 and t.is_contiguous() else 0.0)

    split = activation("split", lambda t: torch.where((t > 0.5) & (t < 1), kernel(t), t))
    verdict = verify(split, "max")
    assert verdict.verdict == "rounding", verdict.explain()
    assert any("by different code" in note for note in verdict.by_dtype["float16"].notes), verdict.explain()


def test_relu_and_a_multiple_are_not_affine_but_rationally_so():
    slope = activation("slope", lambda t: torch.maximum(t, t / 4), Max(x, x * Rational(1, 4)))
    verdict = verify(slope, "avg")
    assert verdict.verdict == "different"
    assert not verdict.contradictions


def test_an_affine_function_is_told_which_windows_of_an_average_it_does_not_commute_with():
    verdict = verify(activation("affine", lambda t: 2 * t + 1, 2 * x + 1), "avg")
    assert verdict.verdict == "different"
    assert verdict.why.startswith("where the weights of a window do not sum to one")
    assert not any("by different code" in note for note in verdict.by_dtype["float16"].notes)


def test_a_scan_of_minus_f_is_not_said_to_be_of_f():
    verdict = verify(activation("square", torch.square, x**2), "max", "antitone_dual")
    assert "drops of -f among" in verdict.worlds["floats"].why
    assert "-f(256) = -inf" in verdict.worlds["floats"].why


OVERFLOWING = {
    "a product, to the other side of a maximum": activation(
        "steep", lambda t: torch.maximum(t * 15 / 64, t), Max(x * Rational(15, 64), x)
    ),
    "a square root that loses its digits in float64 too": activation(
        "squareplus", lambda t: (t + torch.sqrt(t * t + 1.625)) / 2, (x + sqrt(x**2 + Rational(13, 8))) / 2
    ),
}


@pytest.mark.parametrize("name", OVERFLOWING)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_an_overflow_is_no_other_function(name, dtype):
    verdict = verify(OVERFLOWING[name], "max", dtypes=(dtype,))
    assert verdict.verdict in ("different", "rounding", "exact"), verdict.explain()
    assert not verdict.contradictions
    if verdict.verdict == "different":
        assert "the kernel overflows" in verdict.why


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_an_activation_that_overflows_itself_contradicts_no_average(dtype):
    big = 1000.0 if dtype == "float16" else 1e30
    verdict = verify(activation("detour", lambda t: t * big / big, x), "avg", dtypes=(dtype,))
    assert verdict.verdict in ("rounding", "different"), verdict.explain()
    assert not verdict.contradictions, verdict.explain()


@pytest.mark.parametrize("name", ["sigmoid", "shrink"])
def test_a_bare_activation_that_is_not_affine_is_different_with_averages_in_coarse_dtypes_too(name):
    kernel = {"sigmoid": lambda t: torch.exp(t) / (1 + torch.exp(t)), "shrink": lambda t: F.relu(t - 2.5)}[
        name
    ]
    verdict = verify(activation("bare", kernel), "avg", dtypes=("bfloat16",))
    assert verdict.verdict == "different", verdict.explain()
    assert "no proof" in verdict.why


def test_a_bare_affine_activation_is_undecided_with_averages():
    verdict = verify(activation("bare", lambda t: t * 1000 / 1000), "avg", dtypes=("bfloat16",))
    assert verdict.verdict == "undecided", verdict.explain()


def test_a_dtype_without_a_value_in_the_claimed_interval_is_an_error_of_its_own():
    far = Activation(
        "far", kernel=torch.relu, expression=Max(x, 0), low=Integer(10**18), high=Integer(10**20)
    )
    verdict = verify(far, "max", dtypes=("float16", "bfloat16"))
    assert verdict.by_dtype["float16"].answer is Answer.ERROR
    assert "no value of float16 lies between" in verdict.by_dtype["float16"].why
    assert verdict.by_dtype["bfloat16"].answer is Answer.EXACT, verdict.explain()
