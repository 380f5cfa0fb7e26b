"""Planted faults in the prover: each is seen by the check that exists for it; the honest prover passes."""

from __future__ import annotations

from itertools import pairwise

import pytest
import sympy as sp
from sympy import Max, Piecewise, Rational, exp, tanh

from ordering.reals import prove
from ordering.reals.cuts import Pattern
from ordering.reals.function import Function
from ordering.reals.signs import Signs
from ordering.reals.tower import Fraction
from ordering.variable import x


@pytest.fixture
def blind_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault: sign patterns lose their negative parts."""
    honest = Signs.of

    def of(self: Signs, f: Fraction) -> Pattern:
        pattern = honest(self, f)
        return Pattern(pattern.points, tuple(abs(s) for s in pattern.signs))

    monkeypatch.setattr(Signs, "of", of)


NARROW = x - exp(-((x - Rational(1, 3)) ** 2) * 10**20) / 10**6


@pytest.mark.usefixtures("blind_signs")
def test_a_prover_that_loses_negative_signs_is_seen_by_the_checker() -> None:
    finding = prove(NARROW).nondecreasing
    assert finding.holds is None  # the planted fault shows: no pair of simple numbers refutes it
    assert "the checker did not accept it" in finding.reason
    third, step = Rational(1, 3), Rational(1, 10**11)
    values = [sp.N(NARROW.subs(x, third + k * step), 60) for k in range(-30, 31)]
    assert any(left > right for left, right in pairwise(values))  # rigorous values say otherwise


def test_control_the_honest_prover_refutes_the_narrow_dip() -> None:
    finding = prove(NARROW).nondecreasing
    assert finding.holds is False
    assert finding.witness is not None
    a, b = finding.witness
    assert sp.N(NARROW.subs(x, a) - NARROW.subs(x, b), 60) > 0


def test_a_prover_that_forgets_jumps_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    falling = Piecewise((x, x < Rational(1, 3)), (x - Rational(1, 10**12), True))
    assert prove(falling).nondecreasing.holds is False
    monkeypatch.setattr(Function, "jumps", lambda self, joint: (0, 0))
    finding = prove(falling).nondecreasing
    assert finding.holds is None  # not proved, in spite of the fault
    assert "the checker did not accept it" in finding.reason


def test_shapes_of_a_function_and_its_mutant_differ() -> None:
    assert prove(Max(x, 0)).nondecreasing.holds is True
    assert prove(Max(x, 0) - Rational(1, 10**9) * tanh(10**12 * x)).nondecreasing.holds is False
