"""What a caller names made into an entry: a name, a record, a function, a module, or `module:attribute`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias, TypeVar

from sympy import Basic
from torch import Tensor, nn

from ordering.activation import Activation
from ordering.arguments import several, shown
from ordering.catalogue import activations, laws, poolings
from ordering.catalogue.functions import HOMES, recognised
from ordering.catalogue.layers import layer
from ordering.errors import InvalidArgument, InvalidEntry, LoadError, UnknownEntry
from ordering.law import Law
from ordering.naming import name_from
from ordering.pooling import Pooling
from ordering.references import is_reference, load_attribute
from ordering.registry import Registry

ActivationLike: TypeAlias = Activation | str | Callable[[Tensor], Tensor]
"""An entry, a name of one, `module:attribute`, or a function or `torch.nn.Module` that is a kernel."""
PoolingLike: TypeAlias = Pooling | str | Callable[..., Tensor]
"""An entry, a name of one, `module:attribute`, or one of torch's pooling functions or layers."""
LawLike: TypeAlias = Law | str
"""An entry, a name of one, or `module:attribute`."""
EntryT = TypeVar("EntryT", Activation, Pooling, Law)

REGISTRIES: Final[tuple[Registry[Any], ...]] = (activations, poolings, laws)
ORDER: Final = "the order is activation, pooling, law"
HOW_TO_POOL: Final = (
    "write Pooling(name, kernel=..., dimensions=2, kinds=(Kind.SELECT_MAX,), arguments={'kernel_size'}), so "
    "that it is known how windows are reduced"
)
HOW_TO_CLAIM: Final = (
    "write Law(name, statement, sides=..., needs={Kind.SELECT_MAX: 'nondecreasing'}), so that it is known "
    "when it must hold"
)


def load_activation(what: ActivationLike) -> Activation:
    """The activation that is meant.

    Parameters
    ----------
    what:
        An `Activation`; the name of a registered one; `module:attribute` or `path/to/file.py:attribute` of
        your own code; or a kernel: a function or `torch.nn.Module`.  Of a kernel that torch has under an
        entry's name, or builds with its arguments (`torch.relu`, `nn.ELU(2.0)`), it is the entry.  Any other
        has no expression, so that the floats and the kernels can be examined, and the reals are undecided.

    Raises
    ------
    UnknownEntry
        If a name is not registered; the message has the nearest ones.
    LoadError
        If a reference cannot be loaded, or is nothing of the above.
    InvalidEntry
        If it is nothing of the above: a class in place of an instance, an expression without a kernel.
    """
    return _load(what, activations, _activation_from)


def load_pooling(what: PoolingLike) -> Pooling:
    """The pooling that is meant.

    Parameters
    ----------
    what:
        A `Pooling`; the name or alias of a registered one; `module:attribute` or `path/to/file.py:attribute`
        of your own code; one of torch's pooling functions (`F.max_pool2d`), which is the entry, with all its
        arguments; or one of torch.nn's pooling layers, which is a pooling with this layer's arguments alone.

    Raises
    ------
    UnknownEntry
        If a name is not registered; the message has the nearest ones.
    LoadError
        If a reference cannot be loaded, or is nothing of the above.
    InvalidEntry
        If it is nothing of the above; the message says how a `Pooling` is written.
    """
    return _load(what, poolings, _pooling_from)


def load_law(what: LawLike) -> Law:
    """The law that is meant: a `Law`, the name of a registered one, or `module:attribute` of your own code.

    Raises
    ------
    UnknownEntry
        If a name is not registered; the message has the nearest ones.
    LoadError
        If a reference cannot be loaded, or is no `Law`.
    InvalidEntry
        If it is nothing of the above, or needs a property that is not registered.
    """
    return _load(what, laws, _law_from)


def load_activations(what: ActivationLike | Iterable[ActivationLike] | None) -> list[Activation]:
    """One activation or several, each once; None stands for all that are registered.

    Raises
    ------
    InvalidArgument
        If there is none, or two different ones have one name.
    OrderingError
        As for `load_activation`.
    """
    single = (Activation, nn.Module, Basic)
    return _all(what, activations, "activations", (single, load_activation))


def load_poolings(what: PoolingLike | Iterable[PoolingLike] | None) -> list[Pooling]:
    """One pooling or several, as for `load_activations`."""
    return _all(what, poolings, "poolings", ((Pooling, nn.Module), load_pooling))


def load_laws(what: LawLike | Iterable[LawLike] | None) -> list[Law]:
    """One law or several, as for `load_activations`."""
    return _all(what, laws, "laws", ((Law,), load_law))


def _all(
    what: Any,
    registry: Registry[EntryT],
    name: str,
    how: tuple[tuple[type, ...], Callable[[Any], EntryT]],
) -> list[EntryT]:
    single, load = how
    if what is None:
        return list(registry.values())
    one = callable(what) and not hasattr(what, "__iter__")
    listed = (what,) if one else several(name, what, single, error=InvalidArgument)
    found: dict[str, EntryT] = {}
    for entry in map(load, listed):
        if found.setdefault(entry.name, entry) != entry:
            raise InvalidArgument(
                f"two different {name} are called {entry.name}, and answers go by name: give one of them "
                f"another, such as Activation(name, kernel=...)"
            )
    return list(found.values())


def _load(what: Any, registry: Registry[EntryT], make: Callable[[Any, str], EntryT]) -> EntryT:
    kind: type[EntryT] = registry.entry_type
    if isinstance(what, kind):
        return registry.resolve(what)
    if not isinstance(what, str):
        return make(what, "")
    if not is_reference(what):
        return _registered(what, registry)
    found = load_attribute(what)
    if isinstance(found, kind):
        return registry.resolve(found)
    own = what.rpartition(":")[2]
    if isinstance(found, str) or not (callable(found) or isinstance(found, Activation | Pooling | Law)):
        callable_too = " nor a callable" if kind is Activation else ""
        either = "neither " if callable_too else "not "
        raise LoadError(f"{what!r} is a {type(found).__name__}, {either}{_article(kind)}{callable_too}")
    try:
        return make(found, own)
    except InvalidEntry as error:
        raise LoadError(f"{what!r}: {error}") from error


def _registered(name: str, registry: Registry[EntryT]) -> EntryT:
    if name in registry:
        return registry[name]
    other = next((each for each in REGISTRIES if name in each), None)
    if other is None:
        return registry[name]  # which raises, with the nearest names
    article = "an" if other is activations else "a"
    raise UnknownEntry(
        f"no {registry.kind} named {shown(name)}: it is the name of {article} {other.kind}; {ORDER}"
    )


def _activation_from(what: Any, name: str) -> Activation:
    """The activation of a kernel; `name` is what a reference calls it, where there is one."""
    _refuse_records_and_classes(what, Activation)
    if isinstance(what, Basic):
        raise InvalidEntry(
            f"{shown(what)} is an expression, which only `prove` takes: with its kernel it is "
            f"Activation(name, kernel=..., expression={shown(what)})"
        )
    if not callable(what):
        raise InvalidEntry(_nothing_of(what, Activation, "a function or a torch.nn.Module"))
    if (pooling := _known_pooling(what)) is not None:
        raise InvalidEntry(f"{pooling.name} is a pooling: {ORDER}")
    entry = recognised(what)
    if entry is not None:
        return entry
    return Activation(name_from(name, name) if name else called(what), kernel=what)


def _pooling_from(what: Any, name: str) -> Pooling:
    """The pooling of a function or layer of torch's."""
    _refuse_records_and_classes(what, Pooling)
    if not callable(what) or isinstance(what, Basic):
        raise InvalidEntry(_nothing_of(what, Pooling, "one of torch's pooling functions or layers"))
    if (entry := _known_pooling(what)) is not None:
        return entry
    if isinstance(what, nn.Module):
        return layer(what)
    if (activation := recognised(what)) is not None:
        raise InvalidEntry(f"{activation.name} is an activation: {ORDER}")
    raise InvalidEntry(
        f"{name or called(what)} is a function of which only its author knows the rest: {HOW_TO_POOL}"
    )


def _law_from(what: Any, name: str) -> Law:
    """No function is a law by itself."""
    _refuse_records_and_classes(what, Law)
    if not callable(what):
        raise InvalidEntry(_nothing_of(what, Law, "module:attribute of one"))
    raise InvalidEntry(f"{name or called(what)} is a function, which alone is no law: {HOW_TO_CLAIM}")


def _refuse_records_and_classes(what: Any, kind: type) -> None:
    if isinstance(what, Activation | Pooling | Law):
        raise InvalidEntry(
            f"{what.name} is {_article(type(what))}, and {_article(kind)} is wanted here: {ORDER}"
        )
    if isinstance(what, type):
        raise InvalidEntry(f"{what.__name__} is a class: pass an instance, such as {what.__name__}()")


def _known_pooling(function: object) -> Pooling | None:
    """The entry whose operator a function is, or that torch has under the entry's name."""
    for name, entry in poolings.items():
        torchs = (getattr(home, name, None) for home in HOMES)
        if function is entry.kernel or ("_pool" in name and any(each is function for each in torchs)):
            return entry
    return None


def _nothing_of(what: object, kind: type, more: str) -> str:
    return (
        f"{_article(kind)}, the name of a registered one, or {more} is wanted, "
        f"got {shown(what)} (a {type(what).__name__})"
    )


def _article(kind: type) -> str:
    return f"{'an' if kind is Activation else 'a'} {kind.__name__}"


def called(what: Callable[..., object]) -> str:
    """A usable name for a function or module: its own, or its class's.

    Examples
    --------
    >>> import torch
    >>> called(torch.tanh), called(lambda t: t), called(torch.nn.Softmax(dim=1))
    ('tanh', 'lambda', 'Softmax(dim=1)')
    """
    if isinstance(what, functools.partial):
        given = [*map(str, what.args), *(f"{key}={value}" for key, value in what.keywords.items())]
        own = called(what.func)
        return name_from(f"{own}({','.join(given)})", own)
    if isinstance(what, nn.Module):
        return name_from(repr(what), type(what).__name__)
    own = getattr(what, "__name__", type(what).__name__)
    return name_from(str(own), str(own))
