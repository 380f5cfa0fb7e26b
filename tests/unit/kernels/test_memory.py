"""What a database remembers of a violation: the least case, however it was found, until it is mended."""

from typing import Any

import pytest
import torch
from hypothesis.database import InMemoryExampleDatabase

from ordering import Activation, activations, falsify, poolings
from ordering.evidence import Survival
from ordering.kernels import examine
from ordering.kernels.layout import Layout, lay_out
from ordering.kernels.memory import KEY, decode, encode, remember, remembered
from ordering.law import Case

PLAIN = Case(activations["identity"], poolings["max_pool2d"], torch.empty(0), {})


def kept(tensor, **arguments):
    return Case(PLAIN.activation, PLAIN.pooling, tensor, arguments)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("layout", Layout)
def test_a_case_comes_back_bit_for_bit_in_its_layout(layout, dtype):
    values = torch.tensor([-0.0, 0.0, torch.inf, torch.nan, 1 / 3, -2.0] * 4, dtype=dtype).reshape(2, 2, 3, 2)
    given = lay_out(values, layout).requires_grad_(layout is Layout.STRIDED)
    entry = encode(kept(given, kernel_size=(1, 2), ceil_mode=True, size=None, ratio=0.5, pad=[1, (2,)]))
    assert entry is not None
    back = decode(entry, PLAIN)
    assert back is not None
    assert back.arguments == {
        "kernel_size": (1, 2),
        "ceil_mode": True,
        "size": None,
        "ratio": 0.5,
        "pad": [1, (2,)],
    }
    assert (back.input.dtype, back.input.stride()) == (dtype, given.stride())
    assert back.input.storage_offset() == given.storage_offset()
    assert back.input.requires_grad is given.requires_grad
    bits = torch.int64 if dtype is torch.float64 else torch.int32 if dtype is torch.float32 else torch.int16
    assert torch.equal(back.input.detach().contiguous().view(bits), given.detach().contiguous().view(bits))


def test_an_empty_batch_comes_back():
    entry = encode(kept(torch.empty(0, 3, 2, 2)))
    assert entry is not None
    back = decode(entry, PLAIN)
    assert back is not None
    assert back.input.shape == (0, 3, 2, 2)


def test_what_is_more_than_numbers_is_not_kept():
    assert encode(kept(torch.zeros(1), weights=torch.ones(2))) is None
    database = InMemoryExampleDatabase()
    remember(database, kept(torch.zeros(1), weights=torch.ones(2)))
    assert not database.data


@pytest.mark.parametrize(
    "entry", [b"", b"\x80", b"[]", b"{}", b'{"dtype": "float32", "size": [9], "stride": [1], "storage": ""}']
)
def test_entries_of_another_hand_are_removed(entry):
    database = InMemoryExampleDatabase()
    database.save(KEY, entry)
    assert list(remembered(database, PLAIN)) == []
    assert list(database.fetch(KEY)) == []


# ---- in a search -----------------------------------------------------------------------------------------


def spiked(t):
    return torch.where(t == 1234.5625, torch.zeros_like(t), t)


SPIKED = Activation("spiked", kernel=spiked)
ONCE: dict[str, Any] = {"dtype": torch.float64, "examples": 20}


def test_what_a_hint_has_shown_is_shown_again_without_it():
    database = InMemoryExampleDatabase()
    assert falsify(SPIKED, "max", database=database, **ONCE) is None
    first = falsify(SPIKED, "max", database=database, hints=[(1.0, 1234.5625)], **ONCE)
    again = falsify(SPIKED, "max", database=database, seed=7, **ONCE)
    assert first is not None
    assert again is not None
    assert torch.equal(first.input, again.input)
    assert first.pooling_arguments == again.pooling_arguments


def test_what_is_mended_is_forgotten():
    database = InMemoryExampleDatabase()
    assert falsify(SPIKED, "max", database=database, hints=[(1.0, 1234.5625)], **ONCE) is not None
    mended = Activation("spiked", kernel=torch.clone)
    assert isinstance(examine(mended, "max", database=database, **ONCE), Survival)
    assert not any(database.data.values())


def test_a_remembered_case_that_the_kernel_no_longer_takes_is_forgotten():
    database = InMemoryExampleDatabase()
    assert falsify(SPIKED, "max", database=database, hints=[(1.0, 1234.5625)], **ONCE) is not None

    def refuses(t):
        if bool((t == 1234.5625).any()):
            raise ValueError("not that one")
        return t.clone()

    renamed = Activation("spiked", kernel=refuses)
    assert isinstance(examine(renamed, "max", database=database, **ONCE), Survival)
    assert not any(database.data.values())
