"""Hard limits: hostile text and large expressions end in an answer, in bounded time and memory."""

from __future__ import annotations

import resource
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp
from click.testing import CliRunner
from flint import fmpz
from sympy import Expr, Rational, cos, exp, log, sin, sqrt

from ordering.catalogue import activations
from ordering.cli import main
from ordering.enclosures.budget import OutOfTime, Room, Undecided, within
from ordering.errors import InvalidArgument
from ordering.reals import bounded, prove, value_text
from ordering.reals.parsing import parse, parsed
from ordering.reals.polynomials import GENS, require_modest
from ordering.variable import x

forked = pytest.mark.skipif(sys.platform != "linux", reason="processes are not forked here")

HOSTILE = (
    "1e99999999*x",
    "((9**1000)**1000)**1000",
    "floor(exp(10**8))+x",
    "9**9**9**9",
    "1e-5000*x",
    "x**(10**30)",
)


@forked
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_refused_in_time_and_memory(text: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InvalidArgument):
        parsed(text, 1.0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


@forked
@pytest.mark.parametrize(
    "text",
    [
        "((x**1000)**1000)**1000",
        "abs(" * 40 + "x" + "-1)" * 40,
        "x if exp(10**9) > 5 else 1",
        "max(exp(10**9), 1)*x",
        "sign(exp(10**9) - 3) + x",
        "abs(" * 90 + "x" + ")" * 90,
        "max(" + ",".join(f"{i}*x+{i * i % 17}" for i in range(150)) + ")",
        "exp(" * 30 + "x" + ")" * 30,
        "floor(tan(x))",
        "(x+1)**1000",
        "exp(10**8)*x",
        "x*10**900",
    ],
    ids=lambda text: text[:20],
)
def test_large_text_is_answered(text: str) -> None:
    shape = prove(text, timeout=8)
    assert len(shape.findings) == len(prove("relu").findings)
    for finding in shape.findings.values():
        assert finding.holds is not None or finding.reason
        assert all(str(point) for point in finding.witness or ())


@pytest.mark.parametrize("text", ["1/x", "((x**1000)**1000)**1000", "log(x)", "exp(exp(exp(x)))"])
def test_the_command_prints_values_of_any_size_and_where_there_are_none(text: str) -> None:
    result = CliRunner().invoke(main, ["prove", text, "--timeout", "2"])
    assert result.exit_code == 0, result.output
    assert result.exception is None


def test_values_are_printed_without_being_written_out() -> None:
    assert value_text(x**1000000000, Rational(1, 2)) == "2.16780e-301029996"
    assert value_text(1 / x, sp.S.Zero) == "undefined"
    assert value_text(exp(x), sp.S.One) == "2.71828"
    assert value_text(x - 1, sp.S.One) == "0"


@forked
def test_a_single_call_that_hears_nothing_is_ended() -> None:
    def endless() -> int:
        return len(str(pow(7, 10**9) + 1))  # one call, in Python's own integers

    started = time.monotonic()
    with pytest.raises(OutOfTime):
        bounded.ask(endless, 0.3)
    assert time.monotonic() - started < 30  # it would take hours


@forked
def test_memory_is_limited_and_the_parent_lives() -> None:
    with pytest.raises(bounded.OutOfMemory):
        bounded.ask(lambda: len(bytearray(3 << 30)), 10.0)
    with pytest.raises(bounded.OutOfMemory):  # gmp aborts its process
        bounded.ask(lambda: int(fmpz(3) ** (10**11) > 0), 10.0)


@forked
def test_answers_and_errors_come_back_and_reports_before_the_end_are_kept() -> None:
    assert bounded.ask(lambda: Rational(1, 3) * x, 5.0) == x / 3
    with pytest.raises(ZeroDivisionError):
        bounded.ask(lambda: 1 // 0, 5.0)
    with pytest.raises(Undecided, match="why"):
        bounded.ask(_undecided, 5.0)

    def slow(report: Callable[[Any], None]) -> None:
        report("first")
        time.sleep(60)

    reports = bounded.bounded(slow, 1.0)
    assert next(reports) == "first"
    with pytest.raises(OutOfTime):
        next(reports)


@forked
def test_expressions_come_back_as_they_are() -> None:
    for expression in (
        sp.Max(*(i * x + i**2 for i in range(9)), evaluate=False),
        sp.Mul(x, 1 / x, evaluate=False),
        sp.Piecewise((x / (1 + exp(-x)), (x > 0) | (x < -3)), (log(2), True)),
        sp.LambertW(exp(-1)) + sp.sqrt(2) * sp.pi - sp.Float("0.1"),
        sp.Heaviside(x, 1) * sp.floor(x / 3) + sp.erf(x),
    ):
        assert bounded.ask(lambda: expression, 5.0)  # noqa: B023 - called at once == expression


def _undecided() -> None:
    raise Undecided("why")


def test_the_catalogue_is_modest_and_hostile_expressions_are_not() -> None:
    assert all(bounded.modest(entry.expression) for entry in activations.values())
    deep: Expr = x
    for _ in range(60):
        deep = sp.Abs(deep - 1)
    for expression in (
        deep,
        x**1000,
        x * 7**500,
        exp(sp.Integer(10) ** 8) * x,
        sp.Add(*(x**i for i in range(200))),
    ):
        assert not bounded.modest(expression)


def test_no_process_is_started_for_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(bounded, "_fork", refused)
    for name in ("relu", "gelu", "silu", "mish", "softplus", "tanh"):
        assert prove(name).finding("nondecreasing").holds is not None
    assert parse("x/(1+exp(-x)) + max(0, x)").has(x)


def test_where_nothing_can_be_forked_the_soft_budget_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "available", lambda: False)
    shape = prove(exp(x) * x**65, timeout=2.0)
    assert shape.finding("zero_at_zero").holds is True
    assert parse("x**50 + 1") == x**50 + 1


@forked
def test_more_room_is_given_in_a_process_of_its_own() -> None:
    large = (GENS[0] + GENS[1] + GENS[2] + 1) ** 12
    with within(Room()) as room:
        with pytest.raises(Undecided):
            require_modest(large)
        assert room.refused
    expression = sum((log(1 + exp(x + i)) for i in range(4)), sp.S.Zero) / 4
    assert prove(expression).finding("nondecreasing").holds is True


@forked
def test_a_proof_in_a_process_equals_one_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for expression in (exp(x) - x**2, sqrt(2 + x - x**4), x + sin(x), sp.Max(x, cos(x))):
        here = prove(expression)
        with monkeypatch.context() as patch:
            patch.setattr(bounded, "modest", lambda _: False)
            apart = prove(expression)
        assert {n: f.holds for n, f in apart.findings.items()} == {
            n: f.holds for n, f in here.findings.items()
        }
        assert apart.drawdown == here.drawdown
        assert apart.limits == here.limits
        for finding in apart.findings.values():
            assert not finding.holds or (finding.derivation is not None and finding.derivation.check())


@forked
def test_limits_hold_off_the_main_thread() -> None:
    found: list[object] = []

    def run() -> None:
        found.append(prove("abs(" * 40 + "x" + "-1)" * 40, timeout=1.0))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert found
