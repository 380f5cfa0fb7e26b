"""Drawdowns are derived: what `prove` returns was accepted, and what was tampered with is rejected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from click.testing import CliRunner
from sympy import (
    Abs,
    Expr,
    LambertW,
    Max,
    Min,
    Piecewise,
    Rational,
    S,
    exp,
    floor,
    log,
    oo,
    pi,
    sign,
    sin,
    sqrt,
)

from ordering import rendering
from ordering.catalogue import activations
from ordering.checking import (
    Derivative,
    DrawdownClaim,
    DrawdownConclusion,
    Hole,
    Limit,
    Number,
    Period,
    Piece,
    Place,
    Plain,
    Root,
    Rung,
    Sign,
    Solved,
    Step,
    Value,
    check,
    claim_and_steps,
    to_data,
)
from ordering.checking.algebra import divides, same
from ordering.cli import main
from ordering.errors import InvalidArgument
from ordering.reals import prove
from ordering.reals.derivation import Proof
from ordering.variable import x

KNOWN: dict[Expr, Expr | None] = {
    x / (1 + exp(-x)): LambertW(exp(-1)),
    x * exp(x): exp(-1),
    x * Min(6, Max(0, x + 3)) / 6: Rational(3, 8),
    x**3 - x: 4 * sqrt(3) / 9,
    x**3 - 3 * x: S(4),
    log(x) / x: exp(-1),
    exp(x) - 3 * x: oo,
    x + sin(x): S.Zero,
    sin(x): S(2),
    2 * sin(x) + x: 2 * sqrt(3) - 2 * pi / 3,
    sin(x) - x: oo,
    sp.tan(x): oo,
    x - floor(x): S.One,
    floor(2 * x): S.Zero,
    x**2: oo,
    Abs(x): oo,
    -x: oo,
    exp(-(x**2)): S.One,
    -sp.atan(x): pi,
    -sp.asin(1 / x): pi,
    1 / (1 + x**2): S.One,
    sign(x): S.Zero,
    -sign(x): S(2),
    sign(x) ** 2: S.One,
    x - sign(x): S(2),
    Piecewise((x, x < 0), (x - 1, True)): S.One,
    Piecewise((x, x <= 0), (x - 1, True)): S.One,
    Piecewise((log(exp(x) + 1), x <= 20), (x, True)): log(1 + exp(20)) - 20,
    sqrt(1 - x**2): S.One,
    sqrt(2 + x - x**4): None,
    sp.asin(x) + sign(1 - x) / 2: S.Half,
    Max(x, exp(-x)): oo,
    1 / x: oo,
    sqrt(x**2 - 1) * sign(x): S.Zero,
    x * sp.erf(log(exp(x) + 1)): None,
    x * sp.tanh(exp(x)): None,
    Max((x - Rational(1, 3)) ** 2, exp(-2)): oo,
    Min(exp(x - Rational(1, 3)), sp.erf(x + sqrt(2))) ** 2: S.One,
}
"""Functions with their drawdowns; None: only an enclosure is known."""


@cache
def derived(function: str | Expr) -> Proof:
    shape = prove(function)
    proof = shape.drawdown_derivation
    assert isinstance(proof, Proof)
    assert isinstance(proof.of, DrawdownClaim)
    assert proof.refusal() == ""
    assert proof.of.value == shape.drawdown
    assert proof.of.question == "drawdown"
    return proof


def conclusion(proof: Proof) -> DrawdownConclusion:
    last = proof.steps[-1]
    assert isinstance(last, DrawdownConclusion)
    return last


def with_last(proof: Proof, **changes: Any) -> tuple[Step, ...]:
    return (*proof.steps[:-1], replace(conclusion(proof), **changes))


@pytest.mark.parametrize("name", activations)
def test_every_drawdown_of_the_catalogue_is_derived(name: str) -> None:
    proof = derived(name)
    assert proof.of.function == activations[name].expression
    for render in (rendering.text, rendering.latex, rendering.mathml):
        assert render(proof)


@pytest.mark.parametrize("function", KNOWN, ids=str)
def test_a_known_drawdown_is_derived(function: Expr) -> None:
    value = derived(function).of.value  # type: ignore[attr-defined]
    known = KNOWN[function]
    if known is None:
        low, high = value
        assert 0 < low < high < low * (1 + Rational(1, 10**9))
    else:
        assert value == known or sp.simplify(value - known) == 0


SUBJECTS: list[str | Expr] = [*activations, *KNOWN]


@pytest.mark.parametrize("function", KNOWN, ids=str)
def test_a_derivation_without_one_of_its_steps_is_rejected(function: Expr) -> None:
    proof = derived(function)
    for n, step in enumerate(proof.steps):
        assert check(proof.of, proof.steps[:n] + proof.steps[n + 1 :]), step


@pytest.mark.parametrize("function", SUBJECTS, ids=str)
def test_another_value_is_rejected(function: str | Expr) -> None:
    proof = derived(function)
    assert isinstance(proof.of, DrawdownClaim)
    for value in other_values(proof.of.value):
        claim = replace(proof.of, value=value)
        assert check(claim, proof.steps)
        assert check(claim, with_last(proof, value=value)), value


def other_values(value: Expr | tuple[Expr, Expr]) -> Iterator[Expr | tuple[Expr, Expr]]:
    yield from (S(-1), S(10**9), Rational(1, 10**9), -oo, sp.nan, x, (S(10**9), S(2 * 10**9)), (S.One,))
    if isinstance(value, tuple):
        low, high = value
        yield from ((low - 1, low), (high, high + 1), (high, low), value[:1], S.Zero, oo)
    elif value == oo:
        yield from (S.Zero, S.One, (S.Zero, oo))
    else:
        yield from (value + Rational(1, 10**12), value - Rational(1, 10**12), oo)
        if value != 0:
            yield S.Zero


@pytest.mark.parametrize("function", SUBJECTS, ids=str)
def test_other_places_are_rejected(function: str | Expr) -> None:
    proof = derived(function)
    last = conclusion(proof)
    if last.peak is None or last.trough is None:
        origin = Place(Number(S.Zero), 0)
        assert check(proof.of, with_last(proof, peak=origin, trough=origin))
        return
    for peak, trough in (
        (last.trough, last.peak),
        (last.peak, last.peak),
        (last.trough, last.trough),
        (None, last.trough),
        (last.peak, None),
        (Place(Number(Rational(-17, 3)), 0), last.trough),
        (last.peak, Place(Number(Rational(17, 3)), 0)),
        (last.peak, Place(last.trough.point, 2)),
    ):
        assert check(proof.of, with_last(proof, peak=peak, trough=trough)), (peak, trough)


@pytest.mark.parametrize("function", SUBJECTS, ids=str)
def test_another_side_of_a_limit_is_rejected(function: str | Expr) -> None:
    proof = derived(function)
    for n, step in enumerate(proof.steps):
        if isinstance(step, Limit):
            for side in (-step.side, 0, 2):
                wrong = replace(step, side=side)
                assert check(proof.of, (*proof.steps[:n], wrong, *proof.steps[n + 1 :])), wrong


@pytest.mark.parametrize("function", SUBJECTS, ids=str)
def test_only_the_largest_pair_is_accepted(function: str | Expr) -> None:
    """Each other pair of places that the steps name, with what f falls by between them, is refused."""
    proof = derived(function)
    last = conclusion(proof)
    if last.peak is None or last.value == oo:
        return
    places = [
        (Place(s.point, getattr(s, "side", 0)), s.value)
        for s in proof.steps
        if isinstance(s, Value | Limit) and isinstance(s.point, Number) and s.value is not None
    ]
    for (one, high), (other, low) in combinations(places, 2):
        fall = high - low
        if fall.is_finite and fall.is_positive and fall != last.value:
            claim = replace(proof.of, value=fall)  # type: ignore[call-arg]
            assert check(claim, with_last(proof, value=fall, peak=one, trough=other)), fall


def test_a_larger_pair_that_is_left_out_is_found() -> None:
    """x, falling by 1 at 0 and by 2 at 5: the first jump alone is not the drawdown."""
    f = Piecewise((x, x < 0), (x - 1, x < 5), (x - 3, True))
    proof = derived(f)
    assert proof.of == DrawdownClaim("drawdown", f, -oo, oo, S(2))
    at = Number(S.Zero)
    one = {"value": S.One, "peak": Place(at, -1), "trough": Place(at, 0)}
    assert "falls by more" in check(replace(proof.of, value=S.One), with_last(proof, **one))
    bounds = {**one, "value": (Rational(1, 2), Rational(3, 2))}
    wide = replace(proof.of, value=bounds["value"])
    assert "falls by more" in check(wide, with_last(proof, **bounds))
    # Bounds wide enough for both name the larger pair, not the smaller one.
    bounds = {**one, "value": (Rational(1, 2), Rational(5, 2))}
    wide = replace(proof.of, value=bounds["value"])
    assert "falls by more" in check(wide, with_last(proof, **bounds))
    assert check(wide, with_last(proof, value=bounds["value"])) == ""


def test_steps_of_another_function_are_rejected() -> None:
    for one, other in combinations(("silu", "gelu", "mish", "hardswish", "sin", "relu", "abs"), 2):
        assert check(derived(one).of, derived(other).steps)
    f = x / (1 + exp(-x))
    proof = derived(f)
    for function in (f + Rational(1, 7), 2 * f, -f):
        assert check(replace(proof.of, function=function), proof.steps)


LEFT, RIGHT, ZERO = Number(-oo), Number(oo), Number(S.Zero)


def test_a_jump_down_is_not_passed_over() -> None:
    for f in (-sign(x), Piecewise((x, x < 0), (x - 1, True)), Piecewise((x, x <= 0), (x - 1, True))):
        pieces = [S.One, S.NegativeOne] if f == -sign(x) else [x, x - 1]
        value = f.subs(x, 0)
        slopes = [sp.diff(piece, x) for piece in pieces]
        steps: list[Step] = [
            Piece(f, pieces[0], LEFT, ZERO), Value(f, ZERO, value), Piece(f, pieces[1], ZERO, RIGHT),
            Derivative(pieces[0], slopes[0]), Derivative(pieces[1], slopes[1]),
            Sign(slopes[0], LEFT, ZERO, (), (int(slopes[0]),), Plain()),
            Sign(slopes[1], ZERO, RIGHT, (), (int(slopes[1]),), Plain()),
            Limit(f, ZERO, -1, pieces[0].subs(x, 0)), Limit(f, ZERO, 1, pieces[1].subs(x, 0)),
            DrawdownConclusion("drawdown", f, -oo, oo, S.Zero, None, None),
        ]  # fmt: skip
        assert check(DrawdownClaim("drawdown", f, -oo, oo, S.Zero), steps)


def test_no_drawdown_is_negative() -> None:
    """x + sign(x) only jumps up, by 1 at least: its drawdown is 0, for a = b, not -1."""
    f = x + sign(x)
    proof = derived(f)
    assert isinstance(proof.of, DrawdownClaim)
    for value in (S.NegativeOne, (S(-2), S.Zero), (S(-2), S.One), log(4) - 2 * log(2)):
        last = with_last(proof, value=value, peak=Place(ZERO, -1), trough=Place(ZERO, 0))
        assert check(replace(proof.of, value=value), last), value


def test_a_fall_over_a_hole_counts() -> None:
    """arctan from above: 1/x falls over its hole from -oo to oo; -asin(1/x) from pi/2 to -pi/2."""
    f = -sp.asin(1 / x)
    proof = derived(f)
    assert any(isinstance(step, Hole) for step in proof.steps)
    zero = with_last(proof, value=S.Zero, peak=None, trough=None)
    assert check(replace(proof.of, value=S.Zero), zero)  # type: ignore[call-arg]


def test_an_end_of_an_open_interval_is_no_level() -> None:
    """On (0, 1) without its ends sign(x) is 1: its value 0 at 0 belongs to no pair."""
    f = sign(x) + sign(1 - x)
    low, high = ZERO, Number(S.One)
    steps: list[Step] = [
        Piece(f, S(2), low, high), Derivative(S(2), S.Zero), Sign(S.Zero, low, high, (), (0,), Plain()),
        Value(f, high, S.One), Limit(f, high, -1, S(2)),
    ]  # fmt: skip
    last = DrawdownConclusion("drawdown", f, S.Zero, S.One, S.One, Place(high, -1), Place(high, 0))
    assert check(DrawdownClaim("drawdown", f, S.Zero, S.One, S.One), [*steps, last])


def test_what_loses_a_constant_in_every_period_falls_without_bound() -> None:
    f = sin(x) - x
    proof = derived(f)
    assert [type(step) for step in proof.steps] == [Period, Value, DrawdownConclusion]
    rising = x + sin(x)
    steps = (
        Period(rising, 2 * pi, 2 * pi), Value(rising, Number(S.One), 1 + sin(1)),
        DrawdownConclusion("drawdown", rising, -oo, oo, oo, Place(Number(S.One), 0), Place(RIGHT, -1)),
    )  # fmt: skip
    assert check(DrawdownClaim("drawdown", rising, -oo, oo, oo), steps)


def test_silu_says_where_its_trough_is_and_what_it_is_worth() -> None:
    proof = derived("silu")
    last = conclusion(proof)
    assert last.peak == Place(LEFT, 1)
    assert last.trough is not None
    root = last.trough.point
    assert isinstance(root, Root)
    assert Limit(proof.of.function, LEFT, 1, S.Zero) in proof.steps
    assert Value(proof.of.function, root, 1 + x) in proof.steps
    assert Solved(root, -1 - LambertW(exp(-1))) in proof.steps
    text = " ".join(rendering.text(proof).split())
    for words in (
        "r_1 = -1 - W(exp(-1)) ~ -1.27846454 is the only root of g_1(x) = x*exp(-x) + 1 + exp(-x) = 0",
        "f(x) -> 0 as x -> -oo",
        "f(r_1) = r_1 + 1 ~ -0.278464543",
        "the supremum of f(a) - f(b) over a <= b, is W(exp(-1)) ~ 0.278464543",
        "it is approached as a -> -oo and at b = r_1",
    ):
        assert words in text, words


def test_a_value_of_a_root_must_come_from_its_equation() -> None:
    proof = derived("silu")
    for n, step in enumerate(proof.steps):
        if isinstance(step, Value) and isinstance(step.point, Root):
            for value in (2 + x, -x, S.Zero, x / (2 + exp(-x))):
                steps = (*proof.steps[:n], replace(step, value=value), *proof.steps[n + 1 :])
                assert check(proof.of, steps), value
        if isinstance(step, Solved):
            for number in (-1 + LambertW(exp(-1)), Rational(-127846, 100000), -1 - LambertW(exp(-1), -1)):
                steps = (*proof.steps[:n], replace(step, number=number), *proof.steps[n + 1 :])
                assert check(proof.of, steps), number


def test_a_closed_form_in_another_bracket_is_rejected() -> None:
    """-sqrt(1/3) solves 3x^2 = 1 as well, but is not the root between 0 and 1."""
    f = x**3 - x
    proof = derived(f)
    for n, step in enumerate(proof.steps):
        if isinstance(step, Solved):
            steps = (*proof.steps[:n], replace(step, number=-step.number), *proof.steps[n + 1 :])
            assert check(proof.of, steps)


def test_a_drawdown_without_an_accepted_derivation_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Proof, "refusal", lambda _: "for a test")
    for name in ("silu", "hardswish", "gelu"):
        shape = prove(name, properties="nondecreasing")
        assert shape.drawdown is None
        assert shape.drawdown_derivation is None


def test_where_a_closed_form_is_not_followed_an_enclosure_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusal(proof: Proof) -> str:
        exact = isinstance(proof.of, DrawdownClaim) and not isinstance(proof.of.value, tuple)
        return "for a test" if exact else check(proof.of, proof.steps)

    monkeypatch.setattr(Proof, "refusal", refusal)
    shape = prove("silu", properties="zero_at_zero")
    assert isinstance(shape.drawdown, tuple)
    assert isinstance(shape.drawdown_derivation, Proof)
    assert shape.drawdown[0] <= sp.N(LambertW(exp(-1)), 40) <= shape.drawdown[1]


# ---- what decides identities -----------------------------------------------------------------------------


def test_the_exponential_of_lambert_w() -> None:
    w = LambertW(exp(-1))
    assert same(w * exp(w), exp(-1))
    assert same(exp(-1 - w) - w, S.Zero)
    assert same(exp(-2 * LambertW(2)) * 4, LambertW(2) ** 2)
    assert not same(w * exp(w), exp(-2))
    nothing = LambertW(log(4) - 2 * log(2), evaluate=False)
    assert not same(exp(nothing), S.Zero)
    assert not same(exp(LambertW(S(-1))), -1 / LambertW(S(-2)))


def test_identities_beside_it() -> None:
    assert same(sp.E**2 * exp(-2), S.One)
    assert same((3 * sp.E * x - 3) * exp(-2), 3 * x * exp(-1) - 3 * exp(-2))
    assert divides(sp.erf(x + sqrt(2)), (x + sqrt(2)) * exp(x))
    assert not divides(sp.erf(x + sqrt(2)), x - sqrt(2))


# ---- files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["silu", "gelu", "sin", "abs", "relu"])
def test_a_saved_derivation_of_a_drawdown_is_checked(function: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["prove", function, "--json"])
    data = json.loads(result.output)
    file = tmp_path / "shape.json"
    file.write_text(json.dumps(data))
    result = CliRunner().invoke(main, ["prove", "--check", str(file)])
    assert result.exit_code == 0, result.output
    assert " drawdown " in result.output
    del data["drawdown_derivation"]["steps"][1]
    file.write_text(json.dumps(data))
    result = CliRunner().invoke(main, ["prove", "--check", str(file)])
    assert result.exit_code == 1
    assert "rejected: f(x)" in result.output


def test_fields_of_the_wrong_kind_are_malformed() -> None:
    proof = derived("silu")
    data = {"of": to_data(proof.of), "steps": to_data(proof.steps)}
    assert claim_and_steps(data) == (proof.of, proof.steps)
    kinds = [step["is"] for step in data["steps"]]
    for kind, field, value in (
        ("Limit", "side", "left"),
        ("Limit", "value", None),
        ("Solved", "root", {"is": "Number", "value": {"expression": "Integer(1)"}}),
        ("Solved", "number", 3),
        ("DrawdownConclusion", "peak", {"is": "Number", "value": {"expression": "Integer(1)"}}),
        ("DrawdownConclusion", "value", [1, 2]),
        ("DrawdownConclusion", "value", [{"expression": "pi"}, {"expression": "pi"}]),
        ("DrawdownConclusion", "value", None),
    ):
        wrong = json.loads(json.dumps(data))
        wrong["steps"][kinds.index(kind)][field] = value
        with pytest.raises(InvalidArgument):
            claim_and_steps(wrong)
    wrong = json.loads(json.dumps(data))
    wrong["of"]["value"] = "pi"
    with pytest.raises(InvalidArgument):
        claim_and_steps(wrong)


def test_the_command_prints_the_derivation() -> None:
    result = CliRunner().invoke(main, ["prove", "silu"])
    printed = " ".join(result.output.split())
    assert "the drawdown of f, the supremum of f(a) - f(b) over a <= b, is W(exp(-1))" in printed
    assert "it is approached as a -> -oo and at b = r_1" in printed


def test_signs_that_a_step_states_need_its_reason() -> None:
    """A trough that f' does not have is not accepted: x**2 falls on the left."""
    f = x**2
    steps: tuple[Step, ...] = (
        Piece(f, f, LEFT, RIGHT), Derivative(f, 2 * x),
        Sign(S(2), LEFT, RIGHT, (), (1,), Plain()),
        Sign(2 * x, LEFT, RIGHT, (), (1,), Rung(S.One, S(2))),
        DrawdownConclusion("drawdown", f, -oo, oo, S.Zero, None, None),
    )  # fmt: skip
    assert check(DrawdownClaim("drawdown", f, -oo, oo, S.Zero), steps)
