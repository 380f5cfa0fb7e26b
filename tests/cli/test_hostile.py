"""Control codes in texts of users - error messages, names - are shown in the terminal, and not sent to it."""

import io
import sys

import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ordering.cli import main
from ordering.cli import options as cli_options
from ordering.cli.options import errors, output

CODES = "\x1b[31mred\x1b]0;title\x07\x9b2J\x08\x7f\u202eback\r"
SHORT = ("--dtype", "float16")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "hostile_kernel.py").write_text(f"def mine(t):\n    raise ValueError({CODES!r})\n")
    (tmp_path / "hostile_import.py").write_text(f"raise ValueError({CODES!r})\n")
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("ordering_file_")]:
        del sys.modules[name]


def clean(text):
    return all(letter.isprintable() or letter == "\n" for letter in text)


@pytest.mark.parametrize(
    "words",
    [
        ("check", "hostile_kernel.py:mine", "max", *SHORT),
        ("report", "-a", "hostile_kernel.py:mine", "-p", "max", *SHORT),
        ("certify", "hostile_kernel.py:mine", *SHORT, "--no-store"),
        ("check", "hostile_import.py:mine", "max"),
        ("check", f"{CODES}", "max"),
        ("check", f"{CODES}.py:mine", "max"),
    ],
    ids=lambda words: words[0],
)
def test_no_command_sends_codes_of_users(here, words):
    result = CliRunner().invoke(main, words)
    assert result.exit_code in (1, 2), result.output
    assert clean(result.output), repr(result.output)
    assert "x1b" in result.output, "it is shown"


@pytest.mark.parametrize("make", [output, errors])
def test_the_consoles_show_codes_in_everything_that_is_printed(make, monkeypatch):
    console = make()
    console.file = io.StringIO()
    table = Table(CODES)
    table.add_row(Text(CODES, style="bold"), CODES)
    for each in (CODES, Text(CODES, style="bold"), Text.assemble("a", (CODES, "red")), table):
        console.print(each)
    shown = console.file.getvalue()
    assert clean(shown), repr(shown)
    assert shown.count("\\x1b[31m") >= 4
    assert "\\u202e" in shown


def test_a_terminal_still_gets_the_styles_that_are_ours():
    stream = io.StringIO()
    console = cli_options._Plain(file=stream, force_terminal=True, color_system="standard", markup=False)
    console.print(Text("plain", style="bold red"))
    console.print(Text(CODES, style="bold red"))
    styled = io.StringIO()
    Console(file=styled, force_terminal=True, color_system="standard", markup=False).print(
        Text("plain", style="bold red")
    )
    assert stream.getvalue().startswith(styled.getvalue())
    assert "\x1b[1;31m" in styled.getvalue()
    assert "\x1b]0;" not in stream.getvalue()
