"""Every command with every kind of wrong use: exit code 2, one clear sentence, no traceback, no work lost."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import ordering
from ordering.cli import COMMANDS, main

CODE = """
import ctypes, os, sys
import torch

number = 3

def quiet(t):
    return t.clamp(min=0)

def loud(t):
    print("printed", flush=True)
    return t.clamp(min=0)

def louder(t):
    os.write(1, b"written\\n")
    return t.clamp(min=0)

def loudest(t):
    ctypes.CDLL(None).puts(b"put")
    return t.clamp(min=0)

def leaves(t):
    sys.exit(0)

def leaves_workers(t):
    if os.getpid() != int(os.environ["ORDERING_TEST_PARENT"]):
        sys.exit(0)
    if t.numel() > 2**12:
        raise SystemExit
    return t.clamp(min=0)

class Net(torch.nn.Module):
    def forward(self, t):
        sys.exit(3)

net = Net()
conv = torch.nn.Conv2d(3, 2, 3)
print("imported")
"""

SHORT = ("--dtype", "float16")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "cli_code.py").write_text(CODE)
    (tmp_path / "leaves.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    yield tmp_path
    for name in ("cli_code", "leaves", "broken"):
        sys.modules.pop(name, None)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


UNKNOWN: list[tuple[str, str]] = [
    ("rellu", "did you mean relu"),
    ("RELU6!", "did you mean relu6"),
    ("", "no activation named ''"),
    ("größe", "no activation named"),
    ("max_pool2d", "name of a pooling"),
    ("f" * 20_000, "no activation named"),
    ("nothere:f", "cannot import 'nothere'"),
    ("broken:f", "cannot import 'broken': SyntaxError"),
    ("leaves:f", "cannot import 'leaves': SystemExit"),
    ("./leaves.py:f", "cannot import './leaves.py': SystemExit"),
    ("./missing.py:f", "there is no such file"),
    ("file:f", "cannot import 'file'"),
    ("./file:f", "no Python file"),
    ("./:f", "is a folder"),
    ("cli_code:quite", "did you mean quiet"),
    ("cli_code.py:quite", "did you mean quiet"),
    ("cli_code:number", "neither an Activation nor a callable"),
    ("cli_code:Net", "pass an instance, such as Net()"),
    ("cli_code:", "not of the form module:attribute"),
    (":quiet", "not of the form module:attribute"),
    ("cli code:quiet", "not of the form module:attribute"),
    ("..cli_code:quiet", "not of the form module:attribute"),
]
POOLINGS: list[tuple[str, str]] = [
    ("maxx", "no pooling named"),
    ("", "no pooling named"),
    ("relu", "name of an activation"),
    ("cli_code:number", "not a Pooling"),
    ("cli_code:quiet", "write Pooling("),
    ("cli_code:conv", "no pooling layer that is known"),
]
LAWS: list[tuple[str, str]] = [
    ("commute", "did you mean commutes"),
    ("", "no law named"),
    ("jensen_", "did you mean jensen"),
    ("cli_code:number", "not a Law"),
    ("cli_code:quiet", "write Law("),
]
EXAMINATION: list[tuple[tuple[str, ...], str]] = [
    (("--dtype", "int8"), "float16"),
    (("--dtype", "float8_e5m2"), "float16"),
    (("--effort", "lazy"), "exhaustive"),
    (("--seed", "a"), "not a valid integer"),
    (("--seed", "1.5"), "not a valid integer"),
    (("--seed", str(2**64)), "seed must be at most"),
    (("--timeout", "0"), "range"),
    (("--timeout", "-1"), "range"),
    (("--timeout", "nan"), "NaN"),
    (("--timeout", "inf"), "finite"),
    (("--timeout", "soon"), "not a valid float"),
    (("--workers", "0"), "range"),
    (("--workers", "-2"), "range"),
    (("--workers", "999999999"), "workers must be at most 10,000"),
    (("--workers", "two"), "not a valid integer"),
    (("--scheduler", ""), "the scheduler's address is empty"),
    (("--scheduler", "nonsense"), "no Dask scheduler answers"),
    (("--store", ""), "store must be a path"),
    (("--store", "file"), "file"),
    (("--store", "file/below"), "cannot write to the folder"),
    (("--database", ""), "must be a path"),
    (("--database", "file"), "is a file"),
    (("--database", "file/below"), "cannot write to the folder"),
    (("--database", "ftp://host"), "neither a directory nor a URL"),
    (("--nonsense",), "No such option"),
    (("--dtype",), "requires an argument"),
]


def words() -> Iterator[tuple[tuple[str, ...], str]]:
    for name, message in UNKNOWN:
        yield ("check", name, "max"), message
        yield ("certify", name, *SHORT), message
        yield ("report", "-a", name), message
        yield ("observe", "-a", name), message
        if name not in ("", "größe", "RELU6!"):  # which are read as expressions
            yield ("prove", name), message
    for name, message in POOLINGS:
        yield ("check", "relu", name), message
        yield ("report", "-p", name), message
        yield ("observe", "-p", name), message
    for name, message in LAWS:
        yield ("check", "relu", "max", "--law", name), message
        yield ("report", "--law", name), message
    for options, message in EXAMINATION:
        yield ("check", "relu", "max", *options), message
        yield ("report", "-a", "relu", *options), message
    yield from [
        (("check",), "Missing argument"),
        (("check", "relu"), "Missing argument"),
        (("check", "relu", "max", "avg"), "unexpected extra argument"),
        (("check", "max", "relu"), "order is activation, pooling, law"),
        (("check", "relu", "max", "--require", "perfect"), "exact"),
        (("check", "relu", "max", "--levels", "--scheduler", "tcp://h:1"), "exclude each other"),
        (("check", "relu", "max", "--law", "jensen"), "does not speak of max_pool2d"),
        (("report", "--out", "file"), "cannot write to the folder 'file'"),
        (("report", "--out", "file/below"), "cannot write to the folder"),
        (("report", "--out", ""), "--out must be a path"),
        (("report", "--out", "cache" * 2000), "cannot write to the folder"),
        (("report", "surplus"), "unexpected extra argument"),
        (("certify",), "name one ACTIVATION"),
        (("certify", "relu", "--all"), "name one ACTIVATION"),
        (("certify", "relu", "--dtype", "float64"), "too many to walk"),
        (("certify", "relu", "--dtype", "int8"), "float16"),
        (("certify", "relu", "--path", "diagonal"), "vector"),
        (("certify", "relu", "--low", "2", "--high", "1"), "no value of float32"),
        (("certify", "relu", "--low", "nan"), "NaN"),
        (("certify", "relu", "--low", "zero"), "not a valid float"),
        (("certify", "relu", "--markdown", "file/below.md"), "cannot write to the folder"),
        (("certify", "relu", "--markdown", "."), "cannot write the file"),
        (("certify", "relu", "--markdown", ""), "--markdown must be a path"),
        (("certify", "relu", "--store", "file/below"), "cannot write to the folder"),
        (("certify", "relu", "--store", "a", "--no-store"), "exclude each other"),
        (("certify", "relu", "--workers", "0"), "range"),
        (("certify", "relu", "--scheduler", "nonsense"), "no Dask scheduler"),
        (("prove",), "give a FUNCTION, or --check FILE"),
        (("prove", "geluu"), "did you mean gelu"),
        (("prove", "rellu(x)"), "did you mean relu"),
        (("prove", "rellu(x) + 1"), "did you mean relu"),
        (("prove", "y"), "no activation named 'y'"),
        (("prove", "x +"), "cannot read"),
        (("prove", ""), "cannot read"),
        (("prove", "import os"), "cannot read"),
        (("prove", "open('f')"), "cannot read"),
        (("prove", "x/0"), "division by zero"),
        (("prove", "max"), "name of a pooling"),
        (("prove", "gelu", "--timeout", "0"), "range"),
        (("prove", "gelu", "--timeout", "-1"), "range"),
        (("prove", "gelu", "--timeout", "nan"), "NaN"),
        (("prove", "gelu", "--timeout", "inf"), "finite"),
        (("observe", "missing.png"), "cannot read the picture"),
        (("observe", "file"), "not a picture"),
        (("observe", "."), "cannot read the picture"),
        (("observe", ""), "the picture must be a path"),
        (("observe", "--layer", ""), "module:attribute"),
        (("observe", "--layer", "cli_code:number"), "not a torch.nn.Module"),
        (("observe", "--layer", "cli_code:net"), "SystemExit"),
        (("observe", "--layer", "cli_code:cnv"), "did you mean conv"),
        (("observe", "--kernel-size", "0"), "range"),
        (("observe", "--kernel-size", "5000"), "does not fit"),
        (("observe", "--seed", str(2**64)), "seed must be at most"),
        (("observe", "-p", "flatten"), "not a 2-d pooling"),
        (("observe", "-a", "cli_code:leaves"), "SystemExit"),
        (("list", "poolngs"), "activations"),
        (("list", "laws", "more"), "unexpected extra argument"),
        (("lst",), "No such command"),
        (("--nonsense",), "No such option"),
        (("certify", "cli_code:leaves", *SHORT, "--no-store"), "sys.exit|SystemExit"),
    ]


WORDS = list(words())


@pytest.mark.parametrize(
    ("asked", "message"), WORDS, ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else ""
)
def test_wrong_use_ends_with_code_2_and_says_what_is_wrong(asked: tuple[str, ...], message: str) -> None:
    result = run(*asked)
    assert result.exit_code == 2, (result.output, result.exception)
    assert any(part in " ".join(result.stderr.split()) for part in message.split("|")), result.stderr
    assert result.stdout == "" or "imported" in result.stdout, (
        "an answer is none where the question cannot be asked"
    )
    assert "Traceback" not in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_far_more_than_150_wrong_uses() -> None:
    assert len(WORDS) > 200


@pytest.mark.parametrize("command", COMMANDS)
def test_every_commands_help_states_its_exit_codes(command: str) -> None:
    text = run(command, "--help").output
    assert command == "list" or "Exit code 2" in text or "2: " in text


# ---- prove: no answer is no success ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked", [("gelu", "--timeout", "0.0001"), ("cli_code:quiet",), ("./cli_code.py:quiet",)]
)
@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_prove_without_an_answer_exits_1(asked: tuple[str, ...], json_too: tuple[str, ...]) -> None:
    result = run("prove", *asked, *json_too)
    assert result.exit_code == 1, result.output
    assert "no answer: every question is undecided" in result.stderr
    assert run("prove", "reciprocal").exit_code == 0, "some are undecided, others are not"


# ---- files: seen to be writable before the work ------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "work"),
    [
        (("report", "-a", "relu", *SHORT, "--out", "file"), "verify_all"),
        (("report", "-a", "relu", *SHORT, "--out", "file/below"), "verify_all"),
        (("report", "-a", "relu", *SHORT, "--out", "taken"), "verify_all"),
        (("certify", "relu", *SHORT, "--markdown", "file/below.md"), "certify_each"),
        (("certify", "relu", *SHORT, "--markdown", "taken"), "certify_each"),
    ],
)
def test_what_cannot_be_written_is_told_before_the_work(
    asked: tuple[str, ...], work: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "taken" / "report.json").mkdir(parents=True)

    def nothing(*_args: object, **_options: object) -> None:
        raise AssertionError("work before the check")

    monkeypatch.setattr(ordering, work, nothing)
    result = run(*asked)
    assert result.exit_code == 2, result.output
    assert "cannot write" in result.stderr


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (("report", "-a", "relu", "-p", "max", *SHORT, "--out", "out"), "exact"),
        (("report", "-a", "relu", "-p", "max", *SHORT, "--out", "out", "--json"), '"verdict": "exact"'),
        (("certify", "relu", *SHORT, "--markdown", "page.md", "--no-store"), "63,490"),
    ],
)
def test_a_full_disk_loses_nothing_that_was_computed(
    asked: tuple[str, ...], answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.write_text

    def full(file: Path, text: str, encoding: str) -> int:
        if "certificates" in file.parts:
            return real(file, text, encoding)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    result = run(*asked)
    assert result.exit_code == 2, result.output
    assert answer in result.stdout
    assert "No space left on device" in result.stderr


# ---- a kernel that ends the program ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        ("check", "cli_code:leaves", "max", *SHORT),
        ("certify", "cli_code:leaves", *SHORT, "--no-store"),
        ("certify", "cli_code:leaves_workers", "--dtype", "float32", "--no-store", "--workers", "2"),
    ],
)
def test_a_kernel_that_calls_exit_does_not_end_the_command_without_a_word(
    asked: tuple[str, ...], folder: Path
) -> None:
    done = in_process(*asked, folder=folder)
    assert done.returncode in (1, 2), (done.stdout, done.stderr)
    assert "exit" in done.stdout.lower() + done.stderr.lower()
    assert "Traceback" not in done.stderr


def in_process(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = (
        "import os\nos.environ['ORDERING_TEST_PARENT'] = str(os.getpid())\n"
        "from ordering.__main__ import main\nmain()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False, cwd=folder
    )


# ---- --json: data alone on standard output -----------------------------------------------------------------


CHECKED = ("check", "./cli_code.py:{}", "max", "--dtype=float16", "--dtype=bfloat16", "--workers=2", "--json")


@pytest.mark.parametrize(
    ("kernel", "asked"),
    [
        ("loud", CHECKED),
        ("louder", CHECKED),
        ("loudest", CHECKED),
        ("loud", ("report", "-a", "cli_code:{}", "-p", "max", *SHORT, "--out", "out", "--json")),
        ("louder", ("certify", "cli_code:{}", *SHORT, "--no-store", "--json")),
        ("loud", ("prove", "cli_code:{}", "--json")),
        ("loudest", ("observe", "-a", "cli_code:{}", "--json")),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_what_kernels_print_is_no_part_of_the_json(asked: tuple[str, ...], kernel: str, folder: Path) -> None:
    done = in_process(*(word.format(kernel) for word in asked), folder=folder)
    assert done.returncode in (0, 1), done.stderr
    json.loads(done.stdout)
    assert "imported" in done.stderr, "what was printed is not lost"


def test_json_alone_where_standard_output_is_no_file() -> None:
    result = run("certify", "cli_code:loud", *SHORT, "--no-store", "--json")
    assert json.loads(result.stdout)
    assert "printed" in result.stderr


def test_a_command_leaves_standard_output_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    main(["list", "laws", "--json"], standalone_mode=False)
    print("afterwards")
    captured = capfd.readouterr()
    assert captured.out.endswith("afterwards\n")
    assert json.loads(captured.out.removesuffix("afterwards\n"))


# ---- right uses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["./cli_code.py:quiet", "cli_code.py:quiet", "cli_code:quiet", "sub/own.py:f"]
)
def test_code_of_ones_own_by_module_and_by_file(name: str, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "own.py").write_text("from beside import f\n")
    (folder / "sub" / "beside.py").write_text("def f(t):\n    return t.clamp(min=0)\n")
    result = run("certify", name, *SHORT, "--no-store", "--json")
    sys.modules.pop("beside", None)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)[0]["drops"] == 0
    assert run("check", name, "max", *SHORT, "--require", "exact").exit_code == 0


def test_a_named_activation_twice_is_one(folder: Path) -> None:
    result = run(
        "report", "-a", "relu", "-a", "relu", "-p", "max", "-p", "max_pool2d", *SHORT, "--out", "o", "--json"
    )
    assert len(json.loads(result.stdout)["verdicts"]) == 1
