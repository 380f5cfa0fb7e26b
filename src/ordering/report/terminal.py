"""Verdicts and observations as tables in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ordering.evidence import Answer, DtypeVerdict, Machine, Verdict
from ordering.evidence.words import difference, exactly

if TYPE_CHECKING:
    from torch import Tensor

    from ordering.observation import Observation

STYLES: Final = {
    Answer.EXACT.value: "bold green",
    Answer.ROUNDING.value: "bold cyan",
    Answer.DIFFERENT.value: "bold yellow",
    Answer.UNDECIDED.value: "bold magenta",
    Answer.ERROR.value: "bold red",
}

BRIEF: Final = 16
"""Elements of a tensor that are shown one by one; the script and the JSON hold them all."""

_NO_ANSWER: Final = {
    Answer.UNDECIDED.value: "some world could not answer; not a pass",
    Answer.ERROR.value: "could not be examined",
}
OF_ORDERS: Final = {
    Answer.EXACT.value: "bit-for-bit interchangeable (a note says where zeros may differ in sign)",
    Answer.ROUNDING.value: "interchangeable but for the stated rounding",
    Answer.DIFFERENT.value: "not interchangeable",
    **_NO_ANSWER,
}
"""What a verdict means where the law says that the two orders are equal."""
OF_A_LAW: Final = {
    Answer.EXACT.value: "the law holds, to the bit",
    Answer.ROUNDING.value: "the law holds but for the stated rounding",
    Answer.DIFFERENT.value: "the law does not hold",
    **_NO_ANSWER,
}
"""What it means of any other law."""


def meanings(verdicts: Sequence[Verdict]) -> Mapping[str, str]:
    """What each answer means for these verdicts."""
    return OF_ORDERS if all(verdict.orders for verdict in verdicts) else OF_A_LAW


def print_verdicts(console: Console, verdicts: Sequence[Verdict]) -> None:
    """One row a verdict with one line of why, then the counts and every contradiction.

    Text that comes from users (names, error messages) is printed as it is, never read as markup.
    """
    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for column in ("activation", "pooling"):
        table.add_column(column, no_wrap=True)
    one_law = len({verdict.law for verdict in verdicts}) <= 1
    if not one_law:
        table.add_column("law", no_wrap=True)
    if several := len(machines(verdicts)) > 1:
        table.add_column("machine", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("in", no_wrap=True)
    table.add_column("why", overflow="fold", ratio=1)
    for verdict in verdicts:
        table.add_row(
            Text(verdict.activation),
            Text(verdict.pooling),
            *([] if one_law else [Text(verdict.law)]),
            *([Text(verdict.machine.kind if verdict.machine else "-")] if several else []),
            Text(verdict.verdict, style=STYLES[verdict.verdict]),
            Text(dtypes(verdict)),
            Text(verdict.why),
        )
    console.print(table)
    console.print()
    for machine in machines(verdicts):
        console.print(Text(f"on {machine}" if not several else f"machine {machine.kind}: {machine}"))
    print_summary(console, verdicts)


def machines(verdicts: Sequence[Verdict]) -> list[Machine]:
    """The machines of which the verdicts are true, each once."""
    return list(dict.fromkeys(verdict.machine for verdict in verdicts if verdict.machine is not None))


def dtypes(verdict: Verdict) -> str:
    """The dtypes that share the verdict: `all 2 dtypes`, or their names."""
    sharing = [each.dtype for each in verdict.by_dtype.values() if each.answer.value == verdict.verdict]
    if len(sharing) == len(verdict.by_dtype) > 1:
        return f"all {len(sharing)} dtypes"
    return ", ".join(sharing)


def print_summary(console: Console, verdicts: Sequence[Verdict]) -> None:
    """How many of each verdict, what each means, and the contradictions."""
    counts = Counter(verdict.verdict for verdict in verdicts)
    for answer, meaning in meanings(verdicts).items():
        if counts[answer]:
            line = Text(f"{counts[answer]:4} ")
            line.append(f"{answer:9}", style=STYLES[answer])
            line.append(f" {meaning}")
            console.print(line)
    contradictions = [(verdict, text) for verdict in verdicts for text in verdict.contradictions]
    if not contradictions:
        console.print(Text("   0 contradictions between the reals, the floats and the kernels"))
    for verdict, text in contradictions:
        console.print(
            Text(f"CONTRADICTION {verdict.activation} with {verdict.pooling}, {text}", style="bold red")
        )


def print_machines(console: Console, found: Sequence[tuple[str, Verdict]]) -> None:
    """One verdict on several machines, or levels of one: a row for each, and whether all say the same."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("level", "machine", "verdict", "by dtype", "instruction sets"):
        table.add_column(column, no_wrap=column != "instruction sets", overflow="fold")
    for level, verdict in found:
        machine = verdict.machine
        by_dtype = (f"{name} {each.answer.value}{_ulp(each)}" for name, each in verdict.by_dtype.items())
        table.add_row(
            Text(level or "-"),
            Text("-" if machine is None else machine.kind),
            Text(verdict.verdict, style=STYLES[verdict.verdict]),
            Text(", ".join(by_dtype)),
            Text("-" if machine is None else machine.level),
        )
    console.print(table)
    answers = {verdict.verdict for _, verdict in found}
    where = (
        "every level of this machine" if any(level for level, _ in found) else "every kind of machine asked"
    )
    if len(answers) == 1:
        console.print(Text(f"{answers.pop()} on {where}"))
    else:
        console.print(Text(f"not the same on {where}: {', '.join(sorted(answers))}"))


def _ulp(verdict: DtypeVerdict) -> str:
    rounding = verdict.answer is Answer.ROUNDING and verdict.ulp is not None
    return f" ({verdict.ulp:,} ULP)" if rounding else ""


def print_observations(console: Console, observations: Sequence[Observation], title: str) -> None:
    """One row a combination: gaps as values, shares in percent."""
    console.print(Text(title))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("activation", no_wrap=True)
    table.add_column("pooling", no_wrap=True)
    for column in (
        "largest gap",
        "mean gap",
        "zeros, activation first",
        "zeros, pooling first",
        "same bits",
    ):
        table.add_column(column, justify="right")
    for seen in observations:
        table.add_row(
            Text(seen.activation),
            Text(seen.pooling),
            f"{seen.largest_gap:.6g}",
            f"{seen.mean_gap:.6g}",
            percent(seen.zeros_activation_first),
            percent(seen.zeros_pooling_first),
            percent(seen.same_bits),
        )
    console.print(table)


def brief(tensor: Tensor) -> str:
    """A small tensor's values; of a large one the shape and its distinct values, at most eight."""
    if tensor.numel() <= BRIEF:
        return str(tensor.tolist())
    distinct = list(dict.fromkeys(map(repr, tensor.flatten().tolist())))
    shown = ", ".join(distinct[:8]) + (", ..." if len(distinct) > 8 else "")
    return f"{tuple(tensor.shape)} of {shown}"


def percent(share: float) -> str:
    """A share for people; all and none are never the result of rounding."""
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    return f"{min(max(share * 100, 0.01), 99.99):.2f}%"


def print_explanation(console: Console, verdict: Verdict) -> None:
    """One verdict with every dtype's and every world's reason, and the counterexample."""
    headline = Text(f"{verdict.activation} with {verdict.pooling}, {verdict.law}: ")
    headline.append(verdict.verdict, style=STYLES[verdict.verdict])
    headline.append(f" ({meanings([verdict])[verdict.verdict]})")
    console.print(headline, soft_wrap=True)
    console.print(Text("\n".join(verdict.explain().splitlines()[1:])), soft_wrap=True)
    found = verdict.counterexample
    if found is not None:
        arguments = ", ".join(f"{name}={value}" for name, value in found.pooling_arguments.items())
        console.print(Text(f"\nCounterexample, {found.dtype}, {found.pooling}({arguments})"))
        for label, tensor in found.steps or (("x", found.input),):
            console.print(Text(f"  {label:10} {brief(tensor)}"), soft_wrap=True)
        console.print(Text(f"  {difference(found, orders=verdict.orders)}"), soft_wrap=True)
        for line in exactly(found):
            console.print(Text(f"  {line}"), soft_wrap=True)
        console.print(Text("\n# Reproduce with torch alone:"))
        console.print(Text(found.script), soft_wrap=True)
