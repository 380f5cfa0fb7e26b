"""The polynomial ring that towers live in, and the exponents that its exponentials share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import Ordering, fmpq_mpoly, fmpq_mpoly_ctx
from sympy import Expr

from ordering.enclosures.budget import Undecided, room
from ordering.variable import x

CAPACITY: Final = 22
"""Generators that one tower can hold."""
HIGHEST: Final = 128
"""Largest power of a fraction that is written out, if it has few terms."""
MOST_POWER: Final = 64
"""Largest multiple of an angle or of a constant exponent that is written as a power."""
RING: Final = fmpq_mpoly_ctx.get([f"g{i}" for i in range(CAPACITY)], Ordering.lex)
GENS: Final = RING.gens()
ONE: Final = RING.constant(1)
ZERO: Final = RING.constant(0)

Terms: TypeAlias = dict[Expr, Any]
"""An exponent without its constant term: core -> rational coefficient."""


def units_of(expressions: Iterable[Expr]) -> list[Terms]:
    """One unit for exponents that are rational multiples of each other, so that all are its powers."""
    groups: list[tuple[Terms, list[Any]]] = []
    everything = list(expressions)
    exponents = [atom.exp for e in everything for atom in e.atoms(sp.exp)]
    # erf(u) needs exp(-u**2) for its derivative.
    exponents += [-(atom.args[0] ** 2) for e in everything for atom in e.atoms(sp.erf)]
    for exponent in exponents:
        _, terms = split_exponent(exponent)
        if not terms:
            continue
        for unit, ratios in groups:
            ratio = ratio_of(terms, unit)
            if ratio is not None:
                ratios.append(ratio)
                break
        else:
            groups.append((terms, [sp.S.One]))
    units = []
    for unit, ratios in groups:
        common = sp.gcd_list([abs(r) for r in ratios])
        if sum(1 if r > 0 else -1 for r in ratios) < 0:
            common = -common
        units.append({core: c * common for core, c in unit.items()})
    return units


def require_modest(p: fmpq_mpoly) -> None:
    """Keep polynomial arithmetic small: flint cannot be interrupted inside a gcd or a factorisation."""
    terms, degrees = len(p), p.degrees()
    limits = room()
    if terms > limits.terms or max(degrees) > limits.degree or terms * sum(degrees) > limits.work:
        limits.refused = True
        raise Undecided("the exact expressions grow too large")


def collect(p: fmpq_mpoly, index: int) -> dict[int, fmpq_mpoly]:
    """`p` as a polynomial in one generator: exponent -> coefficient."""
    groups: dict[int, dict[Any, Any]] = {}
    for monomial, c in p.to_dict().items():
        rest = (*monomial[:index], 0, *monomial[index + 1 :])
        groups.setdefault(monomial[index], {})[rest] = c
    return {e: RING.from_dict(terms) for e, terms in groups.items()}


def used(p: fmpq_mpoly) -> list[int]:
    """Indices of the generators that occur in `p`."""
    return [i for i, d in enumerate(p.degrees()) if d > 0]


def split_exponent(exponent: Expr) -> tuple[Expr, Terms]:
    """The constant term, and the other terms as core -> rational coefficient."""
    constant, terms = sp.S.Zero, {}
    for core, c in sp.expand(exponent).as_coefficients_dict().items():
        if core.has(x):
            terms[core] = c
        else:
            constant += c * core
    return constant, terms


def ratio_of(terms: Terms, unit: Terms) -> Any | None:
    """The rational r with `terms = r unit`, if there is one."""
    if terms.keys() != unit.keys():
        return None
    ratios = {c / unit[core] for core, c in terms.items()}
    return ratios.pop() if len(ratios) == 1 else None


def without_zeros(
    p: fmpq_mpoly, constants: Sequence[int], is_zero: Callable[[fmpq_mpoly], bool]
) -> fmpq_mpoly:
    """`p` without those coefficients, polynomials in the generators `constants`, that are zero."""
    degrees = p.degrees()
    occurring = [i for i in constants if degrees[i]]
    if not occurring:
        return p
    groups: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
    for monomial, c in p.to_dict().items():
        others, own = list(monomial), [0] * len(monomial)
        for i in occurring:
            others[i], own[i] = 0, monomial[i]
        groups.setdefault(tuple(others), {})[tuple(own)] = c
    for rest, terms in groups.items():
        # A single term is a product of constants, none of which is zero.
        if len(terms) > 1 and is_zero(coefficient := RING.from_dict(terms)):
            p = p - coefficient * RING.from_dict({rest: 1})
    return p


def unit_angle(expressions: list[Expr]) -> Expr | None:
    """The angle of which all sines and cosines take multiples, where they are all multiples of x."""
    rates = {
        sp.cancel(atom.args[0] / x) for e in expressions for atom in e.atoms(sp.sin, sp.cos) if atom.has(x)
    }
    if len(rates) < 2 or any(rate.has(x) for rate in rates):
        return None
    first = min(rates, key=str)
    ratios = [rate / first for rate in rates]
    if not all(ratio.is_Rational for ratio in ratios):
        return None
    return sp.Abs(first) * sp.gcd_list([abs(ratio) for ratio in ratios]) * x
