"""Python values as source text, so that a counterexample's script can run without this package.

What an installed package hands out is imported by its own name.  The user's own code is written out, so that
the script can run elsewhere, and imported only where it cannot be.
"""

from __future__ import annotations

import ast
import builtins
import functools
import keyword
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, EnumMeta
from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ordering.drawing.kernel import PrintedKernel
from ordering.kernels import literals, rebuild
from ordering.kernels.compiled import scripted, settings
from ordering.kernels.literals import literal
from ordering.kernels.names import Names
from ordering.kernels.origin import genuine, origin
from ordering.kernels.texts import (
    NoSource,
    cells,
    class_node,
    defaults,
    filled_in,
    function_node,
    indented,
    names_used,
    stands_within,
    written,
)

DEEP: Final = 40
"""Values within values that are followed; objects that refer to each other go on for ever."""
LONG: Final = 2000
"""Characters up to which the numbers of a tensor are written into a script."""
_SPELLINGS: Final[Mapping[str, object]] = {
    "F": F,
    "torch": torch,
    "torch.special": torch.special,
    "torch.Tensor": torch.Tensor,
    "torch.nn": nn,
}


@dataclass
class Source(Names):
    """Text that defines values, collected one by one.

    `express` returns the expression that stands for a value in the script; what that needs is added to
    `imports` and `definitions`.  What cannot be written down is listed in `missing`, under a name that the
    script leaves to be filled in.
    """

    missing: dict[str, str] = field(default_factory=dict)
    """What is left to be filled in, and why."""
    depth: int = 0

    def express(self, value: object, name: str) -> str:
        """An expression for `value`; `name` is what it is called where it has to be defined."""
        try:
            return self._attempt(self._express, value, name)
        except NoSource as reason:
            own = self._fresh(name)
            self.names[own] = value
            self.known.append((value, own))
            self.missing[own] = str(reason)
            return own

    def call(self, function: object, name: str, given: str, keywords: Mapping[str, str]) -> str:
        """`function(given, **keywords)` as text; a partial is written as the call that it makes."""
        leading: list[str] = []
        named = dict(keywords)
        if type(function) is functools.partial and all(map(str.isidentifier, function.keywords)):
            leading = [self.express(item, f"{name}_{n}") for n, item in enumerate(function.args)]
            bound = {key: self.express(item, f"{name}_{key}") for key, item in function.keywords.items()}
            named = {**bound, **named}
            function = function.func
        return f"{self.express(function, name)}({_arguments([*leading, given], named)})"

    def _attempt(self, express: Callable[[Any, str], str], value: object, name: str) -> str:
        """The expression; what was collected for one that cannot be had after all is dropped."""
        before, depth = self.snapshot(), self.depth
        try:
            return express(value, name)
        except NoSource:
            self.restore(before)
            raise
        except Exception as error:  # reading the objects of others may raise anything; the script tells it
            self.restore(before)
            raise NoSource(f"reading it raised {type(error).__name__}: {error}") from error
        finally:
            self.depth = depth

    def _express(self, value: object, name: str) -> str:
        if isinstance(value, PrintedKernel):
            value = value.function  # whose text is a program by itself
        self.depth += 1
        if self.depth > DEEP:
            raise NoSource("it refers to itself, or to things too deep to be followed")
        try:
            return self._plain(value, name) or self._imported(value) or self._written(value, name)
        finally:
            self.depth -= 1

    # ---- data --------------------------------------------------------------------------------------------

    def _plain(self, value: object, name: str) -> str | None:
        """What has a text of its own: data, torch's functions, what is defined already."""
        for known, own in self.known:
            if known is value:
                return own
        if (text := literal(value)) is not None:
            return text
        if isinstance(value, types.ModuleType):
            return self._module(value, value.__name__.rpartition(".")[2])
        if isinstance(value, Tensor):
            return self._tensor(value, name)
        if isinstance(value, (np.generic, np.ndarray)):
            return self._array(value, name)
        return _torch_name(value) or self._container(value, name)

    def _container(self, value: object, name: str) -> str | None:
        kind = type(value)
        if isinstance(value, (list, tuple, set, frozenset)) and kind in (list, tuple, set, frozenset):
            items = ", ".join(self._express(item, f"{name}_{place}") for place, item in enumerate(value))
            if kind is list:
                return f"[{items}]"
            if kind is tuple:
                return f"({items}{',' * (len(value) == 1)})"
            return f"{kind.__name__}([{items}])"
        if isinstance(value, dict) and kind is dict:
            pairs = [
                f"{self._express(key, f'{name}_key')}: {self._express(item, f'{name}_{place}')}"
                for place, (key, item) in enumerate(value.items())
            ]
            return f"{{{', '.join(pairs)}}}"
        if isinstance(value, (slice, range)):
            parts = (value.start, value.stop, value.step)
            return f"{kind.__name__}({', '.join(self._express(part, name) for part in parts)})"
        return None

    def _tensor(self, value: Tensor, name: str) -> str:
        plain = type(value) in (Tensor, nn.Parameter) and value.layout is torch.strided
        if not plain or value.device.type != "cpu" or value.is_quantized or value.is_complex():
            raise NoSource(f"{name} is a tensor of another kind than plain numbers of the CPU")
        text = literals.tensor(value, named=False)
        if len(text) > LONG:
            raise NoSource(f"{name} is a tensor of {value.numel()} numbers, too many for a script")
        if isinstance(value, nn.Parameter):
            return f"torch.nn.Parameter({text}{'' if value.requires_grad else ', requires_grad=False'})"
        return f"{text}.requires_grad_()" if value.requires_grad else text

    def _array(self, value: np.generic | np.ndarray[Any, Any], name: str) -> str:
        if value.dtype.kind not in "fiub" or value.dtype.itemsize > 8:
            raise NoSource(f"{name} is an array of {value.dtype}")
        items = self._express(value.tolist(), name)
        text = f"{self._module(np, 'np')}.array({items}, dtype={value.dtype.str!r})"
        if len(text) > LONG:
            raise NoSource(f"{name} is an array of {value.size} numbers, too many for a script")
        return text if isinstance(value, np.ndarray) else f"{text}[()]"

    # ---- imports -----------------------------------------------------------------------------------------

    def _imported(self, value: object) -> str | None:
        """What an installed package has under a name; objects that may have changed since are not taken."""
        if isinstance(value, (types.FunctionType, type, types.BuiltinFunctionType, torch.jit.ScriptFunction)):
            found = origin(value)
        elif isinstance(value, (nn.Module, functools.partial, types.MethodType, Enum)):
            found = None
        else:
            found = None if hasattr(value, "__dict__") else origin(value)
        return None if found is None or found.home.own else self._import(found)

    # ---- code --------------------------------------------------------------------------------------------

    def _written(self, value: object, name: str) -> str:
        """What is taken apart: functions, classes, objects."""
        if isinstance(value, functools.partial) and type(value) is functools.partial:
            parts = [self._express(value.func, f"{name}_function")]
            parts += [self._express(item, f"{name}_{place}") for place, item in enumerate(value.args)]
            named = {key: self._express(item, f"{name}_{key}") for key, item in value.keywords.items()}
            return f"{self._module(functools, 'functools')}.partial({_arguments(parts, named)})"
        if isinstance(value, functools._lru_cache_wrapper):
            inner = self._express(value.__wrapped__, f"{name}_function")
            return f"{self._module(functools, 'functools')}.lru_cache(**{value.cache_parameters()})({inner})"
        if isinstance(value, (types.MethodType, types.BuiltinMethodType)):
            return self._method(value, name)
        if (compiled := settings(value)) is not None:
            named = {key: self._express(item, f"{name}_{key}") for key, item in compiled[1].items()}
            inner = self._express(compiled[0], f"{name}_function")
            return self._define(value, name, f"torch.compile({_arguments([inner], named)})")
        if isinstance(value, torch.jit.ScriptModule):
            return self._define(
                value, name, f"torch.jit.script({self._call(rebuild.scripted(value), value, name)})"
            )
        if (script := scripted(value)) is not None:
            text, function = script
            return self._define(value, name, f'torch.jit.CompilationUnit("""\n{text}""").{function}')
        if isinstance(value, EnumMeta):
            return self._enumeration(value)
        if isinstance(value, Enum):
            return f"{self._express(type(value), type(value).__name__)}.{value.name}"
        if isinstance(value, types.FunctionType):
            return self._own(self._function, value, name)
        if isinstance(value, type):
            return self._own(self._class, value, name)
        return self._own(self._object, value, name)

    def _own(self, write: Callable[[Any, str], str], value: object, name: str) -> str:
        """Written out, or else imported from the user's own module."""
        try:
            return self._attempt(write, value, name)
        except NoSource:
            found = origin(value)
            if found is None:
                raise
            return self._import(found)

    def _method(self, value: types.MethodType | types.BuiltinMethodType, name: str) -> str:
        attribute = value.__name__
        owner = value.__self__
        if isinstance(owner, types.ModuleType) or owner is None or getattr(owner, attribute, None) != value:
            raise NoSource(f"{name} is a method that its object does not have under its name")
        return f"{self._express(owner, f'{name}_object')}.{attribute}"

    def _function(self, function: types.FunctionType, name: str) -> str:
        """Define a function by its text, after what the text uses."""
        node = function_node(function)
        captured = dict(zip(function.__code__.co_freevars, cells(function), strict=True))
        own = self._take(function, name if isinstance(node, ast.Lambda) else function.__name__)
        for places, place, default in defaults(function, node):
            # What the text says was evaluated elsewhere, or has been changed: the value counts.
            places[place] = ast.parse(self._express(default, f"{own}_default"), mode="eval").body
        text = ast.unparse(node) if isinstance(node, ast.Lambda) else written(node, function)
        used = names_used(text)
        if function.__name__ in used and vars(function).keys() - {"__wrapped__"}:
            raise NoSource(f"{function.__name__} reads what it keeps as attributes")
        captured = {key: item for key, item in captured.items() if key in used and item is not function}
        self._bind_all(used, function.__globals__, captured, function)
        if isinstance(node, ast.Lambda):
            return self._place(own, text, captured, own)
        if own != node.name and not captured and node.name not in used:
            node.name = own
            return self._place(own, written(node, function), captured, own)
        return self._place(own, text, captured, node.name)

    def _class(self, kind: type, name: str) -> str:
        """Define a class by its text, after what the text uses."""
        node, captured, owner = class_node(kind)
        own = self._take(kind, kind.__name__)
        text = written(node, owner)
        used = names_used(text)
        captured = {key: item for key, item in captured.items() if item is not kind}
        around = {base.__name__: base for base in kind.__mro__[1:] if base.__name__ not in owner.__globals__}
        captured |= {key: item for key, item in around.items() if key in used and not hasattr(builtins, key)}
        self._bind_all(used, owner.__globals__, captured, kind)
        unknown = [
            key
            for key in used
            if not (key in captured or key in owner.__globals__ or hasattr(builtins, key))
            and key != kind.__name__
        ]
        if unknown:
            raise NoSource(f"{kind.__name__} uses {unknown[0]} of the function that made it")
        return self._place(own, text, captured, kind.__name__)

    def _bind_all(
        self,
        used: list[str],
        namespace: dict[str, Any],
        captured: dict[str, object],
        owner: types.FunctionType | type,
    ) -> None:
        """Make global names mean the same in the script; those that mean others there are captured."""
        for name in used:
            if name in captured or name not in namespace:
                continue
            value = namespace[name]
            if value is owner and name == owner.__name__:
                continue
            try:
                if not self._bind(name, value):
                    captured[name] = value
            except NoSource as reason:
                raise NoSource(f"{owner.__name__} uses {name}: {reason}") from reason

    def _bind(self, name: str, value: object) -> bool:
        """Make a name of the script mean this value; False if it means another."""
        if not self._free(name, value):
            return False
        if name in self.names:
            return True
        self.names[name] = value
        if isinstance(value, types.ModuleType):
            self._module(value, name)
            return True
        expression = self._express(value, name)
        if expression != name:
            self.definitions.setdefault(name, f"{name} = {expression}")
        return True

    def _place(self, own: str, text: str, captured: Mapping[str, object], inner: str) -> str:
        """Add a definition; what it captures gets a scope of its own, for two may capture under one name."""
        anonymous = text.startswith("lambda")
        if not captured and (anonymous or inner == own):
            self.definitions[own] = f"{own} = {text}" if anonymous else text
            return own
        arguments = [self._express(value, f"{own}_{variable}") for variable, value in captured.items()]
        if (anonymous or inner == own) and all(map(stands_within, captured.values(), arguments)):
            shown = [f"({text})" if text.startswith("-") else text for text in arguments]
            named = dict(zip(captured, shown, strict=True))
            if (filled := filled_in(text, named)) is not None:
                return self._place(own, filled, {}, inner)
        maker = self._fresh(f"make_{own}")
        self.names[maker] = object()
        body = f"    return {text}" if anonymous else f"{indented(text)}\n\n    return {inner}"
        factory = f"def {maker}({', '.join(captured)}):\n{body}"
        self.definitions[own] = f"{factory}\n\n\n{own} = {maker}({', '.join(arguments)})"
        return own

    def _define(self, value: object, name: str, text: str) -> str:
        """Give an expression a name, so that it is evaluated once."""
        own = self._take(value, name)
        self.definitions[own] = f"{own} = {text}"
        return own

    def _object(self, value: object, name: str) -> str:
        """An object as the call of its class that makes another just like it."""
        made = rebuild.recipe(value)
        text = self._call(made, value, name)
        assignments = () if made is None else made.assignments
        if self.depth > 1 and not assignments:
            return text
        own = self._take(value, name)
        lines = [f"{own}.{path} = {self._express(item, f'{name}_part')}" for path, item in assignments]
        self.definitions[own] = "\n".join((f"{own} = {text}", *lines))
        return own

    def _call(self, made: rebuild.Recipe | None, value: object, name: str) -> str:
        """The call that makes an object."""
        if made is None:
            raise NoSource(f"no call of {type(value).__name__} was found that gives it again")
        kind = self._express(made.kind, made.kind.__name__)
        parts = [self._express(item, f"{name}_{place}") for place, item in enumerate(made.positional)]
        named = {key: self._express(item, f"{name}_{key}") for key, item in made.keywords.items()}
        return f"{kind}({_arguments(parts, named)})" + "".join(f".{call}()" for call in made.calls)

    def _enumeration(self, kind: EnumMeta) -> str:
        """Define an enumeration by its members."""
        members: Mapping[str, Enum] = kind.__members__
        values = {key: literal(item.value) for key, item in members.items()}
        if kind.__bases__ != (Enum,) or None in values.values():
            raise NoSource(f"{kind.__name__} is an enumeration of more than plain values")
        own = self._take(kind, kind.__name__)
        self.imports["from enum import Enum"] = None
        self.definitions[own] = "\n".join(
            (f"class {own}(Enum):", *(f"    {key} = {text}" for key, text in values.items()))
        )
        return own


def _arguments(positional: list[str], named: Mapping[str, str]) -> str:
    """The text between the brackets of a call."""
    plain = {key: text for key, text in named.items() if key.isidentifier() and not keyword.iskeyword(key)}
    odd = [f"{key!r}: {text}" for key, text in named.items() if key not in plain]
    parts = [*positional, *(f"{key}={text}" for key, text in plain.items())]
    return ", ".join([*parts, f"**{{{', '.join(odd)}}}"] if odd else parts)


def _torch_name(value: object) -> str | None:
    """How a function or a class of torch is reached: `F.relu`, `torch.nn.ReLU`, `torch.ops.aten.relu`."""
    if isinstance(value, (torch._ops.OpOverload, torch._ops.OpOverloadPacket)):
        path = str(value)
        found: object = torch.ops
        for part in path.split("."):
            found = getattr(found, part, None)
        return f"torch.ops.{path}" if found is value and path.startswith("aten.") else None
    name = getattr(value, "__name__", None) if not hasattr(type(value), "__getattr__") else None
    if isinstance(name, str):
        for prefix, place in _SPELLINGS.items():
            if getattr(place, name, None) is value and genuine(value):
                return f"{prefix}.{name}"
    return None
