"""Counterexample scripts run as a reader runs them, and packages that such a reader may have installed."""

import importlib.util
import json
import subprocess
import sys
import textwrap

import pytest
import torch

from ordering import laws, poolings
from ordering.activation import Activation
from ordering.kernels.counterexample import describe
from ordering.law import Case

_DRIVER = """
import contextlib, io, json, sys
sys.modules["ordering"] = None  # a script that imports it fails
ends = []
for script in json.load(sys.stdin):
    said, told = io.StringIO(), io.StringIO()
    code = "none"
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
        try:
            exec(compile(script, "<script>", "exec"), {"__name__": "__main__"})
        except SystemExit as end:
            code = end.code
        except BaseException as error:
            code = f"{type(error).__name__}: {error}"
        finally:
            sys.excepthook = sys.__excepthook__
    ends.append([code, said.getvalue(), told.getvalue()])
print(json.dumps(ends))
"""


@pytest.fixture(scope="session")
def run_all():
    """Exit code, standard output and standard error of each script, in one process of its own."""

    def run_all(scripts, *path):
        done = subprocess.run(
            [sys.executable, "-c", _DRIVER],
            input=json.dumps(scripts),
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join(map(str, path))},
        )
        return [tuple(end) for end in json.loads(done.stdout)]

    return run_all


@pytest.fixture(scope="session")
def script_of():
    """The script of one counterexample, without a search for it."""

    def script_of(
        kernel, pooling="avg_pool2d", values=(0.0, 1.0), *, law="commutes", tolerance=0, given=None
    ):
        tensor = torch.tensor(values).reshape(1, 1, 1, -1) if given is None else given
        entry = poolings[pooling] if isinstance(pooling, str) else pooling
        claim = laws[law] if isinstance(law, str) else law
        activation = kernel if isinstance(kernel, Activation) else Activation("f", kernel=kernel)
        case = Case(activation, entry, tensor, {"kernel_size": (1, tensor.shape[-1])})
        return describe(claim, case, tolerance).script

    return script_of


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write a module into a folder on the path and import it; `version` makes it an installed package."""
    names = []

    def written(name, text, *, version=None, folder="here", on_path=True):
        place = tmp_path / folder
        file = place.joinpath(*name.split(".")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        root = name.partition(".")[0]
        if version is not None:
            notes = place / f"{root}-{version}.dist-info"
            notes.mkdir()
            (notes / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {root}\nVersion: {version}\n")
            (notes / "RECORD").write_text(f"{file.relative_to(place)},,\n")
        names.append(name)
        if not on_path:
            spec = importlib.util.spec_from_file_location(name, file)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
            return module
        monkeypatch.syspath_prepend(str(place))
        return importlib.import_module(name)

    yield written
    for name in names:
        for loaded in [key for key in sys.modules if key.partition(".")[0] == name.partition(".")[0]]:
            del sys.modules[loaded]
