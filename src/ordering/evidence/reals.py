"""What the reals say: findings, derivations, and the shape of a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ordering.errors import InvalidEntry, UnknownEntry
from ordering.evidence.theorems import Proved, checked, file_of, theorems

if TYPE_CHECKING:
    from sympy import Expr

    Number: TypeAlias = Expr
    """An exact sympy number: a rational, a closed form such as LambertW(exp(-1)), or oo."""
    Enclosure: TypeAlias = tuple[Expr, Expr]
    """Exact rational ends `(low, high)` of an interval that is proved to hold a number."""

PROPERTIES: Final[dict[str, str]] = {
    "nondecreasing": "a <= b implies f(a) <= f(b)",
    "nonincreasing": "a <= b implies f(a) >= f(b)",
    "strictly_increasing": "a < b implies f(a) < f(b)",
    "convex": "f((a+b)/2) <= (f(a)+f(b))/2, without jumps",
    "concave": "f((a+b)/2) >= (f(a)+f(b))/2, without jumps",
    "affine": "f(x) = p x + q",
    "linear": "f(x) = p x",
    "zero_at_zero": "f(0) = 0",
    "nonnegative": "f(x) >= 0",
    "zeros_interval": "f >= 0, and the zeros of f form an interval",
}
"""Every property that a law may need, by name, with its statement.

A statement speaks of all points of the domain, whether or not there are holes between them: -1/x is not
nondecreasing, since f(-1) > f(1).  Convex, concave, affine and linear also speak of averages of points, and
are proved on an interval alone; where the domain is none they are refuted, by points of it, or undecided.
The zeros form an interval only if f has a value between any two of them.  Where f has no value at 0, f(0) = 0
does not hold, and linear is f(x) = p x.

Those that ship are decided in `ordering.reals.shape`; another one is added when it is registered in
`ordering.reals.properties`.
"""


@dataclass(frozen=True)
class Derivation:
    """A claim with the steps that lead to it: plain data, rendered by `ordering.rendering`.

    By itself it concludes nothing.  A kind of derivation that does overrides `refusal`: a claim about one
    function is `ordering.reals.derivation.Proof`, which the checker judges.
    """

    claim: str
    steps: tuple[Any, ...]

    def refusal(self) -> str:
        """Why the derivation proves nothing; empty where its steps imply its claim."""
        return "nothing says that its steps imply its claim"

    def check(self) -> bool:
        """Whether the steps imply the claim."""
        return not self.refusal()


@dataclass(frozen=True)
class Finding:
    """The answer to one yes-or-no question about a function over the reals.

    `holds` is True with a `derivation` that checks (or by a `theorem` about every function), False with a
    `witness` (exact numbers, whose meaning belongs to the property: for monotonicity a pair `a < b` in the
    wrong order, for convexity a pair whose midpoint breaks Jensen's inequality), or None with the `reason`
    why it is undecided.

    Raises
    ------
    InvalidEntry
        If it holds, and there is neither a derivation nor a theorem that checks.
    UnknownEntry
        If there is no theorem of that name.
    """

    holds: bool | None
    witness: tuple[Number, ...] | None = None
    derivation: Derivation | None = None
    reason: str = ""
    theorem: str | Proved = ""
    """The file of `proofs/` (its name), or the theorem itself, that proves it of every function."""

    def __post_init__(self) -> None:
        if self.holds is not True:
            return
        if self.theorem != "":
            _ = theorems(self.theorem) if isinstance(self.theorem, str) else checked(self.theorem)
            return
        refusal = "there is none" if self.derivation is None else self.derivation.refusal()
        if refusal:
            raise InvalidEntry(
                f"a Finding that holds needs a derivation that checks: {refusal}; give one, name the theorem "
                "that proves it (Finding.by_theorem), or leave it undecided (None)"
            )

    @classmethod
    def by_theorem(cls, theorem: str | Proved) -> Finding:
        """What a theorem proves: one of `proofs/` by name (`"max_pooling"`), or one that you give.

        Raises
        ------
        UnknownEntry
            If there is no such file; it names those that there are.
        InvalidEntry
            If it is no theorem, or its steps do not prove it.
        """
        if isinstance(theorem, str):
            return cls(True, theorem=f"proofs/{file_of(theorem).name}")
        return cls(True, theorem=checked(theorem))

    def __bool__(self) -> bool:
        raise TypeError(
            "a Finding has three answers; ask for `.holds` and compare it with True, False or None"
        )


@dataclass(frozen=True)
class Shape:
    """What is known of a function over the reals (`prove`).

    `findings` maps a property's name to its `Finding`; the catalogue's properties are attributes too.
    `drawdown` is `sup_{a<=b} f(a) - f(b)`, the largest gap between the orders under max pooling: an exact
    number (0, 3/8, LambertW(exp(-1)), oo), a rigorous enclosure `(low, high)`, or None when undecided.
    `drawdown_pair` attains it (None where it is 0, undecided, or approached and not attained);
    `drawdown_near` is a rational pair `a < b` whose gap is within a millionth of it, attained or not.
    `drawdown_derivation` derives it: which extremes f has, and between which two of them it falls most.
    `domain` holds the ends of the interval on which the function is real (None where one has no closed form).
    `limits` are those at the lower and the upper end of the domain, None where unknown or absent.
    `expression` is the function itself, in `ordering.x`; None where the activation has none.
    """

    activation: str
    findings: Mapping[str, Finding]
    value_at_zero: Number | None = None
    limits: tuple[Number | None, Number | None] = (None, None)
    drawdown: Number | Enclosure | None = None
    drawdown_pair: tuple[Number, Number] | None = None
    drawdown_near: tuple[Number, Number] | None = None
    drawdown_derivation: Derivation | None = None
    domain: tuple[Number | None, Number | None] = (None, None)
    seconds: float = 0.0
    expression: Expr | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", MappingProxyType(dict(self.findings)))

    def finding(self, name: str) -> Finding:
        """The finding of that name; `UnknownEntry` where no such property was examined."""
        try:
            return self.findings[name]
        except KeyError:
            known = ", ".join(self.findings)
            raise UnknownEntry(f"no property {name!r} was examined; known: {known}") from None

    @property
    def nondecreasing(self) -> Finding:
        """`a <= b` implies `f(a) <= f(b)`."""
        return self.finding("nondecreasing")

    @property
    def nonincreasing(self) -> Finding:
        """`a <= b` implies `f(a) >= f(b)`."""
        return self.finding("nonincreasing")

    @property
    def strictly_increasing(self) -> Finding:
        """`a < b` implies `f(a) < f(b)`."""
        return self.finding("strictly_increasing")

    @property
    def convex(self) -> Finding:
        """`f((a+b)/2) <= (f(a)+f(b))/2`, with no jumps."""
        return self.finding("convex")

    @property
    def concave(self) -> Finding:
        """`f((a+b)/2) >= (f(a)+f(b))/2`, with no jumps."""
        return self.finding("concave")

    @property
    def affine(self) -> Finding:
        """`f(x) = p x + q`."""
        return self.finding("affine")

    @property
    def linear(self) -> Finding:
        """`f(x) = p x`: affine with `f(0) = 0`."""
        return self.finding("linear")
