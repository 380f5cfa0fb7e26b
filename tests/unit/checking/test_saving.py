"""Every record goes to data and back, and a field of another kind than its annotation says is refused."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
import sympy as sp
from sympy import exp, oo

from ordering.checking import (
    Cells,
    Claim,
    Comparison,
    Conclusion,
    Derivative,
    Factors,
    Hole,
    Number,
    Period,
    Piece,
    Plain,
    Root,
    Rung,
    Sign,
    Turns,
    Value,
    from_data,
    to_data,
)  # fmt: skip
from ordering.checking.saving import RECORDS
from ordering.errors import InvalidArgument
from ordering.variable import x

ZERO, FAR, ROOT = Number(sp.S.Zero), Number(oo), Root(x**2 - 2, sp.S.One, sp.Integer(2))
EXAMPLES = (
    Number(sp.pi), ROOT, Claim("convex", exp(x), -oo, oo), Plain(), Cells(), Turns(2 * sp.pi),
    Factors(((x, 2), (exp(x), -1))), Rung(x, 1 / x), Sign(x, ZERO, FAR, (ROOT,), (1, -1), Plain()),
    Period(sp.sin(x), 2 * sp.pi, sp.S.Zero), Piece(x, x, ROOT, FAR), Hole(x, ZERO, ROOT),
    Value(x, ROOT, None), Value(x, ZERO, x), Derivative(x, sp.S.One), Comparison("left", ROOT, x, x + 1, 1),
    Conclusion("convex", exp(x), -oo, oo),
)  # fmt: skip
WRONG: tuple[Any, ...] = (
    2.5, None, ["a"], [[{"expression": "pi"}]], {"is": "Plain"}, {"is": "Claim"}, {"expression": "true"},
)  # fmt: skip


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda record: type(record).__name__)
def test_a_record_goes_to_data_and_back(record: object) -> None:
    assert RECORDS[type(record).__name__] is type(record)
    assert from_data(to_data(record)) == record


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda record: type(record).__name__)
def test_a_field_of_another_kind_is_refused(record: object) -> None:
    for entry in fields(record):  # type: ignore[arg-type]
        for wrong in WRONG:
            if entry.name == "reason" and wrong == {"is": "Plain"}:
                continue  # that is one
            if isinstance(record, Value) and entry.name == "value" and wrong is None:
                continue  # no real number there
            with pytest.raises(InvalidArgument, match=r"wrong kind|lacks"):
                from_data({**to_data(record), entry.name: wrong})


def test_a_bracket_of_a_root_is_rational() -> None:
    with pytest.raises(InvalidArgument, match="wrong kind"):
        from_data({**to_data(ROOT), "low": {"expression": "E"}})
