"""Formulas in plain text."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.str import StrPrinter


class _Printer(StrPrinter):  # type: ignore[misc]
    """sympy's plain text, but for what a reader would write otherwise."""

    def _print_Exp1(self, _: Any) -> str:  # noqa: N802 - sympy's names
        return "e"

    def _print_LambertW(self, e: Any) -> str:  # noqa: N802 - sympy's names
        branch = "" if len(e.args) == 1 else f"_{self._print(e.args[1])}"
        return f"W{branch}({self._print(e.args[0])})"

    def _print_Piecewise(self, e: Any) -> str:  # noqa: N802 - sympy's names
        cases = [
            f"{self._print(value)} otherwise" if condition == sp.true
            else f"{self._print(value)} if {self._print(condition)}"
            for value, condition in e.args
        ]  # fmt: skip
        return f"{{{', '.join(cases)}}}"

    def _print_Add(self, e: Any, order: Any = None) -> str:  # noqa: N802 - sympy's names
        # A fraction that is written as a sum has its whole part first.
        rational = not e.free_symbols and e.doit().is_Rational
        return str(super()._print_Add(e, order="none" if rational else order))


def formula(expression: Any) -> str:
    """An expression in plain text."""
    return str(_Printer().doprint(expression))
