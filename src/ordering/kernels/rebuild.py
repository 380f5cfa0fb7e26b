"""An object as the call that makes another just like it: guessed from its attributes, and tried.

A module of a library keeps most arguments of its constructor under their own names.  What is guessed from
that is built, and compared with the object: class, attributes, parameters and buffers, bit for bit.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import itertools
import random
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from ordering.kernels.literals import literal

TRIALS: Final = 64
"""Ways to call a constructor that are tried."""
NUMBERS: Final = 2**14
"""Parameters and buffers, in elements, up to which a module is built a second time."""
# What torch keeps about a module beside its parts: none of it can be written as an assignment.
_BOOKKEEPING: Final = frozenset(vars(nn.Module()))


@dataclass(frozen=True)
class Recipe:
    """`kind(*positional, **keywords)`, then calls such as `.eval()`, then assignments to attributes."""

    kind: type
    positional: tuple[object, ...]
    keywords: Mapping[str, object]
    calls: tuple[str, ...] = ()
    assignments: tuple[tuple[str, object], ...] = ()
    """Dotted paths and what they are set to; those of parameters and buffers end in `.data`."""

    def make(self) -> object:
        """The object that it describes.

        Raises
        ------
        Unbuildable
            If the class refuses the arguments.
        """
        try:
            made: Any = self.kind(*copy.deepcopy(self.positional), **copy.deepcopy(dict(self.keywords)))
            for call in self.calls:
                made = getattr(made, call)()
            for path, value in self.assignments:
                *owners, last = path.split(".")
                setattr(functools.reduce(getattr, owners, made), last, copy.deepcopy(value))
        except Exception as error:  # a class may raise anything when it is called with a guess
            raise Unbuildable from error
        return made


class Unbuildable(Exception):
    """A class cannot be called with these arguments."""


def recipe(value: object) -> Recipe | None:
    """How to make an object like this one; None if no way was found.

    The first call that gives the very same comes first; else one that differs in numbers and attributes that
    can be assigned.
    """
    if isinstance(value, nn.Module):
        state = itertools.chain(value.parameters(), value.buffers())
        if sum(part.numel() for part in state) > NUMBERS:
            return None
    repairable: Recipe | None = None
    if isinstance(value, torch.jit.ScriptModule):
        return None  # see `scripted`
    with _undisturbed():
        for positional, keywords in _calls(value, type(value)):
            guess = Recipe(type(value), positional, keywords, _switches(value))
            with contextlib.suppress(Unbuildable):
                made = guess.make()
                if same(made, value):
                    return guess
                if repairable is None and (repairs := _repairs(made, value)) is not None:
                    repaired = replace(guess, assignments=tuple(repairs))
                    repairable = repaired if same(repaired.make(), value) else None
    return repairable


def scripted(value: torch.jit.ScriptModule) -> Recipe | None:
    """How to make the module from which `torch.jit.script` made this one; None if no way was found.

    The two are the same if TorchScript saves them as the same bytes: code, constants, attributes, numbers.
    """
    path = re.sub(r"\.?___torch_mangle_\d+", "", str(value._c._type().qualified_name()))
    module, _, name = path.removeprefix("__torch__.").rpartition(".")
    kind = getattr(sys.modules.get(module), name, None)
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        return None
    with _undisturbed():
        for positional, keywords in _calls(value, kind):
            guess = Recipe(kind, positional, keywords, _switches(value))
            with contextlib.suppress(Unbuildable):
                if _saved(torch.jit.script, guess.make()) == _saved(lambda module: module, value):
                    return guess
    return None


def _saved(compiled: Callable[[Any], Any], module: object) -> bytes:
    try:
        return bytes(compiled(module).save_to_buffer())
    except Exception as error:  # the compiler raises whatever it meets
        raise Unbuildable from error


def same(left: object, right: object, seen: set[tuple[int, int]] | None = None) -> bool:
    """Whether two values are alike in all that Python code can see; other kinds are only like themselves."""
    if left is right:
        return True
    seen = set() if seen is None else seen
    if type(left) is not type(right) or (id(left), id(right)) in seen:
        return type(left) is type(right)
    seen.add((id(left), id(right)))
    if literal(left) is not None:
        return literal(left) == literal(right)
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return _same_tensor(left, right)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(same(*pair, seen) for pair in pairs)
    if isinstance(left, (dict, types.MappingProxyType)) and isinstance(right, (dict, types.MappingProxyType)):
        if list(left) != list(right):
            return False
        return all(same(item, right[key], seen) for key, item in left.items())
    if isinstance(left, (set, frozenset)):
        return left == right
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        return (left.dtype, left.shape, left.tobytes()) == (right.dtype, right.shape, right.tobytes())
    if isinstance(left, types.MethodType) and isinstance(right, types.MethodType):
        return left.__func__ is right.__func__ and same(left.__self__, right.__self__, seen)
    if isinstance(left, types.FunctionType) and isinstance(right, types.FunctionType):
        alike = left.__code__ == right.__code__ and left.__globals__ is right.__globals__
        return alike and same(_carried(left), _carried(right), seen)
    if isinstance(left, functools.partial) and isinstance(right, functools.partial):
        return same((left.func, left.args, left.keywords), (right.func, right.args, right.keywords), seen)
    # A class is itself only, and what C code made may hold what cannot be seen.
    return _is_plain(type(left)) and same(attributes(left), attributes(right), seen)


def _is_plain(kind: type) -> bool:
    """Whether objects of a class keep their attributes and nothing else: C code made no class behind it."""
    makers = (vars(part).get("__new__", object.__new__) for part in kind.__mro__)
    return not issubclass(kind, type) and all(
        maker is object.__new__ or isinstance(getattr(maker, "__func__", None), types.FunctionType)
        for maker in makers
    )


def attributes(value: object) -> dict[str, object]:
    """What an object keeps, in its dictionary and in the slots of its classes."""
    found = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        for name, slot in vars(kind).items():
            if isinstance(slot, types.MemberDescriptorType):
                with contextlib.suppress(AttributeError):
                    found[name] = slot.__get__(value)
    return found


def _carried(function: types.FunctionType) -> list[object]:
    """What a function carries beside its code."""
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    return [function.__defaults__, function.__kwdefaults__, cells, vars(function)]


def _same_tensor(left: Tensor, right: Tensor) -> bool:
    if (left.dtype, left.shape, left.requires_grad) != (right.dtype, right.shape, right.requires_grad):
        return False
    if left.device.type != "cpu" or left.layout is not torch.strided or left.stride() != right.stride():
        return False
    plain = [item.detach().contiguous().flatten().view(torch.uint8) for item in (left, right)]
    return torch.equal(*plain)


# ---- guesses -------------------------------------------------------------------------------------------


def _calls(value: object, kind: type) -> Iterator[tuple[tuple[object, ...], dict[str, object]]]:
    """Arguments that the constructor may have had, the likeliest first; those equal to defaults left out."""
    constructor: Callable[..., None] = kind.__init__  # type: ignore[misc]  # of any class
    if constructor is object.__init__:
        yield (), {}
        return
    try:
        parameters = list(inspect.signature(constructor).parameters.values())[1:]
    except (TypeError, ValueError):
        return
    children = list(value._modules.items()) if isinstance(value, nn.Module) else []
    spread: tuple[object, ...] = ()
    choices: list[tuple[str, list[object]]] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            if [name for name, _ in children] == [str(n) for n in range(len(children))]:
                spread = tuple(part for _, part in children)
        elif parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            choices.append((parameter.name, list(_arguments(value, parameter))))
        elif parameter.kind is parameter.POSITIONAL_ONLY:
            return
    defaults = {parameter.name: parameter.default for parameter in parameters}
    combinations = itertools.product(*(candidates for _, candidates in choices))
    for combination in itertools.islice(combinations, TRIALS):
        named = zip((name for name, _ in choices), combination, strict=True)
        yield spread, {name: item for name, item in named if not same(item, defaults[name])}


def _arguments(value: object, parameter: inspect.Parameter) -> Iterator[object]:
    """What one argument may have been: kept under its name, its default, or the other truth value."""
    kept = attributes(value)
    if isinstance(value, nn.Module):
        kept |= {**value._parameters, **value._buffers, **value._modules}
    for name in (parameter.name, f"_{parameter.name}"):
        if name in kept:
            item = kept[name]
            if isinstance(item, Tensor) and item.numel() == 1:
                yield item.item()  # a number that became a parameter
            yield item
        elif isinstance(value, torch.jit.ScriptModule) and hasattr(value, name):
            yield getattr(value, name)
    if parameter.default is not parameter.empty:
        yield parameter.default
        if isinstance(parameter.default, bool):
            yield not parameter.default


def _switches(value: object) -> tuple[str, ...]:
    """`eval`, if a module is not in training."""
    return ("eval",) if isinstance(value, nn.Module) and not value.training else ()


def _repairs(
    made: object, value: object, prefix: str = "", around: frozenset[tuple[int, int]] = frozenset()
) -> list[tuple[str, object]] | None:
    """Assignments that make the one object like the other; None where its parts are others.

    `around` are the objects that these are parts of: what refers to them, such as a method of the object that
    it keeps, is not assigned.
    """
    repairs: list[tuple[str, object]] = []
    ours, theirs = attributes(made), attributes(value)
    around |= {(id(made), id(value))}
    if isinstance(value, nn.Module) and isinstance(made, nn.Module):
        if list(made._modules) != list(value._modules):
            return None
        ours |= {**made._parameters, **made._buffers}
        theirs |= {**value._parameters, **value._buffers}
        for name, part in value._modules.items():
            inner = made._modules[name]
            if type(inner) is not type(part) or not (name.isidentifier() or part is None):
                if not same(inner, part):
                    return None
            elif part is not None:
                deeper = _repairs(inner, part, f"{prefix}{name}.", around)
                if deeper is None:
                    return None
                repairs += deeper
    for name, item in theirs.items():
        if name in _BOOKKEEPING or (name in ours and same(ours[name], item, set(around))):
            continue
        if isinstance(item, Tensor) and isinstance(ours.get(name), Tensor):
            repairs.append((f"{prefix}{name}.data", item.detach()))
        else:
            repairs.append((f"{prefix}{name}", item))
    return repairs if all(path.replace(".", "").isidentifier() for path, _ in repairs) else None


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Constructors draw numbers and warn: nobody notices that they were called."""
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
