"""Pictures of one activation: its graph with what is known of it, and the gap over windows of two."""

from __future__ import annotations

import hashlib
import math
from typing import Any, Final

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ordering.enclosures.budget import Undecided
from ordering.evidence import Shape
from ordering.report.page.records import Picture
from ordering.report.page.sampling import Sample, gaps, sample
from ordering.report.page.svg import BREAK, CURVE, DROP, FAINT, GROUND, INK, WITNESS, inline

SIZE: Final = (4.6, 3.0)
SQUARE: Final = (3.7, 3.0)
PAIRS: Final = 72
"""Rows and columns of the picture of windows."""
ABOVE: Final = (0, 114, 178)
BELOW: Final = (213, 94, 0)
"""Blue and orange, which the colour-blind tell apart."""
MOST_BREAKS: Final = 16
Drawn = tuple[Picture | None, Picture | None]


def pictures(shape: Shape, name: str) -> Drawn:
    """The graph, and the gap over two elements; the caption says why there is none."""
    if shape.expression is None:
        return Picture(Markup(""), "No picture: the activation has no expression, only a kernel."), None
    try:
        drawn = sample(shape)
    except Undecided as why:
        return Picture(Markup(""), f"No picture: {why}."), None
    if not np.isfinite(drawn.values).any():
        return Picture(Markup(""), "No picture: the function has no value that could be enclosed here."), None
    salt = hashlib.sha256(f"{name}: {shape.expression}".encode()).hexdigest()[:8]
    return _graph(drawn, shape, salt), _windows(drawn, shape, salt)


# ---- the graph ---------------------------------------------------------------------------------------


def _graph(drawn: Sample, shape: Shape, salt: str) -> Picture:
    figure, axes = _axes(SIZE)
    axes.plot(drawn.at, drawn.values, color=CURVE, linewidth=2.2, zorder=3)
    axes.set_xlim(drawn.low, drawn.high)
    low, high = _heights(drawn.values)
    axes.set_ylim(low, high)
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=1)
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=1)
    axes.set_xlabel("x", color=INK)
    axes.set_ylabel("f(x)", color=INK)
    said = [
        *_breakpoints(axes, drawn),
        *_witness(axes, drawn, shape),
        *_drawdown(axes, drawn, shape),
    ]
    return Picture(inline(figure, "Graph of f", f"{salt}f"), " ".join(["The graph of f.", *said]))


def _breakpoints(axes: Axes, drawn: Sample) -> list[str]:
    inside = [at for at in drawn.breaks if drawn.low < at < drawn.high]
    if not inside:
        return []
    few = inside[:MOST_BREAKS]
    heights = [drawn.of(at) for at in few]
    axes.plot(
        few, heights, "o", color=GROUND, markeredgecolor=BREAK, markersize=5, markeredgewidth=1.5, zorder=4
    )
    listed = ", ".join(map(_short, few[:6])) + (", ..." if len(inside) > 6 else "")
    return [f"Rings: where its pieces meet (x = {listed})."]


def _witness(axes: Axes, drawn: Sample, shape: Shape) -> list[str]:
    rises = shape.findings.get("nondecreasing")
    if rises is None or not rises.witness or len(rises.witness) != 2:
        return []
    a, b = (float(value) for value in rises.witness)
    fa, fb = drawn.of(a), drawn.of(b)
    if drawn.low <= a and b <= drawn.high:
        axes.plot([a, b], [fa, fb], "s-", color=WITNESS, markersize=5, linewidth=1, zorder=5)
    return [
        f"Squares: a larger input with a smaller value, f({_short(a)}) = {_short(fa)} > "
        f"f({_short(b)}) = {_short(fb)}."
    ]


def _drawdown(axes: Axes, drawn: Sample, shape: Shape) -> list[str]:
    """The largest fall, as an arrow between its two heights."""
    meaning = (
        "the drawdown, by how much f falls at most when x grows, "
        "and so the orders' largest gap under max pooling"
    )
    amount = shape.drawdown
    if amount is None:
        return []
    size = float(amount[0]) if isinstance(amount, tuple) else float(amount)
    if size == 0:
        return ["It never falls: its drawdown is 0."]
    if math.isinf(size):
        return [f"There is no bound on {meaning}."]
    if shape.drawdown_near is None:
        return [f"Not drawn: {meaning}, {_short(size)}."]
    a, b = (float(value) for value in shape.drawdown_near)
    bottom = drawn.of(b)
    at = min(max(b, drawn.low), drawn.high)
    axes.annotate(
        "",
        xy=(at, bottom),
        xytext=(at, bottom + size),
        arrowprops={"arrowstyle": "->", "color": DROP, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0},
        zorder=6,
    )
    axes.plot(
        [max(a, drawn.low), at], [bottom + size] * 2, color=DROP, linewidth=1, linestyle=(0, (3, 3)), zorder=2
    )
    start = f"x = {_short(a)}" if a >= drawn.low else f"far left (x = {_short(a)} is near enough)"
    return [f"Arrow: {meaning}: {_short(size)}, from {start} to x = {_short(b)}."]


def _heights(values: Any) -> tuple[float, float]:
    """The part of the ordinate that is drawn: all of it, unless a pole would leave nothing else to see."""
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    inner = np.quantile(finite, (0.06, 0.94))
    spread = max(float(inner[1] - inner[0]), 1e-3)
    low, high = max(low, float(inner[0]) - 2 * spread), min(high, float(inner[1]) + 2 * spread)
    margin = 0.08 * max(high - low, 1e-3)
    return low - margin, high + margin


# ---- windows of two elements -------------------------------------------------------------------------


def _windows(drawn: Sample, shape: Shape, salt: str) -> Picture | None:
    """By how much the two orders differ over a window with the elements a and b, under average pooling."""
    places, gap = gaps(drawn, PAIRS)
    finite = gap[np.isfinite(gap)]
    if finite.size == 0:
        return None
    largest = float(np.abs(finite).max())
    # Rounding of the samples is no gap.
    scale = max(1.0, float(np.abs(drawn.values[np.isfinite(drawn.values)]).max()))
    if largest <= 1e-9 * scale:
        return Picture(
            Markup(""),
            "No picture of windows: over every window of two elements drawn, average pooling gives both "
            "orders the same.",
        )
    top = float(np.quantile(np.abs(finite), 0.99)) or largest
    figure, axes = _axes(SQUARE)
    half = (places[1] - places[0]) / 2
    extent = (places[0] - half, places[-1] + half, places[0] - half, places[-1] + half)
    axes.imshow(
        _tinted(gap / top), extent=extent, origin="lower", interpolation="none", aspect="equal", zorder=0
    )
    axes.plot([drawn.low, drawn.high], [drawn.low, drawn.high], color=FAINT, linewidth=0.8)
    axes.set_xlim(drawn.low, drawn.high)
    axes.set_ylim(drawn.low, drawn.high)
    axes.set_xlabel("a", color=INK)
    axes.set_ylabel("b", color=INK)
    bar = figure.add_axes((0.86, 0.17, 0.035, 0.76))
    levels = np.linspace(-1, 1, 41)[:, None]
    bar.imshow(_tinted(levels), extent=(0, 1, -top, top), origin="lower", aspect="auto", interpolation="none")
    _plain(bar)
    bar.set_xticks([])
    bar.yaxis.tick_right()
    bar.set_yticks([-top, 0, top], [_short(-top, 2), "0", f"+{_short(top, 2)}"])
    said = _midpoint(axes, drawn, shape)
    caption = (
        "The gap over a window of two elements a and b under average pooling: (f(a) + f(b))/2 \N{MINUS SIGN} "
        f"f((a + b)/2), which is P(f(x)) \N{MINUS SIGN} f(P(x)).  Blue: activation first gives "
        f"more; orange: less; at most {_short(largest)} here."
    )
    return Picture(inline(figure, "Gap over windows of two elements", f"{salt}w"), " ".join([caption, *said]))


def _midpoint(axes: Axes, drawn: Sample, shape: Shape) -> list[str]:
    finding = shape.findings.get("affine")
    if finding is None or not finding.witness or len(finding.witness) != 2:
        return []
    a, b = (float(value) for value in finding.witness)
    middle, mean = drawn.of((a + b) / 2), (drawn.of(a) + drawn.of(b)) / 2
    axes.plot([a], [b], "s", color=GROUND, markeredgecolor=WITNESS, markersize=6, markeredgewidth=1.8)
    return [
        f"Square: a = {_short(a)}, b = {_short(b)}, where f({_short((a + b) / 2)}) = {_short(middle)} is not "
        f"the mean {_short(mean)}."
    ]


def _tinted(share: Any) -> Any:
    """Shares from -1 to 1 as colours whose strength is their size; what has no value is transparent."""
    clipped = np.clip(np.nan_to_num(share, nan=0.0, posinf=1.0, neginf=-1.0), -1, 1)
    # Steps, which are told apart and compress well.
    strength = np.round(np.abs(clipped) * 20) / 20
    pixels = np.zeros((*clipped.shape, 4), dtype=np.uint8)
    pixels[..., :3] = np.where((clipped >= 0)[..., None], ABOVE, BELOW)
    pixels[..., 3] = np.round(255 * strength)
    pixels[strength == 0] = 0
    return pixels


# ---- both --------------------------------------------------------------------------------------------


def _axes(size: tuple[float, float]) -> tuple[Figure, Axes]:
    figure = Figure(figsize=size)
    figure.patch.set_visible(False)
    axes = figure.add_axes((0.13, 0.17, 0.68 if size == SQUARE else 0.84, 0.76))
    _plain(axes)
    return figure, axes


def _plain(axes: Axes) -> None:
    axes.patch.set_visible(False)
    axes.tick_params(colors=INK, labelsize=8.5, length=3)
    for spine in axes.spines.values():
        spine.set_color(FAINT)


def _short(value: float, digits: int = 4) -> str:
    return f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}")
