"""`report --baseline`, `--accept`, `--format`, the step's summary, and `replay`, as CI meets them."""

import json
import os
import sys

import pytest
from click.testing import CliRunner

import ordering
from ordering.cli import main
from ordering.report.formats import formats

GOOD = "import torch\ndef mine(t):\n    return torch.relu(t)\n"
CHANGED = "import torch\ndef mine(t):\n    return torch.relu(t) - t.gt(1).to(t.dtype)\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    write(tmp_path, GOOD)
    return tmp_path


def write(folder, text):
    """The user's own kernel; what was imported before is forgotten, as in a new process."""
    (folder / "own_kernel.py").write_text(text)
    for name in [name for name in sys.modules if name.startswith("ordering_file_")]:
        del sys.modules[name]


def run(*words):
    return CliRunner().invoke(main, words)


def report(*words, of=("own_kernel.py:mine",), out="out"):
    named = [word for name in of for word in ("-a", name)]
    return run("report", *named, "-p", "max", "--dtype", "float16", "--store", "store", "--out", out, *words)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A report without a counterexample, and one with one."""
    folder = tmp_path_factory.mktemp("reports")
    texts = []
    for name in ("relu", "silu"):
        out = str(folder / name)
        words = ("-a", name, "-p", "max", "--dtype", "float16", "--store", str(folder / "store"))
        assert run("report", *words, "--out", out, "--format", "json").exit_code == 0
        texts.append((folder / name / "report.json").read_text())
    return texts


# ---- baseline ------------------------------------------------------------------------------------------


def test_a_changed_kernel_is_worse_until_it_is_accepted(here):
    assert report(out="base").exit_code == 0
    same = report("--baseline", "base/report.json")
    assert same.exit_code == 0, same.output
    assert "0 worse, 0 better, 0 new, 0 lost, 1 as before" in same.stdout
    write(here, CHANGED)
    worse = report("--baseline", "base/report.json")
    assert worse.exit_code == 1, worse.output
    assert "WORSE  commutes: mine with max_pool2d in float16: exact, now different" in worse.stdout
    assert "1 worse" in (here / "out" / "report.md").read_text()
    data = json.loads((here / "out" / "report.json").read_text())
    assert data["changes"]["worse"] is True
    before = (here / "base" / "report.json").read_text()
    accepted = report("--baseline", "base/report.json", "--accept")
    assert accepted.exit_code == 0, accepted.output
    assert (here / "base" / "report.json").read_text() != before
    assert report("--baseline", "base/report.json").exit_code == 0
    write(here, GOOD)
    better = report("--baseline", "base/report.json")
    assert better.exit_code == 0
    assert "BETTER commutes: mine with max_pool2d in float16: different, now exact" in better.stdout


def test_new_and_lost_entries(here):
    both = ("own_kernel.py:mine", "relu")
    assert report(of=both, out="base").exit_code == 0
    lost = report("--baseline", "base/report.json", of=("relu",))
    assert lost.exit_code == 1
    assert "LOST   commutes: mine with max_pool2d in float16: was exact" in lost.stdout
    new = report("--baseline", "base/report.json", of=(*both, "identity"))
    assert new.exit_code == 0
    assert "NEW    commutes: identity with max_pool2d in float16: is exact" in new.stdout


def test_an_entry_that_begins_to_fail_is_worse_and_can_be_accepted(here):
    assert report(out="base").exit_code == 0
    write(here, "def mine(t):\n    raise ZeroDivisionError('\\x1b[31mred')\n")
    worse = report("--baseline", "base/report.json")
    assert worse.exit_code == 1
    assert "exact, now error" in worse.stdout
    assert "\x1b" not in worse.output
    assert report("--baseline", "base/report.json", "--accept").exit_code == 0


def test_an_interrupted_run_loses_nothing_and_accepts_nothing(here, monkeypatch):
    both = ("own_kernel.py:mine", "relu")
    assert report(of=both, out="base").exit_code == 0
    before = (here / "base" / "report.json").read_text()
    real = ordering.verify_all

    def interrupted(*args, **kwargs):
        yield next(iter(real(*args, **kwargs)))
        raise KeyboardInterrupt

    monkeypatch.setattr(ordering, "verify_all", interrupted)
    cut = report("--baseline", "base/report.json", "--accept", of=both)
    assert cut.exit_code == 130
    assert "0 lost" in cut.stdout
    assert (here / "base" / "report.json").read_text() == before


def test_another_machines_baseline_is_told(here):
    assert report(out="base").exit_code == 0
    file = here / "base" / "report.json"
    data = json.loads(file.read_text())
    data["environment"]["machine"]["cpu"] = "another processor"
    data["environment"]["torch"] = "1.0"
    file.write_text(json.dumps(data))
    told = report("--baseline", "base/report.json")
    assert told.exit_code == 0
    assert "the baseline is of another machine: another processor" in told.stdout
    assert "another torch: 1.0 in the baseline" in told.stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--baseline", "nowhere.json"), "cannot read the report"),
        (("--baseline", "own_kernel.py"), "no JSON"),
        (("--baseline", "other.json"), "its schema is"),
        (("--baseline", "other.json", "--accept"), "its schema is"),
        (("--baseline", "damaged.json"), "damaged report"),
        (("--baseline", ""), "must be a path"),
        (("--baseline", "."), "cannot read the report"),
        (("--baseline", "out/report.json"), "would be lost"),
        (("--accept",), "name it with --baseline"),
        (("--format", "jsn"), "did you mean json"),
        (("--format", ""), "no format named"),
        (("--out", "linked"), "outside the folder"),
    ],
)
def test_what_cannot_be_done_is_told_before_the_work(here, words, why, monkeypatch, reports):
    (here / "out").mkdir()
    (here / "out" / "report.json").write_text(reports[0])
    good = json.loads(reports[0])
    (here / "other.json").write_text('{"schema": "something else"}')
    (here / "damaged.json").write_text(json.dumps({**good, "verdicts": [{}]}))
    (here / "linked").mkdir()
    (here / "linked" / "report.md").symlink_to(here / "own_kernel.py")

    def nothing(*_args, **_options):
        raise AssertionError("work before the check")

    monkeypatch.setattr(ordering, "verify_all", nothing)
    told = report(*words)
    assert told.exit_code == 2, told.output
    assert why in " ".join(told.stderr.split())
    assert (here / "own_kernel.py").read_text() == GOOD


def test_the_first_baseline_is_made_by_accept(here):
    first = report("--baseline", "kept/base.json", "--accept")
    assert first.exit_code == 0, first.output
    assert report("--baseline", "kept/base.json").exit_code == 0
    own = report("--baseline", "out/report.json", "--accept")
    assert own.exit_code == 0, "accepted, it may be what the run writes"


# ---- formats -------------------------------------------------------------------------------------------


def test_formats_by_name(here):
    done = report("--format", "sarif", "--format", "json", "--format", "json")
    assert done.exit_code == 0, done.output
    assert {file.name for file in (here / "out").iterdir()} == {"report.sarif", "report.json"}
    assert "wrote out/report.json, out/report.sarif" in done.stdout
    log = json.loads((here / "out" / "report.sarif").read_text())
    assert log["runs"][0]["results"] == [], "what is exact is no finding"
    write(here, CHANGED)
    assert report("--format", "sarif").exit_code == 0
    [result] = json.loads((here / "out" / "report.sarif").read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "own_kernel.py"
    assert place["region"]["startLine"] == 2
    assert result["properties"]["script"]


def test_every_format_is_written_within_the_folder(here):
    before = {file.name for file in here.iterdir()} | {"store", "out"}
    done = report(*(word for name in formats for word in ("--format", name)))
    assert done.exit_code == 0, done.output
    assert {file.name for file in (here / "out").iterdir()} == {each.file for each in formats.values()}
    assert {file.name for file in here.iterdir()} - {"__pycache__"} == before - {"__pycache__"}
    assert all(os.sep not in each.file and each.file.startswith("report.") for each in formats.values())


# ---- the step's summary --------------------------------------------------------------------------------


def test_the_summary_of_a_step_is_appended_to(here, monkeypatch):
    summary = here / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert report("--format", "json").exit_code == 0
    text = summary.read_text()
    assert text.startswith("before\n# Does the order")
    assert "| float16 | safe to swap |" in text
    assert not (here / "out" / "report.md").exists()


@pytest.mark.parametrize("fault", ["folder", "missing", "full"])
def test_a_summary_that_cannot_be_written_loses_nothing_else(here, monkeypatch, fault):
    place = here / "place"
    if fault == "folder":
        place.mkdir()
    if fault == "full":
        place.write_text("x" * (1024 * 1024))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(place / "below" if fault == "missing" else place))
    done = report()
    assert done.exit_code == 2, done.output
    assert "GITHUB_STEP_SUMMARY" in done.stderr
    assert "1 exact" in done.stdout
    assert json.loads((here / "out" / "report.json").read_text())["complete"] is True
    assert (here / "out" / "report.md").exists()


# ---- replay --------------------------------------------------------------------------------------------


def test_replay_says_still_there_gone_and_cannot_run(here):
    write(here, CHANGED)
    assert report(of=("own_kernel.py:mine", "silu")).exit_code == 0
    there = run("replay", "out/report.json")
    assert there.exit_code == 0, there.output
    assert there.stdout.count("STILL THERE") == 2
    assert "2 still there, 0 gone, 0 cannot run" in there.stdout
    assert "[2/2]" in there.stderr
    write(here, GOOD)
    gone = run("replay", "out/report.json")
    assert gone.exit_code == 1
    assert "GONE         commutes/mine/max_pool2d/float16: the law holds on this input" in gone.stdout
    assert "STILL THERE  commutes/silu/max_pool2d/float16" in gone.stdout
    (here / "own_kernel.py").unlink()
    write_nothing = run("replay", "out/report.json", "commutes/silu/max_pool2d/float16")
    assert write_nothing.exit_code == 0, "the others are not asked about"
    for name in [name for name in sys.modules if name.startswith("ordering_file_")]:
        del sys.modules[name]
    lost = run("replay", "out/report.json", "commutes/mine/max_pool2d/float16", "--json")
    assert lost.exit_code == 1
    [replay] = json.loads(lost.stdout)["replays"]
    assert replay["outcome"] == "CANNOT RUN"
    assert "no such file" in replay["why"]
    assert replay["gap_now"] is None


def test_replay_executes_nothing_of_the_file(here):
    write(here, CHANGED)
    assert report().exit_code == 0
    file = here / "out" / "report.json"
    evil = f"open({str(here / 'evil')!r}, 'w')"
    data = json.loads(file.read_text())
    for each in (data["verdicts"][0], data["verdicts"][0]["by_dtype"]["float16"]):
        each["counterexample"]["script"] = evil
        each["counterexample"]["arguments"] = {"kernel_size": evil}
    file.write_text(json.dumps(data))
    assert run("replay", "out/report.json").exit_code == 0
    assert not (here / "evil").exists()


def test_replay_shows_hostile_ids_and_sends_no_codes(here):
    write(here, CHANGED)
    assert report().exit_code == 0
    file = here / "out" / "report.json"
    data = json.loads(file.read_text())
    data["verdicts"][0]["by_dtype"]["float16"]["counterexample"]["id"] = "\x1b]0;title\x07\x1b[2J"
    data["sources"][0]["reference"] = "\x1b[31m.py:mine"
    file.write_text(json.dumps(data))
    shown = run("replay", "out/report.json")
    assert shown.exit_code == 1
    assert "\x1b" not in shown.output
    assert "\\x1b[2J" in shown.stdout
    unknown = run("replay", "out/report.json", "\x1b[31m")
    assert unknown.exit_code == 2
    assert "\x1b" not in unknown.output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("replay",), "Missing argument"),
        (("replay", "nowhere.json"), "cannot read the report"),
        (("replay", "own_kernel.py"), "no JSON"),
        (("replay", "out/report.json"), "no counterexample"),
        (("replay", "with/report.json", "commutes/sil"), "did you mean commutes/silu"),
        (("replay", "with/report.json", "--timeout", "0"), "range"),
    ],
)
def test_what_cannot_be_replayed(here, words, why, reports):
    for name, text in zip(("out", "with"), reports, strict=True):
        (here / name).mkdir()
        (here / name / "report.json").write_text(text)
    told = run(*words)
    assert told.exit_code == 2, told.output
    assert why in " ".join(told.stderr.split())


def test_an_interrupted_replay_prints_what_it_knows(here, monkeypatch):
    assert report(of=("silu", "gelu")).exit_code == 0
    real = ordering.run_again
    calls: list[object] = []

    def interrupted(each, **options):
        if calls:
            raise KeyboardInterrupt
        calls.append(each)
        return real(each, **options)

    monkeypatch.setattr(ordering, "run_again", interrupted)
    cut = run("replay", "out/report.json")
    assert cut.exit_code == 130
    assert cut.stdout.count("STILL THERE") == 1
    assert "1 of 2 were run" in cut.stderr
