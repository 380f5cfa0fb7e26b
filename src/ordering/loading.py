"""Entries that a user names: one of the catalogue, or `module:attribute` of their own code."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from ordering.activation import Activation
from ordering.catalogue import activations, poolings
from ordering.errors import LoadError
from ordering.pooling import Pooling


def load_attribute(reference: str) -> object:
    """The object that `module:attribute` names; the current directory is searched first, as `python -m` does.

    Raises
    ------
    LoadError
        If the text is not of that form, the module cannot be imported, or it has no such attribute.
    """
    module_name, separator, attribute = reference.partition(":")
    if not (separator and module_name and attribute):
        raise LoadError(f"{reference!r} is not of the form module:attribute, such as mynet.layers:conv1")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: object = importlib.import_module(module_name)
    except Exception as error:  # a user's module may raise anything while it is imported
        raise LoadError(f"cannot import {module_name!r}: {type(error).__name__}: {error}") from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise LoadError(f"{module_name!r} has no attribute {attribute!r}")
        found = getattr(found, part)
    return found


def load_activation(reference: str) -> Activation:
    """A catalogue activation by name, or the `Activation` (or plain kernel) that `module:attribute` names.

    A callable that is not an `Activation` becomes one without an expression, so that the floats and the
    kernels can be examined.

    Raises
    ------
    UnknownEntry
        If a name without a colon is not in the catalogue.
    LoadError
        If the reference cannot be loaded or is neither an `Activation` nor callable.
    """
    if ":" not in reference:
        return activations[reference]
    found = load_attribute(reference)
    if isinstance(found, Activation):
        return found
    if callable(found):
        return Activation(reference.partition(":")[2], kernel=found)
    raise LoadError(f"{reference!r} is a {type(found).__name__}, neither an Activation nor a callable")


def load_pooling(reference: str) -> Pooling:
    """A catalogue pooling by name or alias, or the `Pooling` that `module:attribute` names.

    Raises
    ------
    UnknownEntry
        If a name without a colon is not in the catalogue.
    LoadError
        If the reference cannot be loaded or is not a `Pooling`.
    """
    if ":" not in reference:
        return poolings[reference]
    found = load_attribute(reference)
    if isinstance(found, Pooling):
        return found
    raise LoadError(f"{reference!r} is a {type(found).__name__}, not a Pooling")
