"""What a kernel computes, as a digest of its code and of every value that the code refers to.

Two kernels with one digest compute the same function, on one version of the libraries.  That is claimed only
where all of it can be read: for anything else there is no digest (`Opaque`), and nothing is stored.  What a
Python function reads while it runs, from a file or through a module of the user's, cannot be read off it:
such functions have no digest either.
"""

from __future__ import annotations

import builtins
import dis
import functools
import hashlib
import math
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

# Libraries whose functions a name stands for: their versions are in the key of every certificate, or, for
# the standard library's, in the version of Python.
LIBRARIES: Final = frozenset({"torch", "numpy", "math", "operator", "builtins"})
# Built-in functions with which code reaches what its digest does not cover.
DOORS: Final = frozenset(
    {
        "open",
        "eval",
        "exec",
        "compile",
        "__import__",
        "globals",
        "locals",
        "vars",
        "input",
        "setattr",
        "delattr",
    }
)
LARGEST_TENSOR: Final = 2**20

Parts: TypeAlias = Iterator[str | bytes]
Seen: TypeAlias = dict[int, tuple[int, object]]


class Opaque(Exception):
    """Part of a kernel cannot be read; the message says which."""


def digest(kernel: Callable[[Tensor], Tensor]) -> str:
    """A SHA-256 digest of the kernel's code and parameters, as hexadecimal digits.

    Raises
    ------
    Opaque
        If some part of it cannot be read.
    """
    sink = hashlib.sha256()
    for part in _parts(kernel, {}):
        # Each part carries its length, so that no two sequences of parts run into one text.
        data = part.encode() if isinstance(part, str) else part
        sink.update(len(data).to_bytes(8, "big") + data)
    return sink.hexdigest()


def _parts(value: object, seen: Seen) -> Parts:
    """The value's type and content, flattened; what occurs again is named by its first occurrence."""
    if value is None or value is Ellipsis or isinstance(value, (bool, int, str, bytes, complex)):
        yield from (type(value).__name__, value if isinstance(value, bytes) else repr(value))
    elif isinstance(value, float):
        yield from ("float", value.hex() if not math.isnan(value) else "nan")
    elif isinstance(value, (torch.dtype, torch.device, torch.memory_format, torch.layout)):
        yield from ("torch", str(value))
    elif id(value) in seen:
        yield from ("again", str(seen[id(value)][0]))
    else:
        # The value is kept: an id belongs to one object only as long as the object lives.
        seen[id(value)] = len(seen), value
        yield from _compound(value, seen)


def _compound(value: object, seen: Seen) -> Parts:
    if (name := _library_name(value)) is not None:
        yield from ("library", name)
    elif isinstance(value, (tuple, list)) and type(value) in (tuple, list):
        yield from (type(value).__name__, str(len(value)))
        for item in value:
            yield from _parts(item, seen)
    elif isinstance(value, (set, frozenset)) and type(value) in (set, frozenset):
        # Sets have no order: sort the digests of their items, which refer to nothing outside themselves.
        yield from (type(value).__name__, *sorted("".join(map(repr, _parts(item, {}))) for item in value))
    elif isinstance(value, (dict, types.MappingProxyType)) and type(value) in (dict, types.MappingProxyType):
        yield from ("mapping", str(len(value)))
        for key in value:
            yield from _parts(key, seen)
            yield from _parts(value[key], seen)
    elif isinstance(value, Tensor):
        yield from _tensor(value)
    elif isinstance(value, (np.generic, np.ndarray)):
        yield from _array(np.asarray(value))
    elif isinstance(value, types.CodeType):
        yield from _code(value, seen)
    elif isinstance(value, types.FunctionType):
        yield from _function(value, seen)
    elif isinstance(value, types.MethodType):
        yield "method"
        yield from _parts((value.__func__, value.__self__), seen)
    elif type(value) is functools.partial:
        yield "partial"
        yield from _parts((value.func, value.args, value.keywords), seen)
    elif isinstance(value, nn.Module):
        yield from _module(value, seen)
    else:
        raise Opaque(f"a {type(value).__module__}.{type(value).__qualname__} cannot be read")


def _library_name(value: object) -> str | None:
    """The name by which a library hands out this very object, or None."""
    if isinstance(value, types.ModuleType):
        return value.__name__ if value.__name__.partition(".")[0] in LIBRARIES else None
    name = getattr(value, "__name__", None)
    owner = getattr(value, "__objclass__", None) or sys.modules.get(getattr(value, "__module__", None) or "")
    if not isinstance(name, str) or owner is None:
        return None
    home = (
        owner.__name__ if isinstance(owner, types.ModuleType) else f"{owner.__module__}.{owner.__qualname__}"
    )
    if home.partition(".")[0] not in LIBRARIES or getattr(owner, name, None) is not value:
        return None
    return f"{home}.{name}"


def _function(value: types.FunctionType, seen: Seen) -> Parts:
    yield "function"
    yield from _parts(value.__code__, seen)
    yield from _parts((value.__defaults__, value.__kwdefaults__, value.__dict__), seen)
    for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
        try:
            content = cell.cell_contents
        except ValueError:
            raise Opaque(f"{value.__qualname__}: the variable {name!r} has no value yet") from None
        yield from _parts((name, content), seen)
    for name in sorted(_global_names(value.__code__)):
        if name in value.__globals__:
            yield f"global {name}"
            yield from _parts(value.__globals__[name], seen)
        elif not hasattr(builtins, name):
            raise Opaque(f"{value.__qualname__}: the global {name!r} has no value yet")
        elif name in DOORS:
            raise Opaque(f"{value.__qualname__}: what {name}() reaches cannot be read off the code")
        else:
            yield f"builtin {name}"


def _code(value: types.CodeType, seen: Seen) -> Parts:
    """The code without names of files, numbers of lines and its own name."""
    yield "code"
    yield value.co_code
    yield str((value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags))
    yield from _parts((value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars), seen)
    yield value.co_exceptiontable
    yield from _parts(value.co_consts, seen)


def _global_names(code: types.CodeType) -> set[str]:
    """Names that the code, and the functions defined in it, look up outside themselves."""
    names = set()
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith("IMPORT_") and instruction.opname != "IMPORT_FROM":
            root = str(instruction.argval).partition(".")[0]
            if root not in LIBRARIES:
                raise Opaque(f"{code.co_qualname}: what it imports from {root!r} cannot be read off the code")
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            names.add(str(instruction.argval))
        outside = instruction.opname == "STORE_DEREF" and instruction.argval in code.co_freevars
        if outside or instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            raise Opaque(f"{code.co_qualname}: it assigns {instruction.argval!r}, which outlives the call")
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _global_names(constant)
    return names


def _module(value: nn.Module, seen: Seen) -> Parts:
    """One of torch's own modules, by its class, settings, parameters and parts."""
    kind = type(value)
    if not kind.__module__.startswith("torch.nn."):
        raise Opaque(f"the module class {kind.__qualname__} is not torch's, and its code is not read")
    yield f"module {kind.__module__}.{kind.__qualname__}"
    for name, content in vars(value).items():
        if isinstance(content, Mapping) and not content:
            continue  # no hooks, no parameters
        if "hook" in name and content:
            raise Opaque(f"{kind.__qualname__}: it has hooks")
        if isinstance(content, dict):
            content = dict(content)
        yield name
        yield from _parts(content, seen)


def _tensor(value: Tensor) -> Parts:
    if (
        type(value) not in (Tensor, nn.Parameter)
        or value.layout != torch.strided
        or value.device.type != "cpu"
    ):
        raise Opaque("a tensor that is not a plain one in main memory cannot be read")
    if value.numel() > LARGEST_TENSOR:
        raise Opaque(f"a tensor of {value.numel():,} elements is too large to be part of a key")
    raw = value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    yield from ("tensor", str(value.dtype), str(tuple(value.shape)), str(value.stride()), raw)


def _array(value: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Parts:
    if value.dtype.hasobject or value.size > LARGEST_TENSOR:
        raise Opaque("an array of objects, or a very large one, cannot be read")
    yield from ("array", value.dtype.str, str(value.shape), value.tobytes())
