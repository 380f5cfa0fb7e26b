"""Python functions as source text, so that a counterexample's script can run without this package."""

from __future__ import annotations

import ast
import dis
import functools
import inspect
import math
import textwrap
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, EnumMeta

import torch
import torch.nn.functional as F

_SPELLINGS = {"F": F, "torch": torch, "torch.special": torch.special, "torch.Tensor": torch.Tensor}
_MODULES = {
    "torch": "import torch as {name}",
    "torch.nn.functional": "import torch.nn.functional as {name}",
    "math": "import math as {name}",
}
_PLAIN_MODULES = ("math", "itertools")
"""Of these, functions are imported by name."""
_ALWAYS = ("import sys", "import torch", "import torch.nn.functional as F")


class NoSource(Exception):
    """The text of a function cannot be had; the message names it."""


@dataclass
class Source:
    """Text that defines functions, collected one by one.

    `express` returns the expression that stands for a function in the script; what that needs is added to
    `imports` and `definitions`.  What cannot be written down is listed in `missing`, under a name that the
    script leaves to be filled in.
    """

    imports: dict[str, None] = field(
        default_factory=lambda: dict.fromkeys(
            ("import sys", "import torch", "import torch.nn.functional as F")
        )
    )
    definitions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    begun: list[types.FunctionType] = field(default_factory=list)

    def express(self, function: object, name: str) -> str:
        """An expression for `function`; `name` is what it is called where it has to be defined."""
        try:
            return self._express(function, name)
        except NoSource as reason:
            self.missing[name] = str(reason)
            return name

    def _express(self, value: object, name: str) -> str:
        if (text := literal(value)) is not None:
            return text
        if (spelling := _torch_name(value)) is not None:
            return spelling
        home, own = getattr(value, "__module__", None), getattr(value, "__name__", None)
        if home in _PLAIN_MODULES and own is not None:
            self.imports[f"from {home} import {own}"] = None
            return str(own)
        if isinstance(value, functools.partial):
            parts = [self._express(value.func, f"{name}_function")]
            parts += [self._express(argument, f"{name}_{n}") for n, argument in enumerate(value.args)]
            parts += [f"{key}={self._express(item, f'{name}_{key}')}" for key, item in value.keywords.items()]
            self.imports["import functools"] = None
            return f"functools.partial({', '.join(parts)})"
        if isinstance(value, torch.nn.Module):
            return _module(value)
        if isinstance(value, EnumMeta):
            return self._enumerate(value)
        if isinstance(value, Enum):
            return f"{self._enumerate(type(value))}.{value.name}"
        if isinstance(value, types.FunctionType):
            return self._define(value, name)
        raise NoSource(f"{name} is a {type(value).__name__}")

    def _define(self, function: types.FunctionType, name: str) -> str:
        """Add the function's text, and the text of what it uses, to `definitions`."""
        text = _lambda_text(function) if function.__name__ == "<lambda>" else _def_text(function)
        if function not in self.begun:  # a function may call itself
            self.begun.append(function)
            for used, value in _globals_used(function):
                self._bind(used, value)
        captured = inspect.getclosurevars(function).nonlocals
        own = name if function.__name__ == "<lambda>" else function.__name__
        definition = f"{name} = {text}" if function.__name__ == "<lambda>" else text
        if captured:
            # A factory gives the captured variables a scope of their own: two functions may use one name.
            arguments = [self._express(value, f"{name}_{variable}") for variable, value in captured.items()]
            body = textwrap.indent(f"{definition}\nreturn {own}", "    ")
            factory = f"def make_{name}({', '.join(captured)}):\n{body}"
            definition = f"{factory}\n\n\n{name} = make_{name}({', '.join(arguments)})"
            own = name
        if self.definitions.setdefault(own, definition) != definition:
            raise NoSource(f"two different functions are called {own}")
        return own

    def _enumerate(self, kind: EnumMeta) -> str:
        """Add an enumeration's members to `definitions`."""
        self.imports["from enum import Enum"] = None
        members_of: Mapping[str, Enum] = kind.__members__
        members = "\n".join(f"    {name} = {literal(item.value)}" for name, item in members_of.items())
        self.definitions.setdefault(kind.__name__, f"class {kind.__name__}(Enum):\n{members}")
        return kind.__name__

    def _bind(self, name: str, value: object) -> None:
        """Make the global `name` of a function mean the same in the script."""
        if isinstance(value, types.ModuleType):
            if value.__name__ not in _MODULES:
                raise NoSource(f"it uses the module {value.__name__}")
            line = _MODULES[value.__name__].format(name=name)
            self.imports[line.removesuffix(f" as {value.__name__}")] = None
            return
        expression = self._express(value, name)
        if expression != name:
            self.definitions.setdefault(name, f"{name} = {expression}")


def literal(value: object) -> str | None:
    """Python text for plain data, or None."""
    if value is None or isinstance(value, bool | int | str):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, tuple):
        parts = [literal(part) for part in value]
        texts = [part for part in parts if part is not None]
        if len(texts) == len(parts):
            return f"({', '.join(texts)}{',' * (len(texts) == 1)})"
    if isinstance(value, torch.dtype):
        return str(value)
    return None


def _torch_name(value: object) -> str | None:
    """How a torch function is reached: `F.relu`."""
    name = getattr(value, "__name__", None)
    if isinstance(name, str):
        for prefix, home in _SPELLINGS.items():
            if getattr(home, name, None) is value:
                return f"{prefix}.{name}"
    return None


def _module(module: torch.nn.Module) -> str:
    """A torch.nn module without weights, as the call that builds it: its repr says how."""
    known = getattr(torch.nn, type(module).__name__, None) is type(module)
    if not known or module.state_dict():
        raise NoSource(f"{module!r} is not a torch.nn module without parameters")
    return f"torch.nn.{module!r}"


def _def_text(function: types.FunctionType) -> str:
    try:
        text = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError) as error:
        raise NoSource(f"{function.__name__} has no source file") from error
    if not text.startswith("def "):
        raise NoSource(f"{function.__name__} is decorated or a method")
    return text.rstrip()


def _lambda_text(function: types.FunctionType) -> str:
    """The text of a lambda, found in its file by the positions that its byte code remembers."""
    try:
        lines, _ = inspect.findsource(function)
        tree = _parsed("".join(lines))
    except (OSError, TypeError, SyntaxError) as error:
        raise NoSource("a lambda without a source file") from error
    spots = {(line, column) for line, _, column, _ in function.__code__.co_positions() if line and column}
    candidates = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda)
        and node.body.lineno <= min(spots)[0]
        and all(_within(node.body, spot) for spot in spots)
    ]
    if not candidates:
        raise NoSource("a lambda whose source has changed")
    # The innermost lambda that holds all of them.
    return ast.unparse(max(candidates, key=lambda node: (node.lineno, node.col_offset)))


def _within(node: ast.expr, spot: tuple[int, int]) -> bool:
    end = (node.end_lineno or 0, node.end_col_offset or 0)
    return (node.lineno, node.col_offset) <= spot <= end


@functools.lru_cache(maxsize=16)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _globals_used(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    """Global names that the code, or code nested in it, refers to, with what they mean."""
    pending = [function.__code__]
    while pending:
        code = pending.pop()
        pending += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
        for instruction in dis.get_instructions(code):
            if instruction.opname == "LOAD_GLOBAL" and instruction.argval in function.__globals__:
                yield instruction.argval, function.__globals__[instruction.argval]
