"""The typed errors that bad input gets: each says what was wrong and what to do about it."""

from __future__ import annotations


class OrderingError(Exception):
    """Base of every error that `ordering` raises on purpose.  The command line ends with exit code 2."""


class InvalidEntry(OrderingError, ValueError):
    """An `Activation`, `Pooling` or `Law` is malformed: raised where it is built, not mid-run."""


class DuplicateEntry(OrderingError, ValueError):
    """A registry already holds another entry of that name or alias."""


class UnknownEntry(OrderingError, KeyError):
    """No entry of that name; the message lists the nearest names that exist."""

    def __str__(self) -> str:
        # KeyError prints the repr of its argument, which would put quotes around a sentence.
        return str(self.args[0])


class InvalidArgument(OrderingError, ValueError):
    """A call's argument cannot be used: an unknown dtype, effort or path, an impossible range."""


class LoadError(OrderingError, ValueError):
    """A `module:attribute` reference, an image or a layer that the user named could not be loaded."""


class KernelError(OrderingError):
    """A kernel could not be examined: it raised, or is no deterministic function of each element alone."""


class NotApplicable(OrderingError, ValueError):
    """A law does not speak of this activation and pooling, or this machine cannot examine it: says why."""


class NothingCompared(OrderingError, RuntimeError):
    """Not one element was compared, so that a pass would mean nothing."""


class MixedMachines(OrderingError, ValueError):
    """One answer was asked of workers on machines of several kinds, which need not have one."""


class IncompleteWarning(UserWarning):
    """The workers of one kind of machine were gone before they had answered; those of the others had not."""
