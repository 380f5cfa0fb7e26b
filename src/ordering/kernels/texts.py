"""The text of a function, a lambda or a class as its file has it, checked against the code that runs."""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import importlib.machinery
import inspect
import re
import symtable
import sys
import textwrap
import types
from collections.abc import Iterator, Mapping
from typing import Any

from ordering.kernels.literals import LISTED, literal

FUTURE = "from __future__ import annotations"


class NoSource(Exception):
    """The text of a value cannot be had; the message says of which, and why."""


def function_node(function: types.FunctionType) -> ast.FunctionDef | ast.Lambda:
    """The definition of the function itself, without decorators: what they made is another function.

    Raises
    ------
    NoSource
        If there is no file, or it has changed since it was loaded.
    """
    name = function.__name__
    text = _file_text(function.__code__, name)
    _check_unchanged(function, text)
    if function.__code__.co_name == "<lambda>":
        return _lambda_node(function, text)
    for node in ast.walk(_parsed(text)):
        if isinstance(node, ast.FunctionDef) and node.name == function.__code__.co_name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first == function.__code__.co_firstlineno:
                plain = copy.deepcopy(node)
                plain.decorator_list = []
                return plain
    raise NoSource(f"{name} is not where its file should have it")


def class_node(kind: type) -> tuple[ast.ClassDef, dict[str, object], types.FunctionType]:
    """The definition of a class, what its methods use of functions around it, and one of these methods.

    Raises
    ------
    NoSource
        If there is no file, or if the class is no longer what the file says.
    """
    name = kind.__name__
    methods = dict(_functions(kind))
    if not methods:
        raise NoSource(f"{name} is a class without methods of its own")
    texts = {_file_text(method.__code__, name) for method in methods.values()}
    fitting = [
        node
        for text in texts
        for place, node in _classes(_parsed(text))
        if place == kind.__qualname__ and all(_in_body(node, key, item) for key, item in methods.items())
    ]
    if len(texts) != 1 or len(fitting) != 1:
        raise NoSource(f"{name} is not the class that its file defines")
    if changed := _changed(fitting[0], kind):
        raise NoSource(f"{name}.{changed} is no longer what its file says")
    captured: dict[str, object] = {}
    for method in methods.values():
        _check_unchanged(method, *texts)
        captured |= inspect.getclosurevars(method).nonlocals
    captured.pop("__class__", None)
    return copy.deepcopy(fitting[0]), captured, next(iter(methods.values()))


def written(node: ast.FunctionDef | ast.ClassDef, owner: types.FunctionType) -> str:
    """The definition's lines in the file that holds `owner`, or Python's own rendering of it.

    The latter where the lines say something else, such as other defaults, or where moving them to the left
    margin would change a text within them.
    """
    lines = _file_text(owner.__code__, node.name).splitlines(keepends=True)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    own = textwrap.dedent("".join(lines[first - 1 : node.end_lineno])).rstrip()
    return own if _means(own, node) else ast.unparse(node)


def indented(text: str) -> str:
    """A definition as the body of a function."""
    [node] = ast.parse(text).body
    shifted = textwrap.indent(text, "    ")
    return shifted if _means(textwrap.dedent(shifted), node) else textwrap.indent(ast.unparse(node), "    ")


def filled_in(text: str, values: Mapping[str, str]) -> str | None:
    """The text of a function with these names replaced by expressions; None where that is not sure.

    A name that the text gives another meaning somewhere is not replaced, nor one whose expression holds a
    name that it does.
    """
    tree = ast.parse(text)
    taken = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    taken |= {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    taken |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    if any(isinstance(node, _REBINDING) for node in ast.walk(tree)):
        return None
    inner = {name for value in values.values() for name in re.findall(r"\w+", value)}
    if taken & (inner | values.keys()):
        return None
    lines = [line.encode() for line in text.split("\n")]
    for node in sorted(names, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        if node.id in values:
            line, start, end = node.lineno - 1, node.col_offset, node.end_col_offset
            lines[line] = lines[line][:start] + values[node.id].encode() + lines[line][end:]
    filled = b"\n".join(lines).decode()
    expected = _Filling({name: ast.parse(value, mode="eval").body for name, value in values.items()})
    try:
        same = ast.dump(expected.visit(tree)) == ast.dump(ast.parse(filled))
    except SyntaxError:
        same = False
    return filled if same else None


_REBINDING = (ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.ExceptHandler, ast.Match)
"""What gives names a meaning without writing them as names."""


class _Filling(ast.NodeTransformer):
    """Names replaced by the expressions that they stand for."""

    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Another expression, or the name."""
        return self._values.get(node.id, node)


def cells(function: types.FunctionType) -> list[object]:
    """The values of the variables that a function captures."""
    try:
        return [cell.cell_contents for cell in function.__closure__ or ()]
    except ValueError as error:
        raise NoSource(f"{function.__name__} captures a variable without a value") from error


def defaults(
    function: types.FunctionType, node: ast.FunctionDef | ast.Lambda
) -> Iterator[tuple[list[Any], int, object]]:
    """Each default in the text, as a place in a list, with the value that it has."""
    given = function.__defaults__ or ()
    named = function.__kwdefaults__ or {}
    written_named = [
        arg.arg for arg, item in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if item
    ]
    if len(given) != len(node.args.defaults) or sorted(named) != sorted(written_named):
        raise NoSource(f"{function.__name__} has other defaults than its file says")
    for place, value in enumerate(given):
        yield node.args.defaults, place, value
    for place, argument in enumerate(node.args.kwonlyargs):
        if argument.arg in named:
            yield node.args.kw_defaults, place, named[argument.arg]


def stands_within(value: object, text: str) -> bool:
    """Whether what a function captures can stand in its text: a number, or a function under its name."""
    if type(value) in (bool, int, float):
        return len(text) <= LISTED
    return callable(value) and all(map(str.isidentifier, text.split(".")))


def names_used(text: str) -> list[str]:
    """Names that the text looks up outside itself, in the order of their first appearance."""
    top = symtable.symtable(f"{FUTURE}\n{text}", "<script>", "exec")
    names: dict[str, None] = {}
    pending = [top]
    while pending:
        table = pending.pop(0)
        pending += [child for child in table.get_children() if str(child.get_type()) in ("function", "class")]
        for symbol in table.get_symbols():
            outside = symbol.is_referenced() if table is top else symbol.is_global()
            if outside:
                names[symbol.get_name()] = None
    names.pop("annotations", None)
    return list(names)


def _means(text: str, node: ast.stmt) -> bool:
    try:
        return [ast.dump(part) for part in ast.parse(text).body] == [ast.dump(node)]
    except SyntaxError:
        return False


def _file_text(code: types.CodeType, name: str) -> str:
    try:
        return "".join(inspect.findsource(code)[0])
    except (OSError, TypeError) as error:
        what = "a lambda" if name == "<lambda>" else name
        raise NoSource(f"{what} has no source file") from error


def _check_unchanged(function: types.FunctionType, text: str) -> None:
    """The code that the file gives now is the code that runs; not asked of files that others compile.

    An import hook (of pytest, of a notebook) may compile something else than what the file says.
    """
    module = sys.modules.get(str(function.__globals__.get("__name__")))
    loader = getattr(module, "__loader__", None)
    plain = (
        type(loader) is importlib.machinery.SourceFileLoader and loader.path == function.__code__.co_filename
    )
    try:
        known = _codes(text)
    except SyntaxError as error:
        raise NoSource(f"the file of {function.__name__} is not plain Python") from error
    if plain and function.__code__ not in known:
        raise NoSource(f"{function.__name__} is no longer what its file says")


def _lambda_node(function: types.FunctionType, text: str) -> ast.Lambda:
    """The lambda in its file, found by the positions that its byte code remembers."""
    spots = {(line, column) for line, _, column, _ in function.__code__.co_positions() if line and column}
    lambdas = [node for node in ast.walk(_parsed(text)) if isinstance(node, ast.Lambda)]
    if spots:
        candidates = [node for node in lambdas if all(_within(node.body, spot) for spot in spots)]
        # The innermost lambda that holds all of them.
        candidates.sort(key=lambda node: (node.lineno, node.col_offset))
    else:  # Python was told to keep no columns
        candidates = [node for node in lambdas if node.lineno == function.__code__.co_firstlineno]
        if len(candidates) > 1:
            raise NoSource("a lambda that shares its line with another")
    if not candidates:
        raise NoSource("a lambda whose source has changed")
    return copy.deepcopy(candidates[-1])


def _within(node: ast.expr, spot: tuple[int, int]) -> bool:
    end = (node.end_lineno or 0, node.end_col_offset or 0)
    return (node.lineno, node.col_offset) <= spot <= end


def _functions(kind: type) -> Iterator[tuple[str, types.FunctionType]]:
    """The functions of a class, without what decorators put around them; generated ones have no file."""
    for key, item in vars(kind).items():
        if isinstance(item, (staticmethod, classmethod)):
            item = item.__func__
        if isinstance(item, property):
            item = item.fget
        if isinstance(item, types.FunctionType):
            plain = inspect.unwrap(item)
            if not plain.__code__.co_filename.startswith("<"):
                yield key, plain


def _changed(node: ast.ClassDef, kind: type) -> str:
    """The name of plain data of a class that was set after its definition; empty if there is none."""
    said: dict[str, str] = {}
    for part in node.body:
        names = part.targets if isinstance(part, ast.Assign) else [getattr(part, "target", None)]
        for name in names:
            if isinstance(name, ast.Name) and getattr(part, "value", None) is not None:
                said[name.id] = ast.unparse(part.value)  # type: ignore[attr-defined]  # assignments have one
    for name, value in vars(kind).items():
        text = literal(value)
        if text is not None and not name.startswith("_"):
            if name not in said:
                return name
            with contextlib.suppress(ValueError):  # what is computed there may give anything
                if literal(ast.literal_eval(said[name])) != text:
                    return name
    return ""


def _in_body(node: ast.ClassDef, key: str, function: types.FunctionType) -> bool:
    """Whether the class body gives this function that name: nobody put it there later."""
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == key:
            return node.lineno <= function.__code__.co_firstlineno <= (node.end_lineno or 0)
    assigned = (part for part in node.body if isinstance(part, (ast.Assign, ast.AnnAssign)))
    return any(isinstance(name, ast.Name) and name.id == key for part in assigned for name in ast.walk(part))


def _classes(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    """Every class of a file with its qualified name."""
    for node in ast.iter_child_nodes(tree):
        inner = prefix
        if isinstance(node, ast.ClassDef):
            yield f"{prefix}{node.name}", node
            inner = f"{prefix}{node.name}."
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = f"{prefix}{node.name}.<locals>."
        yield from _classes(node, inner)


@functools.lru_cache(maxsize=16)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@functools.lru_cache(maxsize=16)
def _codes(text: str) -> frozenset[types.CodeType]:
    """Every code object that compiling the text gives."""
    found: list[types.CodeType] = []
    pending = [compile(text, "<source>", "exec", dont_inherit=True)]
    while pending:
        code = pending.pop()
        found.append(code)
        pending += [item for item in code.co_consts if isinstance(item, types.CodeType)]
    return frozenset(found)
