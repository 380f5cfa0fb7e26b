"""`Law`: a claim about two orders of computation, and the shape of `f` under which it must hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ordering.activation import Activation
from ordering.errors import InvalidEntry
from ordering.naming import check_name
from ordering.pooling import Kind, Pooling

if TYPE_CHECKING:
    from torch import Tensor


class Relation(Enum):
    """How the two sides of a law compare, element by element."""

    EQUAL = "equal"
    """`left = right`; NaN equals NaN, and the grade says whether signed zeros agree too."""
    AT_LEAST = "at_least"
    """`left >= right`."""
    AT_MOST = "at_most"
    """`left <= right`."""


class Domain(Enum):
    """Inputs on which a law is claimed; each class is drawn, and reported, apart."""

    FINITE = "finite"
    INFINITE = "infinite"
    NAN = "nan"


ALWAYS = "always"
"""In `Law.needs`: the law holds for every activation."""


@dataclass(frozen=True)
class Case:
    """One concrete situation that a law speaks of: `f`, `P`, an input and the pooling's arguments."""

    activation: Activation
    pooling: Pooling
    input: Tensor
    arguments: Mapping[str, Any]

    def activate(self, tensor: Tensor) -> Tensor:
        """`f(tensor)`."""
        return self.activation.kernel(tensor)

    def pool(self, tensor: Tensor) -> Tensor:
        """`P(tensor)` with this case's arguments."""
        return self.pooling.kernel(tensor, **self.arguments)


@dataclass(frozen=True)
class Law:
    """A claim `left R right` about a `Case`.

    Parameters
    ----------
    name, statement:
        What it is called, and the claim in one line: `"P(f(x)) = f(P(x))"`.
    sides:
        `Case -> (left, right)`, two tensors of one shape.  For laws about the two orders, left is
        activation first and right is pooling first.
    needs:
        For each `Kind` of pooling that the law speaks of, the property of `f` under which it must
        hold, and without which it must fail: a name in `Shape.findings` such as `"nondecreasing"`,
        or `ALWAYS`.  A kind that is left out is outside the law.
    relation:
        How left and right compare.
    domains:
        The inputs on which the law is claimed.
    theorem:
        File under `proofs/` that derives it.

    Raises
    ------
    InvalidEntry
        If a field is malformed; the message names it.
    """

    name: str
    statement: str
    sides: Callable[[Case], tuple[Tensor, Tensor]]
    needs: Mapping[Kind, str]
    relation: Relation = Relation.EQUAL
    domains: frozenset[Domain] = field(default_factory=lambda: frozenset(Domain))
    theorem: str = ""

    def __post_init__(self) -> None:
        check_name("law", self.name)
        if not self.statement:
            raise InvalidEntry(f"law {self.name!r}: the statement is empty; say what is claimed in one line")
        if not callable(self.sides):
            raise InvalidEntry(f"law {self.name!r}: sides must be callable (Case -> two tensors)")
        if not self.needs:
            raise InvalidEntry(f"law {self.name!r}: needs is empty, so the law would speak of no pooling")
        for kind, shape in self.needs.items():
            if not isinstance(kind, Kind) or not isinstance(shape, str):
                raise InvalidEntry(
                    f"law {self.name!r}: needs maps a Kind to a property of f, got {kind!r}: {shape!r}"
                )
        if not self.domains:
            raise InvalidEntry(f"law {self.name!r}: domains is empty, so nothing would be compared")
        object.__setattr__(self, "needs", MappingProxyType(dict(self.needs)))
        object.__setattr__(self, "domains", frozenset(self.domains))

    def applies_to(self, pooling: Pooling) -> bool:
        """Whether the law speaks of this pooling at all."""
        return all(kind in self.needs for kind in pooling.kinds)

    def __str__(self) -> str:
        return self.name
