"""Printed proofs: equations, values, signs and references of functions that a mathematician would look at."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree

import pytest
import sympy as sp
from sympy import Expr, exp, oo, tanh

from ordering import load_function, prove, rendering
from ordering.checking import Claim
from ordering.evidence import Derivation
from ordering.reals.cuts import Exact
from ordering.reals.derivation import Proof, Writer
from ordering.reals.function import Function
from ordering.rendering.numbers import Decimal, written
from ordering.rendering.parts import Document
from ordering.rendering.text import text_of
from ordering.variable import x

SIX = ("silu", "gelu", "mish", "softplus", "tanh", "x+sin(x)")
OTHERS = (
    "sigmoid", "elu", "hardswish", "relu", "log(1+x**2)", "x*exp(-x**2)", "exp(x)+x", "atan(x)-x/2",
    "floor(x)",
    "tanhshrink", "sqrt(2+x-x**4)", "max(x,exp(-x))", "(2+sin(x)+cos(x))*exp(x)", "(exp(x)-3)**2", "softsign",
    "x+1/(1+x**2)", "sqrt(log(x))",
)  # fmt: skip


@cache
def printed(name: str) -> Document:
    subject = load_function(name)
    return rendering.shape_document(prove(subject), subject.expression)


def words(name: str) -> str:
    """The proof on one line, without the breaks of its lines."""
    return " ".join(rendering.text(printed(name)).split())


def slopes(name: str) -> str:
    """What the signs of f' rest on, though f is not monotone: a derivation without a conclusion."""
    expression = load_function(name).expression
    assert expression is not None
    return " ".join(rendering.text(Derivation(name, without_end(expression))).split())


def without_end(expression: Expr) -> tuple[object, ...]:
    writer = Writer(Function(expression, Exact(-oo), Exact(oo)), Claim("nondecreasing", expression, -oo, oo))
    writer._tiles()
    for smooth in writer.function.smooths:
        writer._piece_signs(smooth)
    return writer.steps


# ---- references and repetitions ----------------------------------------------------------------------


@pytest.mark.parametrize("name", SIX + OTHERS)
def test_what_is_cited_stands_before_and_nothing_stands_twice(name: str) -> None:
    document = printed(name)
    statements = [text_of(line.statement) for line in document.lemmas]
    assert [line.number for line in document.lemmas] == list(range(1, len(statements) + 1))
    assert len(statements) == len(set(statements))
    last = len(statements)
    for line in (*document.lemmas, *document.claims):
        before = line.number or last + 1
        for part in (part for sentence in line.why for part in sentence):
            if isinstance(part, str) and (cited := re.fullmatch(r"\((\d+)\)", part)):
                assert 1 <= int(cited[1]) < before, text_of(line.statement)


@pytest.mark.parametrize("name", SIX + OTHERS)
def test_every_lemma_serves_something(name: str) -> None:
    """A line is cited, introduces what later lines name, or says what f is."""
    document = printed(name)
    cited = {
        part
        for line in (*document.lemmas, *document.claims)
        for sentence in line.why
        for part in sentence
        if isinstance(part, str)
    }
    for line in document.lemmas:
        statement = text_of(line.statement)
        if re.match(r"f('*)\(|f is smooth|f is no real|r_\d+|f\(", statement):
            continue
        assert f"({line.number})" in cited or "g_" in statement, statement


@pytest.mark.parametrize("name", SIX + OTHERS)
def test_lines_are_short_and_every_renderer_writes_the_same_lines(name: str) -> None:
    document = printed(name)
    assert all(len(line) <= 100 for line in rendering.text(document).splitlines())
    rows = len(document.lemmas) + len(document.claims) + 1
    assert len(rendering.latex(document).splitlines()) == rows + 2
    root = ElementTree.fromstring(rendering.mathml(document))
    assert len(list(root[0])) == rows
    vague = (
        "whose signs are known",
        "have this sign",
        "positive near",
        "small cells show",
        "no more than such",
    )
    assert not any(phrase in words(name) for phrase in vague)


@pytest.mark.parametrize("name", ["tanh", "relu", "x+sin(x)"])
def test_one_derivation_is_rendered_alone(name: str) -> None:
    proof = prove(load_function(name)).nondecreasing.derivation
    assert isinstance(proof, Proof)
    shown = rendering.text(proof)
    assert shown.startswith(proof.claim)
    assert "f is nondecreasing: f'(x) >" in shown
    assert rendering.latex(proof).startswith("\\begin{align*}")
    ElementTree.fromstring(rendering.mathml(proof))


def test_any_number_of_derivations_share_their_lines() -> None:
    shape = prove("relu")
    found = [f.derivation for f in shape.findings.values() if f.holds and f.derivation is not None]
    alone = sum(len(rendering.document([one]).lemmas) for one in found)
    together = rendering.document(found)
    assert len(together.lemmas) < alone / 2
    assert len(together.claims) == len(found)


# ---- numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIX + OTHERS)
def test_decimals_are_correctly_rounded_and_unequal_numbers_look_unequal(name: str) -> None:
    subject = load_function(name)
    shape = prove(subject)
    assert subject.expression is not None
    beside = [v for v in (shape.value_at_zero, shape.drawdown) if isinstance(v, Expr)]
    decimals = rendering.shape_document(shape, subject.expression, beside=beside).decimals
    exact = {number: sp.N(number, 60) for number in decimals}
    for number, text in decimals.items():
        digits = len(re.sub(r"e.*|[-.]", "", text).lstrip("0"))
        if number.is_Rational and sp.Rational(text) == number:
            continue
        unit = sp.Integer(10) ** (sp.floor(sp.log(abs(exact[number]), 10)) + 1 - digits)
        assert abs(sp.Rational(text) - exact[number]) <= unit / 2, (number, text)
        assert digits >= 9
    for (a, first), (b, second) in pairwise(sorted(exact.items(), key=lambda pair: pair[1])):
        assert (decimals[a] == decimals[b]) == (abs(first - second) < sp.Float("1e-50", 60))


def test_values_that_differ_late_are_printed_with_more_digits() -> None:
    numbers = [sp.Integer(20), 20 + sp.Rational(1, 2**30), sp.log(1 + exp(20)), sp.pi, sp.pi + exp(-40)]
    shown = {d.value: text for d, (_, text) in written(map(Decimal, numbers)).items()}
    assert shown[numbers[0]] == "20"
    assert shown[numbers[2]] == "20.000000002"
    assert shown[numbers[3]] == "3.141592653589793238"
    assert shown[numbers[4]] == "3.141592653589793243"
    assert "20.000000002 > f(20 + 2**(-30)) = 20 + 2**(-30) ~ 20.0000000009" in words("softplus")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (sp.Rational(1, 3), "0.333333333"),
        (sp.Rational(-2, 3), "-0.666666667"),
        (sp.Rational(1, 8), "0.125"),
        (sp.Integer(10) ** 20, "1" + "0" * 20),
        (sp.Rational(9999999999, 3 * 10**10), "0.3333333333"),
        (sp.sqrt(sp.Rational(9999999999, 10**10)) * 1, "1.00000000"),
        (exp(30), "1.06864746e+13"),
        (exp(-30), "9.35762297e-14"),
        (sp.S.Zero, "0"),
    ],
)
def test_how_numbers_are_written(number: Expr, text: str) -> None:
    decimal = Decimal(number)
    assert written([decimal])[decimal][1] == text


# ---- the proofs themselves ---------------------------------------------------------------------------


def test_silu() -> None:
    proof = slopes("silu")
    for line in (
        "its denominator: 1 + exp(-x) > 0",
        "f'(x) = x*exp(-x)/(1 + exp(-x))**2 + 1/(1 + exp(-x)) = (x*exp(-x) + 1 + exp(-x))/(1 + exp(-x))**2",
        "r_1 = -1 - W(exp(-1)) ~ -1.27846454 is the only root of x*exp(-x) + 1 + exp(-x) = 0"
        " between -1.28 and -1.27",
        "the left side is -0.00705912316 at the first and 0.0385698082 at the second",
        "for x < 0, g rises strictly from -oo to 2: one zero, r_1",
        "for x > 0, g falls strictly from 2 to 1: positive",
        "f'(x) < 0 for x < r_1, > 0 for x > r_1, zero at r_1",
    ):
        assert line in proof.replace("g_1 ", "g ").replace("g_1(x) = ", ""), line
    refuted = words("silu")
    assert (
        "-2 < -1, but f(-2) = -2/(1 + exp(2)) ~ -0.238405844 > f(-1) = -1/(1 + e) ~ -0.268941421" in refuted
    )
    assert "half way between -3 and -2 lies -5/2" in refuted


def test_gelu() -> None:
    proof = slopes("gelu")
    for line in (
        "where erf'(u) = 2 exp(-u**2)/sqrt(pi)",
        "x**2 - 2 > 0 for x < -sqrt(2), < 0 for -sqrt(2) < x < sqrt(2), > 0 for x > sqrt(2)",
        "it vanishes at these 2 points; a polynomial of degree 2 has no more zeros",
        "r_1 ~ -0.751791525 is the only root of",
        "falls strictly from 0 to -sqrt(pi)*erf(1) - 2*exp(-1) + sqrt(pi) ~ -0.456953297: negative",
        "2*exp(-1) + sqrt(pi)*erf(1) + sqrt(pi) ~ 4.00186100: one zero, r_1",
        "to 2*sqrt(pi) ~ 3.54490770: positive",
    ):
        assert line in proof, line


def test_mish() -> None:
    """The ladder's function is positive because its minimum is, and the minimum is printed."""
    proof = slopes("mish")
    for line in (
        "tanh(u) = (exp(2*u) - 1)/(exp(2*u) + 1) simplifies it",
        "r_1 ~ -3.60986860 is the only root of",
        "4*x + 9*exp(2*x) + 16*exp(x) + 14 = 0 between -3.61 and -3.6",
        "for x < r_1, g_4 falls strictly from 4 to 3.88580361: positive",
        "for x > r_1, g_4 rises strictly from 3.88580361 to oo: positive",
        "r_2 ~ -1.19243121 is the only root of",
        "f'(x) < 0 for x < r_2, > 0 for x > r_2, zero at r_2",
    ):
        assert line in proof, line


def test_softplus() -> None:
    proof = words("softplus")
    for line in (
        "Let f(x) = {log(exp(x) + 1) if x <= 20, x otherwise}",
        "(2) f(20) = log(1 + exp(20)) ~ 20.000000002 > 0",
        "f(x) = log(exp(x) + 1) > 0 for x < 20 - as exp(x) + 1 > 1",
        "f is nonnegative: f(x) > 0 by (2), (6) and (7)",
        "it has no zeros, and the empty set is an interval",
    ):
        assert line in proof, line


def test_tanh() -> None:
    proof = words("tanh")
    for line in (
        "f'(x) = 1 - tanh(x)**2 = 4*exp(2*x)/(exp(2*x) + 1)**2",
        "> 0 for every x - a product: (exp(2*x) + 1)**(-2) > 0 and exp(2*x) > 0",
        "f is nondecreasing: f'(x) > 0 by (4); by the mean value theorem a < b gives f(a) <= f(b)",
        "f is strictly increasing: f'(x) > 0 by (4)",
    ):
        assert line in proof, line


def test_x_plus_sin_x() -> None:
    """One period, and the sign of 1 + cos x from the cosine's range."""
    proof = words("x+sin(x)")
    for line in (
        "f(x + 2*pi) = f(x) + 2*pi for every x - when x grows by 2*pi, sin comes back to its value",
        "every x lies whole periods away from a point in (0, 2*pi) or from 0, and f is smooth at 0 too",
        "f'(x) = cos(x) + 1 >= 0 for 0 < x < 2*pi, zero only at pi - cos(x) >= -1, with equality only there",
        "zero at single points only (2*pi*k + pi for whole numbers k)",
    ):
        assert line in proof, line
    assert "3*pi" not in proof


def test_roots_in_closed_form_go_by_their_name() -> None:
    proof = words("(exp(x)-3)**2")
    assert "zero at log(3)" in proof
    assert proof.count("1.09861") == proof.count("log(3) ~ 1.09861229")


def test_corners_and_joints_are_told() -> None:
    proof = words("relu")
    assert "f(x) = 0 for x < 0 - as Max(0, x) = 0 there" in proof
    assert "f is continuous at 0 - the limit from the left is 0, the limit from the right is 0" in proof
    assert "the slope of f left of 0 tends to 0, right of it to 1 - so the slope rises there" in proof
    proof = words("sqrt(2+x-x**4)")
    assert "f is no real number for x < -1 - -x**4 + x + 2 < 0 (by (1)) there, and its root needs it" in proof


def test_a_monotone_pair_has_no_midpoint() -> None:
    for name in ("silu", "softplus"):
        lines = [text_of((*line.statement, *line.why[0])) for line in printed(name).claims]
        for line in lines:
            assert ("half way" in line) == bool(re.search(r"convex|concave|affine", line.split(":")[0])) or (
                "linear" in line
            )


def test_text_of_the_user_is_not_taken_for_markup() -> None:
    tangled = tanh(x) + sp.Symbol("[red]")
    assert "[red]" in text_of((tangled,))
