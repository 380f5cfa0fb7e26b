"""Many verdicts in a terminal: what may be swapped, how many of each, the contradictions, the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ordering.evidence import Answer, DtypeVerdict, Verdict
from ordering.evidence.visible import visible
from ordering.report.terminal.parts import STYLES, dtypes, folded, machines, meanings, print_wrapped
from ordering.report.terminal.swaps import GAP, NAME, print_swaps


def print_verdicts(console: Console, verdicts: Sequence[Verdict]) -> None:
    """What may be swapped, the counts and every contradiction, the machines, then each verdict's reason.

    Text that comes from users (names, error messages) is printed as it is: neither read as markup nor obeyed
    as a control code.
    """
    print_swaps(console, verdicts)
    print_summary(console, verdicts)
    several = len(machines(verdicts)) > 1
    for machine in machines(verdicts):
        print_wrapped(console, f"machine {machine.kind}: {machine}" if several else f"on {machine}")
    console.print()
    print_reasons(console, verdicts)


def print_summary(console: Console, verdicts: Sequence[Verdict]) -> None:
    """How many of each verdict, what each means, and the contradictions."""
    counts = Counter(verdict.verdict for verdict in verdicts)
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", min_width=4)
    for answer, meaning in meanings(verdicts).items():
        if counts[answer]:
            table.add_row(f"{counts[answer]}", Text(answer, style=STYLES[answer]), meaning)
    console.print(table)
    contradictions = [(verdict, text) for verdict in verdicts for text in verdict.contradictions]
    if not contradictions:
        console.print(Text("   0 contradictions between the reals, the floats and the kernels"))
    for verdict, text in contradictions:
        what = f"CONTRADICTION {verdict.activation} with {verdict.pooling}, {text}"
        print_wrapped(console, what, later="    ", style="bold red")


def print_reasons(console: Console, verdicts: Sequence[Verdict]) -> None:
    """One row a verdict, and below it why; reasons have the whole width, so that none is cut off."""
    one_law = len({verdict.law for verdict in verdicts}) <= 1
    several = len(machines(verdicts)) > 1
    heads = ["activation", "pooling", "verdict", "dtypes", "ULP"]
    heads += ([] if one_law else ["law"]) + (["machine"] if several else [])
    rows = []
    for verdict in verdicts:
        row = [verdict.activation, verdict.pooling, verdict.verdict, dtypes(verdict), _ulp(verdict)]
        row += [] if one_law else [verdict.law]
        row += [verdict.machine.kind if verdict.machine else "-"] if several else []
        rows.append([visible(cell) for cell in row])
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    others = sum(widths[1:]) + GAP * (len(widths) - 1)
    widths[0] = min(widths[0], max(NAME, console.width - others))
    fits = widths[0] + others <= console.width
    print_wrapped(console, "Why", style="bold")
    _print_cells(console, heads, widths, fits=fits, style="dim")
    for verdict, row in zip(verdicts, rows, strict=True):
        _print_cells(console, row, widths, fits=fits, style=STYLES[verdict.verdict])
        print_wrapped(console, verdict.why, indent="    ")
    console.print(Text("~ before a number: the most that was seen, which is no bound", style="dim"))


def _print_cells(
    console: Console, cells: Sequence[str], widths: Sequence[int], *, fits: bool, style: str
) -> None:
    """A row: in columns where they fit, else one after the other; the verdict in colour."""
    first, *rest = folded(cells[0], widths[0]) if fits else [cells[0]]
    shown = [first, *cells[1:]]
    if fits:
        shown = [cell.ljust(wide) for cell, wide in zip(shown, widths, strict=True)]
    line = Text()
    for place, cell in enumerate(shown):
        line.append((" " * GAP if place else "") + cell, style=style if place == 2 or style == "dim" else "")
    line.rstrip()
    console.print(line, soft_wrap=fits)
    for more in rest:
        console.print(Text(f"  {more}"), soft_wrap=True)


def _ulp(verdict: Verdict) -> str:
    """How far the orders are apart in the dtypes that decide: a bound, or `~` and the most that was seen."""
    if verdict.worst.answer is Answer.EXACT:
        return "0"
    deciding = [each for each in verdict.by_dtype.values() if each.answer is verdict.worst.answer]
    counted = [each.ulp for each in deciding if each.ulp is not None]
    if not counted or verdict.worst.answer not in (Answer.ROUNDING, Answer.DIFFERENT):
        return "-"
    bounds = verdict.worst.answer is Answer.ROUNDING and all(each.certified for each in deciding)
    return f"{'' if bounds else '~'}{max(counted):,}"


def print_machines(console: Console, found: Sequence[tuple[str, Verdict]]) -> None:
    """One verdict on several machines, or levels of one: a row for each, and whether all say the same."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("level", "machine", "verdict", "by dtype", "instruction sets"):
        table.add_column(column, overflow="fold")
    for level, verdict in found:
        machine = verdict.machine
        by_dtype = (f"{name} {each.answer.value}{_rounding(each)}" for name, each in verdict.by_dtype.items())
        table.add_row(
            Text(visible(level) or "-"),
            Text("-" if machine is None else machine.kind),
            Text(verdict.verdict, style=STYLES[verdict.verdict]),
            Text(", ".join(by_dtype)),
            Text("-" if machine is None else visible(machine.level)),
        )
    console.print(table)
    answers = {verdict.verdict for _, verdict in found}
    where = (
        "every level of this machine" if any(level for level, _ in found) else "every kind of machine asked"
    )
    if len(answers) == 1:
        print_wrapped(console, f"{answers.pop()} on {where}")
    else:
        print_wrapped(console, f"not the same on {where}: {', '.join(sorted(answers))}")


def _rounding(verdict: DtypeVerdict) -> str:
    return f" ({verdict.distance})" if verdict.answer is Answer.ROUNDING else ""
