"""matplotlib's SVG for a page: no style of its own, colours by class, no id that nothing refers to."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.etree import ElementTree

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "http://www.w3.org/1999/xlink"
ROLES: Final = {
    "#010101": "ink",
    "#020202": "curve",
    "#030303": "witness",
    "#040404": "drop",
    "#050505": "faint",
    "#060606": "break",
    "#070707": "ground",
}
"""Colours that stand for a part that something plays; the page's style sheet says what it looks like."""
INK, CURVE, WITNESS, DROP, FAINT, BREAK, GROUND = ROLES
KEPT: Final = (
    *("stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin"),
    *("opacity", "fill-opacity", "stroke-opacity", "text-anchor", "clip-rule", "fill-rule"),
)
"""Properties that stay, as attributes: the page's policy allows no style but its own sheet."""
COORDINATES: Final = ("d", "points", "x", "y")
"""Attributes whose numbers are given to a tenth of a unit, less than any screen shows."""
DECIMAL: Final = re.compile(r"-?\d+\.\d+")
FONT: Final = re.compile(r"([0-9.]+)px")


def inline(figure: Figure, label: str, salt: str) -> Markup:
    """The figure as one `<svg>` element; the same figure and salt give the same text."""
    stream = io.StringIO()
    canvas: Any = FigureCanvasSVG(figure)  # matplotlib gives its methods no types
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt, "path.simplify_threshold": 0.2}):
        canvas.print_svg(stream, metadata={"Date": None})
    # What is read here was written by matplotlib a moment ago.
    root = ElementTree.fromstring(stream.getvalue())
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        _restyle(element)
    wanted = set(_references(root))
    for element in root.iter():
        if element.get("id") not in wanted:
            element.attrib.pop("id", None)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", label)
    text = ElementTree.tostring(root, encoding="unicode")
    text = re.sub(r"<(?:\w+:)?defs\s*/>|\n\s*", " ", text)
    return Markup(re.sub(r"\s*>\s+<", "><", text))


def _restyle(element: ElementTree.Element) -> None:
    """Style declarations as attributes, and colours that stand for a part as its class."""
    declared = _declared(element.attrib.pop("style", ""))
    classes = []
    for name in ("fill", "stroke"):
        colour = declared.get(name, element.get(name, ""))
        if colour in ROLES:
            classes.append(f"{name}-{ROLES[colour]}")
            element.attrib.pop(name, None)
        elif colour:
            element.set(name, colour)
    if "image-rendering" in declared:
        classes.append("pixels")
    for name in KEPT:
        if name in declared:
            element.set(name, declared[name])
    if element.tag == f"{{{SVG}}}text":
        size = FONT.search(declared.get("font", declared.get("font-size", "")))
        element.set("font-size", size[1] if size else "10")
        if "fill" not in declared and not classes:
            classes.append("fill-ink")
    if classes:
        element.set("class", " ".join(classes))
    for name in COORDINATES:
        if name in element.attrib:
            element.set(name, DECIMAL.sub(_tenth, element.attrib[name]))
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]


def _tenth(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def _declared(style: str) -> Mapping[str, str]:
    pairs = (declaration.partition(":") for declaration in style.split(";") if ":" in declaration)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _references(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        for value in element.attrib.values():
            if value.startswith("#"):
                yield value[1:]
            yield from re.findall(r"url\(#([^)]+)\)", value)
