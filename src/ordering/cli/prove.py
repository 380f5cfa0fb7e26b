"""`ordering prove`: the shape of an activation over the reals, with its derivations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

import ordering
from ordering.cli.data import as_json, print_json
from ordering.cli.options import output
from ordering.reals import value_text

if TYPE_CHECKING:
    from sympy import Expr

    from ordering.activation import Activation
    from ordering.evidence import Finding, Shape

MARKS = {True: "proved", False: "refuted", None: "undecided"}


@click.command("prove")
@click.argument("function")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds for everything.",
)
@click.option("--steps/--no-steps", default=True, show_default=True, help="Print the derivations.")
@as_json
def command(function: str, timeout: float, steps: bool, as_json: bool) -> None:
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
    Exit code 130: interrupted.
    """
    subject = ordering.load_function(function)
    shape = ordering.prove(subject, timeout=timeout)
    if as_json:
        print_json(_data(shape, function, subject.formula))
    else:
        _print(shape, function, subject, steps=steps)
    if all(finding.holds is None for finding in shape.findings.values()):
        click.echo("no answer: every question is undecided", err=True)
        raise click.exceptions.Exit(1)


def _print(shape: Shape, function: str, subject: Activation, *, steps: bool) -> None:
    """Every question with its answer, the facts beside them, and the derivations."""
    console = output()
    formula = subject.formula or "no expression"
    console.print(Text(f"{function}:  {formula}"), highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, finding in shape.findings.items():
        table.add_row(Text(name), Text(MARKS[finding.holds]), Text(_evidence(finding, subject.expression)))
    for name, value in _facts(shape).items():
        table.add_row(Text(name), Text(""), Text(value))
    console.print(table)
    if steps:
        for finding in shape.findings.values():
            if finding.derivation is not None:
                console.print(Text("\n" + finding.derivation.text()), highlight=False, soft_wrap=True)


def _evidence(finding: Finding, expression: Expr | None) -> str:
    """One line of what stands behind an answer."""
    if finding.holds is None:
        return finding.reason
    if finding.witness is not None:
        points = ", ".join(str(number) for number in finding.witness)
        return f"fails at {points}" + ("" if expression is None else f": {_values(finding, expression)}")
    if finding.derivation is not None:
        return f"derivation of {len(finding.derivation.steps)} steps"
    return ""


def _values(finding: Finding, expression: Expr) -> str:
    """The function's values at a witness; for a pair, at its midpoint too."""
    points = list(finding.witness or ())
    if len(points) == 2:
        points.insert(1, sum(points) / 2)
    return ", ".join(f"f({p}) = {value_text(expression, p)}" for p in points)


def _facts(shape: Shape) -> Mapping[str, str]:
    low, high = shape.limits
    return {
        "value at 0": _text(shape.value_at_zero),
        "limits": f"{_text(low)}, {_text(high)}",
        "drawdown": _text(shape.drawdown),
        "attained at": _text(shape.drawdown_pair),
    }


def _text(value: object) -> str:
    """Exact numbers as they are; a rigorous enclosure as decimals with its width."""
    if value is None:
        return "-"
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
                "derivation": None
                if finding.derivation is None
                else {
                    "claim": finding.derivation.claim,
                    "steps": [
                        {"text": s.text(), "why": s.why, "latex": s.latex(), "mathml": s.mathml()}
                        for s in finding.derivation.steps
                    ],
                },
            }
            for name, finding in shape.findings.items()
        },
        "value_at_zero": _plain(shape.value_at_zero),
        "limits": _plain(shape.limits),
        "drawdown": _plain(shape.drawdown),
        "drawdown_pair": _plain(shape.drawdown_pair),
        "drawdown_near": _plain(shape.drawdown_near),
        "seconds": shape.seconds,
    }


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return None if value is None else str(value)
