"""Hypothesis' example databases: one of the caller's, a directory, or a Redis server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from ordering.errors import InvalidArgument


class ScopedDatabase(ExampleDatabase):
    """Another database, under keys of one search's own: Hypothesis' keys know the test function alone."""

    def __init__(self, database: ExampleDatabase, scope: bytes) -> None:
        super().__init__()
        self._database, self._scope = database, scope

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """The examples saved under this key."""
        return self._database.fetch(self._scope + key)

    def save(self, key: bytes, value: bytes) -> None:
        """Save an example."""
        self._database.save(self._scope + key, value)

    def delete(self, key: bytes, value: bytes) -> None:
        """Forget an example."""
        self._database.delete(self._scope + key, value)


@contextmanager
def open_database(database: ExampleDatabase | str | Path | None) -> Iterator[ExampleDatabase | None]:
    """The database to use for one examination; a Redis connection opened here is closed here.

    Raises
    ------
    InvalidArgument
        If a Redis URL is given and the `redis` package is not installed, or the value is of another type.
    """
    if database is None or isinstance(database, ExampleDatabase):
        yield database
    elif isinstance(database, str) and database.startswith(("redis://", "rediss://", "unix://")):
        try:
            extra, redis = import_module("hypothesis.extra.redis"), import_module("redis")
        except ImportError as error:
            raise InvalidArgument(
                f"the example database {database!r} needs the redis package: pip install redis"
            ) from error
        with redis.Redis.from_url(database) as connection:
            yield extra.RedisExampleDatabase(connection)
    elif isinstance(database, str | Path):
        yield DirectoryBasedExampleDatabase(database)
    else:
        raise InvalidArgument(
            f"database must be a Hypothesis ExampleDatabase, a directory or a redis:// URL, got {database!r}"
        )
