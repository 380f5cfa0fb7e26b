"""What torch.compile and torch.jit have made of a function: how to have them make it again."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Iterator, Mapping
from typing import Any, Final

import torch
from torch import nn

_DEFAULTS: Final[Mapping[str, object]] = {"dynamic": None, "fullgraph": False}


def settings(value: object) -> tuple[object, Mapping[str, object]] | None:
    """What `torch.compile` was given, and its settings; None for what these alone do not make."""
    context = _context(value)
    if context is None:
        return None
    inner: Any = (
        value._orig_mod if isinstance(value, nn.Module) else vars(value)["_torchdynamo_orig_callable"]
    )
    for keywords in _keywords(context):
        other = _context(torch.compile(inner, **keywords))
        if other is not None and _told(other) == _told(context):
            return inner, {key: item for key, item in keywords.items() if item is not _DEFAULTS.get(key)}
    return None


def _context(value: object) -> Any:
    """The settings that torch keeps with what it compiles."""
    if isinstance(value, nn.Module):
        return getattr(value, "dynamo_ctx", None)
    if not isinstance(value, types.FunctionType) or "_torchdynamo_orig_callable" not in vars(value):
        return None
    cells = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
    return next((cell.cell_contents for name, cell in cells if name == "self"), None)


def _keywords(context: Any) -> Iterator[dict[str, Any]]:
    plain = {"dynamic": context._dynamic, "fullgraph": context.fullgraph}
    yield plain
    backend = _backend(context)
    for attribute in ("compiler_name", "compiler_fn"):
        if hasattr(backend, attribute):
            yield {**plain, "backend": getattr(backend, attribute)}


def _told(context: Any) -> tuple[object, ...]:
    return (context._dynamic, context.fullgraph, _backend(context), context.compiler_config)


def _backend(context: Any) -> Any:
    found = context.callback
    while hasattr(found, "_torchdynamo_orig_backend"):
        found = found._torchdynamo_orig_backend
    return found


def scripted(value: object) -> tuple[str, str] | None:
    """Text from which TorchScript compiles this function again, and the name that it defines.

    None where it does not give the same graph: it refers to constants or to other functions.
    """
    if not isinstance(value, torch.jit.ScriptFunction):
        return None
    try:
        tree = _Readable().visit(ast.parse(str(value.code)))
        text = ast.unparse(tree) + "\n"
        name = next(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
        again = getattr(torch.jit.CompilationUnit(text), name)
    except (RuntimeError, SyntaxError, StopIteration):
        return None
    return (text, name) if _graph(again) == _graph(value) else None


class _Readable(ast.NodeTransformer):
    """TorchScript prints `torch.mul_(x, y)`, which it does not read; it reads `x.mul_(y)`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(ast.Attribute(ast.Name("torch"), name) as function, [first, *rest]) if (
                name[-1] == "_"
            ):
                function.value, node.args = first, rest
        return node


def _graph(function: Any) -> str:
    """The graph with its values numbered in order, and without the places in files where it was written."""
    graph = str(torch._C._jit_pass_canonicalize(function.inlined_graph).str(False))
    return re.sub(r" # .*", "", graph)
