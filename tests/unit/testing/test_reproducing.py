"""A failure under pytest: the line that it prints runs it again, and a database shows it first."""

import re
import shlex
import shutil
import subprocess
import sys

import torch.nn.functional as F
from sympy import Max

from ordering import Activation, x
from ordering.evidence import Counterexample, Survival
from ordering.fidelity import fidelity
from ordering.kernels import examine

FINDS, MISSES = 1_000, 1_001
"""Seeds: with the one the look at the kernel meets a value of the dip below, with the other it does not."""

REMEMBERS = "--hypothesis-profile=default"
"""Named, because Hypothesis takes another profile by itself where it sees that it runs in CI."""

SUITE = """
import torch
import torch.nn.functional as F
from sympy import Max
from ordering import Activation, x
from ordering.testing import parametrize_with_laws

LOW, HIGH, DEPTH = {low}, {high}, {depth}

def kernel(t):
    return F.relu(t) - DEPTH * ((t > LOW) & (t < HIGH)).to(t.dtype)

DIPPED = Activation("dipped", kernel=kernel, expression=Max(x, 0))

@parametrize_with_laws(laws=["commutes"], activations=[DIPPED], poolings=["max_pool2d"], alone=False)
def test_laws(trial):
    trial.check(examples=5)
"""


def dip_of(seed):
    """A dip narrower than the grid is fine, around a value that the grid of this seed holds."""
    at = 5 + (1 / 256) * ((seed % 256) / 256)
    return at - 1e-5, at + 1e-5, 1.0


def dipped(low, high, depth):
    kernel = lambda t: F.relu(t) - depth * ((t > low) & (t < high)).to(t.dtype)  # noqa: E731
    return Activation("dipped", kernel=kernel, expression=Max(x, 0))


def test_the_line_that_a_failure_prints_finds_the_same_again(tmp_path):
    low, high, depth = dip_of(FINDS)
    faulty = dipped(low, high, depth)
    assert fidelity(faulty).faithful
    assert isinstance(examine(faulty, "max", examples=5, seed=FINDS), Counterexample)
    assert isinstance(examine(faulty, "max", examples=5, seed=MISSES), Survival)

    (tmp_path / "test_mine.py").write_text(SUITE.format(low=low, high=high, depth=depth))
    told, line = failure(tmp_path, f"pytest --hypothesis-seed={FINDS} {REMEMBERS}")
    assert f"--hypothesis-seed={FINDS} {REMEMBERS}" in line
    assert "dipped" in told

    # From nothing but the line ...
    shutil.rmtree(tmp_path / ".hypothesis")
    assert failure(tmp_path, line) == (told, line)
    # ... and from what is remembered, with a seed that would not find it.
    again, _ = failure(tmp_path, f"pytest --hypothesis-seed={MISSES} {REMEMBERS}")
    assert again == told


def failure(folder, line):
    """What a pytest run tells of its only failure, and the line that it prints."""
    program, *arguments = shlex.split(line)
    assert program == "pytest"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
    assert done.returncode == 1, done.stdout + done.stderr
    found = re.search(
        r"(commutes\[max_pool2d-dipped\]: .*?)\nseed  .*?Run it again with\n\n +(pytest .*?)\n",
        done.stdout,
        re.S,
    )
    assert found is not None, done.stdout
    return found[1], found[2]
