"""What stands proved behind a verdict, as text: a short derivation whole, of a long one the command."""

from __future__ import annotations

import shlex
import textwrap
from typing import TYPE_CHECKING, Final

import ordering
from ordering.evidence import Answer, Derivation, Verdict

if TYPE_CHECKING:
    from ordering.activation import Activation
    from ordering.law import Law
    from ordering.pooling import Pooling

SHORT: Final = 24
"""Lines of a derivation that is printed whole."""


def proof_of(
    activation: Activation, called: str, pooling: Pooling, law: Law, verdict: Verdict, width: int
) -> str:
    """What is proved over the reals about what the law needs of f; empty where nothing is.

    `called` is how the user named the activation, and what the command is to be given.
    """
    if verdict.shape is None or verdict.worst.answer is Answer.ERROR:
        return ""
    need, kind = ordering.requirement(activation, verdict.shape, law, pooling)
    theorem = law.theorem_of(kind)
    general = f"With that the law follows: {theorem}" if theorem else ""
    if need.finding.theorem:
        return f"Proof: {theorem}, of every f."
    if need.finding.holds is True and need.finding.derivation is not None:
        return f"{derived(need.finding.derivation, called, width)}\n{general}".rstrip()
    if need.finding.holds is False:
        return f"What is proved of f, with every step: {command(called)}"
    return ""


def derived(derivation: Derivation, called: str, width: int) -> str:
    """A derivation, if it is short; else its claim, how long it is, and the command that prints it."""
    written = ordering.rendering.text(derivation, width)
    if written.count("\n") < SHORT:
        return f"Proof: {written}"
    told = f"Proof: {derivation.claim}; {len(derivation.steps)} steps, all checked: {command(called)}"
    return textwrap.fill(told, width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)


def command(called: str) -> str:
    """The command that prints every derivation about an activation."""
    return f"ordering prove {shlex.quote(called)}"
