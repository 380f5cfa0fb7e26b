"""Closure of functions in pieces: f up to a knot k and g from there on, and f lowered somewhere (a dip)."""

from typing import Any, TypeAlias

from sympy import Eq, Expr, Function, Ge, Gt, Le, Lt, symbols

from ordering.checking.functions import (
    ORDERED,
    SIGNS,
    bounded,
    continuous,
    e,
    fact,
    has,
    joined,
    theorem,
    u,
    v,
    within,
)
from ordering.checking.theorems import (
    Congruent,
    Lemma,
    Linear,
    Rule,
    Scaled,
    Split,
    Step,
    Theorem,
    Use,
    parts,
)

k, t, c, d, low, high = symbols("k t c d low high", real=True)
f, g, h, D, D2 = (Function(name, real=True) for name in ("f", "g", "h", "D", "D_2"))

Piece: TypeAlias = tuple[Rule, Rule, Any, Any]
"""What h is there, that this is continuous, the piece itself, and its distances."""

LEFT = Rule("h is f below k", (u,), (Lt(u, k),), Eq(h(u), f(u)))
RIGHT = Rule("h is g above k", (u,), (Gt(u, k),), Eq(h(u), g(u)))
# Which of both h is at the knot itself: t is 1 or 0, or between.
KNOT = Rule("h is f or g at k, or between", (u,), (Eq(u, k),), Eq(h(u), t * f(u) + (1 - t) * g(u)))
SHARE = fact("t is 1 or 0, or between", Ge(t, 0), Le(t, 1))


def _by_place(goal: Any, left: tuple[Step, ...], right: tuple[Step, ...], knot: tuple[Step, ...]) -> Split:
    """Below, above and at the knot."""
    on = Linear((Le(k, u), Le(u, k)), Eq(u, k))
    return Split(k, u, left, (Split(u, k, right, (on, Use(KNOT, (u,)), *knot), goal),), goal)


def _shared(of_f: Any, of_g: Any, goal: Any) -> tuple[Step, ...]:
    """The relation between h(u) at the knot and what f and g share there."""
    first, second = Scaled(of_f, t), Scaled(of_g, 1 - t)
    return (first, second, Linear((KNOT.then, first.then, second.then), goal))


def _signed(name: str) -> Theorem:
    one, other = has(name, f), has(name, g, "g")
    statement = has(name, h, f"piecewise of {name}: h")
    goal = statement.then
    return theorem(
        statement,
        (one, other, LEFT, RIGHT, KNOT, SHARE),
        Use(one, (u,)),
        Use(other, (u,)),
        _by_place(
            goal,
            (Use(LEFT, (u,)), Linear((LEFT.then, one.then), goal)),
            (Use(RIGHT, (u,)), Linear((RIGHT.then, other.then), goal)),
            _shared(one.then, other.then, goal),
        ),
    )


def _bounded() -> Theorem:
    one, other = bounded(f, c), bounded(g, c, "g")
    statement = bounded(h, c, "piecewise of bounded: h")

    def beside(rule: Rule, of: Expr) -> tuple[Step, ...]:
        return (
            Use(rule, (u,)),
            *joined((Ge(h(u), -c), (rule.then, Ge(of, -c))), (Le(h(u), c), (rule.then, Le(of, c)))),
        )

    knot = (
        *_shared(Ge(f(u), -c), Ge(g(u), -c), Ge(h(u), -c)),
        *_shared(Le(f(u), c), Le(g(u), c), Le(h(u), c)),
        *joined((Ge(h(u), -c), ()), (Le(h(u), c), ())),
    )
    return theorem(
        statement,
        (one, other, LEFT, RIGHT, KNOT, SHARE),
        Use(one, (u,)),
        Use(other, (u,)),
        _by_place(statement.then, beside(LEFT, f(u)), beside(RIGHT, g(u)), knot),
    )


def _ordered(name: str) -> Theorem:
    """Each piece is in order with h(k), which lies between f(k) and g(k)."""
    before, after = ORDERED[name]
    wide = Le if after in (Lt, Le) else Ge
    one, other = has(name, f), has(name, g, "g")
    meets = fact(f"f(k) {'<=' if wide is Le else '>='} g(k)", wide(f(k), g(k)))
    statement = has(name, h, f"piecewise of {name} in order: h")
    goal = statement.then
    at = Eq(h(k), t * f(k) + (1 - t) * g(k))
    least, most = wide(f(k), h(k)), wide(h(k), g(k))
    first, second = Scaled(meets.then, 1 - t), Scaled(meets.then, t)
    between = Lemma(
        fact("h(k) is between f(k) and g(k)", least, most),
        (Use(KNOT, (k,)), first, second, *joined((least, (at, first.then)), (most, (at, second.then)))),
    )
    strict = before is Lt

    def near(u_: Expr, v_: Expr) -> tuple[Step, ...]:
        """u < v, wide where the property is."""
        return () if strict else (Linear((Lt(u_, v_),), Le(u_, v_)),)

    of_left = Lemma(
        Rule("h is in order below the knot", (u,), (Lt(u, k),), after(h(u), h(k))),
        (
            Use(between.rule),
            Use(LEFT, (u,)),
            Use(one, (u, k)),
            Linear((LEFT.then, after(f(u), f(k)), least), after(h(u), h(k))),
        ),
    )
    of_right = Lemma(
        Rule("h is in order above the knot", (u,), (Gt(u, k),), after(h(k), h(u))),
        (
            Use(between.rule),
            Use(RIGHT, (u,)),
            Use(other, (k, u)),
            Linear((RIGHT.then, after(g(k), g(u)), most), after(h(k), h(u))),
        ),
    )
    from_left, to_right = Use(of_left.rule, (u,)), Use(of_right.rule, (v,))

    def alike(piece: Rule, rule: Rule, place: Step) -> tuple[Step, ...]:
        """Both on one side of the knot."""
        uses = [Use(rule, (end,)) for end in (u, v)]
        inside = Use(piece, (u, v))
        return (place, *uses, inside, Linear((*(use.then for use in uses), inside.then), goal))

    def same(end: Expr, because: tuple[Any, ...], *rest: Step) -> tuple[Step, ...]:
        """One end is the knot."""
        equal = Eq(end, k)
        return (Linear(because, equal), Congruent(equal, Eq(h(end), h(k))), *rest)

    below = Split(
        v,
        k,
        (to_right, Linear((from_left.then, to_right.then), goal)),
        same(v, (Le(k, v), Le(v, k)), Linear((from_left.then, Eq(h(v), h(k))), goal)),
        goal,
    )
    at_right = Linear((Eq(h(u), h(k)), to_right.then), goal)
    apart = (
        Split(
            k,
            v,
            alike(one, LEFT, Linear((Gt(k, v), Lt(u, v)), Lt(u, k))),
            (
                Split(
                    u,
                    k,
                    alike(other, RIGHT, Linear((Gt(u, k), Lt(u, v)), Gt(v, k))),
                    (
                        Split(
                            k,
                            u,
                            (from_left, below),
                            same(
                                u,
                                (Le(k, u), Le(u, k)),
                                Linear((Eq(u, k), Lt(u, v)), Gt(v, k)),
                                to_right,
                                at_right,
                            ),
                            goal,
                        ),
                    ),
                    goal,
                ),
            ),
            goal,
        ),
    )
    steps: tuple[Step, ...] = apart
    if not strict:
        equal = Eq(u, v)
        together = (
            Linear((Le(u, v), Le(v, u)), equal),
            Congruent(equal, Eq(h(u), h(v))),
            Linear((Eq(h(u), h(v)),), goal),
        )
        forward = Linear((Gt(v, u),), Lt(u, v))
        steps = (Split(v, u, (forward, *apart), together, goal),)
    return theorem(
        statement,
        (one, other, meets, LEFT, RIGHT, KNOT, SHARE),
        *steps,
        lemmas=(between, of_left, of_right),
    )


def _continuous() -> Theorem:
    """Across the knot f moves by at most e/2 up to it, and g by as much from there."""
    one, other = continuous(f, D(u, e)), continuous(g, D2(u, e), label="g")
    meets = fact("f(k) = g(k)", Eq(f(k), g(k)))
    half = e / 2
    statement = continuous(
        h, D(u, half), D(k, half), D2(u, half), D2(k, half), label="piecewise of continuous that meet: h"
    )
    goal = statement.then
    to_left = Rule("h is f up to k", (u,), (Le(u, k),), Eq(h(u), f(u)))
    to_right = Rule("h is g from k on", (u,), (Ge(u, k),), Eq(h(u), g(u)))
    on_knot = (
        Use(KNOT, (u,)),
        Congruent(Eq(u, k), Eq(f(u), f(k))),
        Congruent(Eq(u, k), Eq(g(u), g(k))),
        Linear((Eq(f(u), f(k)), Eq(g(u), g(k)), meets.then), Eq(f(u), g(u))),
    )
    first, second = Scaled(Eq(f(u), g(u)), 1 - t), Scaled(Eq(f(u), g(u)), t)
    lemmas = (
        Lemma(
            to_left,
            (
                Split(
                    k,
                    u,
                    (Use(LEFT, (u,)),),
                    (
                        Linear((Le(k, u), Le(u, k)), Eq(u, k)),
                        *on_knot,
                        first,
                        Linear((KNOT.then, first.then), to_left.then),
                    ),
                    to_left.then,
                ),
            ),
        ),
        Lemma(
            to_right,
            (
                Split(
                    u,
                    k,
                    (Use(RIGHT, (u,)),),
                    (
                        Linear((Le(u, k), Ge(u, k)), Eq(u, k)),
                        *on_knot,
                        second,
                        Linear((KNOT.then, second.then), to_right.then),
                    ),
                    to_right.then,
                ),
            ),
        ),
    )
    moved = h(v) - h(u)

    def alike(piece: Rule, rule: Rule, of: Any) -> tuple[Step, ...]:
        """Both on one side of the knot."""
        ends = [Use(rule, (end,)) for end in (u, v)]
        step = of(v) - of(u)
        because = (*(end.then for end in ends), Gt(e, 0))
        return (
            *ends,
            Use(piece, (u, v, half)),
            *joined((Ge(moved, -e), (*because, Ge(step, -half))), (Le(moved, e), (*because, Le(step, half)))),
        )

    def across(here: Piece, there: Piece, sign: int, order: tuple[Any, Any]) -> tuple[Step, ...]:
        """From u to the knot, and on to v; `sign` is that of v - u."""
        steps: list[Step] = []
        for (_, _, _, distance), at, move, other_end in (
            (here, u, k - u, order[1]),
            (there, k, v - k, order[0]),
        ):
            bound = distance(at, half)
            up, down = Le(move, bound), Ge(move, -bound)
            near, ahead, back = (Le(v - u, bound), up, down) if sign > 0 else (Ge(v - u, -bound), down, up)
            # The knot is between: on this side by less than from u to v, and on the other not at all.
            steps += [Linear((other_end, near), ahead), Linear((*order, near), back)]
        (rule, piece, of, _), (rule_, piece_, of_, _) = here, there
        uses = [Use(rule, (u,)), Use(rule_, (v,))]
        because = (*(use.then for use in uses), meets.then)
        one_step, other_step = of(k) - of(u), of_(v) - of_(k)
        return (
            *steps,
            Use(piece, (u, k, half)),
            Use(piece_, (k, v, half)),
            *uses,
            *joined(
                (Ge(moved, -e), (*because, Ge(one_step, -half), Ge(other_step, -half))),
                (Le(moved, e), (*because, Le(one_step, half), Le(other_step, half))),
            ),
        )

    left, right = (to_left, one, f, D), (to_right, other, g, D2)
    return theorem(
        statement,
        (one, other, meets, LEFT, RIGHT, KNOT),
        Split(
            u,
            k,
            (
                Split(
                    v,
                    k,
                    alike(other, to_right, g),
                    across(right, left, -1, (Gt(u, k), Le(v, k))),
                    goal,
                ),
            ),
            (
                Split(
                    v,
                    k,
                    across(left, right, 1, (Le(u, k), Gt(v, k))),
                    alike(one, to_left, f),
                    goal,
                ),
            ),
            goal,
        ),
        lemmas=lemmas,
    )


def _dip() -> Theorem:
    """Lowered (or raised) by d from `low` to `high`; c is the bound of f, and t that of d."""
    known = bounded(f, c)
    depth = fact("|d| <= t", within(d, t))
    before = Rule("h is f below the dip", (u,), (Lt(u, low),), Eq(h(u), f(u)))
    beyond = Rule("h is f above the dip", (u,), (Gt(u, high),), Eq(h(u), f(u)))
    inside = Rule("h is f - d in the dip", (u,), (Ge(u, low), Le(u, high)), Eq(h(u), f(u) - d))
    statement = bounded(h, c + t, "dip of bounded: h")
    goal = statement.then

    def where(rule: Rule, *sizes: tuple[Any, ...]) -> tuple[Step, ...]:
        below, above = sizes
        return (
            Use(rule, (u,)),
            *joined(
                (Ge(h(u), -c - t), (rule.then, Ge(f(u), -c), *below)),
                (Le(h(u), c + t), (rule.then, Le(f(u), c), *above)),
            ),
        )

    either = parts(depth.then)
    return theorem(
        statement,
        (known, depth, before, beyond, inside),
        Use(known, (u,)),
        Split(
            low,
            u,
            where(before, either, either),
            (
                Split(
                    u,
                    high,
                    where(beyond, either, either),
                    where(inside, (Le(d, t),), (Ge(d, -t),)),
                    goal,
                ),
            ),
            goal,
        ),
    )


THEOREMS = (
    *map(_ordered, ORDERED),
    *map(_signed, SIGNS),
    _bounded(),
    _continuous(),
    _dip(),
)
