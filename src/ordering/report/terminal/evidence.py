"""One verdict in a terminal: every world's reason, the proof, the counterexample and its script."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ordering.evidence import Counterexample, Verdict
from ordering.evidence.visible import LAYOUT, visible
from ordering.evidence.words import difference, exactly
from ordering.report.terminal.parts import STYLES, brief, meanings, print_wrapped


def print_explanation(console: Console, verdict: Verdict, proof: str = "", script: str = "") -> None:
    """One verdict with every dtype's and every world's reason, the proof, and the counterexample.

    `proof`: what is proved, with its derivation or the command that prints it.  `script`: what is printed in
    place of the counterexample's script, where that was printed before.
    """
    headline = Text(visible(f"{verdict.activation} with {verdict.pooling}, {verdict.law}: "))
    headline.append(verdict.verdict, style=STYLES[verdict.verdict])
    headline.append(f" ({meanings([verdict])[verdict.verdict]})")
    console.print(headline)
    for line in verdict.explain().splitlines()[1:]:
        words = line.lstrip()
        print_wrapped(console, words, indent=line[: len(line) - len(words)], later="    ")
    if proof:
        console.print()
        print_block(console, proof)
    if verdict.counterexample is not None:
        _print_counterexample(console, verdict.counterexample, orders=verdict.orders)
        console.print(Text(f"\n# {script or 'Reproduce with torch alone:'}"), soft_wrap=True)
        if not script:
            print_block(console, verdict.counterexample.script)


def print_block(console: Console, text: str) -> None:
    """Text whose lines stay as they are, such as a program; the control codes in it are written out."""
    console.print(Text(visible(text.rstrip("\n"), keep=LAYOUT)), soft_wrap=True)


def _print_counterexample(console: Console, found: Counterexample, *, orders: bool) -> None:
    arguments = ", ".join(f"{name}={value}" for name, value in found.pooling_arguments.items())
    console.print()
    print_wrapped(console, f"Counterexample, {found.dtype}, {found.pooling}({arguments})")
    for label, tensor in found.steps or (("x", found.input),):
        print_wrapped(console, f"{label:10} {brief(tensor)}", indent="  ", later=" " * 11)
    print_wrapped(console, difference(found, orders=orders), indent="  ", later="  ")
    for line in exactly(found):
        print_wrapped(console, line, indent="  ", later="    ")
