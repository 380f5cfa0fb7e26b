"""Sympy expressions as programs of torch: sympy's own printer, where it falls short extended.

Sympy's prints `Max` of two tensors as a reduction, numbers where torch takes only tensors, exact fractions
that floats then divide, and no function of torch's that sympy does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

import sympy as sp
from sympy import Expr
from sympy.printing.pytorch import TorchPrinter

from ordering.variable import x

FUNCTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sigmoid": "torch.sigmoid({0})",
        "softplus": "torch.logaddexp({0}, torch.zeros_like({0}))",
        "log1p_square": "torch.log1p(torch.square({0}))",
    }
)
"""Functions of torch's own, by the name that `Operation.printed` gives them, and how they are called."""


class Printer(TorchPrinter):  # type: ignore[misc]  # sympy ships no types
    """A torch expression in the tensor `x`, of x's shape and dtype.

    Numbers are written as the doubles that they are nearest to; knots are compared in float64, which holds
    every value of the smaller dtypes.
    """

    _operators: ClassVar = {
        **TorchPrinter._operators,
        "and": "&",
        "or": "|",
        "not": "~",
    }

    def tensor(self, expression: Expr) -> str:
        """The expression where torch takes only tensors: a constant is a tensor full of it."""
        if expression.has(x):
            text: str = self._print(expression)
            return text
        return f"torch.full_like(x, {self._number(expression)})"

    def _number(self, constant: Expr) -> str:
        return repr(float(constant))

    def _print(self, expr: Any, **kwargs: Any) -> str:
        if isinstance(expr, Expr) and expr.is_number:
            return self._number(expr)
        text: str = super()._print(expr, **kwargs)
        return text

    def _print_Mul(self, expr: Any) -> str:
        # The number first, as one double: 3*x/4 is 0.75*x, and not 3*x divided by 4.
        factor, rest = expr.as_coeff_Mul(rational=False)
        if factor == 1 or not rest.has(x):
            text: str = super()._print_Mul(expr)
            return text
        if factor == -1:
            return f"-{self._factor(rest)}"
        return f"{self._number(factor)}*{self._factor(rest)}"

    def _factor(self, expression: Expr) -> str:
        text: str = self.parenthesize(expression, sp.printing.precedence.PRECEDENCE["Mul"])
        return text

    def _print_Max(self, expr: Any) -> str:
        return self._extreme(expr, "maximum", "min", max)

    def _print_Min(self, expr: Any) -> str:
        return self._extreme(expr, "minimum", "max", min)

    def _extreme(self, expr: Any, name: str, bound: str, choose: Callable[..., Any]) -> str:
        """`torch.maximum` of tensors; a number among them is a bound of `torch.clamp`."""
        tensors = [arg for arg in expr.args if arg.has(x)]
        numbers = [arg for arg in expr.args if not arg.has(x)]
        text = self._print(tensors[0])
        for tensor in tensors[1:]:
            text = f"torch.{name}({text}, {self._print(tensor)})"
        return f"torch.clamp({text}, {bound}={self._number(choose(numbers))})" if numbers else text

    def _print_Pow(self, expr: Any) -> str:
        inner = self._print(expr.base)
        if expr.exp == 2:
            return f"torch.square({inner})"
        if expr.exp == -1:
            return f"torch.reciprocal({inner})"
        if expr.exp == sp.S.Half:
            return f"torch.sqrt({inner})"
        return f"torch.pow({inner}, {expr.exp if expr.exp.is_Integer else self._number(expr.exp)})"

    def _print_Piecewise(self, expr: Any) -> str:
        *pieces, (last, _) = expr.args
        text = self.tensor(last)
        for piece, condition in reversed(pieces):
            text = f"torch.where({self._print(condition)}, {self.tensor(piece)}, {text})"
        return text

    def _print_Relational(self, expr: Any) -> str:
        left, right = (f"{self._print(s)}.double()" if s.has(x) else self._number(s) for s in expr.args)
        return f"({left} {expr.rel_op} {right})"

    def _print_And(self, expr: Any) -> str:
        return f"({' & '.join(self._print(arg) for arg in sp.ordered(expr.args))})"

    def _print_Or(self, expr: Any) -> str:
        return f"({' | '.join(self._print(arg) for arg in sp.ordered(expr.args))})"

    def _print_Function(self, expr: Any) -> str:
        pattern = FUNCTIONS.get(type(expr).__name__)
        if pattern is not None:
            return pattern.format(*(self._print(arg) for arg in expr.args))
        text: str = super()._print_Function(expr)
        return text

    _print_Expr = _print_Function
    _print_Application = _print_Function


def program(expression: Expr) -> str:
    """The text of a function `f(x)` of torch's, for an expression in `ordering.x`.

    Raises
    ------
    NotImplementedError
        If part of the expression is nothing that the printer knows.

    Examples
    --------
    >>> print(program(sp.Max(x, 0) + sp.Rational(1, 2)))
    def f(x):
        return torch.clamp(x, min=0.0) + 0.5
    <BLANKLINE>
    """
    body = x_alone if (x_alone := "x.clone()") and expression == x else Printer().tensor(expression)
    return f"def f(x):\n    return {body}\n"
