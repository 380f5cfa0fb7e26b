"""Closure, h = clip(f, low, high): the minimum of m = max(f, low) and `high`."""

from typing import Any

from sympy import Eq, Expr, Function, Ge, Gt, Le, Lt, symbols

from ordering.checking.extremes import Extreme, Part
from ordering.checking.functions import bounded, concluded, continuous, e, fact, has, joined, theorem, u
from ordering.checking.theorems import Lemma, Linear, Rule, Split, Step, Theorem, Use

c, low, high = symbols("c low high", real=True)
f, h, m, D = (Function(name, real=True) for name in ("f", "h", "m", "D"))


def _low(at: Expr) -> Expr:
    return low


def _high(at: Expr) -> Expr:
    return high


def _raised(known: Rule | None = None) -> Extreme:
    return Extreme(m, "m", (Part(f, "f", known), Part(_low, "low")), 1)


def _clipped(known: Rule | None = None) -> Extreme:
    return Extreme(h, "h", (Part(m, "m", known), Part(_high, "high")), -1)


def _kept(statement: Rule, raised: Extreme, clipped: Extreme, *steps: tuple[Step, ...]) -> Theorem:
    """First the maximum has the property, and then its minimum."""
    (between,) = clipped.known()
    first, second = steps
    hypotheses = (*raised.known(), *raised.rules(), *clipped.rules())
    return theorem(statement, hypotheses, *second, lemmas=(Lemma(between, first),))


def _ordered(name: str) -> Theorem:
    raised, clipped = _raised(has(name, f)), _clipped(has(name, m, "m"))
    statement = has(name, h, f"clip of {name}: h")
    return _kept(statement, raised, clipped, raised.keeps_order(name), clipped.keeps_order(name))


def _even() -> Theorem:
    raised, clipped = _raised(has("even", f)), _clipped(has("even", m, "m"))
    return _kept(
        has("even", h, "clip of even: h"), raised, clipped, raised.keeps_even(), clipped.keeps_even()
    )


def _continuous() -> Theorem:
    """Clipping moves no two numbers apart."""
    near = D(u, e)
    raised, clipped = _raised(continuous(f, near)), _clipped(continuous(m, near, label="m"))
    statement = continuous(h, near, label="clip of continuous: h")
    return _kept(statement, raised, clipped, raised.keeps_near(), clipped.keeps_near())


def _odd() -> Theorem:
    """Clipped from -c to c: beyond one end at u is beyond the other one at -u."""
    known, statement = has("odd", f), has("odd", h, "clip of odd between symmetric ends: h")
    goal = statement.then
    above = Rule("h is c where f is more", (u,), (Gt(f(u), c),), Eq(h(u), c))
    below = Rule("h is -c where f is less", (u,), (Lt(f(u), -c),), Eq(h(u), -c))
    inside = Rule("h is f between", (u,), (Ge(f(u), -c), Le(f(u), c)), Eq(h(u), f(u)))

    def case(here: Rule, there: Rule, *ordered: Step, because: tuple[Any, ...] = ()) -> tuple[Step, ...]:
        one, other = Use(here, (u,)), Use(there, (-u,))
        return (*ordered, one, other, Linear((one.then, other.then, *because), goal))

    beyond = Linear((known.then, Gt(f(u), c)), Lt(f(-u), -c))
    under = Linear((known.then, Gt(-c, f(u))), Gt(f(-u), c))
    between = (
        Linear((known.then, Le(f(u), c)), Ge(f(-u), -c)),
        Linear((known.then, Le(-c, f(u))), Le(f(-u), c)),
    )
    return theorem(
        statement,
        (known, above, below, inside),
        Use(known, (u,)),
        Split(
            f(u),
            c,
            case(above, below, beyond),
            (
                Split(
                    -c,
                    f(u),
                    case(below, above, under),
                    case(inside, inside, *between, because=(known.then,)),
                    goal,
                ),
            ),
            goal,
        ),
    )


_ENDS = fact("low <= high", Le(low, high))
_RAISED, _CLIPPED = _raised(), _clipped()
_TO = Use(_CLIPPED.reaches(_CLIPPED.two[1]), (u,))
# high >= low, and so is m.
_FROM = (Use(_RAISED.reaches(_RAISED.two[1]), (u,)), Use(_CLIPPED.least(), (u, low)))
_ABOVE = (_ENDS, *(use.rule for use in _FROM))


def _bounded() -> Theorem:
    sizes = (fact("-c <= low", Ge(low, -c)), fact("high <= c", Le(high, c)))
    return theorem(
        bounded(h, c, "clip of anything: h"),
        (*_ABOVE, _TO.rule, *sizes),
        *_FROM,
        _TO,
        *joined((Ge(h(u), -c), (_FROM[1].then, sizes[0].then)), (Le(h(u), c), (_TO.then, sizes[1].then))),
    )


def _nonnegative() -> Theorem:
    end = fact("low is not negative", Ge(low, 0))
    statement = has("nonnegative", h, "clip of anything between nonnegative ends: h")
    return theorem(statement, (*_ABOVE, end), *_FROM, *concluded(statement.then, _FROM[1].then, end.then))


def _nonpositive() -> Theorem:
    end = fact("high is not positive", Le(high, 0))
    statement = has("nonpositive", h, "clip of anything between nonpositive ends: h")
    return theorem(statement, (_TO.rule, end), _TO, *concluded(statement.then, _TO.then, end.then))


THEOREMS = (
    *map(_ordered, ("nondecreasing", "nonincreasing")),
    _even(),
    _continuous(),
    _odd(),
    _bounded(),
    _nonnegative(),
    _nonpositive(),
)
