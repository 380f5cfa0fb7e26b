"""report.md: a screen of summary, then what it rests on, folded; it fits a pull request's comment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ordering.evidence import Answer, Counterexample, DtypeVerdict, Verdict
from ordering.evidence.words import exactly
from ordering.report.data import hex_floats
from ordering.report.escaping import escape, fenced, in_html, shortened
from ordering.report.identity import identities
from ordering.report.records import Format, Report
from ordering.report.terminal import BRIEF, brief, machines, meanings
from ordering.report.told import changes_told, headline

MOST: Final = 60_000
"""Bytes of the whole text.  GitHub takes 65,536 characters for a comment, and 1 MiB for a step's summary."""
NOTICE: Final = 400
"""Bytes that are kept free to tell what was cut."""
TABLES: Final = 20
"""Lines that the summary's tables may have together."""
BULLETS: Final = 5
"""Changes, and contradictions, that the summary lists."""
CELL: Final = 90
"""Characters of names in a cell of the summary."""
WHY: Final = 160
"""Characters of a reason in the folded table."""
SCRIPT: Final = 4_000
"""Characters of a script that is shown."""

OF_ORDERS: Final = ("safe to swap", "up to k ULP", "not safe", "unknown")
OF_LAWS: Final = ("holds", "holds up to k ULP", "does not hold", "unknown")
COLUMN: Final = {
    Answer.EXACT: 0,
    Answer.ROUNDING: 1,
    Answer.DIFFERENT: 2,
    Answer.UNDECIDED: 3,
    Answer.ERROR: 3,
}
"""The column of an answer in the summary's tables."""


@dataclass
class _Page:
    """A text that grows by whole blocks, as long as there is room."""

    blocks: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, block: str, room: int = MOST - NOTICE) -> bool:
        """Add a block; False where it would be too long, and is left out."""
        size = len(block.encode()) + 1
        if self.size + size > room:
            return False
        self.blocks.append(block)
        self.size += size
        return True


def render(report: Report) -> str:
    """The text.  What comes from users is escaped, so that a name or an error message cannot break it.

    It has at most `MOST` bytes; what had to be cut is told at its end.
    """
    page = _Page()
    page.add("\n".join(_summary(report)))
    cut: Counter[str] = Counter()
    for name, title, rows, room in _sections(report):
        _fold(page, title, rows, room, name, cut)
    for block in _counterexamples(report):
        if not page.add(block):
            cut["counterexamples"] += 1
    if cut:
        told = ", ".join(f"{number:,} {name}" for name, number in cut.items())
        page.add(f"**Cut for its size: {told}.** report.json has them all.\n", MOST)
    return "\n".join(page.blocks)


# ---- one screen ----------------------------------------------------------------------------------------


def _summary(report: Report) -> Iterator[str]:
    verdicts = report.verdicts
    yield "# Does the order of activation and pooling matter?"
    yield ""
    if not report.complete:
        yield "**Interrupted: this report holds only what was known when it was stopped.**"
        yield ""
    counts = Counter(verdict.verdict for verdict in verdicts)
    found = (f"{counts[answer]} **{answer}**" for answer in meanings(verdicts) if counts[answer])
    yield f"{len(verdicts)} verdicts: {', '.join(found) or 'none'}."
    yield ""
    if report.changes is not None:
        lines = [line.strip() for line, _ in changes_told(report.changes, BULLETS)]
        yield f"**Against the baseline** {escape(report.changes.baseline)}: **{headline(report.changes)}**"
        yield ""
        yield from _bullets(lines[1:], "changes")
    told = _contradictions(verdicts)
    yield f"**Contradictions between the worlds: {len(told)}**"
    yield ""
    yield from _bullets(told, "contradictions")
    yield from _tables(verdicts)
    where = "; ".join(escape(str(machine)) for machine in machines(verdicts)[:2]) or "no machine"
    yield f"True of {where}.  The long form is report.html, and report.json for programs."
    yield ""


def _bullets(lines: Sequence[str], name: str) -> Iterator[str]:
    yield from (f"- {escape(shortened(line, WHY))}" for line in lines[:BULLETS])
    if len(lines) > BULLETS:
        yield f"- and more: {len(lines)} lines about {name}, folded below"
    if lines:
        yield ""


def _contradictions(verdicts: Iterable[Verdict]) -> list[str]:
    return [
        f"{verdict.activation} with {verdict.pooling}, {text}"
        for verdict in verdicts
        for text in verdict.contradictions
    ]


def _tables(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """For each dtype, which activations are safe for each claim."""
    dtypes = list(dict.fromkeys(name for verdict in verdicts for name in verdict.by_dtype))
    words = OF_ORDERS if all(verdict.orders for verdict in verdicts) else OF_LAWS
    named = _claim_names(verdicts)
    most = max(1, TABLES // max(1, len(dtypes)) - 3)
    for dtype in dtypes[: TABLES // 4]:
        rows: dict[str, list[list[str]]] = {}
        for verdict in verdicts:
            if dtype in verdict.by_dtype:
                columns = rows.setdefault(named(verdict), [[] for _ in words])
                each = verdict.by_dtype[dtype]
                columns[COLUMN[each.answer]].append(_member(verdict.activation, each))
        yield f"| {escape(dtype)} | {' | '.join(words)} |"
        yield "| --- |" + " --- |" * len(words)
        shown = most if len(rows) <= most else most - 1
        for label, columns in list(rows.items())[:shown]:
            yield f"| {escape(shortened(label, CELL))} | {' | '.join(map(_cell, columns))} |"
        if len(rows) > shown:
            yield f"| and {len(rows) - shown:,} more, below | | | | |"
        yield ""


def _claim_names(verdicts: Sequence[Verdict]) -> Callable[[Verdict], str]:
    """How a verdict's claim is called in the tables: by what is not the same for all."""
    laws = len({verdict.law for verdict in verdicts}) > 1
    several = len(machines(verdicts)) > 1

    def named(verdict: Verdict) -> str:
        law = f"{verdict.law}: " if laws else ""
        where = f" on {verdict.machine.kind}" if several and verdict.machine is not None else ""
        return f"{law}{verdict.pooling}{where}"

    return named


def _member(name: str, verdict: DtypeVerdict) -> str:
    bound = verdict.answer is Answer.ROUNDING and verdict.ulp is not None
    name = shortened(name, CELL)
    if verdict.answer is Answer.ERROR:
        return f"{name} (error)"
    return f"{name} ({verdict.distance})" if bound else name


def _cell(names: Sequence[str]) -> str:
    """How many, and the first of them."""
    if not names:
        return ""
    shown: list[str] = []
    for name in names:
        if shown and sum(map(len, shown)) + len(name) > CELL:
            break
        shown.append(name)
    more = f", and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f"{len(names)}: {escape(', '.join(shown))}{more}"


# ---- folded --------------------------------------------------------------------------------------------


def _sections(report: Report) -> Iterator[tuple[str, str, list[str], int]]:
    """What may be cut, the title, lines of which each can be cut, and how far the text may go with them."""
    told = _contradictions(report.verdicts)
    if len(told) > BULLETS:
        yield "contradictions", f"{len(told)} contradictions", _list(told), MOST // 4
    if report.changes is not None:
        lines = [line.strip() for line, _ in changes_told(report.changes, 10**9)][1:]
        if len(lines) > BULLETS:
            yield "changes", f"{len(lines)} lines about changes", _list(lines), MOST // 3
    yield "verdicts", "Every verdict, and why", list(_verdicts(report.verdicts)), MOST // 2
    yield "facts", "What this rests on", list(_facts(report)), MOST - NOTICE


def _list(lines: Iterable[str]) -> list[str]:
    return [f"- {escape(shortened(line, 4 * WHY))}" for line in lines]


def _fold(page: _Page, title: str, rows: Sequence[str], room: int, name: str, cut: Counter[str]) -> None:
    """A folded section with as many of its rows as there is room for."""
    head, foot = f"<details><summary>{in_html(title)}</summary>\n", "\n</details>\n"
    left = room - page.size - len((head + foot).encode()) - 2
    kept: list[str] = []
    for row in rows:
        left -= len(row.encode()) + 1
        if left < 0:
            break
        kept.append(row)
    if kept and page.add("\n".join([head, *kept, foot])):
        cut[name] += len(rows) - len(kept)
    else:
        cut[name] += len(rows)
    if not cut[name]:
        del cut[name]


def _verdicts(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Rows of a table; its head stands in the first."""
    dtypes = list(dict.fromkeys(name for verdict in verdicts for name in verdict.by_dtype))
    named = _claim_names(verdicts)
    head = ["activation", "with", *map(escape, dtypes), "why"]
    top = f"| {' | '.join(head)} |\n|{' --- |' * len(head)}"
    for verdict in verdicts:
        cells = [verdict.activation, named(verdict), *(_answer(verdict, name) for name in dtypes)]
        cells.append(shortened(" ".join(verdict.why.split()), WHY))
        row = f"| {' | '.join(escape(shortened(cell, 2 * WHY)) for cell in cells)} |"
        yield f"{top}\n{row}" if top else row
        top = ""


def _answer(verdict: Verdict, dtype: str) -> str:
    if dtype not in verdict.by_dtype:
        return "to come" if dtype in verdict.pending else "-"
    each = verdict.by_dtype[dtype]
    bound = each.answer is Answer.ROUNDING and each.ulp is not None
    return f"{each.answer.value} ({each.distance})" if bound else each.answer.value


def _facts(report: Report) -> Iterator[str]:
    for answer, meaning in meanings(report.verdicts).items():
        yield f"- {answer}: {meaning}"
    yield "- k ULP is a bound; ~k ULP is the most that was seen, which is none"
    if report.command:
        yield f"- made by: {escape(shortened(report.command, 4 * WHY))}"
    plain = ((name, value) for name, value in report.environment.items() if name != "machine")
    yield from (f"- {escape(name)}: {escape(shortened(str(value), WHY))}" for name, value in plain)
    for machine in machines(report.verdicts):
        yield f"- machine {machine.kind}: {escape(str(machine))}; {escape(machine.system)}"
    yield "- A verdict speaks of finite inputs in its dtypes; report.json has notes on infinities and NaN."


def _counterexamples(report: Report) -> Iterator[str]:
    """One folded block a verdict: what changed for the worse first."""
    changed = () if report.changes is None else report.changes.changed
    worse = {
        (change.after.law, change.after.activation, change.after.pooling)
        for change in changed
        if change.direction == "worse"
    }
    listed = list(zip(report.verdicts, identities(report.verdicts), strict=True))
    listed.sort(key=lambda pair: (pair[0].law, pair[0].activation, pair[0].pooling) not in worse)
    for verdict, ids in listed:
        if verdict.counterexample is not None:
            yield _counterexample(verdict.counterexample, _id_of(verdict, ids))


def _id_of(verdict: Verdict, ids: Mapping[str, str]) -> str:
    shown = (name for name, each in verdict.by_dtype.items() if each.counterexample is verdict.counterexample)
    return next(ids[name] for name in shown)


def _counterexample(found: Counterexample, its_id: str) -> str:
    ulp = "" if found.gap_ulp is None else f" = {found.gap_ulp:,} ULP"
    gap = f"{found.gap:.6g}{ulp}"
    return "\n".join(
        (
            f"<details><summary>{in_html(shortened(its_id, WHY))}: gap {gap}</summary>\n",
            *_details(found, gap),
            "\n</details>\n",
        )
    )


def _details(found: Counterexample, gap: str) -> Iterator[str]:
    arguments = ", ".join(f"{name}={value}" for name, value in found.pooling_arguments.items())
    called = shortened(f"{found.pooling}({arguments})", 2 * WHY)
    yield f"{found.dtype}, {escape(called)}, shape {tuple(found.input.shape)}:"
    yield ""
    hexes = f", exactly {hex_floats(found.input)}" if found.input.numel() <= BRIEF else ""
    yield f"- input {escape(brief(found.input) + hexes)}"
    yield f"- activation first {escape(brief(found.activation_first))}"
    yield f"- pooling first {escape(brief(found.pooling_first))}"
    yield f"- first difference at index {escape(str(list(found.index)))}; largest gap {gap}"
    yield from (f"- {escape(shortened(line, 4 * WHY))}" for line in exactly(found))
    yield ""
    if len(found.script) <= SCRIPT:
        yield fenced(found.script, "python")
    else:
        lines = found.script.count("\n")
        yield f"Its script of {lines:,} lines is too long for this page: report.json has it."


FORMAT: Final = Format("markdown", "report.md", render, "for people, and for pull requests")
