"""The standalone script of a counterexample: torch alone, exit code 1 while the violation stands."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ordering.kernels.source import Source, literal
from ordering.law import Case, Law, Relation

MANY = 64
"""Elements beyond which runs of equal values are written as repetitions."""

_RANK = '''
def distance(left, right):
    """Representable steps between two tensors of one floating dtype."""

    def place(tensor):
        integer = {2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
        bits = tensor.contiguous().view(integer)
        magnitude = bits.long() & ((1 << (8 * tensor.element_size() - 1)) - 1)
        return torch.where(bits < 0, -magnitude, magnitude)
    return (place(left) - place(right)).abs()
'''

_CASE = '''
class Case:
    """The situation: f, P, the input and the arguments of P."""

    input = x
    arguments = {arguments}
{more}

    def activate(self, tensor):
        return f(tensor)

    def pool(self, tensor):
        return P(tensor, **self.arguments)
'''


def render(law: Law, case: Case, tolerance_ulp: int) -> str:
    """The program's text.

    Kernels and the law are written out from their source.  What has none (a lambda typed at a prompt) is left
    to be filled in: such a script says so and exits 2, and never passes silently.
    """
    source = Source()
    kernel = source.express(case.activation.kernel, "f")
    operator = source.express(case.pooling.kernel, "P")
    sides = source.express(law.sides, "sides")
    more = _more(source, law, case)
    aliases = [f"{name} = {text}" for name, text in (("f", kernel), ("P", operator)) if text != name]
    floating = case.input.dtype.is_floating_point
    parts = [
        f'"""{law}: {law.statement}\n\n'
        f"Broken by {case.activation} with {case.pooling}, {_dtype(case.input)}.\n"
        f'Needs torch alone; exits 1 while the violation stands, 0 when it is gone.\n"""',
        "\n".join(("from __future__ import annotations", "", *sorted(source.imports))),
    ]
    if source.missing:
        parts += [_unfinished(source.missing)]
    parts += source.definitions.values()
    parts += ["\n".join(aliases)] if aliases else []
    parts += [_tensor(case.input)]
    parts += [_CASE.strip().format(arguments=_arguments(case.arguments), more=more)]
    if tolerance_ulp and floating:
        parts += [_RANK.strip()]
    parts += [_judgement(sides, law.relation, tolerance_ulp)]
    return "\n\n\n".join(parts) + "\n"


def _unfinished(missing: dict[str, str]) -> str:
    """What the reader has to fill in, and an exit that is neither "stands" nor "gone"."""
    lines = [f"#   {name}: {reason}" for name, reason in missing.items()]
    return "\n".join(
        (
            "# The source of these could not be found; define them and remove the two lines below.",
            *lines,
            f'print("fill in {", ".join(missing)}: the source could not be found", file=sys.stderr)',
            "sys.exit(2)",
        )
    )


def _tensor(tensor: Tensor) -> str:
    """Statements that rebuild the tensor: values, layout, gradient."""
    values = tensor.detach()
    if values.is_contiguous():
        built = f"x = {_flat(values.flatten())}.reshape({tuple(values.shape)})"
    else:
        extent = 1 + sum(
            (size - 1) * stride for size, stride in zip(values.shape, values.stride(), strict=True)
        )
        storage = values.as_strided((extent,), (1,))
        built = (
            f"storage = {_flat(storage)}\n"
            f"x = storage.as_strided({tuple(values.shape)}, {tuple(values.stride())})"
        )
    return built + ("\nx.requires_grad_()" if tensor.requires_grad else "")


def _flat(values: Tensor) -> str:
    """A one-dimensional tensor; long ones as runs of equal values."""
    dtype = str(values.dtype)
    listed = values.tolist()
    if len(listed) <= MANY:
        return f"torch.tensor([{', '.join(map(_number, listed))}], dtype={dtype})"
    distinct, inverse = torch.unique(values.view(_integer(values)), return_inverse=True)
    palette = distinct.view(values.dtype).tolist()
    if len(palette) <= MANY:
        runs, counts = torch.unique_consecutive(inverse, return_counts=True)
        if len(runs) <= MANY:
            pairs = zip(runs.tolist(), counts.tolist(), strict=True)
            text = ", ".join(f"*[{_number(palette[run])}] * {count}" for run, count in pairs)
            return f"torch.tensor([{text}], dtype={dtype})"
    return f"torch.tensor([{', '.join(map(_number, listed))}], dtype={dtype})"


def _integer(values: Tensor) -> torch.dtype:
    return {2: torch.int16, 4: torch.int32, 8: torch.int64}[values.element_size()]


def _number(value: float) -> str:
    """Exact text: every narrower value is a double, and Python's repr of a double reads back to the same."""
    text = literal(value)
    assert text is not None
    return text


def _arguments(arguments: Any) -> str:
    return "{" + ", ".join(f"{name!r}: {literal(value)}" for name, value in arguments.items()) + "}"


def _more(source: Source, law: Law, case: Case) -> str:
    """What else of the case the law's text reads."""
    text = "\n".join(source.definitions.values())
    lines = [f"drawdown = {_number(case.drawdown)}"] if law.needs_shape else []
    if "case.kind" in text:
        lines.append(f"kind = {source.express(case.kind, 'kind')}")
    used = [name for name in _OF_POOLING if f"case.pooling.{name}" in text]
    if used:
        lines.append("pooling = types.SimpleNamespace()")
        source.imports["import types"] = None
    for name in used:
        lines.append(f"pooling.{name} = {source.express(getattr(case.pooling, name), f'P_{name}')}")
    return "\n".join(f"    {line}" for line in lines)


_OF_POOLING = ("kernel", "indices", "reference", "rounding", "reference_indices", "dimensions")


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _judgement(sides: str, relation: Relation, tolerance_ulp: int) -> str:
    lines = [
        f"left, right = {sides}(Case())",
        "left, right = left.detach(), right.detach()",
        'print("left: ", left)',
        'print("right:", right)',
        "if left.shape != right.shape or left.dtype != right.dtype:",
        "    sys.exit(1)",
        "holds = (left == right) | (left.isnan() & right.isnan())",
    ]
    if relation is not Relation.EQUAL:
        lines.append(f"holds |= left {'>' if relation is Relation.AT_LEAST else '<'} right")
    if tolerance_ulp:
        lines.append("finite = left.isfinite() & right.isfinite()")
        lines.append(f"holds |= finite & (distance(left, right) <= {tolerance_ulp})")
    sign = _SIGN[relation]
    lines += [
        f'print("left {sign} right at", int(holds.sum()), "of", holds.numel(), "elements")',
        "sys.exit(0 if bool(holds.all()) else 1)",
    ]
    return "\n".join(lines)


_SIGN = {Relation.EQUAL: "=", Relation.AT_LEAST: ">=", Relation.AT_MOST: "<="}
