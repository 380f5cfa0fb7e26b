"""A picture of f with the points that matter, for a terminal (plotext) or as a file (matplotlib)."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from typing import Final

import plotext
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ordering.activation import Activation
from ordering.errors import KernelError
from ordering.evidence import Finding, Verdict
from ordering.evidence.visible import visible
from ordering.examination import evaluate
from ordering.law import ALWAYS
from ordering.report.lesson.records import Subject
from ordering.verdict.account import BY_MIDPOINT

POINTS: Final = 401
"""Places at which f is evaluated."""
WIDEST: Final = 8.0
"""How far apart the marked points may be: beyond, what happens between them could not be seen."""
USUAL: Final = (-4.0, 4.0)
"""Inputs that are shown where nothing is to be marked."""
ROWS: Final = 18
"""Lines of the picture in a terminal."""


@dataclass(frozen=True)
class Picture:
    """The graph of f, and on it the points that the lesson speaks of."""

    title: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    marks: tuple[tuple[str, float, float], ...]
    """A letter, x and f(x); `m` is the midpoint of a chord, which need not lie on the graph."""
    caption: str
    chord: bool = False
    """Whether a and b are the ends of a chord that is drawn."""


def picture(subject: Subject) -> Picture | None:
    """The picture for a verdict; None where the kernel gives no finite value that could be drawn."""
    marked, caption, chord = _marked(subject)
    low, high = _ends(subject.activation, [at for _, at in marked])
    values = _values(subject.activation, [low + (high - low) * k / (POINTS - 1) for k in range(POINTS)])
    heights = dict(_values(subject.activation, [at for _, at in marked]))
    if not values:
        return None
    marks = [(letter, at, heights[at]) for letter, at in marked if at in heights]
    if chord and len(marks) == len(marked):
        (_, a, fa), (_, b, fb) = marks[0], marks[1]
        marks.append(("m", (a + b) / 2, (fa + fb) / 2))
    xs, ys = zip(*values, strict=True)
    name = visible(f"{subject.activation}: {subject.activation.formula or 'its kernel'}")
    return Picture(name, xs, ys, tuple(marks), caption if marks else "", chord and len(marks) > len(marked))


def _marked(subject: Subject) -> tuple[list[tuple[str, float]], str, bool]:
    """Which inputs to mark, what the marks mean, and whether the first two are the ends of a chord."""
    verdict, shape, need = subject.verdict, subject.verdict.shape, subject.need
    if not subject.orders or shape is None or need is None or need.property == ALWAYS:
        return _of_counterexample(verdict)
    witness = shape.findings.get(need.property, Finding(None)).witness or ()
    if len(witness) != 2 or not all(isfinite(float(point)) for point in witness):
        return _of_counterexample(verdict)
    a, b = (float(point) for point in witness)
    if need.property in BY_MIDPOINT:
        words = "a and b: a window of two; c: f at its mean; m: the mean of f(a) and f(b)"
        return [("a", a), ("b", b), ("c", (a + b) / 2)], words, True
    marks, words = [("a", a), ("b", b)], "a and b: a window whose orders differ, since f(a) > f(b)"
    pair = shape.drawdown_pair or shape.drawdown_near
    if need.property == "nondecreasing" and pair is not None and all(isfinite(float(end)) for end in pair):
        u, v = (float(end) for end in pair)
        if max(abs(v - a), abs(v - b)) <= WIDEST:
            marks.append(("v", v))
            start = f"from x = {u:.6g}"
            if max(abs(u - a), abs(u - b)) <= WIDEST:
                marks.append(("u", u))
                start = "from u"
            words += f"; v: the end of the furthest fall, {start}, which is the drawdown"
    return marks, words, False


def _of_counterexample(verdict: Verdict) -> tuple[list[tuple[str, float]], str, bool]:
    found = verdict.counterexample
    if found is None:
        return [], "", False
    values = sorted({value for value in found.input.flatten().tolist() if isfinite(value)})
    if not values or values[-1] - values[0] > WIDEST:
        return [], "", False
    ends = dict.fromkeys((values[0], values[-1]))
    return list(zip("ab", ends, strict=False)), "a and b: the ends of the counterexample's input", False


def _ends(activation: Activation, marked: list[float]) -> tuple[float, float]:
    """What to show: the marked inputs with as much on each side, inside the activation's domain."""
    low, high = (min(marked), max(marked)) if marked else USUAL
    around = max(high - low, 1.0) if marked else 0.0
    low, high = low - around, high + around
    if activation.low is not None:
        low = max(low, float(activation.low))
    if activation.high is not None:
        high = min(high, float(activation.high))
    return low, high if high > low else low + 1.0


def _values(activation: Activation, xs: list[float]) -> list[tuple[float, float]]:
    """f at these inputs, by its kernel in the widest dtype that it takes; without what is not finite."""
    if not xs:
        return []
    for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
        try:
            found = evaluate(activation.kernel, torch.tensor(xs, dtype=dtype)).tolist()
        except KernelError:  # not every kernel takes every dtype
            continue
        return [(x, y) for x, y in zip(xs, found, strict=True) if isfinite(y)]
    return []


def plotted(shown: Picture, width: int, *, encoding: str = "utf-8") -> str:
    """The picture in characters, `width` of them in a line; in plain ones where others cannot be written."""
    fine = _writes("⣀┤", encoding)
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, ROWS)
    room = width - 8
    figure.title(shown.title if len(shown.title) <= room else f"{shown.title[: room - 4]} ...")
    figure.draw(figure.signal(list(shown.xs), list(shown.ys), marker="braille" if fine else "."))
    for letter, x, y in shown.marks:
        figure.draw(figure.text(x, y, letter))
    drawn = str(figure.build().string(colorless=True))
    figure.clear()
    if not fine:
        drawn = drawn.translate(
            {ord(each): plain for each, plain in zip("┌┐└┘─│┤┬┴├", "++++-|||++", strict=True)}
        )
    return "\n".join(line.rstrip() for line in drawn.splitlines())


def _writes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def draw(shown: Picture, kind: str) -> bytes:
    """The picture as a file's content, `svg` or `png`, with a caption and without a date."""
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(shown.xs, shown.ys, color="#1f4e79", linewidth=2)
    axes.axhline(0, color="#999999", linewidth=0.6)
    if shown.chord:
        (_, a, fa), (_, b, fb) = shown.marks[0], shown.marks[1]
        axes.plot([a, b], [fa, fb], color="#b5541c", linestyle="--", linewidth=1)
    for letter, x, y in shown.marks:
        axes.plot([x], [y], marker="o", color="#b5541c")
        axes.annotate(letter, (x, y), textcoords="offset points", xytext=(5, 7), color="#b5541c")
    axes.set_title(_literal(shown.title), fontsize=11)
    axes.set_xlabel("x")
    axes.set_ylabel("f(x)")
    if shown.caption:
        figure.supxlabel(_literal(shown.caption), fontsize=9)
    stream = BytesIO()
    canvas = FigureCanvasSVG(figure) if kind == "svg" else FigureCanvasAgg(figure)
    metadata = {"Date": None} if kind == "svg" else {}
    canvas.print_figure(stream, format=kind, metadata=metadata)
    return stream.getvalue()


def _literal(text: str) -> str:
    """Text in which matplotlib reads no formula."""
    return text.replace("$", r"\$")
