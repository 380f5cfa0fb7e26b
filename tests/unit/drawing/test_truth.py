"""What is known by construction holds: against dense sampling that shares nothing with it."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise, product

import mpmath
import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings

from ordering import x
from ordering.drawing.activations import terms
from ordering.drawing.building import range_of
from ordering.drawing.growing import SEEDS, grow, seeds
from ordering.drawing.known import BROKEN, known, witness
from ordering.drawing.operations import EVERYWHERE, OPERATIONS, ball
from ordering.drawing.rules import CONDITIONS, PROPERTIES, RULES, Closure, closed, properties
from ordering.drawing.term import Term
from ordering.drawing.values import Undetermined, value
from ordering.drawing.writing import written
from ordering.errors import InvalidArgument
from ordering.evidence.theorems import files, theorems
from ordering.strategies import activations, term

DIGITS = 70
POINTS = sorted({Fraction(n, 16) for n in range(-96, 97, 3)} | {Fraction(n) for n in range(-20, 21)})
TINY = mpmath.mpf(10) ** -25


@pytest.fixture(autouse=True)
def precisely():
    """Comparisons round as well."""
    with mpmath.workdps(DIGITS):
        yield


class TooLarge(Exception):
    """A value has millions of digits."""


def bounded(function):
    """The function where its value is soon computed."""

    def call(at):
        if abs(at) > 10**5:
            raise TooLarge
        return function(at)

    return call


GROWING = {name: bounded(getattr(mpmath, name)) for name in ("exp", "cosh", "sinh")}


def sampled(activation):
    """Values of sympy's expression at many points, by mpmath: no code of the rules or rows."""
    function = sp.lambdify(x, activation.expression, modules=[GROWING, "mpmath"], cse=True)
    with mpmath.workdps(DIGITS):
        return {at: mpmath.mpmathify(function(mpmath.mpf(at.numerator) / at.denominator)) for at in POINTS}


def broken_by(values):
    """The properties that the values break, by far more than they are wrong."""
    size = {at: max(1, abs(each)) for at, each in values.items()}
    row = [values[at] for at in POINTS]
    found = set()
    for (a, left), (b, right) in pairwise(zip(POINTS, row, strict=True)):
        slack = TINY * max(size[a], size[b])
        found |= {"nondecreasing", "strictly_increasing"} if left > right + slack else set()
        found |= {"nonincreasing", "strictly_decreasing"} if right > left + slack else set()
    for middle, width in product(POINTS, (Fraction(3, 16), Fraction(1), Fraction(3))):
        three = (middle - width, middle, middle + width)
        if all(each in values for each in three):
            bend = values[three[0]] + values[three[2]] - 2 * values[middle]
            slack = TINY * max(size[each] for each in three)
            found |= {"convex", "affine"} if bend < -slack else set()
            found |= {"concave", "affine"} if bend > slack else set()
    for at in POINTS:
        slack = TINY * size[at]
        found |= {"nonnegative"} if values[at] < -slack else set()
        found |= {"nonpositive"} if values[at] > slack else set()
        if -at in values:
            found |= {"even"} if abs(values[at] - values[-at]) > slack else set()
            found |= {"odd"} if abs(values[at] + values[-at]) > slack else set()
    return found


def test_three_hundred_terms_have_what_is_known_of_them(sample):
    drawn = list(dict.fromkeys([*sample(700), *sample(100, dip=True)]))[:300]
    assert len(drawn) >= 250
    passed = 0
    for each in drawn:
        try:
            values = sampled(term(each))
        except TooLarge:
            passed += 1
            continue
        holds = {name for name, answer in known(each).properties.items() if answer}
        assert not holds & broken_by(values), (written(each), holds & broken_by(values))
        within = range_of(each)
        for found in values.values():
            slack = TINY * max(1, abs(found))
            assert (
                within.low is None
                or found >= mpmath.mpf(within.low.numerator) / within.low.denominator - slack
            )
            assert (
                within.high is None
                or found <= mpmath.mpf(within.high.numerator) / within.high.denominator + slack
            )
    assert passed < 15


def test_the_logarithm_may_be_less_than_its_argument():
    assert range_of(term("log(1 + (x**2 + 1/8)**2)").term).low == 0


def test_values_of_the_rows_are_those_of_the_expression(sample):
    for each in list(dict.fromkeys(sample(700)))[:120]:
        try:
            values = sampled(term(each))
        except TooLarge:
            continue
        for at, found in list(values.items())[::7]:
            try:
                own = ball(value(each, at))
            except Undetermined:
                continue
            assert abs(mpmath.mpf(str(own.mid().str(30, radius=False))) - found) <= 1e-13 * max(1, abs(found))


def test_witnesses_break_what_they_are_witnesses_of(sample):
    count = 0
    for each in list(dict.fromkeys(sample(700)))[:150]:
        function = sp.lambdify(x, term(each).expression, modules="mpmath")
        for name in ("nondecreasing", "convex"):
            if points := known(each).witnesses.get(name):
                with mpmath.workdps(DIGITS):
                    at = [function(mpmath.mpf(p.numerator) / p.denominator) for p in points]
                assert at[0] > at[1] if name == "nondecreasing" else 2 * at[1] > at[0] + at[2]
                count += 1
    assert count > 100


# ---- the rules -----------------------------------------------------------------------------------------


def _theorems():
    """The closure theorems, by what their names have before the colon."""
    found = [theorem for name in files() if name.startswith("closure_") for theorem in theorems(name)]
    named = {theorem.name.partition(":")[0]: theorem for theorem in found}
    assert len(named) == len(found)
    return named


def test_every_rule_names_a_theorem_and_every_theorem_is_used():
    assert {rule.theorem for rule in RULES} == set(_theorems())


FACTORS = {"positive factor": "k is positive", "negative factor": "k is negative"}


def _supposed(theorem, function):
    """What a theorem supposes of a function: its hypotheses are called `f is convex where s u >= 0`."""
    said = [hypothesis.name.split() for hypothesis in theorem.hypotheses]
    return {
        name
        for of, verb, name, *_ in said
        if (of, verb) == (function, "is") and name in {*PROPERTIES, "coercive"}
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.operation}-{rule.gives}-{rule.theorem}")
def test_a_rule_needs_what_its_theorem_supposes_and_gives_what_it_states(rule):
    theorem = _theorems()[rule.theorem]
    assert theorem.statement.name.endswith(f" is {rule.gives}")
    needs = [closed(need) for need in (*rule.needs, *rule.needs[-1:])]
    row = OPERATIONS[rule.operation]
    if row.unary:
        # Of the function its row says what the theorem supposes of f, on the side where g has its values.
        sides = [where for where in row.traits if not where or where in needs[0]]
        assert any(
            _supposed(theorem, "f") <= closed(row.traits[where] | row.traits[EVERYWHERE]) for where in sides
        )
        assert _supposed(theorem, "g") <= needs[0]
    else:
        supposed = [_supposed(theorem, "f"), _supposed(theorem, "g")][: row.parts]
        symmetric = rule.operation in ("max", "min")
        pairs = [supposed, supposed[::-1]] if symmetric else [supposed]
        assert any(all(map(set.issubset, pair, needs)) for pair in pairs)
    if rule.operation == "scale":
        assert rule.when in FACTORS or not rule.when
        given = {hypothesis.name for hypothesis in theorem.hypotheses}
        assert given & set(FACTORS.values()) == ({FACTORS[rule.when]} if rule.when else set())


def test_rules_speak_of_what_there_is():
    for rule in RULES:
        assert rule.operation in OPERATIONS
        assert rule.gives in PROPERTIES
        assert frozenset().union(*rule.needs) <= set(PROPERTIES)
        assert not rule.when or rule.when in CONDITIONS


NUMBERS: dict[str, list[tuple[Fraction, ...]]] = {
    "scale": [(Fraction(2),), (Fraction(-2),)],
    "clip": [
        (Fraction(-1), Fraction(1)),
        (Fraction(0), Fraction(2)),
        (Fraction(-2), Fraction(0)),
        (Fraction(1), Fraction(2)),
    ],
    "piecewise": [(Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)), (Fraction(-1), Fraction(0))],
    "root": [(Fraction(1),)],
    "dip": [(Fraction(0), Fraction(1), Fraction(3))],
}


def _examples(operation):
    """Small terms of an operation, of every kind of parts."""
    row = OPERATIONS[operation]
    parts: Iterable[tuple[Term, ...]] = product(
        SEEDS[:-3] if row.parts == 1 else SEEDS[:24], repeat=row.parts
    )
    for chosen in parts:
        for numbers in NUMBERS.get(operation, [()]):
            if operation == "quotient" and not (range_of(chosen[1]).low or 0) > 0:
                shifted = Term("sum", (chosen[1], Term("number", (), (Fraction(1),))))
                if (range_of(shifted).low or 0) <= 0:
                    continue
                chosen = (chosen[0], shifted)
            yield Term(operation, chosen, numbers)


def test_every_rule_has_a_term_that_it_speaks_of_and_none_that_breaks_it():
    for rule in RULES:
        applies = 0
        for each in _examples(rule.operation):
            if rule.applies(each, tuple(properties(part) for part in each.parts)):
                applies += 1
                assert rule.gives not in BROKEN or witness(each, rule.gives) is None, (rule, written(each))
                if applies == 6:
                    break
        assert applies, rule


SHOWN = set(BROKEN)


@pytest.mark.parametrize(
    "rule",
    [rule for rule in RULES if rule.gives in SHOWN and any(rule.needs)],
    ids=lambda rule: f"{rule.operation}-{rule.gives}-{rule.theorem}",
)
def test_a_rule_that_forgets_what_it_needs_is_caught(rule):
    """Without its premises, the rule says of some small term what a witness refutes."""
    for each in _examples(rule.operation):
        if rule.when and not CONDITIONS[rule.when](each):
            continue
        if rule.gives not in properties(each) and witness(each, rule.gives) is not None:
            return
    pytest.fail("nothing that the rule needs is needed")


@pytest.mark.parametrize("name", ["scale", "sum", "max", "product", "exp"])
def test_without_the_rules_of_an_operation_less_is_known(name, sample):
    fewer = Closure(tuple(rule for rule in RULES if rule.operation != name))
    lost = [each for each in set(sample(700)) if fewer.properties(each) < properties(each)]
    assert lost


# ---- what is drawn has what is wanted ------------------------------------------------------------------

WANTED = [
    {name: answer}
    for name in ("nondecreasing", "nonincreasing", "strictly_increasing", "convex", "concave", "affine")
    for answer in (True, False)
] + [
    {"odd": True},
    {"odd": False},
    {"even": True},
    {"even": False},
    {"nonnegative": True},
    {"nonnegative": False},
    {"bounded": True},
    {"bounded": False},
    {"continuous": True},
    {"nondecreasing": True, "affine": False},
    {"convex": True, "affine": False},
    {"convex": True, "nonnegative": True, "nondecreasing": True},
    {"nondecreasing": True, "bounded": True, "odd": True},
    {"even": True, "nonnegative": True, "convex": False},
]


@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_what_is_wanted_is_known(wanted):
    drawn = []

    @settings(max_examples=30, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(activations(**wanted))
    def collect(f):
        drawn.append(f)

    collect()  # no draw is thrown away: every one has what is wanted
    assert len(drawn) >= 30
    for f in drawn:
        for name, answer in wanted.items():
            assert f.known.properties[name] is answer, f
            if answer is False and name != "bounded":
                assert f.known.witnesses[name]


def test_few_draws_fall_back_to_a_small_term(monkeypatch):
    """Of terms that were to be built, few turn out to lack what was wanted."""
    built, lacking = [0], [0]
    from ordering.drawing import growing  # noqa: PLC0415 - patched below

    usual = growing._BUILD

    def counted(build):
        def counting(draw, goal, way, parts):
            made = build(draw, goal, way, parts)
            built[0] += 1
            lacking[0] += not goal <= properties(made)
            return made

        return counting

    monkeypatch.setattr(growing, "_BUILD", {name: counted(build) for name, build in usual.items()})

    @settings(max_examples=150, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(terms(frozenset({"nondecreasing"})), terms(frozenset({"convex"})), terms())
    def collect(one, two, three):
        pass

    collect()
    assert built[0] > 150
    assert lacking[0] < 0.05 * built[0]


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"nondecreasing": "yes"}, "True or False"),
        ({"depth": 9}, "at most 8"),
        ({"depth": -1}, "at least 0"),
        ({"dip": 1}, "True or False"),
        ({"dip": True, "convex": True}, "a dip takes away"),
        ({"dip": True, "odd": False}, "leave odd None"),
        ({"affine": True, "convex": False}, "no activation"),
        ({"strictly_increasing": True, "even": True}, "no activation"),
        ({"continuous": False}, "leave it None"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wanted, says):
    with pytest.raises(InvalidArgument, match=says):
        activations(**wanted)


def test_nothing_small_has_contradictory_properties():
    assert not seeds(frozenset({"strictly_increasing", "bounded", "even"}))
    with pytest.raises(LookupError):
        grow(lambda strategy: None, frozenset({"strictly_increasing", "bounded", "even"}), 0)
    assert closed(frozenset({"affine"})) >= {"convex", "concave", "continuous"}
