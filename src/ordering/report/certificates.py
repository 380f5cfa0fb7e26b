"""Float certificates for people: one in full as text, many as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ordering.evidence import Certificate, Pair
from ordering.report.escaping import escape

# Enough significant digits to tell any two values of the dtype apart.
DIGITS: Final = {
    "float16": 5,
    "bfloat16": 4,
    "float32": 9,
    "float64": 17,
    "float8_e4m3fn": 3,
    "float8_e5m2": 3,
}
PATHS: Final = {
    "vector": "vector code",
    "scalar": "scalar code",
    "all": "vector and scalar code",
}
LEGEND: Final = """\
**drops**: neighbouring values a < b with f(a) > f(b).  **drawdown**: the largest f(a) - f(b) for any a <= b,
as a value; **ULP**: the largest number of representable steps, attained by the **worst fall** (from a to b).
**NaN**: inputs, not NaN themselves, with a NaN result.  **paths differ**: values at which torch's vectorised
code (contiguous tensors) and its scalar code (strided tensors) return different bits, **by** at most so many
ULP (zeros of different sign differ by 0 ULP).

Max pooling and the activation may be swapped without changing a value, in any layout, exactly where ULP is 0;
windows with an input whose result is NaN are another matter."""
COLUMNS: Final = ("activation", "drops", "drawdown", "ULP", "worst fall", "NaN", "paths differ", "by ULP")
LEFT: Final = ("activation", "level", "machine", "worst fall")
"""Columns of text."""


def certificate_rows(certificate: Certificate) -> Iterator[tuple[str, str]]:
    """What a certificate says, as pairs of a label and a text."""

    def number(value: float) -> str:
        return show(value, certificate)

    def fall(pair: Pair) -> str:
        return f"f({number(pair.a)}) = {number(pair.fa)} > f({number(pair.b)}) = {number(pair.fb)}"

    scope = "every value" if certificate.low == -certificate.high else "values"
    yield (
        "scanned",
        f"{certificate.values:,}, {scope} from {number(certificate.low)} to {number(certificate.high)}",
    )
    yield (
        "code",
        f"{PATHS[certificate.path]}, torch {certificate.machine.torch}",
    )
    yield "machine", f"{certificate.machine.cpu}; {certificate.machine.system}"
    yield "level", certificate.machine.level
    if certificate.identity:
        yield "identity", "f returned every value unchanged, bit for bit"
    yield "in order", _order(certificate)
    if certificate.first is not None and certificate.worst is not None and certificate.widest is not None:
        ulp = f"{certificate.drawdown_ulp:,} ULP"
        furthest = "the furthest fall from an earlier to a later input"
        yield "drawdown", f"{certificate.drawdown:.6g}, {furthest}: {fall(certificate.widest)}"
        yield "in steps", f"{ulp}: {fall(certificate.worst)}"
        if certificate.steepest is not None:
            scaled = f"{certificate.drawdown_scaled:.4g} ULP of max(1, |f|)"
            yield "scaled", f"{scaled}: {fall(certificate.steepest)}"
        yield "first", fall(certificate.first)
    if certificate.disagreement is not None:
        yield "paths", _paths(certificate)
    if certificate.nan_first is not None:
        yield "NaN", f"{certificate.nan:,} inputs give NaN, the first {number(certificate.nan_first)}"
    yield "max pooling", _consequence(certificate)
    yield "seconds", f"{certificate.seconds:.2f}"
    if certificate.note:
        yield "note", certificate.note


def certificate_text(certificate: Certificate) -> str:
    """The certificate as lines of text."""
    lines = [f"{certificate.activation} in {certificate.dtype}"]
    lines += [f"  {label:<12} {text}" for label, text in certificate_rows(certificate)]
    return "\n".join(lines)


def table_row(certificate: Certificate) -> tuple[str, ...]:
    """The certificate as cells under `COLUMNS`."""
    worst, split = certificate.worst, certificate.disagreement
    return (
        certificate.activation,
        f"{certificate.drops:,}",
        f"{certificate.drawdown:.6g}",
        f"{certificate.drawdown_ulp:,}",
        "" if worst is None else f"{show(worst.a, certificate)} to {show(worst.b, certificate)}",
        f"{certificate.nan:,}",
        "" if split is None else f"{split.differing:,}",
        "" if split is None else f"{split.worst_ulp:,}",
    )


def comparison(
    found: Sequence[tuple[str, Certificate]], *, machines: bool = False
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Columns and rows of a table; each row says its level and its machine, where there are several."""
    leveled = any(level for level, _ in found)
    several = machines or len({each.machine for _, each in found}) > 1
    columns = (COLUMNS[0], *(["level"] if leveled else []), *(["machine"] if several else []), *COLUMNS[1:])
    rows = []
    for level, each in found:
        name, *cells = table_row(each)
        where = ([level] if leveled else []) + ([each.machine.kind] if several else [])
        rows.append((name, *where, *cells))
    return columns, rows


def differences(found: Sequence[tuple[str, Certificate]]) -> Iterator[str]:
    """For each activation on several machines or levels: which of them compute, or certify, the same."""
    for name in dict.fromkeys(each.activation for _, each in found):
        members = [(level or each.machine.kind, each) for level, each in found if each.activation == name]
        if len(members) < 2:
            continue
        computed: dict[str, list[str]] = {}
        certified: dict[tuple[object, ...], list[str]] = {}
        for where, each in members:
            computed.setdefault(each.observed, []).append(where)
            certified.setdefault(_said(each), []).append(where)
        groups = " | ".join(", ".join(group) for group in computed.values())
        if len(computed) == 1:
            yield f"{name} computes the same everywhere: {groups}"
        elif len(certified) == 1:
            yield f"{name} computes different values, of which the same is true: {groups}"
        else:
            yield f"{name} differs: {' | '.join(', '.join(group) for group in certified.values())}"


def _said(certificate: Certificate) -> tuple[object, ...]:
    """What a certificate says, machine and time apart."""
    split = certificate.disagreement
    apart = (0, 0) if split is None else (split.differing, split.worst_ulp)
    falls = (certificate.drops, certificate.drawdown_ulp, certificate.drawdown, certificate.worst)
    return (*falls, *apart, certificate.nan, certificate.identity)


def certificates_markdown(
    found: Sequence[tuple[str, Certificate]],
    failures: Mapping[str, str],
    command: str,
) -> str:
    """A page of tables, one for each dtype and path, with the command that made it.

    `found` are certificates with the name of the level that they were made at, which may be empty.
    """
    return "\n".join(_page(found, failures, command)) + "\n"


def _page(
    found: Sequence[tuple[str, Certificate]],
    failures: Mapping[str, str],
    command: str,
) -> Iterator[str]:
    yield "# Which activations keep the order of the floats?"
    yield ""
    yield "Each kernel was evaluated at every value of the dtype, in increasing order, by the command"
    yield ""
    yield f"    {command}"
    yield ""
    yield "on"
    yield ""
    for machine in dict.fromkeys(each.machine for _, each in found):
        system = f"torch {machine.torch}, {machine.system}"
        yield f"- machine {machine.kind}: {escape(str(machine))}; {escape(system)}"
    yield ""
    yield from LEGEND.splitlines()
    groups = dict.fromkeys((each.dtype, each.path) for _, each in found)
    for dtype, path in groups:
        members = [(level, each) for level, each in found if (each.dtype, each.path) == (dtype, path)]
        members.sort(key=lambda member: (member[1].drawdown_ulp > 0, member[1].nan > 0))
        yield ""
        yield f"## {dtype}, {PATHS[path]}: {max(each.values for _, each in members):,} values"
        yield ""
        columns, rows = comparison(members, machines=True)
        yield "| " + " | ".join(columns) + " |"
        yield "| " + " | ".join("---" if name in LEFT else "---:" for name in columns) + " |"
        for row in rows:
            yield "| " + " | ".join(escape(cell) for cell in row) + " |"
        for line in differences(members):
            yield ""
            yield escape(line)
        if notes := dict.fromkeys(each.note for _, each in members if each.note):
            yield ""
            yield from (f"Note: {escape(note)}." for note in notes)
    if failures:
        yield ""
        yield "## Not examined"
        yield ""
        yield from (f"- {escape(name)}: {escape(why)}" for name, why in failures.items())


def show(value: float, certificate: Certificate) -> str:
    """A value of the certificate's dtype, with as many digits as it takes to know it."""
    return f"{value:.{DIGITS.get(certificate.dtype, 17)}g}"


def _order(certificate: Certificate) -> str:
    if certificate.nondecreasing:
        return "yes: f never falls"
    if not certificate.drops:
        return "no two neighbours fall, but the paths of one value differ"
    return f"no: {certificate.drops:,} drops between neighbours"


def _paths(certificate: Certificate) -> str:
    split = certificate.disagreement
    if split is None or split.first is None:
        return "vector and scalar code agree at every value, bit for bit"
    x, vector, scalar = (show(value, certificate) for value in split.first)
    return (
        f"differ at {split.differing:,} values, by at most {split.worst_ulp:,} ULP; "
        f"first f({x}): vector {vector}, scalar {scalar}"
    )


def _consequence(certificate: Certificate) -> str:
    where = "on either code, or both mixed" if certificate.path == "all" else f"on {PATHS[certificate.path]}"
    if certificate.nan:
        where += ", but for windows with an input whose result is NaN"
    if certificate.nondecreasing:
        return f"both orders give equal values {where}"
    return (
        f"the orders differ by at most {certificate.drawdown_ulp:,} ULP, and by at most "
        f"{certificate.drawdown:.6g}, {where}"
    )
