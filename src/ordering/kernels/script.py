"""The standalone script of a counterexample: exit code 1 while the violation stands, 0 when it is gone."""

from __future__ import annotations

import ast
import copy
import itertools
import math
import re
import sys
import textwrap
import types
from collections.abc import Callable, Mapping
from typing import Final

import torch
from torch import Tensor

from ordering.catalogue import sides
from ordering.evidence import Comparison
from ordering.kernels import inputs
from ordering.kernels.literals import literal
from ordering.kernels.source import Source
from ordering.kernels.texts import FUTURE, NoSource, function_node
from ordering.law import Case, Law, Relation
from ordering.modules import ModuleKernel

SHOWN: Final = 16
"""Results of so many elements are printed whole; of larger ones, those that differ."""
_GUARD: Final = (
    "sys.excepthook = lambda *error: (sys.__excepthook__(*error), sys.exit(2))  # 1 is a violation"
)
"""Python ends with 1 on any error, which would say that the violation stands."""
_SIGN: Final = {Relation.EQUAL: "=", Relation.AT_LEAST: ">=", Relation.AT_MOST: "<="}

_RANK: Final = '''
def rank(tensor):
    """The place of each value in the order of its dtype, whose steps are units in the last place."""
    bits = tensor.contiguous().view({2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()])
    return torch.where(bits < 0, torch.iinfo(bits.dtype).min - bits.long(), bits.long())
'''


def render(
    law: Law, case: Case, tolerance_ulp: int, results: tuple[Tensor, Tensor], comparison: Comparison
) -> str:
    """The program's text: a comment that says what is shown, imports, the input, both sides, and the exit.

    What can be imported is imported by its own name; else its source is shown.  Where there is neither, that
    is the first thing that the script says; it exits 2 then, as it does on any error.  An input that can only
    be packed stands at the end.

    Parameters
    ----------
    law, case, tolerance_ulp:
        What is broken, and by how many ULP it may be.
    results, comparison:
        The two sides of the law on this case, as they were found, and how they differ.
    """
    source = Source()
    given = inputs.statements(case.input, "x")
    source.imports |= dict.fromkeys(given.imports)
    if law.sides is sides.both_orders:
        names = ("activation_first", "pooling_first")
        body = _orders(source, case)
        labels = ("P(f(x)):", "f(P(x)):")
    else:
        names, labels = ("left", "right"), ("left: ", "right:")
        body = _direct(source, law, case) or _general(source, law, case)
    floating = results[0].dtype.is_floating_point
    tolerance = tolerance_ulp if floating else 0
    lines = [*given.lines, *body, *_prints(names, labels, results)]
    lines += _judgement(names, law.relation, tolerance, finite=_finite(case.input, *results))
    code = "\n".join(lines)
    parts = [*source.definitions.values(), *([_RANK.strip()] if tolerance else [])]
    parts += [f"def main():\n{textwrap.indent(code, '    ')}", given.data, "main()"] if given.data else [code]
    head = [_comment(source, law, case, results, comparison), _header(source, "\n".join(parts))]
    head += [_unfinished(source.missing)] if source.missing else []
    return _joined(["\n".join(head[:2]), *head[2:], *parts])


def _joined(parts: list[str]) -> str:
    """Functions and classes two lines apart, as the field writes Python, and statements one."""
    text = parts[0]
    for before, after in itertools.pairwise(parts):
        apart = any(part.startswith(("def ", "class ", "@")) for part in (before, after))
        text += ("\n\n\n" if apart else "\n\n") + after
    return text + "\n"


# ---- what is computed ----------------------------------------------------------------------------------


def _orders(source: Source, case: Case) -> list[str]:
    """Both orders, written out."""
    arguments = {name: source.express(value, f"P_{name}") for name, value in case.arguments.items()}

    kernel = _kernel(case)

    def activate(given: str) -> str:
        return source.call(kernel, "f", given, {})

    def pool(given: str) -> str:
        return source.call(case.pooling.kernel, "P", given, arguments)

    return [f"activation_first = {pool(activate('x'))}", f"pooling_first = {activate(pool('x'))}"]


def _kernel(case: Case) -> Callable[[Tensor], Tensor]:
    """The activation's kernel; a module with weights as it computes in the input's dtype."""
    kernel = case.activation.kernel
    if not isinstance(kernel, ModuleKernel):
        return kernel
    module: Callable[[Tensor], Tensor] = copy.deepcopy(kernel.module).to(case.input.dtype)
    return module


def _direct(source: Source, law: Law, case: Case) -> list[str]:
    """Both sides written out, where the law is nothing but two expressions of f, P and x; else none."""
    if not isinstance(law.sides, types.FunctionType):
        return []
    try:
        node = function_node(law.sides)
    except NoSource:
        return []
    body = node.body if isinstance(node, ast.Lambda) else _returned(node)
    [parameter, *others] = node.args.args or [ast.arg("")]
    if not isinstance(body, ast.Tuple) or len(body.elts) != 2 or others or node.args.kwonlyargs:
        return []
    arguments = {name: source.express(value, f"P_{name}") for name, value in case.arguments.items()}
    kernel = _kernel(case)
    calls = {
        "activate": lambda given: source.call(kernel, "f", given, {}),
        "pool": lambda given: source.call(case.pooling.kernel, "P", given, arguments),
    }
    before = source.snapshot()
    written = _WrittenOut(parameter.arg, calls)
    left, right = (ast.unparse(written.visit(side)) for side in body.elts)
    if written.more:
        source.restore(before)
        return []
    return [f"left = {left}", f"right = {right}"]


def _returned(node: ast.FunctionDef) -> ast.expr | None:
    """What a function returns whose text is a docstring and one return; None of any other."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None


class _WrittenOut(ast.NodeTransformer):
    """An expression of a case: its calls of f and P become calls of their kernels, and its input x."""

    def __init__(self, case: str, calls: Mapping[str, Callable[[str], str]]) -> None:
        self.case, self.calls = case, calls
        self.more = False
        """Whether something else is read, too."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call of f or P, or any other."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) and self._of_case(node.func) else ""
        if name not in self.calls or len(node.args) != 1 or node.keywords:
            self.generic_visit(node)
            return node
        given = ast.unparse(self.visit(node.args[0]))
        return ast.parse(self.calls[name](given), mode="eval").body

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """The input, or any other attribute."""
        if self._of_case(node) and node.attr == "input":
            return ast.Name("x", ast.Load())
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The case itself, or a name from elsewhere."""
        self.more = True
        return node

    def _of_case(self, node: ast.Attribute) -> bool:
        return isinstance(node.value, ast.Name) and node.value.id == self.case


def _general(source: Source, law: Law, case: Case) -> list[str]:
    """The law's own computation, on a case that has what it reads."""
    computed = source.express(law.sides, "sides")
    arguments = {name: source.express(value, f"P_{name}") for name, value in case.arguments.items()}
    given = ", ".join(f"{name!r}: {text}" for name, text in arguments.items())
    fields = {
        "input": "x",
        "arguments": f"{{{given}}}",
        "activate": source.express(_kernel(case), "f"),
        "pool": f"lambda tensor: {source.call(case.pooling.kernel, 'P', 'tensor', arguments)}",
    }
    # What else of the case the law's text reads.
    text = "\n".join(source.definitions.values())
    if law.needs_shape:
        fields["drawdown"] = literal(case.drawdown) or ""
    if re.search(r"\.kind\b", text):
        fields["kind"] = source.express(case.kind, "kind")
    for part, entry in (("activation", case.activation), ("pooling", case.pooling)):
        used = dict.fromkeys(re.findall(rf"\.{part}\.(\w+)", text))
        if used:
            inner = ", ".join(
                f"{name}={source.express(getattr(entry, name), f'{part}_{name}')}" for name in used
            )
            fields[part] = f"{source.express(types.SimpleNamespace, 'SimpleNamespace')}({inner})"
    space = source.express(types.SimpleNamespace, "SimpleNamespace")
    listed = "\n".join(f"    {name}={text}," for name, text in fields.items())
    return [f"case = {space}(\n{listed}\n)", f"left, right = {computed}(case)"]


# ---- what is said --------------------------------------------------------------------------------------


def _comment(
    source: Source, law: Law, case: Case, results: tuple[Tensor, Tensor], comparison: Comparison
) -> str:
    """What the script shows, whom it needs, and what its exit code means."""
    needs = ["torch", *source.packages]
    listed = f"{', '.join(needs[:-1])} and {needs[-1]}" if source.packages else "torch alone"
    dtype = str(case.input.dtype).removeprefix("torch.")
    lines = [
        f"{law} is broken by {case.activation} with {case.pooling} in {dtype}: "
        f"{_apart(results, comparison, case.input.dtype)}.",
        str(law.statement),
        f"Needs {listed}; exits 1 while the violation stands, 0 when it is gone, 2 on an error.",
    ]
    if source.local:
        lines.append(f"Run it where {' and '.join(f'`{name}`' for name in source.local)} can be imported.")
    if source.missing:
        reasons = "; ".join(f"{name} ({reason})" for name, reason in source.missing.items())
        lines = [f"This script cannot stand alone: fill in {reasons}.", *lines]
    return "\n".join(f"# {line}".rstrip() for text in lines for line in _printable(text).split("\n"))


def _apart(results: tuple[Tensor, Tensor], comparison: Comparison, dtype: torch.dtype) -> str:
    """How the two sides differ: `0.0305 = 31 ULP apart`, `nan against 1.0`, shapes, dtypes."""
    left, right = results
    if left.shape != right.shape:
        return f"shapes {tuple(left.shape)} and {tuple(right.shape)}"
    if left.dtype != right.dtype:
        return f"{left.dtype} and {right.dtype}"
    if comparison.index is None:
        return "equal"
    if comparison.gap_ulp is None or not math.isfinite(comparison.gap) or not left.is_floating_point():
        return " against ".join(str(side[comparison.index].item()) for side in results)
    steps = f" = {comparison.gap_ulp:,} ULP" if left.dtype == dtype else ""
    return f"{comparison.gap:.3g}{steps} apart"


def _printable(text: str) -> str:
    """The text, its control codes and lone surrogates shown by their numbers."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _finite(*tensors: Tensor) -> bool:
    """Whether no NaN and no infinity is about, and both sides are tensors of one kind."""
    given, left, right = tensors
    alike = left.shape == right.shape and left.dtype == right.dtype
    return alike and all(bool(part.detach().isfinite().all()) for part in (given, left, right))


def _header(source: Source, code: str) -> str:
    """Imports, those of other packages last, and what turns an error into exit code 2."""
    needed = [line for line in source.imports if not line.endswith(" as F") or re.search(r"\bF\b", code)]
    order = {"standard": 0, "torch": 1, "others": 2}

    def place(line: str) -> tuple[int, bool, str]:
        root = line.split()[1].partition(".")[0]
        kind = "standard" if root in sys.stdlib_module_names else "torch" if root == "torch" else "others"
        return order[kind], line.startswith("from "), line

    # Annotations may name what the script has not.
    future = [FUTURE] if re.search(r"^ *(def (?!main\(\))|class) ?", code, re.MULTILINE) else []
    return "\n".join([*future, *sorted(needed, key=place)]) + f"\n\n{_GUARD}"


def _unfinished(missing: dict[str, str]) -> str:
    """What the reader has to fill in, and an exit that is neither "stands" nor "gone"."""
    lines = [f"#   {name}: {_printable(' '.join(reason.split()))}" for name, reason in missing.items()]
    return "\n".join(
        (
            "# These have neither a name to import nor a source; define them and remove the two lines below.",
            *lines,
            f'print("This script cannot stand alone: fill in {", ".join(missing)}", file=sys.stderr)',
            "sys.exit(2)",
        )
    )


# ---- what is judged ------------------------------------------------------------------------------------


def _prints(names: tuple[str, str], labels: tuple[str, str], results: tuple[Tensor, Tensor]) -> list[str]:
    """Both results: whole, or where they differ, or what kind of tensors they are."""
    left, right = results
    pairs = list(zip(labels, names, strict=True))
    if left.shape != right.shape or left.dtype != right.dtype:
        return [f'print("{label}", {name}.dtype, tuple({name}.shape))' for label, name in pairs]
    if left.numel() <= SHOWN:
        return [f'print("{label}", {name}.tolist())' for label, name in pairs]
    return [
        f"differ = ~torch.isclose({names[0]}, {names[1]}, rtol=0, atol=0, equal_nan=True)",
        'print("differ at", int(differ.sum()), "of", differ.numel(), "elements, the first of which are")',
        *(f'print("{label}", {name}[differ][:{SHOWN}].tolist())' for label, name in pairs),
    ]


def _judgement(names: tuple[str, str], relation: Relation, tolerance: int, *, finite: bool) -> list[str]:
    """The exit code; NaN equals NaN, and `tolerance` units in the last place are forgiven."""
    left, right = names
    kind = f"{left}.dtype == {right}.dtype and {left}.shape == {right}.shape"
    if relation is Relation.EQUAL and not tolerance:
        if finite:
            return [f"sys.exit(0 if torch.equal({left}, {right}) else 1)"]
        return [
            f"same = {kind}",
            f"same = same and torch.allclose({left}, {right}, rtol=0, atol=0, equal_nan=True)",
            "sys.exit(0 if same else 1)",
        ]
    if finite and not tolerance:
        return [f"sys.exit(0 if ({left} {_SIGN[relation]} {right}).all() else 1)"]
    lines = [f"if not ({kind}):", "    sys.exit(1)"]
    lines.append(f"holds = ({left} == {right}) | ({left}.isnan() & {right}.isnan())")
    if relation is not Relation.EQUAL:
        lines.append(f"holds |= {left} {_SIGN[relation][0]} {right}")
    if tolerance:
        lines.append(f"finite = {left}.isfinite() & {right}.isfinite()")
        lines.append(f"holds |= finite & ((rank({left}) - rank({right})).abs() <= {tolerance})")
    return [*lines, "sys.exit(0 if holds.all() else 1)"]
