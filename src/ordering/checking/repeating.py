"""Functions that repeat themselves: `f(x + length) = f(x) + shift`; and floor for its relatives."""

from __future__ import annotations

import sympy as sp
from sympy import Expr

from ordering.checking.points import sign_of_number
from ordering.checking.records import Period, Rejected
from ordering.variable import x


def by_floor(e: Expr) -> Expr:
    """The expression with ceiling, frac and Mod written through floor."""
    if not e.has(sp.ceiling, sp.frac, sp.Mod):
        return e
    e = e.replace(sp.ceiling, lambda u: -sp.floor(-u))
    e = e.replace(sp.frac, lambda u: u - sp.floor(u))
    return e.replace(sp.Mod, lambda u, v: u - v * sp.floor(u / v))


def require_period(step: Period) -> None:
    """That `f(x + length) = f(x) + shift`: sines turn whole circles, floors rise by whole numbers."""
    if not step.length.is_number or not step.shift.is_number or sign_of_number(step.length) != 1:
        raise Rejected(f"{step.length} is no period")
    sign_of_number(step.shift)
    function = by_floor(step.function)
    now: dict[Expr, Expr] = {}
    later: dict[Expr, Expr] = {}
    for atom in function.atoms(sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc, sp.floor):
        u = atom.args[0]
        turn = sp.expand(u.subs(x, x + step.length) - u)
        symbol = sp.Dummy(real=True)
        if isinstance(atom, sp.floor) and turn.is_Integer:
            now[atom], later[atom] = symbol, symbol + turn
        elif not isinstance(atom, sp.floor) and (turn / (2 * sp.pi)).is_Integer:
            now[atom], later[atom] = symbol, symbol
    moved = sp.expand(
        function.xreplace(later).xreplace({x: x + step.length}) - function.xreplace(now) - step.shift
    )
    if moved != 0:
        raise Rejected(f"{step.length} is no period of {step.function}")
