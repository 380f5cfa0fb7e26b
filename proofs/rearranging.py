"""A pooling that only moves elements commutes with every f; one that adds zeros, if f(0) = 0.

Such a pooling reads no values: each output is a copy of one input, and f of a copy is a copy of f. The
zeros that padding puts beside them are activated in one order and not in the other, so there f(0) = 0 is
needed.
"""

from sympy import Eq, Function, Ge, Symbol

from ordering.checking.theorems import Congruent, Lemma, Linear, Rule, Theorem, Use

i = Symbol("i", integer=True)
f, X, P, Q = (Function(name, real=True) for name in ("f", "X", "P", "Q"))
place = Function("place", integer=True)

# P(i) is the pooled element i, Q(i) the pooled image: both are taken from the same place.
_MOVES = Rule("element i comes from its place", (i,), (Ge(place(i), 1),), Eq(P(i), X(place(i))))
_MOVES_IMAGES = Rule("and so does its image", (i,), (Ge(place(i), 1),), Eq(Q(i), f(X(place(i)))))
_ADDS = Rule("an element without a place is 0", (i,), (Eq(place(i), 0),), Eq(P(i), 0))
_ADDS_TOO = Rule("also among the images", (i,), (Eq(place(i), 0),), Eq(Q(i), 0))
_ZERO = Rule("f(0) = 0", (), (), Eq(f(0), 0))
_MOVED = Rule("the orders agree where elements are moved", (i,), (Ge(place(i), 1),), Eq(f(P(i)), Q(i)))
_ADDED = Rule("the orders agree where zeros are added", (i,), (Eq(place(i), 0),), Eq(f(P(i)), Q(i)))
_AT_PLACE, _AT_ZERO = Eq(f(P(i)), f(X(place(i)))), Eq(f(P(i)), f(0))

THEOREMS = (
    Theorem(
        (_MOVES, _MOVES_IMAGES),
        _MOVED,
        (
            Lemma(
                _MOVED,
                (
                    Use(_MOVES, (i,)),
                    Congruent(_MOVES.then, _AT_PLACE),
                    Use(_MOVES_IMAGES, (i,)),
                    Linear((_AT_PLACE, _MOVES_IMAGES.then), _MOVED.then),
                ),
            ),
        ),
    ),
    Theorem(
        (_ADDS, _ADDS_TOO, _ZERO),
        _ADDED,
        (
            Lemma(
                _ADDED,
                (
                    Use(_ADDS, (i,)),
                    Congruent(_ADDS.then, _AT_ZERO),
                    Use(_ADDS_TOO, (i,)),
                    Linear((_AT_ZERO, _ADDS_TOO.then, _ZERO.then), _ADDED.then),
                ),
            ),
        ),
    ),
)
