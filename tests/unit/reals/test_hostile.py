"""Text and expressions that once ended in a traceback or never ended."""

from __future__ import annotations

import threading
import time

import pytest
import sympy as sp
from click.testing import CliRunner
from flint import arb
from sympy import Expr, exp, floor, sin

from ordering.cli import main
from ordering.enclosures.balls import ball_power
from ordering.errors import InvalidArgument
from ordering.reals import bounded, load_function, prove
from ordering.reals.parsing import parsed
from ordering.variable import x

forked = pytest.mark.skipif(not bounded.available(), reason="hard limits need processes")


@pytest.mark.parametrize(
    "expression",
    [floor(sp.Integer(10) ** 200 * x), sp.Add(*(sin(k * x) for k in range(1, 40)))],
    ids=["steps", "sines"],
)
def test_what_has_too_many_parts_is_undecided_for_that_reason(expression: Expr) -> None:
    for finding in prove(expression, timeout=2.0).findings.values():
        assert "Error" not in finding.reason


@forked
def test_what_cannot_be_printed_is_refused_in_time() -> None:
    started = time.monotonic()
    with pytest.raises(InvalidArgument, match="cannot be read: the time budget is spent"):
        parsed("sin(exp(10**9)) + x", 0.5)
    with pytest.raises(InvalidArgument, match="cannot be written out: the time budget is spent"):
        prove(sin(exp(sp.Integer(10) ** 9)) + x, timeout=0.5)
    assert time.monotonic() - started < 20


@forked
def test_the_time_of_the_command_is_that_of_reading_too() -> None:
    with pytest.raises(InvalidArgument, match="the time budget is spent"):
        load_function("floor(exp(10**8)) + x", timeout=0.5)
    started = time.monotonic()
    result = CliRunner().invoke(main, ["prove", "floor(exp(10**8)) + x", "--timeout", "0.5"])
    assert result.exit_code == 2
    assert time.monotonic() - started < 9  # it took the ten seconds of a reader without a limit


def test_a_power_of_a_ball_around_zero_is_a_number() -> None:
    ball = arb(0, 0.5)
    assert ball_power(ball, 2).contains(0.25)
    assert ball_power(ball, 2).contains(0)
    assert not ball_power(ball, 2).contains(-0.1)
    assert ball_power(ball, 3).contains(-0.125)
    assert not ball_power(ball, -1).is_finite()
    assert ball_power(arb(3), 2) == 9


def test_a_power_of_a_number_is_refused_before_it_is_computed() -> None:
    started = time.monotonic()
    for text in (
        "((9**1000)**1000)**1000",
        "((7*x)**1000)**1000",
        "(1/9)**(1/2) + (1/9)**999 * (3**999)**999",
    ):
        with pytest.raises(InvalidArgument, match="digits"):
            parsed(text, 10)
    assert parsed("((x**1000)**1000)**1000", 10) == x ** (10**9)
    assert parsed("(-1)**999 * x", 10) == -x
    assert time.monotonic() - started < 9


def test_without_processes_what_nothing_could_stop_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "available", lambda: False)
    answers: list[str] = []

    def read() -> None:
        for text in ("floor(exp(10**8)) + x", "sin(exp(exp(exp(9)))) + x"):
            with pytest.raises(InvalidArgument, match="on this system"):
                parsed(text, 10)
        answers.append(str(parsed("exp(-2)*x + max(sqrt(2), x) + exp(1000)", 10)))
        answers.append(str(prove("exp(x) + exp(3)", timeout=5.0).nondecreasing.holds))

    worker = threading.Thread(target=read)
    worker.start()
    worker.join(60)
    assert answers == ["x*exp(-2) + Max(sqrt(2), x) + exp(1000)", "True"]
