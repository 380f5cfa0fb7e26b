"""What the page is made of: plain frozen records, between the verdicts and the template."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Badge:
    """A verdict in one letter, and what it means."""

    kind: str
    """The answer: `"exact"`, `"rounding"`, ...; also the CSS class."""
    letter: str
    words: str
    count: str = ""
    """The number of ULP, where the answer has one."""


@dataclass(frozen=True)
class Cell:
    """One verdict in one dtype, in a table; `badge` is None where there is none, or not yet."""

    dtype: str
    badge: Badge | None
    target: str
    """The id of its section."""
    title: str


@dataclass(frozen=True)
class Row:
    """One activation in the matrix."""

    activation: str
    target: str
    cells: tuple[Cell, ...]
    """Pooling by pooling, and dtype by dtype within one."""


@dataclass(frozen=True)
class Entry:
    """One activation in the table of a dtype."""

    activation: str
    target: str
    count: str


@dataclass(frozen=True)
class Group:
    """The activations with one answer, for each pooling."""

    badge: Badge
    entries: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True)
class Glance:
    """One dtype in one table: which swaps are safe, safe up to k ULP, or not.  Dtype `""`: every one."""

    dtype: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Slice:
    """A part of a stacked bar: counts and ends, in percent."""

    badge: Badge
    count: int
    start: float
    width: float


@dataclass(frozen=True)
class Bar:
    """How many activations have which answer, for one pooling and dtype."""

    pooling: str
    dtype: str
    safe: int
    total: int
    slices: tuple[Slice, ...]
    label: str


@dataclass(frozen=True)
class Table:
    """Everything about one law on one machine."""

    law: str
    statement: str
    machine: str
    """The machine's short name where there are several; else empty."""
    orders: bool
    poolings: tuple[str, ...]
    dtypes: tuple[str, ...]
    bars: tuple[Bar, ...]
    glances: tuple[Glance, ...]
    rows: tuple[Row, ...]
    legend: tuple[Badge, ...]


@dataclass(frozen=True)
class Number:
    """One element of a tensor: as decimals and, where it is a finite float, exactly in hexadecimal."""

    decimal: str
    hexadecimal: str
    marked: bool


@dataclass(frozen=True)
class Plane:
    """A matrix of a tensor; `caption` says which one, where there are several."""

    caption: str
    rows: tuple[tuple[Number, ...], ...]


@dataclass(frozen=True)
class Grid:
    """A tensor drawn as small matrices."""

    label: str
    planes: tuple[Plane, ...]
    cut: str
    """What is not shown, with the whole size; empty where everything is."""


@dataclass(frozen=True)
class Lane:
    """One order of computation, step by step."""

    title: str
    grids: tuple[Grid, ...]


@dataclass(frozen=True)
class ExactSide:
    """One order in exact arithmetic, beside what the kernels gave."""

    formula: str
    closed: Markup
    value: str
    kernel: str
    off: str


@dataclass(frozen=True)
class Example:
    """A counterexample, drawn."""

    call: str
    lanes: tuple[Lane, ...]
    difference: str
    sides: tuple[ExactSide, ...]
    conclusion: str
    script: str


@dataclass(frozen=True)
class World:
    """One world's answer."""

    name: str
    outcome: str
    kind: str
    why: str


@dataclass(frozen=True)
class DtypePart:
    """A verdict in one dtype."""

    id: str
    dtype: str
    badge: Badge
    why: str
    contradictions: tuple[str, ...]
    caveats: tuple[str, ...]
    notes: tuple[str, ...]
    worlds: tuple[World, ...]
    numbers: tuple[tuple[str, str], ...]
    """The certificate, as labels and texts."""
    example: Example | None
    command: str
    open: bool


@dataclass(frozen=True)
class VerdictPart:
    """A law about one activation and pooling."""

    id: str
    activation: str
    pooling: str
    law: str
    statement: str
    machine: str
    badge: Badge
    meaning: str
    caveats: tuple[str, ...]
    """What concerns every dtype."""
    dtypes: tuple[DtypePart, ...]
    window: bool
    """Whether the picture of two-element windows belongs to it."""


@dataclass(frozen=True)
class Picture:
    """A picture with its caption; where none can be drawn, the caption says why."""

    svg: Markup
    caption: str


@dataclass(frozen=True)
class Step:
    """One line of a derivation."""

    number: str
    statement: Markup
    why: tuple[Markup, ...]


@dataclass(frozen=True)
class ActivationPart:
    """All about one activation: what is shared stands here once."""

    id: str
    name: str
    formula: Markup
    plot: Picture | None
    window: Picture | None
    lemmas: tuple[Step, ...]
    claims: tuple[Step, ...]
    fidelity: str
    verdicts: tuple[VerdictPart, ...]


@dataclass(frozen=True)
class MachinePart:
    """The machine that what is said of floats and kernels is true of."""

    kind: str
    cpu: str
    level: str
    torch: str
    system: str
    flags: str


@dataclass(frozen=True)
class Page:
    """The whole page."""

    complete: bool
    tables: tuple[Table, ...]
    laws: tuple[str, ...]
    dtypes: tuple[str, ...]
    activations: tuple[ActivationPart, ...]
    contradictions: tuple[tuple[str, str], ...]
    """Texts, each with the id of its section."""
    machines: tuple[MachinePart, ...]
    facts: tuple[tuple[str, str], ...]
    command: str
    total: int
    """Verdicts."""
