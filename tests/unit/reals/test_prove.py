"""Facts about functions outside the catalogue, time budgets, and properties that users add."""

from __future__ import annotations

import gc
import threading
from contextlib import nullcontext
from dataclasses import replace
from types import FrameType

import pytest
import sympy as sp
from sympy import (
    Abs,
    E,
    Expr,
    Max,
    Min,
    Piecewise,
    Rational,
    atan,
    cos,
    erf,
    exp,
    floor,
    log,
    oo,
    sin,
    sqrt,
    tanh,
)

from ordering.activation import Activation
from ordering.enclosures import budget as budgets
from ordering.enclosures.budget import OutOfTime, budget
from ordering.errors import DuplicateEntry, InvalidArgument, UnknownEntry
from ordering.evidence import Finding
from ordering.reals import Property, evaluate, properties, prove
from ordering.reals.function import Function
from ordering.variable import x

QUESTIONS = ("nondecreasing", "nonincreasing", "strictly_increasing", "convex", "concave", "affine")

FACTS: dict[str, tuple[Expr, str]] = {
    # The six answers of QUESTIONS, in order: T, F.
    "swish with beta 2": (x / (1 + exp(-2 * x)), "FFFFFF"),
    "squareplus": ((x + sqrt(x**2 + 4)) / 2, "TFTTFF"),
    "bent identity": ((sqrt(x**2 + 1) - 1) / 2 + x, "TFTTFF"),
    "atan": (atan(x), "TFTFFF"),
    "softsign": (x / (1 + Abs(x)), "TFTFFF"),
    "cube": (x**3, "TFTFFF"),
    "cube less x": (x**3 - x, "FFFFFF"),
    "cube root": (sp.sign(x) * Abs(x) ** Rational(1, 3), "TFTFFF"),
    "bell": (exp(-(x**2)), "FFFFFF"),
    "serf": (x * erf(log(1 + exp(x))), "FFFFFF"),
    "tanh of tanh": (tanh(tanh(x)), "TFTFFF"),
    "x atan x": (x * atan(x), "FFFTFF"),
    "log cosh": (log(sp.cosh(x)), "FFFTFF"),
    "x + sin x": (x + sin(x), "TFTFFF"),
    "x + 2 sin x": (x + 2 * sin(x), "FFFFFF"),
    "two incommensurable waves": (2 * x + sin(x) + sin(sqrt(2) * x) / 2, "TFTFFF"),
    "tanhexp": (x * tanh(exp(x)), "FFFFFF"),
    "gompertz": (exp(-exp(-x)), "TFTFFF"),
    "floor": (floor(x), "TFFFFF"),
    "fractional part": (x - floor(x), "FFFFFF"),
    "clipped steps": (Max(-2, Min(Rational(7, 4), floor(4 * x + Rational(1, 2)) / 4)), "TFFFFF"),
    "heaviside": (sp.Heaviside(x), "TFFFFF"),
    "constant": (sp.Integer(3), "TTFTTT"),
    "bump of 1e-9 that is outweighed": (x + exp(-(x**2)) / 10**9, "TFTFFF"),
    "narrow bump of 1e-9": (Max(x, 0) + exp(-((x - 3) ** 2) * 10**20) / 10**9, "FFFFFF"),
    "drop of 1e-30": (Piecewise((x, x < 0), (x - Rational(1, 10**30), True)), "FFFFFF"),
    "kink of 1e-20": (Piecewise((x, x < 0), (x * (1 - Rational(1, 10**20)), True)), "TFTFTF"),
    "step upwards": (Piecewise((x, x < 1), (x + 1, True)), "TFTFFF"),
    "max of x and exp(-x)": (Max(x, exp(-x)), "FFFTFF"),
    "max of smooth convex": (Max(x**2, exp(x) / 2), "FFFTFF"),
    "reciprocal across its pole": (1 / x, "FFFFFF"),
    "logarithm": (log(x), "TFTFTF"),
    "logit": (log(x / (1 - x)), "TFTFFF"),
    "max of exp(1/x), with an essential singularity": (Max(exp(1 / x), 2), "FFFFFF"),
}


@pytest.mark.parametrize("name", FACTS)
def test_known_fact(name: str) -> None:
    expression, answers = FACTS[name]
    shape = prove(expression)
    found = "".join({True: "T", False: "F", None: "?"}[shape.finding(q).holds] for q in QUESTIONS)
    assert found == answers, {q: shape.finding(q).reason for q in QUESTIONS}


@pytest.mark.parametrize("name", FACTS)
def test_every_derivation_checks_and_no_step_is_idle(name: str) -> None:
    for finding in prove(FACTS[name][0]).findings.values():
        if finding.holds:
            assert finding.derivation is not None
            assert finding.derivation.check()
            steps = finding.derivation.steps
            for n in range(len(steps)):
                assert not replace(finding.derivation, steps=steps[:n] + steps[n + 1 :]).check(), steps[n]


@pytest.mark.parametrize("name", FACTS)
def test_witnesses_are_exact(name: str) -> None:
    expression, _ = FACTS[name]
    shape = prove(expression)

    def f(point: Expr) -> Expr:
        return expression.subs(x, point)

    for question, sign in (("nondecreasing", 1), ("nonincreasing", -1)):
        witness = shape.finding(question).witness
        if witness is not None:
            a, b = witness
            assert a < b
            assert sp.N(sign * (f(a) - f(b)), 60) > 0
    for question, sign in (("convex", 1), ("concave", -1)):
        witness = shape.finding(question).witness
        if witness is not None:
            a, b = witness
            assert sp.N(sign * (2 * f((a + b) / 2) - f(a) - f(b)), 60) > 0


@pytest.mark.parametrize(
    ("expression", "drawdown"),
    [
        (x * Min(Max(x + 3, 0), 6) / 6, Rational(3, 8)),
        (x / (1 + exp(-x)), sp.LambertW(exp(-1))),
        (x**3 - x, 4 * sqrt(3) / 9),
        (x + 2 * sin(x), 2 * sqrt(3) - 2 * sp.pi / 3),
        (cos(x), sp.Integer(2)),
        (x**2, oo),
        (-x, oo),
        (exp(cos(x)), E - exp(-1)),
        (x - floor(x) / 2, Rational(1, 2)),
        (tanh(x), sp.Integer(0)),
        (x * log(x), exp(-1)),
    ],
)
def test_exact_drawdown(expression: Expr, drawdown: Expr) -> None:
    found = prove(expression).drawdown
    assert isinstance(found, Expr)
    assert found == drawdown or sp.simplify(found - drawdown) == 0


def test_the_near_pair_comes_close_and_the_pair_attains() -> None:
    shape = prove(x / (1 + exp(-x)))
    assert shape.drawdown_pair is None  # approached as a -> -oo only
    assert shape.drawdown_near is not None
    a, b = shape.drawdown_near
    f = sp.Lambda(x, x / (1 + exp(-x)))
    assert abs(sp.N(f(a) - f(b) - sp.LambertW(exp(-1)), 40)) < 1e-6
    assert prove(x**3 - x).drawdown_pair == (-sqrt(3) / 3, sqrt(3) / 3)


def test_limits_and_value_at_zero() -> None:
    shape = prove(log(1 + exp(x)))
    assert shape.limits == (0, oo)
    assert shape.value_at_zero == log(2)


def test_the_domain_of_an_entry_is_respected() -> None:
    entry = Activation("reciprocal_like", kernel=lambda t: 1 / t, expression=1 / x, low=sp.S.Zero)
    shape = prove(entry)
    assert shape.nonincreasing.holds is True
    assert shape.convex.holds is True
    assert shape.domain == (0, oo)


def test_an_activation_without_an_expression_is_undecided_throughout() -> None:
    shape = prove(Activation("bare", kernel=lambda t: t))
    assert all(
        finding.holds is None and "no expression" in finding.reason for finding in shape.findings.values()
    )


class Clock:
    """A clock that goes on by a step whenever it is read, so that no load on the machine hurries it."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def monotonic(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Budgets of seconds that are ticks, without the timer of real ones."""
    clock = Clock(step=1e-2)
    monkeypatch.setattr(budgets, "time", clock)
    monkeypatch.setattr(budgets, "_alarm", lambda seconds: nullcontext())
    return clock


@pytest.mark.parametrize("timeout", [0.05, 0.3])
def test_a_hard_expression_ends_in_undecided_within_its_budget(timeout: float, ticking: Clock) -> None:
    hard = sum((sp.tanh(x * k + sp.erf(x * k)) * sp.sqrt(x**2 + k) for k in range(1, 5)), sp.S.Zero)
    shape = prove(hard * exp(-atan(hard)), timeout=timeout)
    assert timeout < ticking.now < timeout + 1
    assert any(finding.holds is None for finding in shape.findings.values())


def test_a_call_that_knows_nothing_of_budgets_is_interrupted() -> None:
    def endless(function: Function) -> Finding:
        while True:
            pass

    registry = type(properties)("property", Property)
    registry.register(Property("endless", "no end", endless))
    finding = prove(x, timeout=0.05, properties=registry).finding("endless")
    assert finding.holds is None
    assert "budget" in finding.reason


@pytest.mark.parametrize("lost", ["finalizer", "callback of the garbage collector"])
def test_a_budget_that_ends_where_exceptions_are_lost_ends_behind_it(
    lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[bool] = []
    interrupt = budgets._interrupt

    def noting(number: int, frame: FrameType | None) -> None:
        ended.append(True)
        interrupt(number, frame)

    monkeypatch.setattr(budgets, "_interrupt", noting)

    def wait() -> None:
        while not ended:
            pass

    class Slow:
        def __del__(self) -> None:
            wait()

    def collecting(phase: str, info: dict[str, int]) -> None:
        wait()

    def run() -> None:
        with budget(0.05):
            if lost == "finalizer":
                Slow()
            else:
                gc.callbacks.append(collecting)
                try:
                    gc.collect()
                finally:
                    gc.callbacks.remove(collecting)
            while True:
                pass

    # An exception there would be a warning, which is an error here.
    with pytest.raises(OutOfTime):
        run()


def test_the_budget_holds_off_the_main_thread(ticking: Clock) -> None:
    ended = []

    def run() -> None:
        prove(x * erf(log(1 + exp(x))) + sin(x**2), timeout=0.5)
        ended.append(ticking.now)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert ended
    assert 0.5 < ended[0] < 1.5


def test_bad_arguments() -> None:
    with pytest.raises(UnknownEntry):
        prove("no_such_activation")
    with pytest.raises(InvalidArgument):
        prove([1])
    with pytest.raises(InvalidArgument):
        prove("relu", timeout=0)


def test_a_user_adds_a_property_in_one_call() -> None:
    def bounded(function: Function) -> Finding:
        limits = [function.limit(function.smooths[0], 1), function.limit(function.smooths[-1], -1)]
        finite = not any(limit in (oo, -oo) for limit in limits)
        return (
            Finding(None, reason="finite limits, which no checker knows a rule for")
            if finite
            else Finding(False)
        )

    with pytest.raises(DuplicateEntry):
        properties.register(Property("convex", "taken", bounded))
    registry = type(properties)("property", Property)
    registry.register(Property("bounded_at_the_ends", "finite limits", bounded))
    assert prove(tanh(x), properties=registry).finding("bounded_at_the_ends").holds is None
    assert prove(exp(x), properties=registry).finding("bounded_at_the_ends").holds is False


def test_evaluate_encloses() -> None:
    low, high = evaluate(sp.exp(x), sp.Integer(1), digits=50)
    assert low < high
    assert sp.Rational(int(low.p), int(low.q)) < sp.E.n(80) < sp.Rational(int(high.p), int(high.q))
