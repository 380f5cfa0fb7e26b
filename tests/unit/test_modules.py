"""A module with weights is a kernel in every dtype, and stays the module that it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cloudpickle
import pytest
import torch
from sympy import Max, Min
from torch import Tensor, nn

from ordering import Activation, Store, certify, falsify, why_not_kept
from ordering.fidelity import fidelity
from ordering.floats.digest import digest
from ordering.modules import ModuleKernel
from ordering.variable import x

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
BUILT = {
    "float32": nn.PReLU(),
    "float16": nn.PReLU().half(),
    "bfloat16": nn.PReLU().bfloat16(),
    "float64": nn.PReLU().double(),
}


@pytest.mark.parametrize("built", BUILT)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_prelu_computes_in_the_dtype_of_its_input(built: str, dtype: torch.dtype) -> None:
    entry = Activation("prelu", kernel=BUILT[built])
    t = torch.tensor([-2.0, 3.0], dtype=dtype, requires_grad=True)
    result = entry.kernel(t)
    assert result.dtype == dtype
    assert result.tolist() == [-0.5, 3.0]
    (gradient,) = torch.autograd.grad(result.sum(), t)
    assert gradient.tolist() == [0.25, 1.0]
    own = next(BUILT[built].parameters())
    assert str(own.dtype) == f"torch.{built}"
    assert own.requires_grad
    assert own.grad is None


@pytest.mark.machine
@pytest.mark.parametrize("built", BUILT)
def test_every_world_takes_prelu_in_every_dtype(built: str) -> None:
    entry = Activation("prelu", kernel=BUILT[built], expression=Max(x, 0) + Min(x, 0) / 4)
    agreement = fidelity(entry, DTYPES)
    assert agreement.faithful is True, agreement.why
    assert len(agreement.deviations) == len(DTYPES)
    for dtype in ("float16", "bfloat16"):
        assert certify(entry, dtype, path="all", workers=1).drops == 0
    for each in (torch.float16, torch.bfloat16, torch.float32):
        for law in ("commutes", "gradient_mode_invariance"):
            assert falsify(entry, "max_pool2d", law=law, dtype=each, examples=10) is None


def test_a_weight_is_rounded_to_the_dtype_as_the_module_would_be() -> None:
    module = nn.PReLU(init=0.1)
    t = torch.linspace(-4, 4, 64)
    for dtype in DTYPES:
        converted = nn.PReLU(init=0.1).to(dtype)
        assert torch.equal(Activation("p", kernel=module).kernel(t.to(dtype)), converted(t.to(dtype)))


def test_what_is_done_to_the_module_later_is_seen() -> None:
    module = nn.PReLU()
    kernel = Activation("p", kernel=module).kernel
    t = torch.tensor([-1.0], dtype=torch.float16)
    assert kernel(t).item() == -0.25
    with torch.no_grad():
        module.weight.fill_(0.5)
    assert kernel(t).item() == -0.5
    module.weight.data = torch.tensor([0.75])
    assert kernel(t).item() == -0.75
    training = nn.Sequential(nn.PReLU(), nn.Dropout(p=1.0))
    kernel = Activation("d", kernel=training).kernel
    assert kernel(-t).item() == 0
    training.eval()
    assert kernel(-t).item() == 1


class Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("written", torch.zeros(()))
        self.register_buffer("replaced", torch.zeros(()))
        self.register_buffer("whole", torch.zeros((), dtype=torch.int64))
        self.written: Tensor
        self.replaced: Tensor
        self.whole: Tensor

    def forward(self, t: Tensor) -> Tensor:
        self.written.add_(1)
        self.replaced = self.replaced + 1
        self.whole += 1
        return t + self.written + self.replaced + self.whole


def test_state_is_kept_in_the_module_whatever_the_dtype() -> None:
    module = Counting()
    kernel = Activation("counting", kernel=module).kernel
    for count, dtype in enumerate((torch.float16, torch.float64, torch.float32, torch.bfloat16), start=1):
        assert kernel(torch.zeros(1, dtype=dtype)).item() == 3 * count
        assert (module.written.item(), module.replaced.item(), module.whole.item()) == (count,) * 3
        assert module.written.dtype == torch.float32


class CountingInPlace(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, t: Tensor) -> Tensor:
        self.get_buffer("calls").add_(1)
        return t.clone()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_module_that_changes_its_own_state_is_not_kept_whatever_its_dtype(dtype: torch.dtype) -> None:
    counting = Activation("counting", kernel=CountingInPlace().to(dtype))
    assert why_not_kept(counting) == "it changes its own state while it runs"


def test_a_module_without_weights_and_a_function_stay_what_they_are() -> None:
    module = nn.LeakyReLU()
    assert Activation("leaky", kernel=module).kernel is module
    assert Activation("relu", kernel=torch.relu).kernel is torch.relu
    wrapped = Activation("p", kernel=nn.PReLU()).kernel
    assert isinstance(wrapped, ModuleKernel)
    assert Activation("again", kernel=wrapped).kernel is wrapped
    assert repr(wrapped) == "PReLU(num_parameters=1)"


def test_the_digest_is_that_of_the_weights() -> None:
    first, same, other = (Activation("p", kernel=nn.PReLU(init=w)).kernel for w in (0.25, 0.25, 0.5))
    before = digest(first)
    first(torch.zeros(4, dtype=torch.float16))
    assert digest(first) == before == digest(same)
    assert digest(other) != before
    assert digest(Activation("p", kernel=nn.PReLU().half()).kernel) != before


def test_certificates_of_a_module_are_kept_under_its_weights(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")

    def certified(weight: float) -> float:
        entry = Activation("p", kernel=nn.PReLU(init=weight))
        assert why_not_kept(entry) == ""
        return certify(entry, "float16", workers=1, store=store).seconds

    kept = certified(0.25)
    assert certified(0.25) == kept  # the very record
    assert certified(0.5) != kept


def test_a_module_travels_to_workers() -> None:
    kernel = Activation("p", kernel=nn.PReLU()).kernel
    sent = cloudpickle.loads(cloudpickle.dumps(kernel))
    t = torch.tensor([-1.0], dtype=torch.bfloat16)
    assert torch.equal(sent(t), kernel(t))


def test_the_records_do_not_import_torch() -> None:
    code = "import sys, ordering.activation, ordering.modules; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
