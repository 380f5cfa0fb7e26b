"""`ordering prove`: the shape of an activation over the reals, with its derivations."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text
from sympy import Basic

import ordering
from ordering import rendering
from ordering.checking import check, claim_and_steps, to_data
from ordering.cli.data import as_json, print_json
from ordering.cli.options import output
from ordering.enclosures.budget import OutOfTime, budget
from ordering.errors import InvalidArgument
from ordering.reals import value_text
from ordering.reals.derivation import Proof
from ordering.reals.sentences import sentence
from ordering.report.terminal.parts import print_wrapped
from ordering.verdict.account import BY_MIDPOINT, DRAWDOWN, by_midpoint, compared, decimals

if TYPE_CHECKING:
    from sympy import Expr

    from ordering.activation import Activation
    from ordering.evidence import Derivation, Finding, Shape

MARKS = {True: "proved", False: "refuted", None: "undecided"}


@click.command("prove")
@click.argument("function", required=False)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds for everything.",
)
@click.option("--steps/--no-steps", default=True, show_default=True, help="Print the proofs.")
@click.option(
    "--check",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check the derivations in a file that --json wrote, and prove nothing.",
)
@as_json
def command(function: str | None, timeout: float, steps: bool, file: Path | None, as_json: bool) -> None:
    """Decide the shape of FUNCTION over the reals.

    FUNCTION is a name from `ordering list`, an expression in x, or an activation of your own code, written as
    module:attribute or path/to/file.py:attribute.

    \b
    Examples:
      ordering prove gelu
      ordering prove "x/(1+exp(-x))"
      ordering prove "x if x > 0 else 0.1*x"
      ordering prove mynet.layers:my_activation

    \b
    Exit code 0: answered; some questions may be undecided.
    Exit code 1: no answer, every question is undecided: out of time, or there is no expression.
    Exit code 2: the question cannot be asked (unknown name, unreadable expression, bad option).
    With --check: 0 if each derivation in the file is accepted, 1 if one is rejected, 2 if it holds none.
    Exit code 130: interrupted.
    """
    if (function is None) == (file is None):
        raise click.UsageError("give a FUNCTION, or --check FILE")
    if file is not None:
        _check(file, timeout, as_json=as_json)
        return
    assert function is not None
    started = time.monotonic()
    subject = ordering.load_function(function, timeout=timeout)
    shape = ordering.prove(subject, timeout=max(timeout - (time.monotonic() - started), timeout / 100))
    if as_json:
        print_json(_data(shape, function, subject.formula))
    else:
        _print(shape, function, subject, steps=steps)
    if all(finding.holds is None for finding in shape.findings.values()):
        click.echo("no answer: every question is undecided", err=True)
        raise click.exceptions.Exit(1)


def _check(file: Path, timeout: float, *, as_json: bool) -> None:
    """Check every derivation of a file, from what stands in the file alone."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidArgument(f"{file} holds no JSON: {error}") from None
    try:
        with budget(timeout):
            found = [claim_and_steps(entry) for entry in _derivations(data)]
    except OutOfTime:
        raise InvalidArgument(f"{file} takes too long to read") from None
    if not found:
        raise InvalidArgument(f"{file} holds no derivation; write one with: ordering prove FUNCTION --json")
    answers = []
    for claim, its in found:
        try:
            with budget(timeout):
                refusal = check(claim, its)
        except OutOfTime as late:
            refusal = str(late)
        answers.append((sentence(claim), refusal))
    if as_json:
        print_json([{"claim": words, "accepted": not why, "reason": why} for words, why in answers])
    else:
        for words, why in answers:
            click.echo(f"rejected: {words}\n  {why}" if why else f"accepted: {words}")
    if any(why for _, why in answers):
        raise click.exceptions.Exit(1)


def _derivations(data: Any) -> Iterator[Any]:
    """The derivations in what --json prints, or one that stands alone."""
    if isinstance(data, dict) and "steps" in data:
        yield data
    elif isinstance(data, dict) and isinstance(data.get("findings"), dict):
        for finding in data["findings"].values():
            if isinstance(finding, dict) and finding.get("derivation") is not None:
                yield finding["derivation"]
        if data.get("drawdown_derivation") is not None:
            yield data["drawdown_derivation"]


def _print(shape: Shape, function: str, subject: Activation, *, steps: bool) -> None:
    """Every question with its answer, the facts beside them, and the derivations."""
    console = output()
    formula = subject.formula or "no expression"
    console.print(Text(f"{function}:  {formula}"), highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    told = _Told(shape, subject.expression)
    for name, finding in shape.findings.items():
        table.add_row(Text(name), Text(MARKS[finding.holds]), Text(_evidence(name, finding, told)))
    for name, value in _facts(shape, told).items():
        table.add_row(Text(name), Text(""), Text(value))
    console.print(table)
    print_wrapped(console, DRAWDOWN)
    if steps:
        console.print(
            Text(f"\n{rendering.text(told.document, console.width)}"), highlight=False, soft_wrap=True
        )


class _Told:
    """The proofs of a shape, and the decimals of the numbers beside them: unequal ones look unequal."""

    def __init__(self, shape: Shape, expression: Expr | None) -> None:
        self.expression = expression
        self._values: dict[Expr, Expr | None] = {}
        if expression is not None:
            points = (point for name, found in shape.findings.items() for point in _points(name, found))
            self._values = {point: rendering.value_of(expression, point) for point in points}
        facts = (shape.value_at_zero, *shape.limits, shape.drawdown)
        exact = [number for number in (*self._values.values(), *facts) if isinstance(number, Basic)]
        self.document = rendering.shape_document(shape, expression, beside=exact)

    def at(self, point: Expr) -> str:
        """f at a witness as decimals, however large."""
        assert self.expression is not None
        value = self._values[point]
        digits = None if value is None else self.document.decimals.get(value)
        return value_text(self.expression, point) if digits is None else digits

    def arithmetic(self, name: str, finding: Finding) -> str:
        """How a property fails at its witness: f there, and what it should have been."""
        assert self.expression is not None
        points = _points(name, finding)
        places = [_written(point) for point in points]
        if len(points) == 3:
            # With the midpoint the mean is told, by the decimals of one call that tells all four apart.
            return by_midpoint(name, places, decimals(self.expression, points, mean=True))
        return compared(name, places, [self.at(point) for point in points])

    def number(self, exact: Basic) -> str:
        """An exact number, with decimals where its form does not show them."""
        digits = None if exact.is_Rational else self.document.decimals.get(exact)
        return str(exact) if digits is None else f"{exact} ~ {digits}"


def _evidence(name: str, finding: Finding, told: _Told) -> str:
    """One line of what stands behind an answer."""
    if finding.holds is None:
        return finding.reason
    if finding.witness is not None:
        points = ", ".join(_written(number) for number in finding.witness)
        if told.expression is None:
            return f"fails at {points}"
        return f"fails at {points}: {told.arithmetic(name, finding)}"
    if finding.derivation is not None:
        return f"derivation of {len(finding.derivation.steps)} steps"
    return finding.reason


def _written(number: Expr) -> str:
    return rendering.formula(rendering.plain(number))


def _points(name: str, finding: Finding) -> list[Expr]:
    """The points of a witness; also the midpoint of a pair, where that breaks the property."""
    points = list(finding.witness or ())
    if len(points) == 2 and name in BY_MIDPOINT:
        points.append(sum(points) / 2)
    return points


def _facts(shape: Shape, told: _Told) -> Mapping[str, str]:
    low, high = shape.limits
    return {
        "value at 0": _text(shape.value_at_zero, told),
        "limits": f"{_text(low, told)}, {_text(high, told)}",
        "drawdown": _text(shape.drawdown, told),
        "attained at": _text(shape.drawdown_pair, told),
    }


def _text(value: object, told: _Told) -> str:
    """Exact numbers as they are, with decimals; a rigorous enclosure as decimals with its width."""
    if value is None:
        return "-"
    if isinstance(value, Basic):
        return told.number(value)
    if isinstance(value, tuple):
        numbers = [float(number) for number in value]
        if len(numbers) == 2 and abs(numbers[1] - numbers[0]) <= 1e-8 * abs(numbers[0]):
            return f"{numbers[0]:.12g} (enclosed to a relative width below 1e-9)"
        return ", ".join(str(number) for number in value)
    return str(value)


def _data(shape: Shape, function: str, formula: str) -> dict[str, object]:
    """The shape as plain data."""
    return {
        "function": function,
        "formula": formula,
        "findings": {
            name: {
                "holds": finding.holds,
                "witness": None if finding.witness is None else [str(number) for number in finding.witness],
                "reason": finding.reason,
                "derivation": _derivation(finding.derivation),
            }
            for name, finding in shape.findings.items()
        },
        "value_at_zero": _plain(shape.value_at_zero),
        "limits": _plain(shape.limits),
        "drawdown": _plain(shape.drawdown),
        "drawdown_pair": _plain(shape.drawdown_pair),
        "drawdown_near": _plain(shape.drawdown_near),
        "drawdown_derivation": _derivation(shape.drawdown_derivation),
        "seconds": shape.seconds,
    }


def _derivation(derivation: Derivation | None) -> dict[str, object] | None:
    """The claim and the steps as data that --check reads, and as text beside them."""
    if derivation is None:
        return None
    data: dict[str, object] = {
        "claim": derivation.claim,
        "text": rendering.text(derivation),
        "latex": rendering.latex(derivation),
        "mathml": rendering.mathml(derivation),
    }
    if isinstance(derivation, Proof):
        data |= {"of": to_data(derivation.of), "steps": to_data(derivation.steps)}
    return data


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return None if value is None else str(value)
