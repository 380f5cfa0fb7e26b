"""Example databases: shared through a Redis server, and what is said when there is none."""

import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest

from ordering import Activation
from ordering.errors import InvalidArgument
from ordering.kernels import database as module
from ordering.kernels import examine
from ordering.kernels.database import ScopedDatabase, open_database, without_password

SECRET = "b2ZvdHM"
HANG = 240
"""Seconds until a test gives up on what never comes."""


def free_port():
    with closing(socket.socket()) as unbound:
        unbound.bind(("127.0.0.1", 0))
        return unbound.getsockname()[1]


def wait_for(port, process):
    deadline = time.monotonic() + HANG
    while process.poll() is None and time.monotonic() < deadline:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"no server on port {port}")


@pytest.fixture
def patience(monkeypatch):
    """A server that is there is waited for, however busy the machine is."""
    monkeypatch.setattr(module, "PATIENCE", HANG)


@pytest.fixture
def redis_server(tmp_path, patience):
    """A server of its own, with a password: its URL, and the process."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = free_port()
    options = {"bind": "127.0.0.1", "port": port, "requirepass": SECRET, "dir": tmp_path, "save": ""}
    command = [program, *(str(part) for name, value in options.items() for part in (f"--{name}", value))]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            yield f"redis://:{SECRET}@127.0.0.1:{port}/0", process
        finally:
            process.kill()


@pytest.fixture
def imitated_server(patience):
    """The same protocol, spoken by fakeredis in a thread."""
    fakeredis = pytest.importorskip("fakeredis", reason="fakeredis is not installed")
    server = fakeredis.TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["redis-server", "fakeredis"])
def url(request):
    if request.param == "fakeredis":
        return request.getfixturevalue("imitated_server")
    return request.getfixturevalue("redis_server")[0]


def search(examples, database):
    return examine("relu", "max", examples=examples, database=database)


OTHER_PROCESS = """
import sys
from ordering.kernels import database as module
from ordering.kernels.database import ScopedDatabase, open_database
module.PATIENCE = float(sys.argv[2])
with open_database(sys.argv[1]) as database:
    ScopedDatabase(database, b"mine").save(b"key", b"example")
"""


def test_what_one_process_saves_another_reads_under_its_own_scope(url):
    subprocess.run([sys.executable, "-c", OTHER_PROCESS, url, str(HANG)], check=True, timeout=HANG)
    with open_database(url) as database:
        assert database is not None
        mine = ScopedDatabase(database, b"mine")
        assert list(mine.fetch(b"key")) == [b"example"]
        assert list(ScopedDatabase(database, b"other").fetch(b"key")) == []
        mine.delete(b"key", b"example")
        assert list(mine.fetch(b"key")) == []


# ---- what is said when there is no server --------------------------------------------------------------


def test_a_wrong_password_is_told_without_it(redis_server):
    url, _ = redis_server
    with pytest.raises(InvalidArgument, match="AuthenticationError") as told:
        search(3, url.replace(SECRET, "guess"))
    assert "guess" not in str(told.value)
    assert without_password(url) in str(told.value)


def test_a_server_that_dies_during_the_search_is_told(redis_server):
    url, process = redis_server

    def killing(t):
        if t.requires_grad:  # what probes the kernel asks for no gradient
            process.kill()
            process.wait()
        return t.clone()

    with pytest.raises(InvalidArgument, match="was lost: ConnectionError"):
        examine(Activation("killing", kernel=killing), "max", database=url)


def test_a_server_that_is_not_there_is_told_at_once():
    url = f"redis://me:{SECRET}@127.0.0.1:{free_port()}/0"
    with pytest.raises(InvalidArgument, match="ConnectionError") as told:
        search(3, url)
    assert without_password(url) in str(told.value)
    assert SECRET not in str(told.value)


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with pytest.raises(InvalidArgument, match="Timeout"):
            search(3, url)


def test_a_missing_package_is_told_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(InvalidArgument, match=r"pip install 'ordering\[redis\]'") as told:
        search(3, f"redis://:{SECRET}@127.0.0.1/0")
    assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{SECRET}@127.0.0.1:port/0",
        f"redis://me:{SECRET}",
        f"redis://127.0.0.1:1/0?retry_on_timeout=perhaps&socket_timeout={SECRET}",
        f"redis://127.0.0.1:1/0?no_such_option={SECRET}",
        f"http://me:{SECRET}@127.0.0.1/0",
        f"redis://{'x' * 300}:6379/0",
    ],
)
def test_a_url_that_cannot_be_one_is_told_without_secrets(url):
    pytest.importorskip("redis", reason="redis is not installed")
    with pytest.raises(InvalidArgument, match="example database") as told:
        search(3, url)
    assert SECRET not in str(told.value)


def test_a_file_is_no_database(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidArgument, match="name a directory"), open_database(tmp_path / "file"):
        pass


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host", "redis://host"),
        ("rediss://me:secret@host:1/2", "rediss://host:1/2"),
        ("redis://:sec@ret@host/0", "redis://host/0"),
        ("redis://host/0?password=secret", "redis://host/0"),
        ("redis://:sec?ret@host", "redis://***"),
        ("redis://host?password=se@cret", "redis://***"),
        ("redis://me:secret", "redis://***"),
        ("unix://:secret@/tmp/redis.sock", "unix:///tmp/redis.sock"),
    ],
)
def test_what_is_shown_of_a_url(url, shown):
    assert without_password(url) == shown
