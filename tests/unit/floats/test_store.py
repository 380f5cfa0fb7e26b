"""The store: what it keeps, whom it trusts, and what an interrupted scan leaves behind."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ordering import Activation, activations, certify
from ordering.errors import InvalidArgument
from ordering.evidence import Certificate
from ordering.floats import Progress, Store, StoreWarning
from ordering.floats.digest import digest
from ordering.floats.observed import kind_of

lattice_module = import_module("ordering.floats.lattice")
shelf_module = import_module("ordering.floats.shelf")
walk_module = import_module("ordering.floats.walk")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def files(store: Store) -> list[Path]:
    return sorted(store.path.iterdir())


def timeless(certificate: Certificate) -> Certificate:
    return replace(certificate, seconds=0.0)


def test_a_certificate_is_kept_and_found_again(store: Store) -> None:
    first = certify("gelu", "float16", path="all", store=store)
    [file] = files(store)
    before = file.stat().st_mtime_ns
    scanned: list[Progress] = []
    again = certify("gelu", "float16", path="all", store=store, progress=scanned.append)
    # The very record, its seconds among it.
    assert again == first
    assert not scanned
    assert file.stat().st_mtime_ns == before
    certify("gelu", "float16", path="all", store=store, progress=scanned.append, resume=False)
    assert scanned


def test_each_question_has_its_own_certificate(store: Store) -> None:
    certify("relu", "float16", store=store)
    certify("relu", "float16", path="scalar", store=store)
    certify("relu", "bfloat16", store=store)
    certify("relu", "float16", low=0, store=store)
    certify("tanh", "float16", store=store)
    assert len(files(store)) == 5
    # The same code under another name is the same question; the answer bears the name asked for.
    entry = Activation("rectifier", kernel=torch.nn.functional.relu)
    assert certify(entry, "float16", store=store).activation == "rectifier"
    assert len(files(store)) == 5


def damages() -> dict[str, tuple[str, object]]:
    def edit(**changes: object) -> object:
        def apply(text: str) -> str:
            content = json.loads(text)
            for name, value in changes.items():
                target = content["certificate"] if name in content["certificate"] else content
                target[name] = value
            return json.dumps(content)

        return apply

    return {
        "empty": ("JSON", lambda text: ""),
        "cut": ("JSON", lambda text: text[: len(text) // 2]),
        "not utf-8": ("JSON", lambda text: text.replace("gelu", "\udcff")),
        "deep": ("JSON|schema", lambda text: "[" * 100_000),
        "a list": ("schema", lambda text: "[]"),
        "foreign": ("schema", lambda text: '{"some": "thing"}'),
        "one digit": ("checksum", edit(drops=0)),
        "no checksum": ("checksum", edit(sha256=None)),
    }


@pytest.mark.parametrize("damage", damages())
def test_a_damaged_or_foreign_file_is_reported_and_the_scan_made_again(damage: str, store: Store) -> None:
    message, apply = damages()[damage]
    first = certify("gelu", "float16", store=store)
    [file] = files(store)
    file.write_bytes(apply(file.read_text()).encode("utf-8", "surrogateescape"))  # type: ignore[operator]
    with pytest.warns(StoreWarning, match=message):
        again = certify("gelu", "float16", store=store)
    assert timeless(again) == timeless(first)
    # And the damage is mended.
    assert certify("gelu", "float16", store=store) == again


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("drops", -1, "contradict"),
        ("drops", 0.0, "not of type int"),
        ("drawdown_ulp", 0, "contradict"),
        ("drawdown", "zero", "hexadecimal"),
        ("path", "diagonal", "path"),
        ("values", True, "not of type int"),
        ("worst", None, "contradict"),
        ("worst", {"a": "0x1p0"}, "other fields"),
        ("nonsense", 1, "other fields"),
    ],
)
def test_a_file_with_a_right_checksum_is_read_field_by_field(
    field: str, value: object, message: str, store: Store
) -> None:
    """Even who can compute the checksum cannot bring in what no scan can have produced."""
    module = import_module("ordering.floats.store")
    certify("gelu", "float16", store=store)
    [file] = files(store)
    content = json.loads(file.read_text())
    content["certificate"][field] = value
    payload = {"key": content["key"], "certificate": content["certificate"]}
    file.write_text(json.dumps({**content, "sha256": module._checksum(payload)}))
    with pytest.warns(StoreWarning, match=message):
        certify("gelu", "float16", store=store)


def test_a_file_about_something_else_is_not_believed(store: Store) -> None:
    certify("relu", "float16", store=store)
    [relu] = files(store)
    certify("gelu", "float16", store=store)
    [gelu] = set(files(store)) - {relu}
    gelu.write_bytes(relu.read_bytes())
    with pytest.warns(StoreWarning, match="something else than its name says"):
        assert certify("gelu", "float16", store=store).drops > 0


def test_a_folder_that_can_never_be_used_is_told_before_the_scan(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for store in (Store(tmp_path / "file"), str(tmp_path / "file"), tmp_path / "file" / "below"):
        with pytest.raises(InvalidArgument, match="cannot write to the folder"):
            certify("relu", "float16", store=store)


def test_a_certificate_that_cannot_be_written_is_reported_and_not_fatal(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ordering.floats.store.os.replace", full)
    with pytest.warns(StoreWarning, match="cannot be written"):
        assert certify("relu", "float16", store=store).drops == 0


def test_a_kernel_whose_code_cannot_be_read_is_not_stored(store: Store) -> None:
    class Kernel:
        def __init__(self) -> None:
            self.lock = threading.Lock()

        def __call__(self, t: Tensor) -> Tensor:
            return t.clone()

    found = certify(Activation("object", kernel=Kernel()), "float16", store=store)
    assert "not stored: a _thread.lock cannot be read" in found.note
    assert not store.path.exists()


def test_a_kernel_that_changes_its_own_state_is_not_stored(store: Store) -> None:
    class Counting(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("calls", torch.zeros(1))

        def forward(self, t: Tensor) -> Tensor:
            self.get_buffer("calls").add_(1)
            return t.clone()

    found = certify(Activation("counting", kernel=Counting()), "float16", store=store)
    assert found.note == "not stored: it changes its own state while it runs"
    assert not store.path.exists()


class Stop(Exception):
    """Ends a scan in the middle."""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("end", [KeyboardInterrupt, Stop])
def test_an_interrupted_scan_goes_on_where_it_stopped(
    end: type[BaseException], workers: int, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lattice_module, "SPAN", 2**14)
    monkeypatch.setattr(walk_module, "CHUNK", 2**12)
    where = {"low": -1.0, "high": -0.9}
    whole = certify("silu", "float32", path="all", **where)  # type: ignore[arg-type]
    total = whole.values

    def stop_in_the_middle(progress: Progress) -> None:
        if progress.done > total / 2:
            raise end

    with pytest.raises(end):
        certify(
            "silu", "float32", path="all", low=-1.0, high=-0.9, workers=workers, store=store,
            progress=stop_in_the_middle,
        )  # fmt: skip
    [partial] = files(store)
    assert partial.name.endswith(".partial.json")
    seen: list[Progress] = []
    found = certify("silu", "float32", path="all", low=-1.0, high=-0.9, store=store, progress=seen.append)
    assert timeless(found) == timeless(whole)
    assert seen[-1].done == seen[-1].total == total
    assert seen[-1].fresh < total / 2
    [finished] = files(store)
    assert finished.name == partial.name.replace(".partial", "")


def test_a_damaged_unfinished_scan_is_begun_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lattice_module, "SPAN", 2**14)
    monkeypatch.setattr(shelf_module, "FLUSH_SECONDS", 0.0)

    def stop(progress: Progress) -> None:
        raise Stop

    with pytest.raises(Stop):
        certify("silu", "float32", low=-1.0, high=-0.9, workers=1, store=store, progress=stop)
    [partial] = files(store)
    # How often silu falls there by rounding depends on the CPU; one digit more is wrong on all.
    text = partial.read_text()
    assert '"drops": ' in text
    partial.write_text(text.replace('"drops": ', '"drops": 1', 1))
    with pytest.warns(StoreWarning, match="checksum"):
        found = certify("silu", "float32", low=-1.0, high=-0.9, store=store)
    assert timeless(found) == timeless(certify("silu", "float32", low=-1.0, high=-0.9))


KILLED = """
import sys, threading
from importlib import import_module
from ordering.floats import Store, certify
import_module("ordering.floats.shelf").FLUSH_SECONDS = 0.0
import_module("ordering.floats.lattice").SPAN = 2**16
def progress(now):
    print(now.done, flush=True)
    if now.done > now.total / 2:
        # However late the end comes, it comes in the middle.
        threading.Event().wait()
where = {"low": -8.0, "high": -0.001, "store": Store(sys.argv[1])}
certify("silu", "float32", path="all", workers=1, progress=progress, **where)
"""


def test_a_killed_process_leaves_a_store_that_is_gone_on_with(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(store.path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        # Before the first span is told of it is kept; by the tenth the process may be writing again.
        assert [int(process.stdout.readline()) for _ in range(10)]
        process.kill()
    assert process.returncode == -signal.SIGKILL
    monkeypatch.setattr(lattice_module, "SPAN", 2**16)
    over = lattice_module.interval("float32", -8.0, -0.001)
    kernel = activations["silu"].kernel
    shelf = shelf_module.Shelf(store, digest(kernel), over, "all", kind_of(kernel, over))
    spans = lattice_module.spans(over)
    segments, seconds = shelf.unfinished()
    assert 0 < len(segments) < len(spans)
    assert seconds > 0


def test_writers_that_share_a_store_never_show_each_other_half_a_file(store: Store) -> None:
    certificate = certify("gelu", "float16", path="all")
    key = {"kernel": "shared"}
    store.save(key, certificate)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            store.save(key, certificate)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        # A warning would be an error here.
        assert all(store.load(key) == certificate for _ in range(200))
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert [path.suffix for path in files(store)] == [".json"]
