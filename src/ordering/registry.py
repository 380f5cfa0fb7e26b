"""`Registry`: where the catalogue and third-party entries meet, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Generic, Protocol, TypeVar

from ordering.arguments import near, shown
from ordering.errors import DuplicateEntry, InvalidEntry, UnknownEntry
from ordering.naming import check_name


class Named(Protocol):
    """Anything that a registry can hold."""

    @property
    def name(self) -> str:
        """The key."""


EntryT = TypeVar("EntryT", bound=Named)


class Registry(Mapping[str, EntryT], Generic[EntryT]):
    """A mapping from names to entries of one type, in order of registration.

    `registry["max"]` finds an entry by alias too; iteration and `len` see each entry once, by its name.

    Parameters
    ----------
    kind:
        What an entry is called in messages: `"activation"`.
    entry_type:
        The type of the entries.
    check:
        Called with each entry before it is added; raises `InvalidEntry` for one that names what does not
        exist, which the record alone cannot know.
    """

    def __init__(
        self, kind: str, entry_type: type[EntryT], check: Callable[[EntryT], None] | None = None
    ) -> None:
        self.kind: Final = kind
        self.entry_type: Final = entry_type
        self._check = check
        self._entries: dict[str, EntryT] = {}
        self._aliases: dict[str, str] = {}

    def register(self, entry: EntryT, *, aliases: Iterable[str] = ()) -> EntryT:
        """Add an entry and return it.

        `aliases` are other names for it: one, or several.

        Raises
        ------
        InvalidEntry
            If `entry` is not of the registry's type, names what does not exist, or an alias is no usable name
            (the records check their own fields when built).
        DuplicateEntry
            If its name or an alias is taken.
        """
        self.check(entry)
        others = (aliases,) if isinstance(aliases, str) else aliases
        if not isinstance(others, Iterable):
            raise InvalidEntry(f"aliases must be names, got {shown(others)}")
        names = (entry.name, *others)
        for name in names[1:]:
            check_name("alias", name)
        for name in names:
            if name in self or names.count(name) > 1:
                raise DuplicateEntry(f"{self.kind} {name!r} is already registered; choose another name")
        self._entries[entry.name] = entry
        self._aliases.update(dict.fromkeys(names[1:], entry.name))
        return entry

    def check(self, entry: EntryT) -> EntryT:
        """The entry, if it is one that could be registered, whatever its name.

        Raises
        ------
        InvalidEntry
            If it is not of the registry's type, or names what does not exist.
        """
        if not isinstance(entry, self.entry_type):
            hint = f": pass an instance of {entry.__name__}" if isinstance(entry, type) else ""
            raise InvalidEntry(
                f"{self.kind}s are {self.entry_type.__name__} records, got {shown(entry)} "
                f"(a {type(entry).__name__}){hint}"
            )
        if self._check is not None:
            self._check(entry)
        return entry

    def resolve(self, entry: EntryT | str) -> EntryT:
        """The entry of that name or alias, or the record itself, if it is one that could be registered."""
        return self[entry] if isinstance(entry, str) else self.check(entry)

    def __getitem__(self, name: str) -> EntryT:
        if name in self:
            return self._entries[self._aliases.get(name, name)]
        raise UnknownEntry(self._unknown(name))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._entries or name in self._aliases)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{len(self)} {self.kind}s: {', '.join(self)}>"

    def _unknown(self, name: object) -> str:
        if not isinstance(name, str):
            return f"a {self.kind}'s name is text, got {shown(name)} (a {type(name).__name__})"
        return f"no {self.kind} named {shown(name)}; {near(name, [*self._entries, *self._aliases])}"
