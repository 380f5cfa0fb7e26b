"""Both sides of a counterexample in exact arithmetic: values, distances, and whose the difference is."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace

import mpmath
import pytest
import sympy as sp
import torch
import torch.nn.functional as F
from torch import Tensor

from ordering import Activation, Law, activations, falsify, laws, load_pooling, poolings, prove, x
from ordering.evidence import Cause, Counterexample, Symbolic
from ordering.evidence.words import exactly
from ordering.kernels import replay
from ordering.law import Case
from ordering.pooling import Kind, Pooling
from ordering.symbolic import derive

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
CUBIC = Activation("cubic", kernel=lambda t: t**3, expression=x**3)
TRIPLE = Activation("triple", kernel=lambda t: 3 * t + 1, expression=3 * x + 1)


def told(
    activation: Activation | str,
    pooling: Pooling | str,
    values: list[float] | Tensor,
    *,
    arguments: Mapping[str, object] | None = None,
    law: Law | str = "commutes",
    dtype: torch.dtype = torch.float32,
    results: tuple[float, float] | None = None,
    index: tuple[int, ...] = (0, 0, 0, 0),
    seconds: float = 20.0,
) -> Symbolic:
    """What exact arithmetic says of one window; `results` are made up, else those of the kernels."""
    f = activations[activation] if isinstance(activation, str) else activation
    p = load_pooling(pooling)
    given = torch.as_tensor(values, dtype=dtype)
    if given.dim() == 1:
        given = given.reshape(1, 1, 1, -1)
    arguments = {"kernel_size": tuple(given.shape[2:])} if arguments is None else arguments
    claim = laws[law] if isinstance(law, str) else law
    case = Case(f, p, given, arguments)
    made = claim.sides(case) if results is None else None
    both = made or tuple(
        torch.full((index[0] + 1, 1, 1, index[-1] + 1), r, dtype=dtype) for r in results or ()
    )
    return derive(claim, case, index, (both[0].detach(), both[1].detach()), seconds)


def digits(value: object) -> str:
    with mpmath.workdps(60):
        return str(mpmath.nstr(value, 17, strip_zeros=False, min_fixed=-5, max_fixed=18))


# ---- of the function -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_silu_with_max_pooling_is_of_the_function_in_every_dtype(dtype: torch.dtype) -> None:
    found = told("silu", "max_pool2d", [-2.0, -1.0], dtype=dtype)
    left, right = found.sides
    assert found.conclusion is Cause.FUNCTION
    assert (left.formula, left.written) == ("max(silu(-2), silu(-1))", "-2/(1 + e^2)")
    assert (right.formula, right.written) == ("silu(max(-2, -1))", "-1/(1 + e)")
    with mpmath.workdps(60):
        first, second = -2 / (1 + mpmath.e**2), -1 / (1 + mpmath.e)
        assert left.value == digits(first)
        assert right.value == digits(second)
        assert found.gap_value == digits(first - second)
    assert found.gap_sign == 1
    assert found.gap == left.closed - right.closed  # type: ignore[operator]
    # A kernel of torch is within a few ULP of the value, whatever the CPU.
    assert all(
        side.distance_ulp is not None and side.distance_ulp < 8 and not side.misses for side in found.sides
    )


def test_falsify_tells_it_and_the_lines_are_those_of_a_report() -> None:
    found = falsify("relu", "avg_pool2d")
    assert found is not None
    assert found.symbolic is not None
    assert found.symbolic.conclusion is Cause.FUNCTION
    assert exactly(found)[-1] == f"the gap {found.symbolic.gap_value} is of the function"
    assert exactly(found)[0] == "mean(relu(1), relu(-1)) = 1/2 = 0.5   kernel 0.5 (0 ULP)"


def test_a_closed_form_may_hold_erf() -> None:
    found = told("gelu", "max_pool2d", [-2.0, -1.0], dtype=torch.float64)
    assert found.sides[0].written == "-1 + erf(sqrt(2))"
    with mpmath.workdps(60):
        assert found.sides[0].value == digits(mpmath.erf(mpmath.sqrt(2)) - 1)


def test_the_exact_rationals_are_those_of_the_floats() -> None:
    found = told("relu", "avg_pool2d", [0.1, -0.1])
    assert found.sides[0].formula == "mean(relu(13421773/2^27), relu(-13421773/2^27))"
    assert found.sides[0].closed == sp.Rational(13421773, 2**28)
    wide = told("relu", "max_pool2d", [2.0**100, 3.0], results=(0.0, 1.0))
    assert wide.sides[1].formula == "relu(max(2^100, 3))"


def test_a_norm_and_a_power_of_it() -> None:
    law = replace(laws["commutes"], needs={Kind.NORM: "affine"})
    arguments = {"norm_type": 2, "kernel_size": (1, 2)}
    found = told(CUBIC, "lp_pool2d", [1.0, -2.0], arguments=arguments, law=law)
    assert [side.written for side in found.sides] == ["sqrt(65)", "5*sqrt(5)"]
    assert found.sides[1].formula == "cubic(norm_2(1, -2))"
    assert found.conclusion is Cause.FUNCTION


# ---- of the arithmetic ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_affine_function_and_averages_differ_by_arithmetic_alone(dtype: torch.dtype) -> None:
    third = Activation("third", kernel=lambda t: t / 3 + 0.1, expression=x / 3 + sp.Rational(1, 10))
    found = told(third, "avg_pool2d", [0.1, 0.7, -3.0], dtype=dtype, results=(1.0, 2.0))
    assert found.conclusion is Cause.ARITHMETIC
    assert (found.gap_sign, found.gap_value) == (0, "0")
    assert found.sides[0].value == found.sides[1].value


def test_one_value_twice_is_no_sum() -> None:
    found = told("softplus", "avg_pool2d", [-2.0, -2.0], results=(0.1, 0.2))
    assert found.conclusion is Cause.ARITHMETIC
    assert found.sides[0].formula == "mean(softplus(-2) (2 times))"
    assert found.sides[0].closed == found.sides[1].closed


@pytest.mark.parametrize(
    "identity",
    [
        sp.tanh(x) ** 2 + 1 / sp.cosh(x) ** 2,
        sp.sin(x) ** 2 + sp.cos(x) ** 2,
        sp.exp(x) * sp.exp(-x),
        sp.log(1 + sp.exp(x)) - sp.log(1 + sp.exp(-x)) - x,
    ],
    ids=str,
)
def test_a_gap_of_zero_may_need_an_identity(identity: sp.Expr) -> None:
    hidden = Activation("hidden", kernel=lambda t: t, expression=2 * x + identity)
    found = told(hidden, "avg_pool2d", [0.0, -1.0], results=(1.0, 2.0))
    assert found.conclusion is Cause.ARITHMETIC
    assert found.gap_value == "0"


def test_overflow_of_the_kernels_is_of_the_arithmetic() -> None:
    largest = torch.finfo(torch.float32).max
    found = told(TRIPLE, "avg_pool2d", [largest, 0.0, 0.0], results=(math.inf, largest))
    assert found.conclusion is Cause.ARITHMETIC
    assert found.sides[0].distance_ulp == math.inf
    assert found.sides[1].distance_ulp is not None
    assert found.sides[1].distance_ulp < 1
    assert not any(side.misses for side in found.sides)
    beyond = told(TRIPLE, "max_pool2d", [largest, 0.0], results=(math.inf, 1.0))
    assert beyond.sides[0].distance_ulp == 0  # for the exact value is beyond the largest, too


@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros_of_both_signs_are_one_number(dtype: torch.dtype) -> None:
    found = told("relu", "max_pool2d", [-0.0, 0.0], dtype=dtype, results=(-0.0, 0.0))
    assert found.conclusion is Cause.ARITHMETIC
    assert found.sides[0].formula == "max(relu(0) (2 times))"
    assert [side.distance_ulp for side in found.sides] == [0.0, 0.0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_subnormal_results_are_measured_in_the_smallest_step(dtype: torch.dtype) -> None:
    info = torch.finfo(dtype)
    step = info.smallest_normal * info.eps
    found = told("identity", "avg_pool2d", [step, 0.0], dtype=dtype, results=(0.0, step))
    assert [side.distance_ulp for side in found.sides] == [0.5, 0.5]
    assert found.sides[0].closed == sp.Rational(step) / 2
    assert found.conclusion is Cause.ARITHMETIC


def test_a_law_that_is_obeyed_exactly_is_broken_by_the_arithmetic_only() -> None:
    found = told("silu", "max_pool2d", [-2.0, -1.0], law="dominates", results=(-0.3, -0.2))
    assert found.conclusion is Cause.ARITHMETIC
    assert found.gap_sign == 1


# ---- windows -------------------------------------------------------------------------------------------


def test_padding_and_divisors_of_averages() -> None:
    values = torch.tensor([[[[1.0, -1.0], [2.0, -4.0]]]])
    counted = told("relu", "avg_pool2d", values, arguments={"kernel_size": 2, "padding": 1})
    assert counted.sides[0].formula == "sum(relu(1))/4"
    alone = {"kernel_size": 2, "padding": 1, "count_include_pad": False}
    assert told("relu", "avg_pool2d", values, arguments=alone).sides[0].formula == "mean(relu(1))"
    override = {"kernel_size": 2, "divisor_override": 3}
    found = told("relu", "avg_pool2d", values, arguments=override)
    assert found.sides[0].formula == "sum(relu(1), relu(-1), relu(2), relu(-4))/3"
    assert (found.sides[0].value, found.sides[1].value) == ("1", "0")


@pytest.mark.parametrize("pooling", ["max_pool2d", "avg_pool2d"])
def test_a_window_of_2500_elements(pooling: str) -> None:
    values = torch.linspace(-3, -1, 2500).reshape(1, 1, 50, 50)
    found = told("silu", pooling, values, results=(0.0, 1.0))
    assert found.conclusion is Cause.FUNCTION
    name = "max" if pooling == "max_pool2d" else "mean"
    assert found.sides[0].formula.startswith(f"{name}(silu(-3), silu(")
    assert found.sides[0].formula.endswith(", ... (2,500 values))")
    with mpmath.workdps(40):
        exact = [mpmath.mpf(float(v)) for v in values.flatten()]
        images = [v / (1 + mpmath.exp(-v)) for v in exact]
        first = max(images) if name == "max" else sum(images) / 2500
        at = max(exact) if name == "max" else sum(exact) / 2500
        assert found.sides[0].value == digits(first)
        assert found.sides[1].value == digits(at / (1 + mpmath.exp(-at)))
        assert found.gap_value == digits(first - at / (1 + mpmath.exp(-at)))


def test_a_large_window_of_an_affine_function_is_exact() -> None:
    values = torch.linspace(-3, 1, 2500).reshape(1, 1, 50, 50)
    found = told(TRIPLE, "avg_pool2d", values, results=(0.0, 1.0))
    assert found.conclusion is Cause.ARITHMETIC
    assert found.sides[0].closed == found.sides[1].closed


def test_what_takes_too_long_is_undecided() -> None:
    values = torch.linspace(-3, -1, 2500).reshape(1, 1, 50, 50)
    found = told("silu", "avg_pool2d", values, results=(0.0, 1.0), seconds=1e-3)
    assert found.conclusion is Cause.UNDECIDED
    assert "not decided in 0.001 s" in found.why


# ---- nothing exact -------------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", [math.inf, -math.inf, math.nan])
def test_limits_are_not_values(odd: float) -> None:
    found = told("silu", "max_pool2d", [odd, 1.0])
    assert found.conclusion is Cause.NO_EXPRESSION
    assert "no real number" in found.why
    assert found.sides == ()


def test_without_an_expression_it_is_said() -> None:
    found = replay(
        Activation("own", kernel=lambda t: -t), "max_pool2d", "commutes", PAIR, {"kernel_size": (1, 2)}
    )
    assert found is not None
    assert found.symbolic is not None
    assert found.symbolic.conclusion is Cause.NO_EXPRESSION
    assert exactly(found) == ["no exact values: the activation own has no expression"]


@pytest.mark.parametrize("law", ["jensen", "jensen_concave"])
def test_sides_that_allow_for_rounding_are_told_without_it(law: str) -> None:
    broken, kept = ([0.0, 1.0], [0.0, -1.0]) if law == "jensen" else ([0.0, -1.0], [0.0, 1.0])
    found = told("tanh", "avg_pool2d", broken, law=law)
    assert found.conclusion is Cause.FUNCTION
    assert f"tanh(mean(0, {broken[1]:g}))" in {side.formula for side in found.sides}
    # The kernels' own values, not those with an allowance for rounding.
    assert all(side.distance_ulp is not None and side.distance_ulp < 4 for side in found.sides)
    assert told("tanh", "avg_pool2d", kept, law=law).conclusion is Cause.ARITHMETIC


@pytest.mark.parametrize(
    ("drawdown", "conclusion"), [(sp.Rational(1, 8), Cause.FUNCTION), (sp.Integer(2), Cause.ARITHMETIC)]
)
def test_the_bound_by_the_drawdown_is_told_without_rounding(drawdown: sp.Expr, conclusion: Cause) -> None:
    shape = replace(prove("silu"), drawdown=drawdown)
    given = torch.tensor([[[[-1.25, -8.0]]]])
    case = Case(activations["silu"], load_pooling("max"), given, {"kernel_size": (1, 2)}, shape)
    both = laws["drawdown_bound"].sides(case)
    found = derive(laws["drawdown_bound"], case, (0, 0, 0, 0), both)
    assert found.conclusion is conclusion
    assert found.sides[1].formula.startswith("(silu(max(-5/4, -8)) + ")


def test_exact_sides_that_cannot_be_run_cost_no_counterexample() -> None:
    def tripping(case: Case) -> tuple[Tensor, Tensor]:
        if hasattr(case.input, "detach"):  # no stand-in has that
            raise ZeroDivisionError("of the user's own")
        return case.input, case.input

    def flat(case: Case) -> tuple[Tensor, Tensor]:
        both = case.pool(case.input), case.activate(case.pool(case.input))
        return (both[0].flatten(), both[1].flatten()) if hasattr(case.input, "detach") else both

    for sides, words in ((tripping, "ZeroDivisionError: of the user's own"), (flat, "other shapes")):
        found = told("tanh", "avg_pool2d", [0.0, 1.0], law=replace(laws["jensen"], exact_sides=sides))
        assert found.conclusion is Cause.NO_EXPRESSION
        assert words in found.why


def test_an_infinite_bound_is_no_number() -> None:
    shape = replace(prove("silu"), drawdown=sp.oo)
    case = Case(activations["silu"], load_pooling("max"), torch.ones(1, 1, 1, 1), {"kernel_size": 1}, shape)
    law = laws["drawdown_bound"]
    found = derive(law, case, (0, 0, 0, 0), law.sides(case))
    assert found.conclusion is Cause.NO_EXPRESSION
    assert "inf is added, which is no real number" in found.why


def test_a_law_beyond_f_and_p_says_so() -> None:
    found = told("relu", "avg_pool2d", [0.0, 1.0], law="gap_formula")
    assert found.conclusion is Cause.NO_EXPRESSION
    assert "gap_formula" in found.why

    def tripping(case: Case) -> tuple[Tensor, Tensor]:
        if not isinstance(case.input, Tensor):
            raise ZeroDivisionError("of the user's own")
        return case.input, case.input

    own = Law("own", statement="x = x", sides=tripping, needs={Kind.SELECT_MAX: "affine"})
    assert "ZeroDivisionError: of the user's own" in told("tanh", "max_pool2d", [0.0, 1.0], law=own).why


def test_a_law_of_sums_and_maxima_is_followed() -> None:
    def sides(case: Case) -> tuple[Tensor, Tensor]:
        first, second = case.pool(case.activate(case.input)), case.activate(case.pool(case.input))
        return torch.maximum(first, second) - 2 * second, abs(-first)

    own = Law("own", statement="made up", sides=sides, needs={Kind.SELECT_MAX: "affine"})
    found = told("relu", "max_pool2d", [-1.0, 3.0], law=own)
    assert [side.value for side in found.sides] == ["-3", "3"]
    assert found.sides[1].formula == "|-max(relu(-1), relu(3))|"


@pytest.mark.parametrize(("expression", "value"), [(sp.sqrt(x), -1.0), (1 / x, 0.0), (sp.log(x), 0.0)])
def test_where_f_has_no_real_value_nothing_is_concluded(expression: sp.Expr, value: float) -> None:
    partial = Activation("partial", kernel=torch.sqrt, expression=expression)
    found = told(partial, "max_pool2d", [value, 4.0], results=(2.0, 2.0))
    assert found.conclusion is Cause.NO_EXPRESSION
    assert "no real value" in found.why


def test_a_corner_that_no_ball_tells_is_told_by_sympy() -> None:
    step = sp.Piecewise((sp.exp(x), x < sp.Rational(1, 3)), (5 + sp.exp(x), True))
    found = told(Activation("step", kernel=lambda t: t, expression=step), "avg_pool2d", [1.0, 0.0, 0.0])
    assert found.sides[1].written == "e^(1/3) + 5"
    assert found.conclusion is Cause.FUNCTION


# ---- a kernel that misses its value --------------------------------------------------------------------

PAIR = torch.tensor([[[[-2.0, -1.0]]]])


def wrong_silu(tensor: Tensor) -> Tensor:
    """silu, but wrong by a thousandth at -1."""
    return torch.where(tensor == -1, F.silu(tensor) + 1e-3, F.silu(tensor))


def replayed(kernel: Activation) -> Counterexample:
    found = replay(kernel, "max_pool2d", "commutes", PAIR, {"kernel_size": (1, 2)})
    assert found is not None
    return found


def test_a_kernel_that_is_wrong_by_many_ulp_misses() -> None:
    found = replayed(replace(activations["silu"], name="wrong", kernel=wrong_silu)).symbolic
    assert found is not None
    left, right = found.sides
    assert not left.misses
    assert right.misses
    assert found.missed == (right,)
    assert right.distance_ulp == pytest.approx(1e-3 / 2**-25, rel=1e-3)
    assert not replayed(activations["silu"]).symbolic.missed  # type: ignore[union-attr]


def test_an_overflow_explains_a_miss() -> None:
    kernel = lambda t: 8 * t / torch.sqrt(1 + t * t)  # noqa: E731
    smooth = Activation("smooth", kernel=kernel, expression=8 * x / sp.sqrt(1 + x**2))
    given = torch.tensor([[[[300.0, 1.0]]]], dtype=torch.float16)
    found = replay(smooth, "max_pool2d", "commutes", given, {"kernel_size": (1, 2)})
    assert found is not None
    assert found.symbolic is not None
    assert any(side.misses for side in found.symbolic.sides)
    assert found.symbolic.overflow
    assert found.symbolic.missed == ()


@pytest.mark.parametrize("name", list(activations))
def test_no_kernel_of_the_catalogue_misses(name: str) -> None:
    for pooling in ("max_pool2d", "avg_pool2d"):
        for dtype in (torch.float16, torch.float32):
            low = activations[name].low
            values = [0.3, 2.0, 0.7] if low is not None else [-1.3, -0.6, 2.0]
            found = told(name, pooling, values, dtype=dtype)
            assert found.conclusion in (Cause.FUNCTION, Cause.ARITHMETIC), found.why
            assert found.missed == ()


def test_telling_takes_milliseconds() -> None:
    told("silu", "max_pool2d", [-2.0, -1.0])
    times = []
    for _ in range(9):
        start = time.perf_counter()
        told("silu", "max_pool2d", [-2.0, -1.0])
        times.append(time.perf_counter() - start)
    assert sorted(times)[4] < 0.2


def test_poolings_of_the_catalogue_have_a_symbolic_side() -> None:
    told_by = {
        name: told("identity", poolings[name], [1.0, 2.0], arguments={}, results=(0.0, 0.0))
        for name in GLOBAL
    }
    assert all(found.conclusion is Cause.ARITHMETIC for found in told_by.values())


GLOBAL = ("global_max_pool2d", "global_avg_pool2d")
