"""All that is known of one function as one document: shared lemmas first, then each claim."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr

from ordering.evidence import Derivation, Shape
from ordering.rendering.claims import refuted, undecided
from ordering.rendering.parts import Document, Line, Sentence, listed
from ordering.rendering.statements import document


def shape_document(
    shape: Shape, function: Expr | None, more: Iterable[Derivation] = (), beside: Iterable[Expr] = ()
) -> Document:
    """The proofs and refutations of a shape.

    `more`: further derivations about the same function; `beside`: numbers that are printed next to it.
    """
    if shape.drawdown_derivation is not None:
        more = [*more, shape.drawdown_derivation]
    proofs = [f.derivation for f in shape.findings.values() if f.holds is True and f.derivation is not None]

    def claims(proved: list[Line]) -> list[Line]:
        lines = iter(proved)
        out = []
        for name, finding in shape.findings.items():
            if finding.holds is True and finding.derivation is not None:
                out.append(next(lines))
            elif finding.holds is True:
                out.append(Line((f"f has the property {name}",), ((f"as proved in {finding.theorem}",),)))
            elif finding.holds is None:
                out.append(undecided(name, finding.reason))
            elif function is not None:
                out.append(refuted(name, finding, function))
        return [*_gathered(out), *lines]

    return document([*proofs, *more], claims, beside)


def _gathered(lines: list[Line]) -> list[Line]:
    """Claims with one and the same reason as one line."""
    found: dict[tuple[Sentence, ...], list[Line]] = {}
    for line in lines:
        found.setdefault(line.why, []).append(line)
    return [Line(listed([same[0].statement, *map(_continued, same[1:])]), why) for why, same in found.items()]


def _continued(line: Line) -> Sentence:
    """A statement after another one about f."""
    first, *rest = line.statement
    return (
        first.removeprefix("f is ").removeprefix("undecided ") if isinstance(first, str) else first,
        *rest,
    )
