"""Verdicts in tables: the matrix of activations and poolings, and for each dtype what may be swapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ordering.evidence import DtypeVerdict, Verdict
from ordering.report.page.records import Badge, Bar, Cell, Entry, Glance, Group, Row, Slice, Table
from ordering.report.page.wording import badge, legend, worst


def tables(
    verdicts: Sequence[Verdict], ids: Mapping[int, str], homes: Mapping[str, str]
) -> tuple[Table, ...]:
    """One table for each law on each machine.

    `ids` names the section of each verdict by its place in the list; `homes` that of each activation.
    """
    several = len({each.machine for each in verdicts}) > 1
    groups: dict[tuple[str, str], list[int]] = {}
    for place, each in enumerate(verdicts):
        kind = each.machine.kind if several and each.machine is not None else ""
        groups.setdefault((each.law, kind), []).append(place)
    return tuple(
        _table(law, kind, {place: verdicts[place] for place in places}, ids, homes)
        for (law, kind), places in groups.items()
    )


def section(verdict_id: str, dtype: str) -> str:
    """The id of one dtype's part of a verdict's section."""
    return f"{verdict_id}--{dtype}"


def _table(
    law: str, machine: str, verdicts: Mapping[int, Verdict], ids: Mapping[int, str], homes: Mapping[str, str]
) -> Table:
    found = list(verdicts.values())
    poolings = tuple(dict.fromkeys(each.pooling for each in found))
    dtypes = tuple(dict.fromkeys(dtype for each in found for dtype in (*each.by_dtype, *each.pending)))
    names = tuple(dict.fromkeys(each.activation for each in found))
    at = {(each.activation, each.pooling): (place, each) for place, each in verdicts.items()}
    orders = all(each.orders for each in found)
    rows = []
    for name in names:
        cells = [
            _cell(at.get((name, pooling)), ids, name, pooling, dtype)
            for pooling in poolings
            for dtype in dtypes
        ]
        rows.append(Row(name, homes[name], tuple(cells)))
    glances = tuple(_glance(dtype, names, poolings, at, ids, orders=orders) for dtype in ("", *dtypes))
    bars = tuple(_bar(pooling, dtype, names, at) for pooling in poolings for dtype in dtypes)
    return Table(
        law=law,
        statement=found[0].statement,
        machine=machine,
        orders=orders,
        poolings=poolings,
        dtypes=dtypes,
        bars=bars,
        glances=glances if len(dtypes) > 1 else glances[1:],
        rows=tuple(rows),
        legend=legend(orders=orders),
    )


Where = Mapping[tuple[str, str], tuple[int, Verdict]]


def _cell(
    known: tuple[int, Verdict] | None, ids: Mapping[int, str], name: str, pooling: str, dtype: str
) -> Cell:
    if known is None:
        return Cell(dtype, None, "", f"{name} with {pooling}: not asked")
    place, verdict = known
    each = verdict.by_dtype.get(dtype)
    if each is None:
        when = "not judged yet" if dtype in verdict.pending else "not asked"
        return Cell(dtype, None, "", f"{name} with {pooling} in {dtype}: {when}")
    mark = badge(each, orders=verdict.orders)
    return Cell(dtype, mark, section(ids[place], dtype), f"{name} with {pooling} in {dtype}: {mark.words}")


def _glance(
    dtype: str,
    names: Sequence[str],
    poolings: Sequence[str],
    at: Where,
    ids: Mapping[int, str],
    *,
    orders: bool,
) -> Glance:
    """One dtype, or with `""` the worst over all: a swap is safe in every dtype where it is in the worst."""
    groups = []
    for mark in legend(orders=orders):
        columns = []
        for pooling in poolings:
            entries = []
            for name in names:
                known = at.get((name, pooling))
                each = None if known is None else _standing(known[1], dtype)
                if known is not None and each is not None and each.answer.value == mark.kind:
                    found = badge(each, orders=known[1].orders)
                    entries.append(Entry(name, section(ids[known[0]], each.dtype), _count(found)))
            columns.append(tuple(entries))
        if any(columns):
            groups.append(Group(mark, tuple(columns)))
    return Glance(dtype, tuple(groups))


def _standing(verdict: Verdict, dtype: str) -> DtypeVerdict | None:
    if dtype:
        return verdict.by_dtype.get(dtype)
    return worst(verdict.by_dtype.values()) if verdict.by_dtype else None


def _count(mark: Badge) -> str:
    """What stands beside a name: the bound in ULP, or that there is none."""
    if not mark.count:
        return ""
    return "no bound" if mark.count == "?" else f"{mark.count} ULP"


def _bar(pooling: str, dtype: str, names: Sequence[str], at: Where) -> Bar:
    found = [at[name, pooling][1] for name in names if (name, pooling) in at]
    judged = [(each.by_dtype[dtype], each.orders) for each in found if dtype in each.by_dtype]
    slices: list[Slice] = []
    start = 0.0
    for mark in legend(orders=all(orders for _, orders in judged)):
        count = sum(each.answer.value == mark.kind for each, _ in judged)
        if count:
            width = 100 * count / len(judged)
            slices.append(Slice(mark, count, round(start, 3), round(width, 3)))
            start += width
    safe = sum(each.count for each in slices if each.badge.kind == "exact")
    told = ", ".join(f"{each.count} {each.badge.words}" for each in slices)
    return Bar(pooling, dtype, safe, len(judged), tuple(slices), f"{pooling} in {dtype}: {told}")
