"""What a kernel computes, as a digest of its code and of every value that the code refers to.

Two kernels with one digest compute the same function, on one version of the libraries.  That is claimed only
where all of it can be read: for anything else there is no digest (`Opaque`), and nothing is stored.

A function is its code, its defaults and closure, and what it looks up outside itself.  An object is its
class and its attributes, a module's parameters, buffers, parts and mode among them.  A class is its bases and
all that is defined in it, but for what no call of the kernel runs (`IDLE`).  What an installed library hands
out is its name and version (`origin`).  What code reads while it runs, such as a file, or leaves behind, such
as an attribute of `self`, cannot be read off it: such kernels have no digest.
"""

from __future__ import annotations

import abc
import builtins
import collections
import hashlib
import math
import types
import typing
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ordering.drawing.kernel import PrintedKernel
from ordering.floats.bytecode import CONSTRUCTORS, references, refuse_doors
from ordering.floats.origin import DOORS, Opaque, imported, origin
from ordering.modules import ModuleKernel

__all__ = ["Opaque", "digest"]

LARGEST_TENSOR: Final = 2**20
# A class's own notes about itself, which code may ask for by these names.
NOTES: Final = frozenset(
    {
        "__module__", "__qualname__", "__name__", "__doc__", "__annotations__", "__orig_bases__",
        "__parameters__", "__dataclass_fields__", "__dataclass_params__", "__firstlineno__",
        "__static_attributes__", "__annotate__", "__annotate_func__", "__annotations_cache__",
    }
)  # fmt: skip
# What no call of a kernel runs, unless something that it runs has the name in it.
IDLE: Final = CONSTRUCTORS | {
    "__repr__", "__str__", "extra_repr", "reset_parameters", "__getstate__", "__setstate__", "__reduce__",
    "__reduce_ex__", "__replace__",
}  # fmt: skip
# Names with which code gets at the class of an object, and so can make another.
MAKERS: Final = CONSTRUCTORS | {"type", "__class__"}
# What Python puts into every class, and torch into a `Function`: the latter counts them.
FURNITURE: Final = frozenset({"__dict__", "__weakref__", "_backward_cls", "_autograd_function_id"})
# Library classes whose objects keep nothing but their attributes; torch's modules are more of them.
PLAIN_BASES: Final = frozenset({object, typing.Generic, *torch.no_grad.__mro__, *torch.enable_grad.__mro__})
METACLASSES: Final = frozenset({type, type(torch.autograd.Function)})

Parts: TypeAlias = Iterator[str | bytes]


def digest(kernel: Callable[[Tensor], Tensor]) -> str:
    """A SHA-256 digest of the kernel's code and state, as hexadecimal digits.

    Raises
    ------
    Opaque
        If some part of it cannot be read.
    """
    woken = frozenset[str]()
    while True:
        reader = _Reader(woken)
        sink = hashlib.sha256()
        try:
            for part in reader.parts(kernel):
                # Each part carries its length, so that no two sequences of parts run into one text.
                data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
                sink.update(len(data).to_bytes(8, "big") + data)
        except RecursionError:
            raise Opaque("it refers to things that refer to others too deep to be followed") from None
        if reader.mentioned <= woken:
            return sink.hexdigest()
        # Something that was left out is named by what was read: read it again with that.
        woken |= reader.mentioned


class _Reader:
    """One reading of a kernel: `parts` flattens a value, `mentioned` collects the `IDLE` and `NOTES` met."""

    def __init__(self, woken: frozenset[str]) -> None:
        self.mentioned: set[str] = set()
        self._woken = woken
        # The objects are kept: an id belongs to one object only as long as the object lives.
        self._seen: dict[int, tuple[int, object]] = {}

    def parts(self, value: object) -> Parts:
        """The value's type and content; an object that occurs again is named by its first occurrence."""
        kind = type(value)
        if kind is str:
            self._mention(str(value))
            yield from ("str", str(value))
        elif isinstance(value, bytes) and kind is bytes:
            yield from ("bytes", value)
        elif value is None or value is Ellipsis or value is NotImplemented or kind in (bool, int, range):
            yield from (kind.__name__, repr(value))
        elif isinstance(value, float) and kind is float:
            yield from ("float", value.hex() if not math.isnan(value) else "nan")
        elif isinstance(value, complex) and kind is complex:
            yield "complex"
            yield from self.parts((value.real, value.imag))
        elif isinstance(value, (torch.dtype, torch.device, torch.memory_format, torch.layout)):
            yield from ("torch", str(value))
        elif isinstance(value, (tuple, list)) and kind in (tuple, torch.Size):
            # Whether equal tuples are one object depends on how their file was compiled.
            yield from (kind.__name__, str(len(value)))
            for item in value:
                yield from self.parts(item)
        elif isinstance(value, slice):
            yield "slice"
            yield from self.parts((value.start, value.stop, value.step))
        elif isinstance(value, (set, frozenset)) and kind in (set, frozenset):
            yield from self._set(value)
        elif isinstance(value, types.CodeType):
            yield from self._code(value)
        else:
            if isinstance(value, type) and origin(value) is None:
                self.mentioned |= CONSTRUCTORS  # code that has the class can make objects
            yield from self._reference(value)

    def _mention(self, name: str) -> None:
        if name in MAKERS:
            self.mentioned |= CONSTRUCTORS
        elif name in IDLE or name in NOTES:
            self.mentioned.add(name)

    def _reference(self, value: object) -> Parts:
        if id(value) in self._seen:
            yield from ("again", str(self._seen[id(value)][0]))
            return
        self._seen[id(value)] = len(self._seen), value
        if (name := origin(value)) is not None:
            yield from self._named(name)
        elif isinstance(value, list) and type(value) is list:
            yield from ("list", str(len(value)))
            for item in value:
                yield from self.parts(item)
        elif isinstance(value, (dict, types.MappingProxyType)) and type(value) in (
            dict,
            types.MappingProxyType,
            collections.OrderedDict,
        ):
            yield from ("mapping", str(len(value)))
            for key, item in value.items():
                yield from self.parts(key)
                yield from self.parts(item)
        elif isinstance(value, Tensor):
            yield from _tensor(value)
            yield from self._state(value)
        elif isinstance(value, (np.generic, np.ndarray)):
            yield from _array(value)
        elif isinstance(value, types.FunctionType):
            yield from self._function(value)
        elif isinstance(value, types.MethodType):
            yield "method"
            yield from self.parts((value.__func__, value.__self__))
        elif type(value) is partial:
            yield "partial"
            yield from self.parts((value.func, value.args, value.keywords, vars(value)))
        elif isinstance(value, ModuleKernel):
            # How it is converted to a dtype is ours to say, and does not depend on the module.
            yield "module in the dtype of its input"
            yield from self.parts(value.module)
        elif isinstance(value, PrintedKernel):
            yield from self.parts(value.function)
        elif isinstance(value, type):
            yield from self._class(value)
        elif isinstance(value, types.ModuleType):
            raise Opaque(f"the module {value.__name__!r} is used as a value, and may hold anything")
        else:
            yield from self._object(value)

    def _named(self, name: tuple[str, ...]) -> Parts:
        if name[0] == "distribution":
            self.mentioned |= IDLE  # its code is not read, and may call them
        yield from name

    def _set(self, value: set[object] | frozenset[object]) -> Parts:
        """A set's items, in the order of their texts, for it has none."""
        texts = []
        for item in value:
            if type(item) not in (str, bytes, int, bool, float, type(None)):
                raise Opaque(f"a set with a {_title(type(item))} in it has no order to be read in")
            texts.append("".join(map(repr, self.parts(item))))
        yield from (type(value).__name__, str(len(value)), *sorted(texts))

    def _function(self, value: types.FunctionType) -> Parts:
        if "_torchdynamo_orig_callable" in vars(value):
            raise Opaque(f"{value.__qualname__}: it is compiled, and what the compiler makes cannot be read")
        yield "function"
        if self._woken & NOTES:
            yield repr((value.__module__, value.__name__, value.__qualname__, value.__doc__))
        used = references(value.__code__)
        yield from self.parts(value.__code__)
        yield from self.parts((value.__defaults__, value.__kwdefaults__, vars(value)))
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
            try:
                content = cell.cell_contents
            except ValueError:
                raise Opaque(f"{value.__qualname__}: the variable {name!r} has no value yet") from None
            yield f"cell {name}"
            if name == "__class__" and not used.makes:
                yield from self._reference(content)  # for `super()` alone
            else:
                yield from self.parts(content)
        for name in sorted(used.imports):
            if (home := imported(name)) is None:
                raise Opaque(
                    f"{value.__qualname__}: what it imports from {name!r} cannot be read off the code"
                )
            yield from self._named(home)
        for path in sorted(used.names):
            taken, content = _look_up(value, path)
            yield f"global {'.'.join(taken)}"
            yield from self.parts(content)

    def _code(self, value: types.CodeType) -> Parts:
        """The code without names of files, numbers of lines and its own name."""
        yield "code"
        yield value.co_code
        yield str((value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags))
        yield from self.parts((value.co_names, value.co_varnames))
        # Not as values: `__class__` is among them wherever `super()` is called.
        yield repr((value.co_freevars, value.co_cellvars))
        yield value.co_exceptiontable
        yield from self.parts(value.co_consts)

    def _class(self, value: type) -> Parts:
        if type(value) not in METACLASSES:
            raise Opaque(
                f"the class {value.__qualname__} is made by {_title(type(value))}, which is not read"
            )
        yield "class"
        if self._woken & NOTES:
            yield repr((value.__module__, value.__name__, value.__qualname__))
        yield str(len(value.__bases__))
        for base in value.__bases__:
            yield from self._reference(base)
        # In the order of their names: where in the class they stand changes nothing.
        for name, content in sorted(vars(value).items()):
            if name in FURNITURE or (name in IDLE | NOTES and name not in self._woken):
                continue
            yield f"attribute {name}"
            if isinstance(content, types.MemberDescriptorType):
                yield "slot"
            elif isinstance(content, (staticmethod, classmethod)):
                yield type(content).__name__
                yield from self.parts(content.__func__)
            elif type(content) is property:
                # Its setter and deleter do not run: code that assigns attributes has no digest.
                yield "property"
                yield from self.parts(content.fget)
            else:
                yield from self.parts(content)

    def _object(self, value: object) -> Parts:
        kind = type(value)
        for base in kind.__mro__:
            name = origin(base)
            if name is None or name[0] != "library":
                _refuse_extension(base)
            elif base not in PLAIN_BASES and not (
                issubclass(base, nn.Module) and name[1].startswith("torch.nn.")
            ):
                raise Opaque(f"a {_title(kind)} cannot be read: what it has from {name[1]} does not show")
        if isinstance(value, nn.Module):
            _refuse_hooks(value)
        yield "object"
        yield from self._reference(kind)
        yield from self._state(value)

    def _state(self, value: object) -> Parts:
        """The object's attributes, in `__dict__` and in slots."""
        try:
            attributes = dict(object.__getattribute__(value, "__dict__"))
        except AttributeError:
            attributes = {}
        yield str(len(attributes))
        for name, content in attributes.items():
            yield f"state {name}"
            yield from self.parts(content)
        if isinstance(value, Tensor):
            return
        for base in type(value).__mro__:
            for name, slot in sorted(vars(base).items()):
                if isinstance(slot, types.MemberDescriptorType):
                    try:
                        content = slot.__get__(value)
                    except AttributeError:
                        continue
                    yield f"slot {name}"
                    yield from self.parts(content)


def _look_up(function: types.FunctionType, path: tuple[str, ...]) -> tuple[tuple[str, ...], object]:
    """What the code gets by `path`, and how much of it led through modules of the user's."""
    where, depth = function.__qualname__, 1
    if path[0] in function.__globals__:
        content = function.__globals__[path[0]]
    elif path[0] not in vars(builtins):
        raise Opaque(f"{where}: the global {path[0]!r} has no value yet")
    else:
        content = vars(builtins)[path[0]]
    if path[0] in DOORS and content is vars(builtins).get(path[0]):
        raise Opaque(f"{where}: what {path[0]}() reaches cannot be read off the code")
    while isinstance(content, types.ModuleType) and origin(content) is None and depth < len(path):
        if type(content) is not types.ModuleType or path[depth] not in vars(content):
            raise Opaque(f"{where}: {'.'.join(path[: depth + 1])} is not a plain attribute of a module")
        content = vars(content)[path[depth]]
        depth += 1
    if isinstance(content, types.ModuleType) and origin(content) is not None:
        refuse_doors(where, path[depth:])
    return path[:depth], content


def _title(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _refuse_extension(kind: type) -> None:
    """Raise `Opaque` for a class whose objects may keep what no attribute shows."""
    if type(kind) not in METACLASSES and type(kind) is not abc.ABCMeta:
        raise Opaque(f"the class {kind.__qualname__} is made by {_title(type(kind))}, which is not read")
    native = (types.WrapperDescriptorType, types.MethodDescriptorType, types.GetSetDescriptorType)
    for name, content in vars(kind).items():
        own = isinstance(content, native) and content.__objclass__ is kind and name not in FURNITURE
        if own or (name == "__new__" and isinstance(content, types.BuiltinFunctionType)):
            raise Opaque(f"a {_title(kind)} cannot be read: its class is not written in Python")


def _refuse_hooks(module: nn.Module) -> None:
    everywhere = {name: hooks for name, hooks in vars(nn.modules.module).items() if "_global_" in name}
    for name, content in {**everywhere, **vars(module)}.items():
        if name.endswith("_hooks") and content:
            raise Opaque(f"{type(module).__qualname__}: it has hooks")
    if vars(module).get("_compiled_call_impl") is not None:
        raise Opaque(
            f"{type(module).__qualname__}: it is compiled, and what the compiler makes cannot be read"
        )


def _tensor(value: Tensor) -> Parts:
    if (
        type(value) not in (Tensor, nn.Parameter)
        or value.layout != torch.strided
        or value.device.type != "cpu"
        or value.is_quantized
    ):
        raise Opaque("a tensor that is not a plain one in main memory cannot be read")
    if value.numel() > LARGEST_TENSOR:
        raise Opaque(f"a tensor of {value.numel():,} elements is too large to be part of a key")
    plain = value.detach().resolve_conj().resolve_neg().contiguous()
    raw = plain.reshape(-1).view(torch.uint8).numpy().tobytes()
    yield from (
        "tensor",
        str(value.dtype),
        str(tuple(value.shape)),
        str(value.stride()),
        str(value.requires_grad),
        raw,
    )


def _array(value: np.generic | np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Parts:
    array = np.asarray(value)
    if type(value) is not np.ndarray and not isinstance(value, np.generic):
        raise Opaque(f"a {_title(type(value))} cannot be read")
    if array.dtype.hasobject or array.size > LARGEST_TENSOR:
        raise Opaque("an array of objects, or a very large one, cannot be read")
    yield from (type(value).__name__, array.dtype.str, str((array.shape, array.strides)), array.tobytes())
