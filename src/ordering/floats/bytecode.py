"""What a code object, and the functions defined in it, refer to outside themselves."""

from __future__ import annotations

import dis
import functools
import types
from dataclasses import dataclass
from typing import Final

from ordering.floats.origin import LIBRARY_DOORS, Opaque

# What runs while an object is made, and so may assign its attributes.
CONSTRUCTORS: Final = frozenset({"__init__", "__new__", "__post_init__", "__setattr__", "__delattr__"})
# Attributes through which code changes what outlives the call, or reaches what no digest covers.
ASSIGNERS: Final = frozenset(
    {
        "__init__", "__post_init__", "__setattr__", "__delattr__", "__dict__", "register_buffer",
        "register_parameter", "register_module", "add_module",
    }
)  # fmt: skip
HIDDEN: Final = frozenset(
    {"__code__", "__globals__", "__closure__", "__builtins__", "__subclasses__", "f_globals", "f_back"}
)
GLOBAL: Final = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
ATTRIBUTE: Final = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
ANY_ATTRIBUTE: Final = ATTRIBUTE | {"LOAD_SUPER_ATTR", "LOAD_SUPER_METHOD"}
# Instructions that do nothing of their own, and may stand between the others.
FILLERS: Final = frozenset({"EXTENDED_ARG", "CACHE", "NOP"})


@dataclass(frozen=True)
class References:
    """What the code looks up outside itself.

    `names` has each global with the attributes that are taken of it at once: `a.b.c` is `("a", "b", "c")`.
    `makes` tells whether the code can get at the class in whose body it stands, other than by `super()`.
    """

    names: frozenset[tuple[str, ...]]
    imports: frozenset[str]
    makes: bool


@functools.lru_cache(maxsize=1024)
def references(code: types.CodeType) -> References:
    """What the code refers to.

    Raises
    ------
    Opaque
        If it assigns what outlives the call, or reaches what cannot be told from the code.
    """
    names, imports, makes = set(), set(), False
    steps = [step for step in dis.get_instructions(code) if step.opname not in FILLERS]
    for place, step in enumerate(steps):
        if step.opname in GLOBAL:
            end = place + 1
            while end < len(steps) and steps[end].opname in ATTRIBUTE:
                end += 1
            names.add(tuple(str(each.argval) for each in steps[place:end]))
        elif step.opname == "IMPORT_NAME":
            # The number of leading dots was put on the stack two steps before.
            if steps[place - 2].argval != 0:
                raise Opaque(f"{code.co_qualname}: it imports from the package that it is in")
            imports.add(str(step.argval))
        elif step.opname == "LOAD_DEREF" and step.argval == "__class__":
            before = steps[place - 1]
            makes |= not (before.opname in GLOBAL and before.argval == "super")
        _refuse(code, step)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner = references(constant)
            names |= inner.names
            imports |= inner.imports
            makes |= inner.makes
    return References(frozenset(names), frozenset(imports), makes)


def _refuse(code: types.CodeType, step: dis.Instruction) -> None:
    name, kind = step.argval, step.opname
    assigns = kind in ("STORE_GLOBAL", "DELETE_GLOBAL") or (
        kind in ("STORE_DEREF", "DELETE_DEREF") and name in code.co_freevars
    )
    if code.co_name not in CONSTRUCTORS:
        # A local object's attributes are too rare to tell from those of `self`.
        assigns |= kind in ("STORE_ATTR", "DELETE_ATTR") or (kind in ANY_ATTRIBUTE and name in ASSIGNERS)
    if assigns:
        raise Opaque(f"{code.co_qualname}: it assigns {name!r}, which outlives the call")
    if kind in ANY_ATTRIBUTE and name in HIDDEN:
        raise Opaque(f"{code.co_qualname}: what it does with {name!r} cannot be read off the code")
    if kind == "IMPORT_STAR" or (kind == "IMPORT_FROM" and name in LIBRARY_DOORS):
        raise Opaque(f"{code.co_qualname}: what it imports cannot be read off the code")


def refuse_doors(where: str, taken: tuple[str, ...]) -> None:
    """Raise `Opaque` if these attributes of a library lead out of it."""
    for name, following in zip(taken, (*taken[1:], ""), strict=True):
        if name in LIBRARY_DOORS and (name, following) != ("ops", "aten"):
            raise Opaque(f"{where}: what {name} reaches cannot be read off the code")
