"""`Law`: a claim about two orders of computation, and the shape of `f` under which it must hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ordering.activation import Activation
from ordering.arguments import choice, flag, function, integer, member, members, near, shown, text
from ordering.errors import InvalidArgument, InvalidEntry, UnknownEntry
from ordering.evidence.reals import PROPERTIES
from ordering.evidence.theorems import file_of
from ordering.naming import check_name
from ordering.pooling import GEOMETRIES, Kind, Pooling

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from ordering.evidence import Shape


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

LISTED: Final = 16
"""Values of an input that are shown."""

FUNCTIONS: Final[Mapping[str, str]] = {
    "premise": "Shape -> True, False or None",
    "carries_over": "Activation, dtype -> True, False or None",
    "condition": "Case -> True or False",
    "requires": "Activation, Pooling -> reason or ''",
    "exact_sides": "Case -> two tensors",
}
"""Fields of a law that are functions and may be left out, and how they are called."""


@dataclass(frozen=True)
class Case:
    """One concrete situation that a law speaks of: `f`, `P`, an input and the pooling's arguments."""

    activation: Activation
    pooling: Pooling
    input: Tensor
    arguments: Mapping[str, Any]
    shape: Shape | None = None
    """What the reals know of `f`, where a law's bound needs it: data, handed over by whoever proved it."""

    def __repr__(self) -> str:
        """The entries' names, the exact values (the first of a large tensor) and the call's arguments."""
        given = self.input.detach()
        listed: object = given.tolist()
        if given.numel() > LISTED:
            first = ", ".join(map(repr, given.flatten()[:LISTED].tolist()))
            listed = f"[{first}, ... {given.numel() - LISTED:,} more]"
        # An activation of another class, such as a drawn one, says by itself how it is written down.
        subject = str(self.activation) if type(self.activation) is Activation else repr(self.activation)
        parts = [f"{subject}, {self.pooling}, {listed}, {given.dtype}"]
        if given.numel() > LISTED:
            parts.append(f"shape={tuple(given.shape)}")
        if not given.is_contiguous():
            parts.append(f"stride={given.stride()}")
        if self.input.requires_grad:
            parts.append("requires_grad=True")
        parts += [f"{name}={value!r}" for name, value in self.arguments.items()]
        return f"Case({', '.join(parts)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What Hypothesis prints, which for a dataclass would be every field of its entries."""
        printer.text(repr(self))

    def to_json(self) -> dict[str, Any]:
        """What Hypothesis' observability reports say of the case: its columns, in Tyche."""
        given = self.input.detach()
        return {
            "activation": self.activation.name,
            "pooling": self.pooling.name,
            "dtype": str(given.dtype).removeprefix("torch."),
            "shape": list(given.shape),
            "values": [str(value) for value in given.flatten()[:LISTED].tolist()],
            "contiguous": given.is_contiguous(),
            "requires_grad": self.input.requires_grad,
            "arguments": {name: repr(value) for name, value in self.arguments.items()},
        }

    def activate(self, tensor: Tensor) -> Tensor:
        """`f(tensor)`."""
        return self.activation.kernel(tensor)

    def pool(self, tensor: Tensor) -> Tensor:
        """`P(tensor)` with this case's arguments."""
        return self.pooling.kernel(tensor, **self.arguments)

    @property
    def kind(self) -> Kind:
        """How the windows are reduced with these arguments."""
        return self.pooling.kind(self.arguments)

    @property
    def drawdown(self) -> float:
        """The proved drawdown of `f`, rounded up to the next float.

        Raises
        ------
        InvalidArgument
            If no `Shape` was given, or its drawdown is undecided.
        """
        if self.shape is None or self.shape.drawdown is None:
            raise InvalidArgument(
                f"{self.activation}: this law needs the drawdown; pass shape=prove({self.activation.name!r})"
            )
        bound = self.shape.drawdown
        return math.nextafter(float(bound[1] if isinstance(bound, tuple) else bound), math.inf)


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
        hold, and (where `necessary`) without which it must fail: a name in `Shape.findings` such as
        `"nondecreasing"`, or `ALWAYS`.  A kind that is left out is outside the law.
    necessary:
        Whether the law must fail without what it needs; otherwise `needs` is sufficient and no more.
    relation:
        How left and right compare.
    domains:
        The inputs on which the law is claimed.
    theorem:
        File under `proofs/` that derives it, such as `proofs/max_pooling.py`; or one for each `Kind`.
    premise:
        What the law needs of `f` beyond `needs`: `Shape -> True | False | None` (None: not known).
    carries_over:
        `(f, dtype)`: whether what the law needs survives rounding to the dtype (two numbers may share an
        image there); None where that is not known.  By default it does, up to rounding.
    condition:
        The side condition on a concrete case ("every window holds a real element"); a case that does not
        meet it is outside the claim and is not compared.
    requires:
        `(f, P) -> reason` why the law cannot be examined for them, or `""`: for laws about one activation,
        and for those that need something of the machine, such as a compiler.
    geometry:
        A placement strategy of `ordering.kernels.geometry` that reaches the law's condition, where the
        pooling's own would seldom meet it.
    needs_shape:
        Whether `sides` reads `Case.shape`, so that the caller has to hand one over.
    strict:
        Whether `sides` allows for rounding itself, so that a test of the law forgives nothing else: for laws
        about the operators, and not about functions of reals.
    example_limit:
        The most examples worth their time, for laws whose single example takes seconds.
    exact_sides:
        `sides` without the rounding that these allow for, made of f, P, sums and numbers alone: what exact
        arithmetic computes of a counterexample.  By default `sides` itself.

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
    theorem: str | Mapping[Kind, str] = ""
    necessary: bool = True
    premise: Callable[[Shape], bool | None] | None = None
    carries_over: Callable[[Activation, torch.dtype], bool | None] | None = None
    condition: Callable[[Case], bool] | None = None
    requires: Callable[[Activation, Pooling], str] | None = None
    geometry: str = ""
    needs_shape: bool = False
    strict: bool = False
    example_limit: int | None = None
    exact_sides: Callable[[Case], tuple[Tensor, Tensor]] | None = None

    def __post_init__(self) -> None:
        check_name("law", self.name)
        where = f"law {self.name!r}: "
        if not text(f"{where}statement", self.statement, error=InvalidEntry).strip():
            raise InvalidEntry(f"{where}the statement is empty; say what is claimed in one line")
        function(f"{where}sides", self.sides, "Case -> two tensors", optional=False, error=InvalidEntry)
        if not isinstance(self.needs, Mapping):
            raise InvalidEntry(f"{where}needs maps a Kind to a property of f, got {shown(self.needs)}")
        if not self.needs:
            raise InvalidEntry(f"{where}needs is empty, so the law would speak of no pooling")
        for kind, shape in self.needs.items():
            if not isinstance(kind, Kind) or not isinstance(shape, str):
                raise InvalidEntry(
                    f"{where}needs maps a Kind to a property of f, got {shown(kind)}: {shown(shape)}"
                )
        for name, takes in FUNCTIONS.items():
            function(f"{where}{name}", getattr(self, name), takes, error=InvalidEntry)
        for name in ("necessary", "needs_shape", "strict"):
            flag(f"{where}{name}", getattr(self, name), error=InvalidEntry)
        self._check_theorem(where)
        if self.geometry != "":
            choice(f"{where}geometry", self.geometry, GEOMETRIES, error=InvalidEntry)
        if self.example_limit is not None:
            integer(f"{where}example_limit", self.example_limit, least=1, error=InvalidEntry)
        relation = member(f"{where}relation", self.relation, Relation, error=InvalidEntry)
        domains = members(f"{where}domains", self.domains, Domain, error=InvalidEntry)
        object.__setattr__(self, "relation", relation)
        object.__setattr__(self, "needs", MappingProxyType(dict(self.needs)))
        object.__setattr__(self, "domains", frozenset(domains))

    def _check_theorem(self, where: str) -> None:
        named = self.theorem
        if isinstance(named, Mapping):
            if not all(isinstance(kind, Kind) for kind in named):
                raise InvalidEntry(f"{where}theorem maps a Kind to a file, got {shown(dict(named))}")
            object.__setattr__(self, "theorem", MappingProxyType(dict(named)))
        for name in named.values() if isinstance(named, Mapping) else (named,):
            if text(f"{where}theorem", name, error=InvalidEntry):
                try:
                    file_of(name)
                except UnknownEntry as unknown:
                    raise InvalidEntry(f"{where}{unknown}") from None

    def theorem_of(self, kind: Kind) -> str:
        """The file of `proofs/` that derives the law for poolings of this kind; empty where there is none."""
        return self.theorem.get(kind, "") if isinstance(self.theorem, Mapping) else self.theorem

    def applies_to(self, pooling: Pooling) -> bool:
        """Whether the law speaks of this pooling: of one of its kinds at least."""
        return any(kind in self.needs for kind in pooling.kinds)

    def obstacle(self, activation: Activation, pooling: Pooling) -> str:
        """Why this law cannot be examined for `f` and `P`; empty if it can."""
        if not self.applies_to(pooling):
            kinds = ", ".join(kind.value for kind in pooling.kinds)
            return f"the law {self.name} does not speak of {pooling} ({kinds})"
        return self.requires(activation, pooling) if self.requires is not None else ""

    def holds(self, kind: Kind, shape: Shape) -> bool | None:
        """What theory says for poolings of this kind: True, False (it must fail), or None (undecided).

        Raises
        ------
        InvalidArgument
            If the law does not speak of this kind.
        """
        if kind not in self.needs:
            raise InvalidArgument(f"the law {self.name} does not speak of {kind.value} poolings")
        need = self.needs[kind]
        answers = [True if need == ALWAYS else shape.finding(need).holds]
        if self.premise is not None:
            answers.append(self.premise(shape))
        if False in answers:
            return False if self.necessary else None
        return None if None in answers else True

    def __str__(self) -> str:
        return self.name


def check_needs(law: Law) -> None:
    """Raise `InvalidEntry` where a law needs a property that nobody decides.

    A property of your own is registered in `ordering.reals.properties` before the law that needs it.
    """
    known = (ALWAYS, *PROPERTIES)
    for kind, need in law.needs.items():
        if need not in known:
            raise InvalidEntry(
                f"law {law.name!r}: for {kind.value} it needs the property {shown(need)}, which is not "
                f"registered; {near(need, known)}"
            )
