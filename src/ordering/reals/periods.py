"""Functions with `f(x + T) = f(x) + c`: three periods decide what holds on the whole line."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
from sympy import Expr

from ordering.reals.rewriting import normal
from ordering.variable import x


@dataclass(frozen=True)
class Period:
    """`f(x + length) = f(x) + shift` for every x."""

    length: Expr
    shift: Expr


def find_period(expression: Expr) -> Period | None:
    """A period of an expression in sin, cos and floor of affine functions; None where none is known."""
    e = normal(expression)
    rates = {a: _rate(a.args[0]) for a in e.atoms(sp.sin, sp.cos, sp.floor)}
    atoms = [a for a, rate in rates.items() if rate is not None]
    if not atoms:
        return None
    length: Expr = sp.S.Zero
    for atom in atoms:
        own = (1 if isinstance(atom, sp.floor) else 2 * sp.pi) / sp.Abs(rates[atom])
        length = _common(length, own) if length != 0 else own
        if length == 0:
            return None
    now = {atom: sp.Dummy(f"d{i}", real=True) for i, atom in enumerate(atoms)}
    later = {
        atom: dummy + (rates[atom] * length if isinstance(atom, sp.floor) else 0)
        for atom, dummy in now.items()
    }
    shift = sp.expand(e.xreplace(later).xreplace({x: x + length}) - e.xreplace(now))
    if shift.free_symbols or not shift.is_number:
        return None
    return Period(length, shift)


def _rate(u: Expr) -> Expr | None:
    """a, if u = a x + b with a rational multiple of 1 or pi, not zero."""
    a = sp.diff(u, x)
    if a.has(x) or a == 0 or not (a.is_Rational or (a / sp.pi).is_Rational):
        return None
    return a


def _common(a: Expr, b: Expr) -> Expr:
    """The least common multiple of two lengths, 0 if they are incommensurable."""
    ratio = a / b
    if not ratio.is_Rational:
        return sp.S.Zero
    # a / b = p / q in lowest terms: q a = p b.
    return a * ratio.q
