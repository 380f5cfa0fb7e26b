"""`Registry`: where the catalogue and third-party entries meet, by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from ordering.errors import DuplicateEntry, InvalidEntry, UnknownEntry


class Named(Protocol):
    """Anything that a registry can hold."""

    @property
    def name(self) -> str:
        """The key."""


EntryT = TypeVar("EntryT", bound=Named)


class Registry(Mapping[str, EntryT], Generic[EntryT]):
    """A mapping from names to entries of one type, in order of registration.

    `registry["max"]` finds an entry by alias too; iteration and `len` see each entry once, by its name.
    """

    def __init__(self, kind: str, entry_type: type[EntryT]) -> None:
        self._kind = kind
        self._type = entry_type
        self._entries: dict[str, EntryT] = {}
        self._aliases: dict[str, str] = {}

    def register(self, entry: EntryT, *, aliases: tuple[str, ...] = ()) -> EntryT:
        """Add an entry and return it.

        Raises
        ------
        InvalidEntry
            If `entry` is not of the registry's type (the records check their own fields when built).
        DuplicateEntry
            If its name or an alias is taken.
        """
        if not isinstance(entry, self._type):
            raise InvalidEntry(
                f"only {self._type.__name__} entries can be registered as {self._kind}s, "
                f"got {type(entry).__name__}: {entry!r}"
            )
        for name in (entry.name, *aliases):
            if name in self._entries or name in self._aliases:
                raise DuplicateEntry(f"{self._kind} {name!r} is already registered; choose another name")
        self._entries[entry.name] = entry
        self._aliases.update(dict.fromkeys(aliases, entry.name))
        return entry

    def resolve(self, entry: EntryT | str) -> EntryT:
        """The entry itself, or the one of that name or alias."""
        if isinstance(entry, str):
            return self[entry]
        if isinstance(entry, self._type):
            return entry
        raise InvalidEntry(
            f"expected a {self._type.__name__} or a registered {self._kind}'s name, "
            f"got {type(entry).__name__}"
        )

    def __getitem__(self, name: str) -> EntryT:
        try:
            return self._entries[self._aliases.get(name, name)]
        except KeyError:
            raise UnknownEntry(self._unknown(name)) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries or name in self._aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{len(self)} {self._kind}s: {', '.join(self)}>"

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(str(name), [*self._entries, *self._aliases], n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(self)}"
        return f"no {self._kind} named {name!r}; {hint}"
