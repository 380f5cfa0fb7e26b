"""The plain records that the worlds hand to each other, to `verify` and to every report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias

from ordering.errors import UnknownEntry

if TYPE_CHECKING:
    from sympy import Expr
    from torch import Tensor

    Number: TypeAlias = Expr
    """An exact sympy number: a rational, a closed form such as LambertW(exp(-1)), or oo."""
    Enclosure: TypeAlias = tuple[Expr, Expr]
    """Exact rational ends `(low, high)` of an interval that is proved to hold a number."""


# ---- world 1: the reals ------------------------------------------------------------------------------


class Step(Protocol):
    """One re-checkable step of a derivation."""

    @property
    def why(self) -> str:
        """The reason in words."""

    def check(self) -> bool:
        """Verify the step again, from its own data alone."""

    def broken(self) -> Step:
        """A wrong variant of the step, which `check` must reject."""

    def text(self) -> str:
        """The claim as one line of plain text."""

    def latex(self) -> str:
        """The claim in LaTeX, without delimiters."""

    def mathml(self) -> str:
        """The claim in presentation MathML."""


@dataclass(frozen=True)
class Derivation:
    """A claim with the steps that lead to it."""

    claim: str
    steps: tuple[Step, ...]

    def check(self) -> bool:
        """Whether every step verifies; a derivation without steps proves nothing."""
        return bool(self.steps) and all(step.check() for step in self.steps)

    def text(self) -> str:
        """The claim and its numbered steps, for a terminal."""
        lines = [f"  {n}. {step.text()}   [{step.why}]" for n, step in enumerate(self.steps, 1)]
        return "\n".join([self.claim, *lines])

    def latex(self) -> str:
        """The steps as the rows of LaTeX's `align*`, each with its reason."""
        rows = [rf"&{step.latex()} && \text{{{_plain_latex(step.why)}}}" for step in self.steps]
        return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"

    def mathml(self) -> str:
        """The steps as the rows of a presentation MathML table, each with its reason."""
        rows = [
            f"<mtr><mtd>{step.mathml()}</mtd><mtd><mtext>{_plain_xml(step.why)}</mtext></mtd></mtr>"
            for step in self.steps
        ]
        return f'<math xmlns="http://www.w3.org/1998/Math/MathML"><mtable>{"".join(rows)}</mtable></math>'


def _plain_latex(text: str) -> str:
    """Text for LaTeX's text mode."""
    special = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"}
    return "".join(special.get(c, f"\\{c}" if c in "#$%&_{}" else c) for c in text)


def _plain_xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True)
class Finding:
    """The answer to one yes-or-no question about a function over the reals.

    `holds` is True with a `derivation`, False with a `witness` (exact numbers, whose meaning belongs to
    the property: for monotonicity a pair `a < b` in the wrong order, for convexity a pair whose midpoint
    breaks Jensen's inequality), or None with the `reason` why it is undecided.
    """

    holds: bool | None
    witness: tuple[Number, ...] | None = None
    derivation: Derivation | None = None
    reason: str = ""

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
    `domain` holds the ends of the interval on which the function is real (None where one has no closed form).
    `limits` are those at the lower and the upper end of the domain, None where unknown or absent.
    """

    activation: str
    findings: Mapping[str, Finding]
    value_at_zero: Number | None = None
    limits: tuple[Number | None, Number | None] = (None, None)
    drawdown: Number | Enclosure | None = None
    drawdown_pair: tuple[Number, Number] | None = None
    drawdown_near: tuple[Number, Number] | None = None
    domain: tuple[Number | None, Number | None] = (None, None)
    seconds: float = 0.0

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


# ---- world 2: the floats -----------------------------------------------------------------------------


class Pair(NamedTuple):
    """Two inputs `a <= b` of a dtype with `f(a) > f(b)`; values as Python floats, exactly."""

    a: float
    b: float
    fa: float
    fb: float


class Split(NamedTuple):
    """One input on which the vector and the scalar code path give different results."""

    x: float
    vector: float
    scalar: float


@dataclass(frozen=True)
class Disagreement:
    """How a kernel's vector and scalar code paths differ over the scanned values (`worst_ulp`: in steps)."""

    values: int
    differing: int
    worst_ulp: int
    first: Split | None
    worst: Split | None


Path: TypeAlias = Literal["vector", "scalar", "all"]


@dataclass(frozen=True)
class Certificate:
    """What an exhaustive scan of a dtype's values, in increasing order, found (`certify`).

    `path` is the code path that was evaluated: `"vector"`, `"scalar"`, or `"all"`, where at each value
    the smaller and the larger of the two results stand for the kernel, so that the drawdown bounds what a
    tensor can show whose elements take different paths.

    `values` counts the inputs compared (NaN apart); `drops` adjacent pairs `a < b` with `f(a) > f(b)`;
    `drawdown` is `max_{a<=b} f(a) - f(b)` as a value and `drawdown_ulp` the same as a number of
    representable steps (ULP, difference of ranks); `first` is the first drop; `worst` attains `drawdown_ulp`
    and `widest` attains `drawdown` (without drops all three are a value on which two paths differ, twice);
    `nan` counts inputs, not NaN, on which f is NaN and `nan_first` is the first of them.
    """

    activation: str
    dtype: str
    path: Path
    low: float
    high: float
    values: int
    drops: int
    drawdown: float
    drawdown_ulp: int
    first: Pair | None
    worst: Pair | None
    nan: int
    nan_first: float | None
    identity: bool
    """Whether f returned its input bit for bit at every value."""
    disagreement: Disagreement | None
    """Vector against scalar; None unless `path` is `"all"`."""
    cpu_capability: str
    torch_version: str
    seconds: float
    note: str = ""
    widest: Pair | None = None

    @property
    def nondecreasing(self) -> bool:
        """Whether `a <= b` implies `f(a) <= f(b)` for all scanned values on the scanned path(s)."""
        return self.drawdown_ulp == 0


# ---- world 3: the kernels ----------------------------------------------------------------------------


class Grade(Enum):
    """How well two tensors agree, best first."""

    BITWISE = "bitwise"
    EQUAL = "equal value"
    """Equal but for the sign of a zero."""
    ULP = "ulp"
    """Different by a finite number of representable steps."""
    DIFFERENT = "different"
    """NaN against a number, an infinity against a finite value, or different shapes or dtypes."""


@dataclass(frozen=True)
class Comparison:
    """Two tensors compared element by element (`kernels.compare`)."""

    compared: int
    differing: int
    """Elements that are not the same bit for bit (NaN payloads apart)."""
    grade: Grade
    index: tuple[int, ...] | None
    """The first element at which the relation fails; None where it holds everywhere."""
    gap: float
    """Largest `|left - right|` among elements at which the relation fails; NaN where it is undefined."""
    gap_ulp: int | None
    """The same in representable steps; None where it is undefined (NaN)."""
    worst_ulp: int | None = 0
    """The largest distance of all elements, forgiven ones included; None where one is undefined."""

    @property
    def holds(self) -> bool:
        """Whether the relation holds at every element."""
        return self.index is None


@dataclass(frozen=True)
class Counterexample:
    """A shrunk input on which a law fails on the real operators (`falsify`)."""

    activation: str
    pooling: str
    law: str
    dtype: str
    input: Tensor
    pooling_arguments: Mapping[str, Any]
    activation_first: Tensor
    """The law's left side: `P(f(x))` for laws about the two orders."""
    pooling_first: Tensor
    """The law's right side: `f(P(x))` for laws about the two orders."""
    index: tuple[int, ...]
    gap: float
    gap_ulp: int | None
    grade: Grade
    seed: int | None
    script: str
    """A program that needs torch alone and exits 1 while the violation stands."""
    steps: tuple[tuple[str, Tensor], ...] = ()
    """Both orders, step by step: what was computed and its result."""


@dataclass(frozen=True)
class Survival:
    """What `examine` went through without finding a violation."""

    examples: int
    compared: int
    """Elements."""
    grade: Grade = Grade.BITWISE
    """The worst agreement seen, violation or not: a tolerance may have forgiven it."""
    worst_ulp: int = 0
    """The largest distance seen where the law compares for equality."""
    outside: int = 0
    """Examples drawn that the law's side condition excludes; not in `examples`."""


# ---- is the expression the kernel? ---------------------------------------------------------------------


@dataclass(frozen=True)
class Deviation:
    """How far a kernel strays from its expression in one dtype."""

    dtype: str
    points: int
    allowed_ulp: float
    worst_ulp: float
    """The largest deviation, in ULP of `max(1, |x|, |f(x)|)`."""
    worst_at: float | None


class Parting(NamedTuple):
    """The first input at which kernel and expression part."""

    dtype: str
    x: float
    kernel: float
    expression: float


@dataclass(frozen=True)
class Fidelity:
    """Whether an activation's expression describes its kernel (`fidelity`)."""

    activation: str
    faithful: bool | None
    """None where there is no expression, or it could not be evaluated."""
    deviations: tuple[Deviation, ...]
    parting: Parting | None
    why: str
    """One line: the largest deviation, or where they part, or why it is not known."""


# ---- the verdict ---------------------------------------------------------------------------------------


class Outcome(Enum):
    """What one world says of a law for one activation and pooling."""

    HOLDS = "holds"
    HOLDS_WITHIN = "holds within k ULP"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not applicable"
    ERROR = "error"


@dataclass(frozen=True)
class WorldAnswer:
    """One world's answer, for one dtype or over the reals."""

    world: str
    outcome: Outcome
    why: str
    ulp: int | None = None
    """For `HOLDS_WITHIN` and float refutations: the bound or the largest observed distance."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Plain data (numbers, text, lists) for the reports."""


class Answer(Enum):
    """The verdict, from best to worst; of several dtypes the worst stands."""

    EXACT = "exact"
    ROUNDING = "rounding"
    DIFFERENT = "different"
    UNDECIDED = "undecided"
    ERROR = "error"

    @property
    def badness(self) -> int:
        """Position in the order best to worst."""
        return list(Answer).index(self)


@dataclass(frozen=True)
class DtypeVerdict:
    """The verdict for one dtype."""

    dtype: str
    answer: Answer
    why: str
    worlds: Mapping[str, WorldAnswer]
    contradictions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    ulp: int | None = None
    """For `rounding`: the orders differ by at most this many ULP; for `different`: the observed distance."""


@dataclass(frozen=True)
class Verdict:
    """The cross-examination of three worlds about one law, activation and pooling (`verify`)."""

    activation: str
    pooling: str
    law: str
    effort: str
    by_dtype: Mapping[str, DtypeVerdict]
    shape: Shape | None = None
    fidelity: Fidelity | None = None
    certificates: Sequence[Certificate] = ()
    seconds: float = 0.0

    @property
    def worst(self) -> DtypeVerdict:
        """The dtype that decides the verdict: the first with the worst answer."""
        return max(self.by_dtype.values(), key=lambda verdict: verdict.answer.badness)

    @property
    def verdict(self) -> str:
        """`"exact"`, `"rounding"`, `"different"`, `"undecided"` or `"error"`: the worst over the dtypes."""
        return self.worst.answer.value

    @property
    def why(self) -> str:
        """One line of why."""
        return self.worst.why

    @property
    def worlds(self) -> Mapping[str, WorldAnswer]:
        """The three worlds' answers for the dtype that decides."""
        return self.worst.worlds

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Every disagreement between worlds, over all dtypes, with its dtype."""
        return tuple(f"{v.dtype}: {text}" for v in self.by_dtype.values() for text in v.contradictions)

    @property
    def counterexample(self) -> Counterexample | None:
        """The smallest counterexample of the deciding dtype, else of the first dtype that has one."""
        candidates = (self.worst, *self.by_dtype.values())
        return next((v.counterexample for v in candidates if v.counterexample is not None), None)

    def explain(self) -> str:
        """The verdict with every dtype's and every world's reason, as plain text."""
        lines = [f"{self.law}: {self.activation} with {self.pooling} -> {self.verdict}: {self.why}"]
        for verdict in self.by_dtype.values():
            lines.append(f"  {verdict.dtype}: {verdict.answer.value}: {verdict.why}")
            lines += [
                f"    {answer.world:8} {answer.outcome.value}: {answer.why}"
                for answer in verdict.worlds.values()
            ]
            lines += [f"    CONTRADICTION {text}" for text in verdict.contradictions]
            lines += [f"    note: {text}" for text in verdict.notes]
        return "\n".join(lines)
