"""The page of a report: every verdict in its section, what is shared once, and one file of it all."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup

from ordering.evidence import Shape, Verdict
from ordering.report.page.figures import pictures
from ordering.report.page.flow import derivation, math
from ordering.report.page.records import ActivationPart, MachinePart, Page, VerdictPart
from ordering.report.page.safe import visible
from ordering.report.page.sections import verdict_part
from ordering.report.page.tables import tables
from ordering.report.records import Report

FACTS: Final = ("ordering", "python", "torch", "sympy", "hypothesis", "threads", "seed", "effort")
"""What of the environment stands on the page, beside the machine."""


def page(report: Report) -> Page:
    """The page's records."""
    verdicts = report.verdicts
    ids = _ids(verdicts)
    names = tuple(dict.fromkeys(each.activation for each in verdicts))
    homes = dict(zip(names, _unlike(f"f--{_slug(name)}" for name in names), strict=True))
    parts = [
        verdict_part(each, ids[place], report.command, report.environment)
        for place, each in enumerate(verdicts)
        if each.by_dtype
    ]
    machines = dict.fromkeys(each.machine for each in verdicts if each.machine is not None)
    return Page(
        complete=report.complete,
        tables=tables(verdicts, ids, homes),
        laws=tuple(dict.fromkeys(each.law for each in verdicts)),
        dtypes=tuple(dict.fromkeys(dtype for each in verdicts for dtype in (*each.by_dtype, *each.pending))),
        activations=tuple(
            _activation(name, homes[name], verdicts, [part for part in parts if part.activation == name])
            for name in names
        ),
        contradictions=tuple(
            (f"{part.activation} with {part.pooling}, {part.law}, {each.dtype}: {text}", each.id)
            for part in parts
            for each in part.dtypes
            for text in each.contradictions
        ),
        machines=tuple(
            MachinePart(each.kind, each.cpu, each.level, each.torch, each.system, each.flags)
            for each in machines
        ),
        facts=tuple((name, str(report.environment[name])) for name in FACTS if name in report.environment),
        command=report.command,
        total=len(verdicts),
    )


def _activation(
    name: str, own: str, verdicts: Sequence[Verdict], parts: Sequence[VerdictPart]
) -> ActivationPart:
    """What is known of one function, from the verdicts that speak of it."""
    its = [each for each in verdicts if each.activation == name]
    shape = next((each.shape for each in its if each.shape is not None), None)
    fidelity = next((each.fidelity for each in its if each.fidelity is not None), None)
    plot, window = (None, None) if shape is None else pictures(shape, name)
    lemmas, claims = ((), ()) if shape is None else derivation(shape)
    return ActivationPart(
        id=own,
        name=name,
        formula=_formula(shape),
        plot=plot,
        window=window if any(part.window for part in parts) else None,
        lemmas=lemmas,
        claims=claims,
        fidelity="" if fidelity is None else fidelity.why,
        verdicts=tuple(parts),
    )


def _formula(shape: Shape | None) -> Markup:
    return Markup("") if shape is None or shape.expression is None else math(shape.expression)


def _ids(verdicts: Sequence[Verdict]) -> Mapping[int, str]:
    """The id of each verdict's section: its law, activation and pooling."""
    slugs = ("--".join(map(_slug, (each.law, each.activation, each.pooling))) for each in verdicts)
    return dict(enumerate(_unlike(slugs)))


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.]+", "-", text).strip("-") or "x"


def _unlike(slugs: Any) -> list[str]:
    """The same texts, each different from those before it."""
    seen: dict[str, int] = {}
    out = []
    for slug in slugs:
        seen[slug] = seen.get(slug, 0) + 1
        out.append(slug if seen[slug] == 1 else f"{slug}--{seen[slug]}")
    return out


def html(report: Report) -> str:
    """The page as one file that asks for nothing else."""
    style, script = _asset("page.css"), _asset("page.js")
    environment = Environment(
        loader=BaseLoader(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.from_string(_asset("page.html.j2"))
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return template.render(page=page(report), style=Markup(style), script=Markup(script), policy=policy)


def _harmless(value: Any) -> Any:
    """Everything that the template writes: text of users has no hidden characters; markup is ours."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _asset(name: str) -> str:
    return files("ordering.report.page").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
