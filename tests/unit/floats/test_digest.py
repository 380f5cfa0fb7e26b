"""Digests: equal for the same code and parameters, different for any others, none for the unreadable."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ordering.catalogue import activations
from ordering.floats.digest import Opaque, digest

SCALE = 2.0


def scaled(t: Tensor) -> Tensor:
    return t * SCALE


def calls_scaled(t: Tensor) -> Tensor:
    return scaled(t) + 1


def family(slope: object) -> Callable[[Tensor], Tensor]:
    return lambda t: torch.where(t > 0, t, t * slope)  # type: ignore[operator]


def nested(slope: float) -> Callable[[Tensor], Tensor]:
    def outer(t: Tensor) -> Tensor:
        def inner(u: Tensor) -> Tensor:
            return u * slope

        return inner(t)

    return outer


def recursive(t: Tensor) -> Tensor:
    return t if t.numel() > 0 else recursive(t)


def adds_one(t: Tensor, number: int = 1) -> Tensor:
    return t + number


def adds_two(t: Tensor, number: int = 2) -> Tensor:
    return t + number


DIFFERENT: list[Callable[[Tensor], Tensor]] = [
    F.relu,
    F.relu6,
    torch.relu,
    torch.Tensor.relu,
    torch.sigmoid,
    F.gelu,
    functools.partial(F.gelu, approximate="tanh"),
    functools.partial(F.elu, alpha=1.0),
    functools.partial(F.elu, alpha=2.0),
    family(0.1),
    family(np.nextafter(0.1, 1)),
    family(np.float32(0.1)),
    family(0.0),
    family(-0.0),
    family(torch.tensor([0.1])),
    family(torch.tensor([0.2])),
    family(torch.tensor(0.1)),
    family(np.array([0.1])),
    nested(1.0),
    nested(2.0),
    lambda t: t + 1,
    lambda t: t + 1.0,
    lambda t: t + 2,
    adds_one,
    adds_two,
    scaled,
    calls_scaled,
    recursive,
    nn.ReLU(),
    nn.ReLU(inplace=True),
    nn.LeakyReLU(0.1),
    nn.LeakyReLU(0.2),
    nn.PReLU(init=0.1),
    nn.PReLU(init=0.2),
    nn.Sequential(nn.ReLU(), nn.Tanh()),
    nn.Sequential(nn.Tanh(), nn.ReLU()),
]


def test_different_kernels_have_different_digests() -> None:
    digests = [digest(kernel) for kernel in DIFFERENT]
    assert len(set(digests)) == len(DIFFERENT)
    assert digests == [digest(kernel) for kernel in DIFFERENT]


def test_the_same_code_made_anew_has_the_same_digest() -> None:
    assert digest(family(0.1)) == digest(family(0.1))
    assert digest(nested(2.0)) == digest(nested(2.0))
    assert digest(nn.PReLU()) == digest(nn.PReLU())
    assert digest(functools.partial(F.elu, alpha=2.0)) == digest(functools.partial(F.elu, alpha=2.0))


def test_a_global_that_the_code_uses_is_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest(scaled), digest(calls_scaled)
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert digest(scaled) != before[0]
    assert digest(calls_scaled) != before[1]


def test_the_whole_catalogue_can_be_stored() -> None:
    digests = {name: digest(entry.kernel) for name, entry in activations.items()}
    assert len(set(digests.values())) == len(activations)


def unreadable() -> dict[str, Callable[[Tensor], Tensor]]:
    def reads_a_file(t: Tensor) -> Tensor:
        with open(os.devnull) as stream:
            return t * len(stream.read())

    def imports(t: Tensor) -> Tensor:
        import random  # noqa: PLC0415  # the point of the test

        return t * random.random()

    count = 0

    def counts(t: Tensor) -> Tensor:
        nonlocal count
        count += 1
        return t * count

    hooked = nn.ReLU()
    hooked.register_forward_hook(lambda module, given, result: result + 1)
    return {
        "file": reads_a_file,
        "import": imports,
        "state": counts,
        "hook": hooked,
        "standard library": lambda t: t * len(os.sep),
        "large tensor": family(torch.zeros(2**21)),
        "name without a value": lambda t: missing(t),  # type: ignore[name-defined]  # noqa: F821
    }


@pytest.mark.parametrize("name", unreadable())
def test_what_cannot_be_read_has_no_digest(name: str) -> None:
    with pytest.raises(Opaque):
        digest(unreadable()[name])
