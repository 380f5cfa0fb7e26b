"""Hypothesis' example databases: one of the caller's, a directory, or a Redis server."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from ordering.arguments import Location, place, shown, writable_folder
from ordering.errors import InvalidArgument

REDIS: Final = ("redis", "rediss", "unix")
PATIENCE: Final = 5.0
"""Seconds after which a server that does not answer is not there."""


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
def open_database(database: ExampleDatabase | Location | None) -> Iterator[ExampleDatabase | None]:
    """The database to use for one examination; a Redis connection opened here is closed here.

    Raises
    ------
    InvalidArgument
        If the value is no database; if it is a URL of another kind than Redis', or of a server that does not
        answer or stops to; if the `redis` package is not installed; if the directory cannot be made or
        written.
    """
    if database is None or isinstance(database, ExampleDatabase):
        yield database
        return
    if isinstance(database, type) or not isinstance(database, str | os.PathLike):
        raise InvalidArgument(
            f"database must be a Hypothesis ExampleDatabase, a directory or a redis:// URL, got "
            f"{shown(database)} (a {type(database).__name__})"
        )
    scheme, separator, _ = str(database).partition("://")
    if isinstance(database, str) and separator:
        if scheme not in REDIS:
            raise InvalidArgument(
                f"the example database {without_password(database)} is neither a directory nor a URL that "
                f"begins with one of: {', '.join(f'{known}://' for known in REDIS)}"
            )
        with _redis(database) as opened:
            yield opened
        return
    if os.path.isfile(database):
        raise InvalidArgument(f"the example database {str(database)!r} is a file; name a directory")
    yield DirectoryBasedExampleDatabase(writable_folder("the example database", place("database", database)))


@contextmanager
def _redis(url: str) -> Iterator[ExampleDatabase]:
    """A Redis server's database; whatever goes wrong with the server is told without the password."""
    shown = without_password(url)
    try:
        extra, redis = import_module("hypothesis.extra.redis"), import_module("redis")
    except ImportError as error:
        raise InvalidArgument(
            f"the example database {shown} needs the redis package: pip install 'ordering[redis]'"
        ) from error
    try:
        connection = _connected(redis, url)
    except (ValueError, TypeError) as error:
        # The cause may quote the URL, password and all.
        raise InvalidArgument(
            f"the example database {shown} is no URL of a Redis server ({type(error).__name__}): it looks "
            f"like redis://host:6379/0"
        ) from None
    except (redis.RedisError, OSError) as error:
        raise InvalidArgument(
            f"no Redis server answers at {shown}: {type(error).__name__}: {error}"
        ) from error
    try:
        yield extra.RedisExampleDatabase(connection)
    except redis.RedisError as error:
        raise InvalidArgument(
            f"the Redis server at {shown} was lost: {type(error).__name__}: {error}"
        ) from error
    finally:
        connection.close()


def _connected(redis: ModuleType, url: str) -> Any:
    """A connection that has been answered on."""
    # The package's own retries would wait for many seconds; a server on the way down is an answer too.
    never = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
    connection = redis.Redis.from_url(
        url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=never
    )
    connection.ping()
    return connection


def without_password(url: str) -> str:
    """A URL without what may be secret: the user, the password and the query.

    Examples
    --------
    >>> without_password("redis://me:secret@host:6379/0?password=secret")
    'redis://host:6379/0'
    """
    scheme, _, rest = url.partition("://")
    known, question, query = rest.partition("?")
    place = known.rpartition("@")[2]
    _, colon, port = place.partition("/")[0].rpartition(":")
    if (question and "@" in query) or (colon and not port.isdigit()):
        return f"{scheme}://***"  # where the password ends cannot be told
    return f"{scheme}://{place}"
