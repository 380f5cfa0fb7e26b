"""A law's sides run on exact numbers: stand-ins for tensors, whose elements are worked out when asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any, Final

import torch
from flint import arb, fmpq
from torch import Tensor

from ordering.catalogue.exact import positions
from ordering.enclosures.balls import Ball, evaluator, precision, to_sympy
from ordering.enclosures.budget import tick
from ordering.evidence.fidelity import allowed_ulp
from ordering.law import Case
from ordering.pooling import Kind, Window
from ordering.symbolic.measure import exactly
from ordering.symbolic.numbers import NoNumber, Real, absolute, combination, fraction, image, largest, power
from ordering.symbolic.texts import number_text, selection_text, window_text
from ordering.variable import x

SELECTIONS: Final = (Kind.SELECT_MAX, Kind.SELECT_MIN)
BITS: Final = 128
"""Precision of what rounding may make of a number."""


class NotFollowed(AttributeError):
    """A law's side does something that exact numbers know nothing of."""


@dataclass(frozen=True)
class Element:
    """One element of a stand-in."""

    real: Real
    text: str
    """How it was computed."""
    permitted: Ball
    """Encloses whatever rounding may make of it."""


class Standin:
    """Stands for a tensor whose elements are exact real numbers: negated, added, scaled, compared in size."""

    def __init__(
        self, shape: Callable[[], tuple[int, ...]], tensor: Callable[[], Tensor], at: Callable[..., Element]
    ) -> None:
        self._shape, self._tensor, self._at = shape, tensor, at
        self._known: dict[tuple[int, ...], Element] = {}
        self._floats: Tensor | None = None

    def element(self, index: tuple[int, ...]) -> Element:
        """The element at an index."""
        if index not in self._known:
            tick()
            self._known[index] = self._at(index)
        return self._known[index]

    @property
    def shape(self) -> torch.Size:
        """The tensor's shape."""
        return torch.Size(self._shape())

    def floats(self) -> Tensor:
        """What the kernels make of it."""
        if self._floats is None:
            self._floats = self._tensor().detach()
        return self._floats

    def __getattr__(self, name: str) -> Any:
        raise NotFollowed(f"they use .{name} of a tensor")

    def __neg__(self) -> Standin:
        return _scaled(self, -1)

    def __abs__(self) -> Standin:
        return _sized(self)

    def __add__(self, other: object) -> Standin:
        return _sum(self, other, 1)

    def __sub__(self, other: object) -> Standin:
        return _sum(self, other, -1)

    def __mul__(self, factor: object) -> Standin:
        return _scaled(self, factor)

    __rmul__ = __mul__

    @classmethod
    def __torch_function__(
        cls, function: Any, _types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if function not in _TORCH or kwargs:
            raise NotFollowed(f"they use torch's {getattr(function, '__name__', function)}")
        return _TORCH[function](*args)


def _scaled(given: object, factor: object) -> Standin:
    if not isinstance(given, Standin) or not isinstance(factor, int | float) or not math.isfinite(factor):
        raise NotFollowed("they multiply by what is no finite number")
    weight = exactly(float(factor))

    def at(index: tuple[int, ...]) -> Element:
        one = given.element(index)
        text = f"-{one.text}" if weight == -1 else f"{number_text(weight)}*{one.text}"
        return Element(combination([(weight, one.real)]), text, one.permitted * arb(weight))

    return Standin(lambda: given.shape, lambda: given.floats() * factor, at)


def _sized(given: Standin) -> Standin:
    def at(index: tuple[int, ...]) -> Element:
        one = given.element(index)
        return Element(absolute(one.real), f"|{one.text}|", abs(one.permitted))

    return Standin(lambda: given.shape, lambda: given.floats().abs(), at)


def _pair(left: object, right: object) -> tuple[Standin, Standin]:
    if not (isinstance(left, Standin) and isinstance(right, Standin) and left.shape == right.shape):
        raise NotFollowed("they combine results that are not of one shape")
    return left, right


def _throughout(number: float, like: Standin) -> Standin:
    """A tensor of one number.

    Raises
    ------
    NoNumber
        If it is infinite or NaN.
    """
    if not math.isfinite(number):
        raise NoNumber(f"{number} is added, which is no real number")
    q = exactly(float(number))
    return Standin(
        lambda: like.shape,
        lambda: torch.full_like(like.floats(), number),
        lambda index: Element(fraction(q), number_text(q), arb(q)),
    )


def _sum(left: object, right: object, sign: int) -> Standin:
    if isinstance(left, Standin) and isinstance(right, int | float):
        right = _throughout(right, left)
    first, second = _pair(left, right)

    def at(index: tuple[int, ...]) -> Element:
        one, other = first.element(index), second.element(index)
        real = combination([(fmpq(1), one.real), (fmpq(sign), other.real)])
        permitted = one.permitted + sign * other.permitted
        permitted += arb(0, abs(permitted).upper() * torch.finfo(first.floats().dtype).eps)
        return Element(real, f"({one.text} {'+' if sign > 0 else '-'} {other.text})", permitted)

    return Standin(lambda: first.shape, lambda: first.floats() + sign * second.floats(), at)


def _extreme(kind: Kind) -> Callable[[object, object], Standin]:
    def extreme(left: object, right: object) -> Standin:
        first, second = _pair(left, right)
        function = torch.maximum if kind is Kind.SELECT_MAX else torch.minimum
        return Standin(
            lambda: first.shape,
            lambda: function(first.floats(), second.floats()),
            lambda index: selected(kind, [first.element(index), second.element(index)]),
        )

    return extreme


_TORCH: Final[Mapping[Any, Callable[..., Standin]]] = {
    torch.neg: Standin.__neg__,
    torch.abs: Standin.__abs__,
    torch.add: Standin.__add__,
    torch.sub: Standin.__sub__,
    torch.mul: _scaled,
    torch.maximum: _extreme(Kind.SELECT_MAX),
    torch.minimum: _extreme(Kind.SELECT_MIN),
}


def selected(kind: Kind, elements: Sequence[Element]) -> Element:
    """The largest or the smallest of the elements."""
    sign = 1 if kind is Kind.SELECT_MAX else -1
    real = largest([each.real for each in elements], sign)
    pick = arb.max if sign > 0 else arb.min
    permitted = reduce(pick, [each.permitted for each in elements])
    return Element(real, selection_text(kind, [each.text for each in elements]), permitted)


def numbers_of(given: Tensor) -> Standin:
    """A tensor of floats as the exact numbers that these are."""

    def at(index: tuple[int, ...]) -> Element:
        value = float(given[index])
        if not math.isfinite(value):
            raise NoNumber(f"the window holds {value}, which is no real number: a limit is not a value")
        q = exactly(value)
        return Element(fraction(q), number_text(q), arb(q))

    return Standin(lambda: tuple(given.shape), lambda: given, at)


@dataclass(frozen=True)
class ExactCase(Case):
    """A case whose `activate` and `pool` work on stand-ins."""

    given: Tensor = field(default_factory=lambda: torch.empty(0))
    """The input itself."""

    @cached_property
    def _epsilon(self) -> float:
        return float(torch.finfo(self.given.dtype).eps)

    @cached_property
    def _least(self) -> float:
        return float(torch.finfo(self.given.dtype).smallest_normal) * self._epsilon

    def activate(self, tensor: Any) -> Any:
        """`f`, by its expression.

        Raises
        ------
        NoNumber
            If the activation has no expression.
        """
        expression = self.activation.expression
        if expression is None:
            raise NoNumber(f"the activation {self.activation} has no expression")
        if not isinstance(tensor, Standin):
            raise NotFollowed("they apply f to what is not made of x")
        function = evaluator(expression, edges=True)
        known: dict[tuple[Hashable, str], Element] = {}

        def at(index: tuple[int, ...]) -> Element:
            one = tensor.element(index)
            if (key := (one.real.key, one.text)) not in known:
                text = f"{self.activation.name}({one.text})"
                permitted = self._rounded_image(function, one.permitted)
                known[key] = Element(image(expression, one.real), text, permitted)
            return known[key]

        return Standin(lambda: tensor.shape, lambda: super(ExactCase, self).activate(tensor.floats()), at)

    def _rounded_image(self, function: Callable[[Ball], Ball], at: Ball) -> Ball:
        """Whatever a kernel that fidelity accepts may make of one of these inputs."""
        with precision(BITS):
            around = at + arb(0, abs(at).upper() * self._epsilon + self._least)
            value = function(around)
            size = arb(1).max(abs(at).upper()).max(abs(value).upper())
            return value + arb(0, allowed_ulp(self._dtype_name) * self._epsilon * size.upper())

    @property
    def _dtype_name(self) -> str:
        return str(self.given.dtype).removeprefix("torch.")

    def pool(self, tensor: Any) -> Any:
        """`P`, by the exact meaning of its windows.

        Raises
        ------
        NoNumber
            If the pooling does not say what its outputs are, exactly, or an output is no number.
        """
        if not isinstance(tensor, Standin):
            raise NotFollowed("they apply P to what is not made of x")

        def floats() -> Tensor:
            return super(ExactCase, self).pool(tensor.floats())

        at = self._moved(tensor) if self._moves else self._reduced(tensor)
        return Standin(lambda: tuple(floats().shape), floats, at)

    @property
    def _moves(self) -> bool:
        return self.kind in (Kind.REARRANGE, Kind.REARRANGE_ZERO)

    def _moved(self, tensor: Standin) -> Callable[[tuple[int, ...]], Element]:
        """A rearrangement: the reference is run on the places themselves, counted from 1; 0 is the border."""
        if self.pooling.reference is None:
            raise NoNumber(f"the pooling {self.pooling} has no reference that says where its elements go")
        count = tensor.shape.numel()
        places = torch.arange(1, count + 1).reshape(tensor.shape)
        source = self.pooling.reference(places, **self.arguments)

        def at(index: tuple[int, ...]) -> Element:
            place = int(source[index])
            if place == 0:
                return Element(fraction(fmpq(0)), "0", arb(0))
            where = torch.unravel_index(torch.tensor(place - 1), tensor.shape)
            return tensor.element(tuple(int(each) for each in where))

        return at

    def _reduced(self, tensor: Standin) -> Callable[[tuple[int, ...]], Element]:
        """A reduction of windows, by their places and weights."""
        pooling, axes, shape = self.pooling, self.pooling.dimensions, tuple(tensor.shape)
        spatial = shape[-axes:]
        selects = self.kind in SELECTIONS
        if selects and pooling.windows is None:
            raise NoNumber(f"the pooling {pooling} does not say where its windows lie (Pooling.windows)")
        if not selects and pooling.exact is None:
            raise NoNumber(f"the pooling {pooling} does not state its weights exactly (Pooling.exact)")

        def at(index: tuple[int, ...]) -> Element:
            place, plane = index[-axes:], index[:-axes]
            window: Window | None
            if selects:
                assert pooling.windows is not None
                along = pooling.windows(spatial, self.arguments)
                taps = tuple(axis[output] for axis, output in zip(along, place, strict=True))
                read = positions(spatial, taps)
                window = Window(read, ()) if read else None
            else:
                assert pooling.exact is not None
                window = pooling.exact(spatial, self.arguments, place)
            if window is None:
                raise NoNumber("the window lies wholly in padding, and its result is no number")
            elements = [tensor.element((*plane, *_unravelled(each, spatial))) for each in window.positions]
            if selects:
                return selected(self.kind, elements)
            return self._combined(window, elements, tensor, index)

        return at

    def _combined(
        self, window: Window, elements: Sequence[Element], tensor: Standin, index: tuple[int, ...]
    ) -> Element:
        """The weighted sum, or the norm, of the elements."""
        weights = [fmpq(weight.numerator, weight.denominator) for weight in window.weights]
        reals = [each.real for each in elements]
        with precision(BITS):
            balls = [each.permitted for each in elements]
            root = None
            if window.power is not None:
                p = fmpq(window.power.numerator, window.power.denominator)
                reals, root = [power(real, p) for real in reals], 1 / p
                balls = [_ball_power(ball, p) for ball in balls]
            total: Ball = sum((arb(w) * ball for w, ball in zip(weights, balls, strict=True)), arb(0))
            size = sum((abs(arb(w) * ball) for w, ball in zip(weights, balls, strict=True)), arb(0))
            if root is not None:
                total = size = _ball_power(total, root)
            total += arb(0, self._rounding(tensor, index, size))
        real = combination(list(zip(weights, reals, strict=True)))
        if root is not None:
            real = power(real, root)
        return Element(real, window_text(window, [each.text for each in elements]), total)

    def _rounding(self, tensor: Standin, index: tuple[int, ...], size: Ball) -> Ball:
        """How far rounding may take one output: by the pooling's declaration, else once for each element."""
        if self.pooling.rounding is not None:
            return arb(float(self.pooling.rounding(tensor.floats(), **self.arguments)[index]))
        count = math.prod(tensor.shape[-self.pooling.dimensions :])
        # As the law reduces_as_declared holds it: half precision is added up in float32.
        wide = min(self._epsilon, float(torch.finfo(torch.float32).eps))
        return size.upper() * (count * wide + 8 * self._epsilon) + 8 * self._least


def _unravelled(position: int, spatial: tuple[int, ...]) -> tuple[int, ...]:
    place = []
    for size in reversed(spatial):
        position, here = divmod(position, size)
        place.append(here)
    return tuple(reversed(place))


def _ball_power(ball: Ball, exponent: fmpq) -> Ball:
    """`|b|^p`, between its values at the ends: it rises with `|b|`."""
    size = abs(ball)
    function = evaluator(x ** to_sympy(exponent), edges=True)
    return function(size.lower().max(arb(0))).union(function(size.upper()))
