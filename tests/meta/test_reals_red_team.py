"""Generated functions whose every answer is compared with dense values that share nothing with the prover.

The values are this file's own: a ball in 240 bits, or None where some part of the expression, as it is
written, is not, or not certainly, a real number.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache, reduce
from itertools import pairwise
from typing import Any, Final, TypeAlias

import pytest
import sympy as sp
from flint import arb, ctx, fmpq
from sympy import Expr

from ordering.evidence import Shape
from ordering.reals import prove
from ordering.variable import x

SEEDS: Final = range(25)
EACH: Final = 12
"""Functions a seed."""
BITS: Final = 240

Value: TypeAlias = arb | None


# ---- values ----------------------------------------------------------------------------------------------


def logarithm(u: arb) -> Value:
    return u.log() if u > 0 else None


def arcsine(u: arb) -> Value:
    if abs(u) < 1:
        return u.asin()
    return arb.pi() / 2 * (1 if u > 0 else -1) if u * u == 1 else None


def side(u: arb) -> Value:
    if u.is_zero():
        return arb(0)
    return arb(1) if u > 0 else arb(-1) if u < 0 else None


def step(u: arb) -> Value:
    s = side(u)
    return None if s is None else (s + 1) / 2


def floor(u: arb) -> Value:
    n = u.floor()
    return n if n.is_exact() else None


ONE: Final[dict[Any, Callable[[arb], Value]]] = {
    sp.exp: arb.exp,
    sp.log: logarithm,
    sp.atan: arb.atan,
    sp.asin: arcsine,
    sp.tanh: arb.tanh,
    sp.erf: arb.erf,
    sp.Abs: abs,
    sp.sign: side,
    sp.floor: floor,
    sp.sin: arb.sin,
    sp.cos: arb.cos,
}


def power(base: arb, exponent: Expr) -> Value:
    p, q = int(exponent.p), int(exponent.q)
    if q > 1:
        if base < 0 or not (base.is_zero() or base > 0):
            return None
        base = base if base.is_zero() else base.root(q)
    if p < 0 and base.contains(0):
        return None
    return base**p if p >= 0 else 1 / base**-p


def value(e: Expr, t: arb) -> Value:
    """The expression at a number."""
    return compiled(e)(t)


@cache
def compiled(e: Expr) -> Callable[[arb], Value]:
    if e == x:
        return lambda t: t
    if e.is_Rational:
        q = fmpq(int(e.p), int(e.q))
        return lambda _: arb(q)
    if e in (sp.pi, sp.E):
        number = arb.pi if e == sp.pi else arb.const_e
        return lambda _: number()
    parts = [compiled(part) for part in (e.args[:1] if isinstance(e, sp.Heaviside) else e.args)]
    combine = combination(e)

    def at(t: arb) -> Value:
        known = []
        for part in parts:
            v = part(t)
            if v is None:
                return None
            known.append(v)
        v = combine(known)
        if v is None or not v.is_finite():
            return None
        # Zero without looking it: no number that is drawn here cancels so far otherwise.
        return arb(0) if v.contains(0) and v.rad() < TINY else v

    return at


TINY: Final = arb(fmpq(1, 2**200))


def combination(e: Expr) -> Callable[[list[arb]], Value]:
    if e.is_Add:
        return lambda parts: reduce(arb.__add__, parts)
    if e.is_Mul:
        return lambda parts: reduce(arb.__mul__, parts)
    if e.is_Pow:
        return lambda parts: power(parts[0], e.exp)
    if isinstance(e, sp.Max):
        return lambda parts: reduce(arb.max, parts)
    if isinstance(e, sp.Min):
        return lambda parts: reduce(arb.min, parts)
    function = step if isinstance(e, sp.Heaviside) else ONE[e.func]
    return lambda parts: function(parts[0])


# ---- functions -------------------------------------------------------------------------------------------

UNARY: Final[tuple[tuple[Callable[[Expr], Expr], int], ...]] = (
    *((f, 3) for f in (sp.exp, sp.log, sp.sqrt, sp.asin)),
    *((f, 2) for f in (sp.atan, sp.tanh)),
    *((f, 1) for f in (sp.erf, sp.sin, sp.Heaviside)),
    *((f, 4) for f in (sp.Abs, sp.sign)),
    (lambda u: sp.Max(u, 0), 3),
    (lambda u: 1 / u, 4),
    (lambda u: u**2, 3),
    (lambda u: u**3, 2),
    (lambda u: -u, 2),
    (lambda u: sp.floor(sp.Min(sp.Max(u, -3), 3)), 1),
)
BINARY: Final[tuple[tuple[Callable[[Expr, Expr], Expr], int], ...]] = (
    (lambda u, v: u + v, 6),
    (lambda u, v: u - v, 4),
    (lambda u, v: u * v, 5),
    (lambda u, v: u / v, 4),
    (sp.Max, 2),
    (sp.Min, 2),
)
NUMBERS: Final = (
    *map(sp.Integer, (-2, -1, 1, 2, 3)),
    *(sp.Rational(1, 2), sp.Rational(-1, 3), sp.sqrt(2), sp.pi, sp.log(2)),
    # Zeros that do not look it.
    sp.log(4) - 2 * sp.log(2),
    sp.sqrt(3 + 2 * sp.sqrt(2)) - 1 - sp.sqrt(2),
)


def draw(r: random.Random, depth: int) -> Expr:
    if depth == 0 or r.random() < 0.1:
        kind = r.random()
        if kind < 0.2:
            return r.choice(NUMBERS)
        return x if kind < 0.7 else x + r.choice(NUMBERS[:8])
    if r.random() < 0.5:
        (unary,) = r.choices([f for f, _ in UNARY], [w for _, w in UNARY])
        return unary(draw(r, depth - 1))
    (binary,) = r.choices([f for f, _ in BINARY], [w for _, w in BINARY])
    return binary(draw(r, depth - 1), draw(r, depth - 1))


def drawn(seed: int) -> Iterator[Expr]:
    r = random.Random(seed)
    seen: set[Expr] = set()
    while len(seen) < EACH:
        try:
            e = draw(r, r.choice((2, 3, 3)))
        except (TypeError, ValueError):  # sympy refuses to compare what is not real
            continue
        if (
            e not in seen
            and e.count_ops() > 1
            and e.has(x)
            and not e.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I)
        ):
            seen.add(e)
            yield e


# ---- comparison ------------------------------------------------------------------------------------------


def grid() -> list[fmpq]:
    near = [fmpq(n, 8) for n in range(-40, 41)]
    specials = [fmpq(n, 2) for n in range(-6, 7)]
    close = [q + s * fmpq(1, 2**k) for q in specials for k in (12, 50) for s in (-1, 1)]
    far = [fmpq(s * n) for n in (7, 12, 30, 100, 1000) for s in (-1, 1)]
    return sorted({*near, *close, *far})


GRID: Final = grid()


def wrong_on_values(f: Expr, shape: Shape) -> Iterator[str]:
    values = [(q, v) for q in GRID if (v := value(f, arb(q))) is not None]
    for (a, u), (b, v) in pairwise(values):
        if shape.finding("nondecreasing").holds and u > v:
            yield f"nondecreasing, but falls from {a} to {b}"
        if shape.finding("nonincreasing").holds and u < v:
            yield f"nonincreasing, but rises from {a} to {b}"
        # Far out two values may agree in all of their digits.
        equal = u == v and max(abs(a), abs(b)) <= 5
        if shape.finding("strictly_increasing").holds and (u > v or equal):
            yield f"strictly increasing, but not from {a} to {b}"
    if shape.finding("nonnegative").holds:
        yield from (f"nonnegative, but not at {q}" for q, v in values if v < 0)
    for gap in (1, 7):
        for (a, u), (b, v) in zip(values, values[gap:], strict=False):
            middle = value(f, arb((a + b) / 2))
            if middle is None:
                continue
            if shape.finding("convex").holds and 2 * middle > u + v:
                yield f"convex, but not from {a} to {b}"
            if shape.finding("concave").holds and 2 * middle < u + v:
                yield f"concave, but not from {a} to {b}"
    zero = value(f, arb(0))
    if shape.finding("zero_at_zero").holds and (zero is None or not zero.contains(0)):
        yield "zero at zero, but is not"
    yield from wrong_drawdown(values, shape)


def wrong_drawdown(values: list[tuple[fmpq, arb]], shape: Shape) -> Iterator[str]:
    if shape.drawdown is None or shape.drawdown == sp.oo:
        return
    high = shape.drawdown[1] if isinstance(shape.drawdown, tuple) else shape.drawdown
    bound = ball_of(high)
    top = None
    for _, v in values:
        if top is not None and top - v > bound:
            yield f"a drawdown of {shape.drawdown}, but falls by {float((top - v).mid())}"
            return
        top = v if top is None or v > top else top


def ball_of(number: sp.Expr) -> arb:
    digits = sp.N(number, 60)
    return arb(str(digits), 1e-40)


def wrong_witness(f: Expr, shape: Shape) -> Iterator[str]:
    for question in ("nondecreasing", "nonincreasing", "strictly_increasing", "convex", "concave"):
        finding = shape.finding(question)
        if finding.holds is not False:
            continue
        assert finding.witness is not None
        points = [fmpq(int(p.p), int(p.q)) for p in finding.witness]
        a, b = points
        u, m, v = value(f, arb(a)), value(f, arb((a + b) / 2)), value(f, arb(b))
        if not a < b or not all(is_real(f, p) for p in finding.witness):
            yield f"the witness {finding.witness} of {question} lies outside the domain"
            continue
        if u is None or v is None:
            continue  # a value, but no ball of this file tells on which side of an edge
        tests = {"nondecreasing": u > v, "nonincreasing": u < v, "strictly_increasing": not u < v}
        if question in tests:
            holds = tests[question]
        elif m is None and not is_real(f, sum(finding.witness) / 2):
            yield f"the middle of the witness {finding.witness} of {question} lies outside the domain"
            continue
        elif m is None:
            continue
        else:
            holds = 2 * m > u + v if question == "convex" else 2 * m < u + v
        if not holds:
            yield f"the witness {finding.witness} of {question} refutes nothing"


def is_real(f: Expr, point: Expr) -> bool:
    """Whether every part of the expression has a real value at the point, to sympy's numerical judgement."""
    for part in sp.preorder_traversal(f):
        try:
            there = part.subs(x, point)
        except ValueError as error:  # sympy does not compare zoo; nor log(4) - 2*log(2), which is real
            return "zoo" not in str(error) and "nan" not in str(error)
        if there.has(sp.nan, sp.zoo, sp.oo, -sp.oo) or abs(sp.im(sp.N(there, 40))) > 1e-20:
            return False
    return True


def wrong_domain(f: Expr, shape: Shape) -> Iterator[str]:
    """An answer about the shape is one about an interval; a hole that this file is sure of forbids it."""
    if any(shape.finding(q).holds for q in ("nondecreasing", "nonincreasing", "convex", "concave")):
        low, high = shape.domain
        if low is not None and high is not None and (low, high) == (-sp.oo, sp.oo):
            for q in (fmpq(0), fmpq(1), fmpq(-1), fmpq(2), fmpq(-2), fmpq(1, 2)):
                if surely_outside(f, q):
                    yield f"proved on the real line, but has no value at {q}"


def surely_outside(f: Expr, q: fmpq) -> bool:
    """Whether there are values on both sides of q, and sympy too finds none at q."""
    beside = [value(f, arb(q + s * fmpq(1, 2**30))) for s in (-1, 1)]
    there = sp.Rational(int(q.p), int(q.q))
    return value(f, arb(q)) is None and all(v is not None for v in beside) and f.subs(x, there) is sp.nan


@pytest.fixture(autouse=True)
def _precise() -> Iterator[None]:
    before = ctx.prec
    ctx.prec = BITS
    yield
    ctx.prec = before


@pytest.mark.parametrize("seed", SEEDS)
def test_no_answer_disagrees_with_values(seed: int) -> None:
    for f in drawn(seed):
        shape = prove(f, timeout=0.5)
        wrong = [*wrong_on_values(f, shape), *wrong_witness(f, shape), *wrong_domain(f, shape)]
        assert not wrong, (f, wrong)


def test_most_questions_are_decided() -> None:
    open_questions = asked = 0
    for f in drawn(-1):
        findings = prove(f, timeout=0.5).findings
        asked += len(findings)
        open_questions += sum(finding.holds is None for finding in findings.values())
    assert open_questions < 0.5 * asked
