"""The fingerprint: every setting that changes what a kernel computes makes another machine, or shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from ordering import Activation, Store, certify, this_machine
from ordering.floats.lattice import interval
from ordering.floats.observed import kind_of, observed

# Tests without this mark go through the settings themselves, each in processes of its own.
MACHINE = pytest.mark.machine

SETTINGS: tuple[dict[str, str], ...] = (
    {},
    {"ATEN_CPU_CAPABILITY": "default"},
    {"ATEN_CPU_CAPABILITY": "avx2"},
    {"ONEDNN_MAX_CPU_ISA": "AVX2"},
    {"MKL_CBWR": "COMPATIBLE"},
    {"SWITCH_MKLDNN_OFF": "1"},
    {"FLUSH_SUBNORMALS": "1"},
)
STORED = """
import json, os, sys, torch
from dataclasses import replace
from ordering import Store, certify
if os.environ.get("SWITCH_MKLDNN_OFF"):
    torch.backends.mkldnn.enabled = False
if os.environ.get("FLUSH_SUBNORMALS"):
    torch.set_flush_denormal(True)
store = Store(sys.argv[1])
found = {}
for question in ("gelu float16", "gelu bfloat16", "softplus bfloat16", "tanh bfloat16"):
    name, dtype = question.split()
    kept = certify(name, dtype, path="all", store=store)
    fresh = certify(name, dtype, path="all")
    found[question] = replace(kept, seconds=0.0) == replace(fresh, seconds=0.0)
print(json.dumps(found))
"""


def test_one_store_under_many_settings_never_takes_one_for_another(tmp_path: Path) -> None:
    """What comes out of the store is what a fresh scan under the same setting finds, whoever filled it."""
    for setting in (*SETTINGS, {}):
        command = [sys.executable, "-c", STORED, str(tmp_path)]
        done = subprocess.run(command, env=os.environ | setting, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout)
        assert len(found) == 4
        assert all(found.values()), (setting, found)


@MACHINE
def test_equal_settings_are_one_machine() -> None:
    assert this_machine() == this_machine()
    assert len(this_machine().kind) == 8


@MACHINE
def test_switching_onednn_off_is_another_machine() -> None:
    before = this_machine()
    enabled = torch._C._get_mkldnn_enabled()
    torch._C._set_mkldnn_enabled(False)
    try:
        assert this_machine().onednn == "off"
        assert this_machine() != before or before.onednn == "off"
    finally:
        torch._C._set_mkldnn_enabled(enabled)
    assert this_machine() == before


@MACHINE
def test_flushing_subnormals_is_another_machine() -> None:
    before = this_machine()
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush subnormals")
    try:
        assert this_machine().flush_denormal
        assert "flushed" in this_machine().level
        assert this_machine().kind != before.kind
    finally:
        torch.set_flush_denormal(False)
    assert this_machine() == before


@MACHINE
def test_a_setting_that_nobody_has_named_shows_in_what_is_observed(tmp_path: Path) -> None:
    """The kernel's code, and so its digest, is the same; what it computes is not."""
    over = interval("float16")
    setting = {"wrong": False}

    def kernel(t: torch.Tensor) -> torch.Tensor:
        return torch.where(t == 1.5, t - 1, t) if setting["wrong"] else F.relu(t)

    right = kind_of(kernel, over)
    setting["wrong"] = True
    wrong = kind_of(kernel, over)
    assert right.machine == wrong.machine
    assert right.observed != wrong.observed


@MACHINE
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "float8_e5m2"])
def test_what_is_observed_covers_both_code_paths_and_is_repeatable(dtype: str) -> None:
    over = interval(dtype, -4.0, 4.0) if dtype != "float64" else interval(dtype, 1.0, 1.0000001)

    def strided_alone(t: torch.Tensor) -> torch.Tensor:
        return t.clone() if t.is_contiguous() else torch.nextafter(t.double(), t.double() * 2).to(t.dtype) + 1

    assert observed(F.relu, over) == observed(F.relu, over) == observed(lambda t: t.clamp(min=0), over)
    assert observed(strided_alone, over) != observed(torch.clone, over)


@MACHINE
def test_a_certificate_names_its_machine_and_goes_by_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = certify("gelu", "float16", path="all", store=store)
    assert first.machine.threads == 1
    assert first.machine.torch == torch.__version__
    assert first.machine.aten == torch.backends.cpu.get_cpu_capability()
    assert certify("gelu", "float16", path="all", store=store) == first
    [file] = tmp_path.iterdir()
    assert json.loads(file.read_text())["key"]["observed"] == first.observed


@MACHINE
def test_the_kernel_of_a_name_is_not_what_is_compared() -> None:
    entry = Activation("relu", kernel=F.silu)
    over = interval("float16")
    assert kind_of(entry.kernel, over).observed != kind_of(F.relu, over).observed
