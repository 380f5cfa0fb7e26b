"""`ordering list`: what the registries hold."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

import ordering
from ordering.cli.data import as_json, print_json
from ordering.cli.options import output

KINDS = ("activations", "poolings", "laws")


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS), required=False)
@as_json
def command(kind: str | None, as_json: bool) -> None:
    """List the activations, poolings and laws that `check` and `report` know by name."""
    kinds = KINDS if kind is None else (kind,)
    entries = {each: _entries(each) for each in kinds}
    if as_json:
        print_json(entries)
        return
    console = output()
    for each, rows in entries.items():
        table = Table(title=f"{len(rows)} {each}", title_justify="left", box=None, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for row in rows:
            table.add_row(Text(row["name"]), Text(row["description"]))
        console.print(table)


def _entries(kind: str) -> list[dict[str, str]]:
    """Name and one line of description of each entry."""
    if kind == "activations":
        return [{"name": entry.name, "description": entry.formula} for entry in ordering.activations.values()]
    if kind == "poolings":
        return [{"name": entry.name, "description": entry.formula} for entry in ordering.poolings.values()]
    return [{"name": entry.name, "description": entry.statement} for entry in ordering.laws.values()]
