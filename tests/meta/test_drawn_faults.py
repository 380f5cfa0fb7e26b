"""Faults planted one by one into what draws, prints, proves and scans: each is caught by a property of drawn
activations, named beside it, whatever the seed; without the fault the same property passes.

The properties are those of `tests/properties`, run here with seeds of their own and without what is kept of
them.  The `nightly` profile takes twenty seeds, the others three.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sympy as sp
import torch
from hypothesis import HealthCheck, Phase, given, seed, settings
from torch import Tensor

from ordering.drawing import growing, rules
from ordering.drawing.kernel import PrintedKernel
from ordering.drawing.operations import OPERATIONS
from ordering.drawing.printer import Printer
from ordering.drawing.rules import RULES, Closure, Rule
from ordering.evidence import Cause, Certificate, Finding
from ordering.floats import scan
from ordering.kernels import search
from ordering.lattice import shift
from ordering.reals import prove, proving
from ordering.symbolic import deriving
from ordering.testing import EXAMPLES

SEEDS = range(20 if settings().max_examples >= EXAMPLES["nightly"] else 3)
PROPERTIES = Path(__file__).parents[1] / "properties"


def _loaded(name: str) -> ModuleType:
    """A file of properties as a module of its own, so that nothing done to it here reaches the suite's."""
    spec = spec_from_file_location(f"{__name__}.{name}", PROPERTIES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


mission, worlds = _loaded("test_mission"), _loaded("test_worlds")


def run(named: Callable[..., Any], number: int, examples: int) -> None:
    """The property on so many drawn examples of this seed, up to the first that fails."""
    handle = named.hypothesis  # type: ignore[attr-defined]  # what Hypothesis gives to other tools
    chosen = settings(
        settings.get_profile("dev"),
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    seed(number)(chosen(given(**handle._given_kwargs)(handle.inner_test)))()


def forget() -> None:
    """Empty what drawing remembers of terms: it was built with, or without, the fault."""
    for name, module in list(sys.modules.items()):
        if name.startswith("ordering.drawing"):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


# ---- the faults ----------------------------------------------------------------------------------------

Plant = Callable[[pytest.MonkeyPatch], None]


def _goal(text: str) -> frozenset[str]:
    return frozenset(text.split())


def with_rules(*wrong: Rule) -> Plant:
    """Rules that are not true, beside the others: to grow terms by, and to tell what is known of them."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        more = (*RULES, *wrong)
        patch.setattr(growing, "RULES", more)
        patch.setattr(rules, "_CLOSURE", Closure(more))

    return plant


rising_product = Rule("product", "nondecreasing", (_goal("nondecreasing"),), "no condition on signs")
convex_compositions = tuple(
    Rule(row.name, "convex", (_goal("convex"),), "convex after convex, falling or not")
    for row in OPERATIONS.values()
    if any("convex" in traits for traits in row.traits.values())
)
least_of_convex = Rule("min", "convex", (_goal("convex"),), "the smaller of convex ones")


def prover_says(answer: bool) -> Plant:
    """A prover that has one answer to everything, with a theorem that is about something else, or a pair."""
    forged = Finding(True, theorem="max_pooling") if answer else Finding(False, witness=(sp.S(0), sp.S(1)))
    return lambda patch: patch.setattr(proving, "_decide", lambda question, function: forged)


def max_is_min(patch: pytest.MonkeyPatch) -> None:
    """A printer that takes one for the other."""
    largest, least = Printer._print_Max, Printer._print_Min
    patch.setattr(Printer, "_print_Max", least)
    patch.setattr(Printer, "_print_Min", largest)


def other_branch(patch: pytest.MonkeyPatch) -> None:
    """A kernel that takes the last two pieces for one another."""
    honest = Printer._print_Piecewise

    def swapped(self: Printer, expr: Any) -> str:
        *pieces, (piece, condition), (last, otherwise) = expr.args
        return honest(self, sp.Piecewise(*pieces, (last, condition), (piece, otherwise), evaluate=False))

    patch.setattr(Printer, "_print_Piecewise", swapped)


def dip_of_one_unit(patch: pytest.MonkeyPatch) -> None:
    """A kernel that at one number of float16 is one unit in the last place below its value just before."""
    honest = PrintedKernel.__call__
    place = torch.tensor(0.75, dtype=torch.float16)
    before = shift(place, -1)

    def dipped(self: PrintedKernel, x: Tensor) -> Tensor:
        result = honest(self, x)
        if x.dtype != torch.float16:
            return result
        return torch.where(x == place, shift(honest(self, before.expand(1)), -1), result)

    patch.setattr(PrintedKernel, "__call__", dipped)


def certificate_with(change: Callable[[Certificate], Certificate]) -> Plant:
    """A scan that writes down something else than it has seen."""
    honest = scan.certificate
    return lambda patch: patch.setattr(scan, "certificate", lambda *args: change(honest(*args)))


def falsify_finds_nothing(patch: pytest.MonkeyPatch) -> None:
    """A search that compares, and says of nothing that it breaks the law."""
    honest = search._Search.breaks
    patch.setattr(search._Search, "breaks", lambda self, case: honest(self, case) and False)


def always_of_the_arithmetic(patch: pytest.MonkeyPatch) -> None:
    """An account of counterexamples that blames rounding for all of them."""
    honest = deriving._concluded
    patch.setattr(deriving, "_concluded", lambda *args: replace(honest(*args), conclusion=Cause.ARITHMETIC))


@dataclass(frozen=True)
class Fault:
    """A fault, and the property that has to catch it within so many examples."""

    plant: Plant
    caught_by: Callable[..., Any]
    examples: int = 100


AS_BUILT = worlds.test_what_is_proved_agrees_with_how_the_function_was_built
DIGITS = worlds.test_what_is_proved_agrees_with_values_to_fifty_digits
VALUES = worlds.test_what_is_known_by_construction_agrees_with_values_to_fifty_digits
KERNEL = worlds.test_the_kernel_in_float64_is_the_expression_to_fifty_digits
JENSEN = mission.test_the_average_of_convex_images_is_at_least_the_image_of_the_average
IN_ORDER = mission.test_rounding_takes_no_order_from_what_is_built_of_operations_that_round_in_order
DIPS = mission.test_max_pooling_commutes_with_no_activation_that_dips
AVERAGE = mission.test_average_pooling_commutes_with_no_activation_that_is_not_affine

FAULTS = {
    "a product of rising functions rises": Fault(with_rules(rising_product), VALUES, 2000),
    "convex after convex is convex": Fault(with_rules(*convex_compositions), VALUES, 2000),
    "the smaller of convex functions is convex": Fault(with_rules(least_of_convex), VALUES, 2000),
    "the prover says True": Fault(prover_says(True), AS_BUILT),
    "the prover says True, against values": Fault(prover_says(True), DIGITS),
    "the prover says False": Fault(prover_says(False), AS_BUILT),
    "the prover says False, against values": Fault(prover_says(False), DIGITS),
    "the printer swaps max and min": Fault(max_is_min, KERNEL, 300),
    "the printer swaps max and min, against Jensen": Fault(max_is_min, JENSEN, 300),
    "a kernel takes the other branch": Fault(other_branch, KERNEL, 1000),
    "a kernel dips by one unit of float16": Fault(dip_of_one_unit, IN_ORDER),
    "a certificate without drops": Fault(
        certificate_with(lambda found: replace(found, drawdown=0.0, drops=0, drawdown_ulp=0)), DIPS
    ),
    "a certificate of half of the drawdown": Fault(
        certificate_with(lambda found: replace(found, drawdown=found.drawdown / 2)), DIPS
    ),
    "falsify finds nothing": Fault(falsify_finds_nothing, DIPS),
    "every difference is of the arithmetic": Fault(always_of_the_arithmetic, AVERAGE),
}


@pytest.fixture
def planted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fault]:
    fault: Fault = request.param
    # What takes long to prove catches no fault sooner: the next example does.
    assert prove.__kwdefaults__ is not None
    monkeypatch.setitem(prove.__kwdefaults__, "timeout", 1.0)
    forget()
    fault.plant(monkeypatch)
    yield fault
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize("number", SEEDS)
@pytest.mark.parametrize("planted", FAULTS.values(), ids=FAULTS, indirect=True)
def test_the_fault_is_caught_by_its_property(planted: Fault, number: int) -> None:
    with pytest.raises(AssertionError):
        run(planted.caught_by, number, planted.examples)


@pytest.mark.parametrize("number", SEEDS)
@pytest.mark.parametrize(
    "named", {fault.caught_by: None for fault in FAULTS.values()}, ids=lambda named: named.__name__
)
def test_without_a_fault_the_property_passes(named: Callable[..., Any], number: int) -> None:
    run(named, number, 3)
