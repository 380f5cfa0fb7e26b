"""How far the two orders of one activation and pooling can be apart, in words."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from ordering.evidence import Finding, Shape
from ordering.pooling import Kind
from ordering.report.lesson.records import SELECTIONS, Subject
from ordering.verdict.account import DRAWDOWN, decimals, drawdown, witness_gap


def distance(subject: Subject) -> Iterator[str]:
    """The drawdown for selections, Jensen's gap for averages; nothing for other laws and poolings."""
    shape = subject.verdict.shape
    if not subject.orders or shape is None or subject.need is None:
        return
    if subject.kind in SELECTIONS:
        yield from _of_selections(subject, shape)
    elif subject.kind is Kind.MEAN:
        yield from _of_averages(subject, shape)


def _of_selections(subject: Subject, shape: Shape) -> Iterator[str]:
    limit = drawdown(shape)
    if limit is None:
        yield f"Not known: the drawdown of f is undecided.  ({DRAWDOWN}.)"
        return
    if limit == 0:
        yield "Not at all, for exact numbers: f never falls from an earlier to a later input."
        return
    yield f"{DRAWDOWN[0].upper()}{DRAWDOWN[1:]}."
    if not isfinite(limit):
        yield "f falls by any amount, so there is no bound: some windows bring the orders any distance apart."
        return
    exact = "" if isinstance(shape.drawdown, tuple) or shape.drawdown is None else f"{shape.drawdown} = "
    exact = "" if exact.startswith(f"{limit:.6g} ") else exact
    yield (
        f"Here it is {exact}{limit:.6g}: however large the window, for exact numbers the orders are no "
        f"further apart."
    )
    pair = shape.drawdown_pair or shape.drawdown_near
    expression = subject.activation.expression
    if pair is not None and expression is not None:
        first, second = decimals(expression, pair)
        about = "" if shape.drawdown_pair is not None else "nearly "
        yield (
            f"It is {about}reached by the window {{{float(pair[0]):.6g}, {float(pair[1]):.6g}}}: there f "
            f"falls from {first} to {second}."
        )


def _of_averages(subject: Subject, shape: Shape) -> Iterator[str]:
    finding = shape.findings.get("affine", Finding(None))
    if finding.holds is True:
        yield "Not at all, for exact numbers: the graph of f is a straight line."
        return
    gap = witness_gap(subject.activation, "affine", finding)
    if gap is not None and finding.witness is not None:
        a, b = finding.witness[:2]
        yield (
            f"On the window {{{a}, {b}}} by {gap:.6g}: so far is f at the midpoint from the mean of f at the "
            f"two ends (the middle of the chord)."
        )
    bent = {True: "convex", False: "concave"}
    for way, name in bent.items():
        if shape.findings.get(name, Finding(None)).holds is True:
            above = "below" if way else "above"
            side = "at least" if way else "at most"
            yield (
                f"f is {name} (proved), so its graph lies {above} its chords, and activation first gives "
                f"{side} what pooling first gives (proofs/jensen.py).  For inputs from l to h the gap is at "
                f"most the largest distance between graph and chord (proofs/chord.py, for convex f)."
            )
            return
    yield (
        "f is not known to be bent one way alone, so that either order may give the larger value; how far "
        "they are apart depends on how far the graph is from its chords over the range of the inputs."
    )
