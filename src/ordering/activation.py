"""`Activation`: a pointwise function, as the torch kernel that runs and the expression it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from sympy import Expr, Float, Rational, sympify
from sympy.core.sympify import SympifyError

from ordering.arguments import flag, shown, text
from ordering.errors import InvalidEntry
from ordering.modules import kernel_of
from ordering.naming import check_name
from ordering.variable import x

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Activation:
    """A pointwise activation `f`.

    Parameters
    ----------
    name:
        torch.nn.functional's name where there is one, with the parameters that matter:
        `"relu"`, `"elu(alpha=2)"`.
    kernel:
        `Tensor -> Tensor`, same shape and dtype, each output element a function of its input element.
        Nothing is run when the record is built; `verify` reports `error` for a kernel that breaks this.
        An `nn.Module` with weights becomes a `ModuleKernel`, which has them in each input's dtype as
        `module.to(dtype)` would; the module is the kernel's `.module`.
    expression:
        The real function that the kernel stands for, a sympy expression in `ordering.x`.  Write exact
        numbers (`Rational(1, 100)`); a float such as `0.01` is taken for the binary fraction that it is.
        Optional: without it the reals can only say `undecided`.
    formula:
        One line for people, such as `"x -> max(x, 0)"`.  Defaults to the expression's text.
    parameters:
        The values that distinguish this member of a family, by torch's argument names.
    low, high:
        Ends of the open interval on which the entry is claimed, where it is not the whole line
        (`reciprocal` on the positives).  Exact sympy numbers; None means unbounded.
    keeps_nan:
        Whether `f(NaN)` is NaN, as it should be; `torch.sign` gives 0.

    Raises
    ------
    InvalidEntry
        If the name is not usable, the kernel is not callable, the expression is not a sympy expression
        in `ordering.x` alone, or `low >= high`.

    Examples
    --------
    >>> import torch
    >>> from sympy import Max
    >>> Activation("relu6_like", kernel=torch.nn.functional.relu, expression=Max(x, 0)).formula
    'x -> Max(0, x)'
    """

    name: str
    kernel: Callable[[Tensor], Tensor]
    expression: Expr | None = None
    formula: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    low: Expr | None = None
    high: Expr | None = None
    keeps_nan: bool = True

    def __post_init__(self) -> None:
        check_name("activation", self.name)
        if not callable(self.kernel):
            raise InvalidEntry(
                f"activation {self.name!r}: kernel must be callable (Tensor -> Tensor), "
                f"got {type(self.kernel).__name__}"
            )
        object.__setattr__(self, "kernel", kernel_of(self.kernel))
        for end in ("expression", "low", "high"):
            if getattr(self, end) is not None:
                object.__setattr__(self, end, self._exact(end))
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise InvalidEntry(f"activation {self.name!r}: low={self.low} is not below high={self.high}")
        if not self.formula and self.expression is not None:
            object.__setattr__(self, "formula", f"x -> {self.expression}")
        if not isinstance(self.parameters, Mapping):
            raise InvalidEntry(
                f"activation {self.name!r}: parameters map torch's argument names to values, "
                f"got {shown(self.parameters)}"
            )
        text(f"activation {self.name!r}: formula", self.formula, error=InvalidEntry)
        flag(f"activation {self.name!r}: keeps_nan", self.keeps_nan, error=InvalidEntry)
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))

    def _exact(self, attribute: str) -> Expr:
        """The attribute as a sympy expression in `x` without floating-point numbers."""
        value = getattr(self, attribute)
        if isinstance(value, str):
            raise InvalidEntry(
                f"activation {self.name!r}: {attribute} is text; write it with sympy, or let "
                f"`ordering prove` parse it"
            )
        try:
            expression = sympify(value, strict=True)
        except SympifyError as error:
            raise InvalidEntry(
                f"activation {self.name!r}: {attribute} is not a sympy expression: {value!r}"
            ) from error
        if not isinstance(expression, Expr):
            raise InvalidEntry(f"activation {self.name!r}: {attribute} is not a number-valued expression")
        allowed = {x} if attribute == "expression" else set()
        if strangers := expression.free_symbols - allowed:
            names = ", ".join(sorted(str(symbol) for symbol in strangers))
            raise InvalidEntry(
                f"activation {self.name!r}: {attribute} has symbols other than ordering.x: {names} "
                f"(`from ordering import x` is the real symbol; sympy.Symbol('x') is another one)"
            )
        # A double such as 0.01 means the binary fraction that the kernel computes with, exactly.
        return expression.xreplace({number: Rational(number) for number in expression.atoms(Float)})

    def __str__(self) -> str:
        return self.name
