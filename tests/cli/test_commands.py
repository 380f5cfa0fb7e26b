"""The commands as a user meets them: what they print, write, and exit with."""

import json
import subprocess
import sys

import jsonschema
import pytest
from click.testing import CliRunner
from PIL import Image

import ordering
from ordering.cli import COMMANDS, main
from ordering.report.data import schema


@pytest.fixture
def run(tmp_path):
    """Run a command in-process, with certificates kept in a folder of this test's own."""

    def invoke(*words):
        stored = ("report", "check")
        store = ("--store", str(tmp_path / "store")) if words and words[0] in stored else ()
        return CliRunner().invoke(main, [*words, *store])

    return invoke


USER_CODE = """
import torch
from sympy import Max
from ordering import Activation, Pooling, x
from ordering.pooling import Kind

bent = Activation("bent", kernel=torch.relu, expression=Max(x, 0))
plain_kernel = lambda t: torch.tanh(t)
number = 3
stripes = torch.nn.Conv2d(3, 4, kernel_size=5, bias=False)
flat = torch.nn.Flatten()
deep = torch.nn.Conv2d(7, 4, kernel_size=5)
"""


@pytest.fixture
def user_module(tmp_path, monkeypatch):
    """A module of the user's own, importable from the current directory."""
    (tmp_path / "users_own.py").write_text(USER_CODE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield "users_own"
    sys.modules.pop("users_own", None)


# ---- help ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--help"], ["list", "--help"], ["check", "--help"], ["report", "--help"]])
def test_help_imports_neither_torch_nor_sympy(words):
    program = (
        "import sys\nfrom ordering.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as exit:\n    assert not exit.code\n"
        "heavy = {'torch', 'sympy', 'matplotlib', 'hypothesis'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_every_command_of_the_table_exists_and_has_help(run):
    for name in COMMANDS:
        result = run(name, "--help")
        assert result.exit_code == 0, result.output
        assert "Usage" in result.output


def test_an_unknown_command_is_a_usage_error(run):
    assert run("chekc").exit_code == 2


# ---- list ----------------------------------------------------------------------------------------------


def test_list_names_every_entry(run):
    data = json.loads(run("list", "--json").stdout)
    assert {"relu", "gelu", "identity"} <= {entry["name"] for entry in data["activations"]}
    text = run("list").stdout
    for entries in data.values():
        for entry in entries:
            assert entry["name"] in text
            assert entry["description"]


# ---- check ---------------------------------------------------------------------------------------------


def test_check_remembers_counterexamples_in_a_database(run, tmp_path):
    result = run("check", "relu", "avg", "--dtype", "float16", "--database", str(tmp_path / "examples"))
    assert result.exit_code == 0, result.output
    assert any(path.is_file() for path in (tmp_path / "examples").rglob("*"))


@pytest.mark.parametrize(
    ("database", "complaint"),
    [("redis://:secret@127.0.0.1:9/0", "no Redis server answers"), ("ftp://me:secret@host", "neither")],
)
def test_a_database_that_cannot_be_used_is_told_before_anything_is_computed(run, database, complaint):
    result = run("check", "relu", "avg", "--database", database)
    assert result.exit_code == 2, result.output
    assert complaint in result.output
    assert "secret" not in result.output


def test_check_relu_with_max_pooling_is_exact(run):
    result = run("check", "relu", "max", "--require", "exact")
    assert result.exit_code == 0, result.output
    assert "exact" in result.stdout


def test_check_exits_1_when_the_requirement_is_not_met(run):
    result = run("check", "relu", "avg", "--require", "rounding")
    assert result.exit_code == 1
    assert "required: rounding; found: different" in result.stderr
    assert "Counterexample" in result.stdout
    assert run("check", "relu", "avg").exit_code == 0, "without a requirement, different is an answer"


def test_check_in_the_dtypes_asked_for(run):
    result = run("check", "relu", "max", "--dtype", "bfloat16", "--json")
    assert list(json.loads(result.stdout)["by_dtype"]) == ["bfloat16"]


def test_what_was_found_is_told_with_its_contradictions(run, tmp_path, monkeypatch):
    (tmp_path / "padded.py").write_text(
        "import torch.nn.functional as F\n"
        "from ordering import Pooling\n"
        "from ordering.pooling import Kind\n"
        "def zero_padded(t, kernel_size, padding=0):\n"
        "    wide = padding if isinstance(padding, tuple) else (padding, padding)\n"
        "    return F.max_pool2d(F.pad(t, (wide[1], wide[1], wide[0], wide[0])), kernel_size)\n"
        "padded = Pooling('padded', zero_padded, 2, (Kind.SELECT_MAX,),"
        " arguments=frozenset({'kernel_size', 'padding'}))\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    result = run("check", "sigmoid", "padded:padded", "--dtype", "float16", "--require", "rounding")
    assert result.exit_code == 1
    assert "required: rounding; found: different, with a contradiction" in result.stderr


def test_undecided_is_never_a_pass(run):
    result = run("check", "tanh", "max", "--dtype", "float64", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["verdict"] == "undecided"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("check", "rellu", "max"), "did you mean"),
        (("check", "relu", "maxx"), "no pooling named"),
        (("check", "relu", "max", "--law", "commute"), "did you mean commutes"),
        (("check", "relu", "max", "--dtype", "int8"), "float16"),
        (("check", "relu", "max", "--require", "perfect"), "exact"),
        (("check", "nothere:f", "max"), "cannot import"),
        (("check", "torch:nothere", "max"), "no attribute"),
        (("check", "math:pi", "max"), "neither an Activation nor a callable"),
        (("check", ":f", "max"), "module:attribute"),
        (("check", "relu", "math:pi"), "not a Pooling"),
    ],
)
def test_a_bad_question_is_a_usage_error_with_a_clear_message(run, words, message):
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert "Traceback" not in result.stderr


# ---- report --------------------------------------------------------------------------------------------


def test_report_prints_a_table_and_writes_valid_json_and_markdown(run, tmp_path):
    out = tmp_path / "out"
    result = run("report", "-a", "relu", "-a", "silu", "--dtype", "float16", "--out", str(out))
    assert result.exit_code == 0, result.output
    data = json.loads((out / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(data, schema())
    found = {(v["activation"], v["pooling"]): v["verdict"] for v in data["verdicts"]}
    assert found == {
        ("relu", "max_pool2d"): "exact",
        ("relu", "avg_pool2d"): "different",
        ("silu", "max_pool2d"): "different",
        ("silu", "avg_pool2d"): "different",
    }
    page = (out / "report.md").read_text(encoding="utf-8")
    assert "| silu | max" in page
    assert "0 contradictions" in result.stdout
    assert "[4/4]" in result.stderr


@pytest.mark.parametrize("found", [True, False])
def test_report_opens_the_page_or_says_that_there_is_no_browser(run, tmp_path, monkeypatch, found):
    asked = []

    def browser(url):
        asked.append(url)
        return found

    monkeypatch.setattr("webbrowser.open", browser)
    out = tmp_path / "out"
    result = run("report", "-a", "relu", "-p", "max", "--dtype", "float16", "--out", str(out), "--open")
    assert asked == [(out / "report.html").as_uri()]
    assert (out / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert result.exit_code == (0 if found else 2)
    assert ("no browser" in result.stderr) != found


def test_a_page_that_is_not_to_be_written_is_not_shown(run, tmp_path):
    result = run("report", "-a", "relu", "--out", str(tmp_path), "--format", "json", "--open")
    assert result.exit_code == 2
    assert "add --format html" in result.stderr
    assert not list(tmp_path.iterdir())


def test_report_is_the_same_for_the_same_seed(run, tmp_path):
    def verdicts():
        result = run("report", "-a", "silu", "--dtype", "float16", "--json", "--out", str(tmp_path / "out"))
        data = json.loads(result.stdout)["verdicts"]
        for verdict in data:
            for timed in (verdict, verdict["shape"], *verdict["certificates"]):
                timed.pop("seconds")
        return data

    assert verdicts() == verdicts()


def test_an_interrupted_report_keeps_what_is_known(run, tmp_path, monkeypatch):
    real = ordering.verify_all

    def interrupted(*args, **kwargs):
        yield next(real(*args, **kwargs))
        raise KeyboardInterrupt

    monkeypatch.setattr(ordering, "verify_all", interrupted)
    out = tmp_path / "out"
    result = run("report", "-a", "relu", "--dtype", "float16", "--out", str(out))
    assert result.exit_code == 130
    data = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert data["complete"] is False
    assert len(data["verdicts"]) == 1


def test_report_exits_1_on_an_entry_in_error(run, tmp_path, user_module):
    (tmp_path / "broken.py").write_text(
        "def kernel(t):\n    raise ZeroDivisionError('x')\n", encoding="utf-8"
    )
    result = run("report", "-a", "broken:kernel", "--dtype", "float16", "--out", str(tmp_path / "out"))
    assert result.exit_code == 1, result.output
    assert "ZeroDivisionError" in result.stdout


# ---- observe -------------------------------------------------------------------------------------------


def test_observe_the_photograph_by_default(run):
    data = json.loads(run("observe", "-a", "relu", "-a", "identity", "--json").stdout)
    rows = {(row["activation"], row["pooling"]): row for row in data["observations"]}
    assert rows["relu", "max_pool2d"]["same_bits"] == 1
    assert rows["identity", "avg_pool2d"]["largest_gap"] == 0
    average = rows["relu", "avg_pool2d"]
    assert average["largest_gap"] > average["mean_gap"] > 0
    assert average["zeros_activation_first"] < average["zeros_pooling_first"], "zeros nest"


def test_observe_reads_a_users_picture_through_a_users_layer(run, tmp_path, user_module):
    picture = tmp_path / "noise.png"
    Image.effect_noise((33, 21), 50).save(picture)
    result = run("observe", str(picture), "--layer", f"{user_module}:stripes", "-a", "gelu", "--json")
    data = json.loads(result.stdout)
    assert data["image_shape"] == [1, 3, 21, 33]
    assert data["features_shape"] == [1, 4, 17, 29]
    assert "largest" in run("observe", str(picture), "-a", "relu").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("observe", "nothere.png"), "cannot read"),
        (("observe", "users_own.py"), "not a picture"),
        (("observe", "."), "cannot read"),
        (("observe", "--layer", "users_own:nothere"), "no attribute"),
        (("observe", "--layer", "users_own:number"), "not a torch.nn.Module"),
        (("observe", "--layer", "users_own:flat"), "(batch, channels, height, width)"),
        (("observe", "--layer", "users_own:deep"), "failed on a picture"),
        (("observe", "--kernel-size", "5000"), "does not fit"),
        (("observe", "-a", "nothere"), "no activation named"),
    ],
)
def test_a_bad_observation_is_a_usage_error_with_a_clear_message(run, user_module, words, message):
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert message in result.stderr


def test_a_reader_that_goes_away_is_no_kernel_that_exits() -> None:
    command = [sys.executable, "-m", "ordering", "prove", "gelu"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read()
    assert "sys.exit" not in told
    assert "Traceback" not in told
