"""Exact numbers and formulas as people write them: `-2/(1 + e^2)`, `max(silu(-2), silu(-1))`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from flint import fmpq
from sympy import Expr
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from ordering.pooling import Kind, Window

FEW: Final = 5
"""Different values of a window that are listed."""
SHORT: Final = 10**9
"""Numerators below which a number is written in full, and denominators below its square root."""
MOST: Final = 160
"""Characters beyond which a closed form is not written."""


def number_text(value: fmpq) -> str:
    """`3`, `-5/8`, `13421773/2^27`, `3*2^100`: every value of a float, exactly."""
    p, q = int(value.p), int(value.q)
    if abs(p) < SHORT and q * q < SHORT:
        return str(p) if q == 1 else f"{p}/{q}"
    if q == 1:
        twos = (p & -p).bit_length() - 1
        odd = p >> twos
        return str(p) if twos < 10 else f"2^{twos}" if odd == 1 else f"{odd}*2^{twos}"
    return f"{p}/2^{q.bit_length() - 1}" if q & (q - 1) == 0 else f"{p}/{q}"


class _Printer(StrPrinter):  # type: ignore[misc]  # sympy ships no types
    """sympy's text, with powers of e as powers and long fractions of two by their exponent."""

    def _print_exp(self, expression: Expr) -> str:
        return f"e^{self.parenthesize(expression.args[0], PRECEDENCE['Pow'])}"

    def _print_Exp1(self, _expression: Expr) -> str:  # noqa: N802  # sympy's name
        return "e"

    def _print_Rational(self, number: Expr) -> str:  # noqa: N802  # sympy's name
        return number_text(fmpq(int(number.p), int(number.q)))

    def _print_Integer(self, number: Expr) -> str:  # noqa: N802  # sympy's name
        return number_text(fmpq(int(number.p)))


def closed_text(expression: Expr | None) -> str:
    """A closed form as text; empty where there is none, or it is too long to be read."""
    if expression is None:
        return ""
    text = str(_Printer().doprint(expression)).replace("**", "^")
    return text if len(text) <= MOST else ""


def listed(texts: Sequence[str]) -> str:
    """The texts in order, each once with how often it comes; of many the first few and how many there are."""
    counts = Counter(texts)
    shown = [text if times == 1 else f"{text} ({times:,} times)" for text, times in counts.items()]
    if len(shown) > FEW + 1:
        return f"{', '.join(shown[:FEW])}, ... ({len(texts):,} values)"
    return ", ".join(shown)


def selection_text(kind: Kind, texts: Sequence[str]) -> str:
    """`max(a, b)` or `min(a, b)`."""
    return f"{'max' if kind is Kind.SELECT_MAX else 'min'}({listed(texts)})"


def window_text(window: Window, texts: Sequence[str]) -> str:
    """`mean(a, b)`, `sum(a, b)/4`, `1/4*a + 3/4*b`, `norm_2(a, b)`; the elements as they are written."""
    weights = set(window.weights)
    if window.power is not None:
        filled = "" if weights <= {1} else f"; each {window.weights[0]} times"
        return f"norm_{window.power}({listed(texts)}{filled})"
    if len(weights) <= 1:
        weight = next(iter(weights), 1)
        if weight * len(texts) == 1:
            return f"mean({listed(texts)})"
        return f"sum({listed(texts)})/{1 / weight}" if weight != 1 else f"sum({listed(texts)})"
    terms = [f"{weight}*{text}" for weight, text in zip(window.weights, texts, strict=True)]
    if len(terms) > FEW + 1:
        return f"{' + '.join(terms[:FEW])} + ... ({len(texts):,} values)"
    return " + ".join(terms)
