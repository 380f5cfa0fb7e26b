"""`prove`: the shape of an activation over the reals, within a time budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeVar

import sympy as sp
from flint import fmpq
from sympy import Expr

from ordering.activation import Activation
from ordering.arguments import seconds, several, shown
from ordering.catalogue import activations
from ordering.enclosures.balls import enclose, ends, precision, sign_of, to_fmpq
from ordering.enclosures.budget import Room, Undecided, budget, remaining, within
from ordering.errors import InvalidArgument
from ordering.evidence import Finding, Shape
from ordering.law import Law
from ordering.loading import ActivationLike, load_activation
from ordering.naming import NAME
from ordering.pooling import Pooling
from ordering.reals import bounded
from ordering.reals.cuts import INFINITY, MINUS_INFINITY, Cut, Exact
from ordering.reals.derivation import Proof
from ordering.reals.drawdown import Drawdown, drawdown
from ordering.reals.drawdown_steps import proved
from ordering.reals.function import Function
from ordering.reals.parsing import parsed
from ordering.reals.pieces import split
from ordering.reals.shape import Property, value_at
from ordering.reals.shape import properties as ordering_properties
from ordering.references import is_reference
from ordering.variable import x

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")

FIRST = 2.0
"""Seconds for a modest expression in this process; then it is asked again in one that can be ended."""

SYMPY_ERRORS = (
    *(ArithmeticError, AttributeError, LookupError, NotImplementedError, RecursionError, TypeError),
    ValueError,
    sp.polys.polyerrors.BasePolynomialError,
)
"""What sympy raises on expressions that it cannot handle: the answer is then `undecided`, with the text."""


def prove(
    activation: ActivationLike | Expr | float,
    *,
    timeout: float = 10.0,
    properties: Property | str | Iterable[Property | str] | None = None,
) -> Shape:
    """Decide the shape of an activation over the reals: every answer is proved, refuted or undecided.

    Parameters
    ----------
    activation:
        A sympy expression in `ordering.x`, its text as `parse` reads it, or anything that `load_activation`
        takes: an `Activation`, the name of a registered one, `module:attribute`, a function or module.  What
        has no expression is undecided.
    timeout:
        Seconds for the whole call, reading a text included; what is not answered by then is undecided.  On
        Linux the limit is a hard one, on every thread, and memory is limited to 1 GB; elsewhere a single long
        call into a library is waited for: see `ordering.reals.bounded`.
    properties:
        The questions, one or several, or names of registered ones; by default all that are registered in
        `ordering.reals.properties`.

    Raises
    ------
    UnknownEntry
        If a text is neither a name nor an expression; the message has the nearest names.
    LoadError, InvalidEntry
        As for `load_activation`.
    InvalidArgument
        If an expression cannot be read, or the timeout is not a positive number.

    Examples
    --------
    >>> from ordering import x
    >>> shape = prove(sp.Max(x, 0))
    >>> shape.nondecreasing.holds, shape.affine.holds, shape.drawdown
    (True, False, 0)
    >>> prove("silu").drawdown
    LambertW(exp(-1))
    """
    limit = seconds("timeout", timeout)
    asked = _questions(properties)
    started = time.monotonic()
    entry = _loaded(activation, limit)
    shape: Shape | None = None
    apart = bounded.available()
    if bounded.modest(entry.expression) or not apart:
        with within(Room()) as room:
            first = min(limit, FIRST) if apart else limit
            shape = _shape_within(entry, asked, first)
        left = limit - (time.monotonic() - started)
        if apart and left > 0 and room.refused and _unfinished(shape):
            shape = None
    if shape is None:
        shape = _shape_apart(entry, asked, limit - (time.monotonic() - started))
    return replace(shape, seconds=time.monotonic() - started)


def _unfinished(shape: Shape) -> bool:
    open_questions = any(finding.holds is None for finding in shape.findings.values())
    return open_questions or shape.drawdown is None


def _shape_within(entry: Activation, asked: Mapping[str, Property], limit: float) -> Shape:
    """The shape, decided in this process under the soft budgets."""
    found: dict[str, Finding] = {}
    try:
        with budget(limit):
            return _shape_of(entry, asked, found.__setitem__)
    except (Undecided, *SYMPY_ERRORS) as undecided:
        return _rest_undecided(entry, asked, found, undecided)


def _shape_apart(entry: Activation, asked: Mapping[str, Property], limit: float) -> Shape:
    """The shape, decided in a process of its own that ends with its time or its memory."""
    found: dict[str, Finding] = {}

    def question(report: Callable[[object], None]) -> None:
        with budget(limit * 0.9):  # so that it can say what it has found
            shape = _shape_of(entry, asked, lambda name, finding: report((name, finding)))
        plain = {f.name: getattr(shape, f.name) for f in fields(shape)}
        report((None, {**plain, "findings": dict(shape.findings)}))

    try:
        for name, value in bounded.bounded(question, limit):
            if name is None:
                return Shape(**value)
            found[name] = value
    except (Undecided, *SYMPY_ERRORS) as error:
        return _rest_undecided(entry, asked, found, error)
    raise AssertionError("a question that ended has reported its shape")


def _rest_undecided(
    entry: Activation, asked: Mapping[str, Property], found: Mapping[str, Finding], error: Exception
) -> Shape:
    """The budget ended between two questions, or before the first: what was found stands."""
    rest = {name: Finding(None, reason=str(error)) for name in asked if name not in found}
    return Shape(entry.name, {**found, **rest}, expression=entry.expression)


def _shape_of(
    entry: Activation, asked: Mapping[str, Property], tell: Callable[[str, Finding], None]
) -> Shape:
    """Everything that is asked of one activation; every answer is told as it comes."""
    if entry.expression is None:
        raise Undecided("the activation has no expression; give one to decide over the reals")
    found: dict[str, Finding] = {}
    function = Function(entry.expression, _end(entry.low, MINUS_INFINITY), _end(entry.high, INFINITY))
    for name in asked:
        found[name] = _decide(asked[name], function)
        tell(name, found[name])
    rises = found.get("nondecreasing")
    never = rises is not None and rises.holds
    fall, proof = _try(lambda: _drawdown(function, never=bool(never))) or (None, None)
    return Shape(
        entry.name,
        found,
        value_at_zero=_try(lambda: _value_at_zero(function)),
        limits=_try(lambda: _limits(function)) or (None, None),
        drawdown=fall.value if fall else None,
        drawdown_pair=fall.pair if fall else None,
        drawdown_near=fall.near if fall else None,
        drawdown_derivation=proof,
        domain=_domain(function),
        expression=entry.expression,
    )


def _drawdown(function: Function, *, never: bool) -> tuple[Drawdown, Proof]:
    """The drawdown with its derivation; `never`: f is known not to fall."""
    return proved(function, Drawdown(sp.S.Zero) if never else drawdown(function))


def _value_at_zero(function: Function) -> Expr | None:
    return value_at(function, sp.S.Zero) if function.contains(fmpq(0)) else None


def load_function(what: ActivationLike | Expr | float, *, timeout: float = bounded.SECONDS) -> Activation:
    """The activation, or one that stands for an expression or its text and has no kernel.

    A text is read within `timeout` seconds.

    Raises
    ------
    OrderingError
        As for `prove`.
    """
    return _loaded(what, seconds("timeout", timeout))


def _loaded(what: ActivationLike | Expr | float, limit: float) -> Activation:
    if isinstance(what, sp.Basic | int | float) and not isinstance(what, bool):
        expression = sp.sympify(what)
        _require_printable(expression, limit)
        return Activation("expression", kernel=_no_kernel, expression=expression)
    if not isinstance(what, str | Activation | Pooling | Law) and not callable(what):
        raise InvalidArgument(
            f"prove takes an Activation, a name, an expression in ordering.x, a function or a module, "
            f"got {shown(what)} (a {type(what).__name__})"
        )
    if not isinstance(what, str):
        return load_activation(what)  # type: ignore[arg-type]  # which refuses a record of another kind
    if what in activations or is_reference(what):
        return load_activation(what)
    try:
        return Activation("expression", kernel=_no_kernel, expression=parsed(what, limit))
    except InvalidArgument:
        if NAME.fullmatch(what.strip()):  # a name that is not registered, rather than an expression
            load_activation(what)
        raise


def _require_printable(expression: Expr, limit: float) -> None:
    """That an expression can be printed, for which sympy evaluates its constants, within the limit."""
    if bounded.modest(expression) or not bounded.available():
        return
    try:
        bounded.ask(lambda: len(str(expression)), limit)
    except Undecided as error:
        raise InvalidArgument(f"the expression cannot be written out: {error}") from error


def _questions(properties: Property | str | Iterable[Property | str] | None) -> Mapping[str, Property]:
    if properties is None:
        return ordering_properties
    asked = several("properties", properties, Property)
    found = (each if isinstance(each, Property) else ordering_properties[each] for each in asked)
    return {each.name: each for each in found}


def _domain(function: Function) -> tuple[Expr | None, Expr | None]:
    if function.gap is not None or function.obstacle is not None:
        return None, None
    return (-sp.oo, sp.oo) if function.whole else (_closed(function.low), _closed(function.high))


def _closed(cut: Cut) -> Expr | None:
    return cut.number if isinstance(cut, Exact) else None


def _no_kernel(_tensor: Tensor) -> Tensor:
    raise NotImplementedError("an expression given to prove has no kernel")


def _end(number: Expr | None, default: Cut) -> Cut:
    return default if number is None or number in (sp.oo, -sp.oo) else Exact(number)


def _decide(question: Property, function: Function) -> Finding:
    """One question gets at most half of the time that is left, so that a hard one starves no other."""
    try:
        with budget(remaining() / 2):
            return question.decide(function)
    except Undecided as undecided:
        return Finding(None, reason=str(undecided))
    except SYMPY_ERRORS as error:
        return Finding(None, reason=f"sympy could not answer: {type(error).__name__}: {error}")


def _try(question: Callable[[], T]) -> T | None:
    try:
        with budget(remaining() / 2):
            return question()
    except (Undecided, *SYMPY_ERRORS):
        return None


def _limits(function: Function) -> tuple[Expr | None, Expr | None]:
    """Limits of f at the two ends of its domain."""
    if function.obstacle is not None:
        return None, None
    if function.period is not None:
        up = sign_of(function.period.shift)
        if up:
            return -sp.oo * up, sp.oo * up
        if len(function.smooths) > 1 or function.smooths[0].slope_signs.signs != (0,):
            return None, None  # a periodic function that is not constant has no limits
    first, last = function.smooths[0], function.smooths[-1]
    return _try(lambda: function.limit(first, 1)), _try(lambda: function.limit(last, -1))


def breakpoints(
    expression: Expr, low: Expr | None = None, high: Expr | None = None, *, timeout: float = 1.0
) -> tuple[fmpq, ...]:
    """Rational approximations of the points where pieces of the expression meet; none where undecided."""
    try:
        with budget(timeout):
            parts = split(expression, _end(low, MINUS_INFINITY), _end(high, INFINITY))
            return tuple(_middle(part.cut) for part in parts.breaks)
    except Undecided:
        return ()


def _middle(cut: Cut) -> fmpq:
    low, high = ends(cut.ball(80))
    return (low + high) / 2


def evaluate(expression: Expr, point: Expr | fmpq, digits: int = 50) -> tuple[fmpq, fmpq]:
    """Rational ends of an interval that certainly holds `expression` at a rational point.

    The relative width is below `10**-digits`, except within rounding of a zero.

    Raises
    ------
    Undecided
        If the expression is not a real number there, or uses a function without rigorous arithmetic.

    Examples
    --------
    >>> from ordering import x
    >>> low, high = evaluate(sp.exp(x), sp.Integer(1), digits=20)
    >>> 0 < high - low < fmpq(1, 10**20)
    True
    """
    at = point if isinstance(point, fmpq) else to_fmpq(sp.Rational(point))
    ball = enclose(expression, at, digits)
    if not ball.is_finite():
        raise Undecided(f"{expression} is not a real number at {point}")
    with precision(8 * digits):
        return ends(ball)


def value_text(expression: Expr, point: Expr, digits: int = 6) -> str:
    """The expression's value at an exact number as a decimal, however large; "undefined" where it has none.

    >>> from ordering import x
    >>> value_text(1 / x, sp.Integer(3)), value_text(1 / x, sp.Integer(0))
    ('0.333333', 'undefined')
    >>> value_text(x**1000000000, sp.Integer(2)), value_text((sp.log(4) - 2 * sp.log(2)) * x, sp.Integer(1))
    ('4.61298e+301029995', '0')
    """
    try:
        with budget(1.0):
            ball = enclose(expression, point, digits + 6)
            # A constant that is zero without looking it has a ball of some tiny width.
            if ball.is_finite() and ball.contains(0) and sign_of(expression.subs(x, point)) == 0:
                return "0"
    except Undecided:
        return "unknown"
    if not ball.is_finite():
        return "undefined"
    if ball == 0 or 1e-300 < abs(ball) < 1e300:
        return f"{float(ball):.{digits}g}"
    return str(ball.str(digits, radius=False))
