"""The laws that ship, one declarative entry each: the claim, the shape it needs, how it is compared."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import Final

import torch
from sympy import Rational, Symbol, oo, simplify
from torch import Tensor

from ordering.activation import Activation
from ordering.catalogue import operators, sides
from ordering.errors import KernelError
from ordering.evidence import Shape
from ordering.examination import evaluate
from ordering.lattice import FORMATS, from_rank
from ordering.law import ALWAYS, Domain, Law, Relation, check_needs
from ordering.pooling import Kind, Pooling
from ordering.registry import Registry
from ordering.variable import x

laws: Final = Registry("law", Law, check=check_needs)

SELECTIONS: Final = (Kind.SELECT_MAX, Kind.SELECT_MIN)
AVERAGES: Final = (Kind.MEAN, Kind.LINEAR)
REARRANGEMENTS: Final = (Kind.REARRANGE, Kind.REARRANGE_ZERO)
FINITE: Final = frozenset({Domain.FINITE})


# ---- what some laws need -------------------------------------------------------------------------------


def starts_at_minus_infinity(shape: Shape) -> bool | None:
    """`f(-oo) = -oo`, which leaves a window wholly in padding as it is."""
    return None if shape.limits[0] is None else bool(shape.limits[0] == -oo)


def drawdown_known(shape: Shape) -> bool | None:
    """Whether there is a drawdown to compare with."""
    return None if shape.drawdown is None else True


def tells_indices(activation: Activation, pooling: Pooling) -> str:
    """Empty if the operator tells which positions it selects."""
    return "" if pooling.indices is not None else f"{pooling} does not tell which elements it selects"


def dilates(activation: Activation, pooling: Pooling) -> str:
    """Empty if a window of the pooling can lie wholly in padding."""
    possible = pooling.windows is not None and pooling.arguments >= {"kernel_size", "padding", "dilation"}
    return "" if possible else f"no window of {pooling} lies wholly in padding"


def tells_windows(activation: Activation, pooling: Pooling) -> str:
    """Empty if the pooling's windows are written down."""
    return "" if pooling.reference is not None else f"{pooling} has no reference to compare with"


def tells_declared_indices(activation: Activation, pooling: Pooling) -> str:
    """Empty if both the operator and its reference tell the positions."""
    known = pooling.indices is not None and pooling.reference_indices is not None
    return "" if known else f"{pooling} does not tell which elements it selects"


def tells_planes(activation: Activation, pooling: Pooling) -> str:
    """Empty if outputs are laid out in the planes of the input, as windows along the spatial axes say."""
    moves = pooling.kinds[0] in REARRANGEMENTS and pooling.windows is None
    return f"{pooling} does not keep the planes of its input" if moves else ""


def differentiable(activation: Activation, pooling: Pooling) -> str:
    """Empty if torch can differentiate the kernel, in the first dtype that it takes."""
    for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
        with suppress(KernelError):  # which the examination in the dtype that is asked about tells of
            probe = torch.tensor([0.5], dtype=dtype, requires_grad=True)
            recorded = evaluate(activation.kernel, probe).requires_grad
            return "" if recorded else f"{activation}: the kernel records no gradient"
    return ""


def keeps_nan(activation: Activation, pooling: Pooling) -> str:
    """Empty unless the activation is declared to lose NaN."""
    return "" if activation.keeps_nan else f"{activation} is declared not to keep NaN"


def takes_one_picture(activation: Activation, pooling: Pooling) -> str:
    """Empty if the pooling is declared to take inputs without a batch axis."""
    return "" if pooling.unbatched else f"{pooling} wants a batch axis"


def homogeneous(activation: Activation, pooling: Pooling) -> str:
    """Empty if `f(x) = p x` for `x >= 0` and `f(x) = q x` for `x <= 0`, by the expression."""
    expression = activation.expression
    reason = f"the law speaks of f(x) = p x above zero and q x below, which {activation} is not"
    if expression is None:
        return reason
    for point in (Rational(1, 3), Rational(-1, 3), Rational(7), Rational(-7)):
        unit = 1 if point > 0 else -1
        if expression.subs(x, point) != abs(point) * expression.subs(x, unit):
            return reason
    positive = Symbol("t", positive=True)
    slopes = (simplify(expression.subs(x, sign * positive) / positive) for sign in (1, -1))
    return "" if all(slope.is_number for slope in slopes) else reason


def has_compiler(activation: Activation, pooling: Pooling) -> str:
    """Empty if torch.compile can build a kernel for this machine's CPU."""
    if any(shutil.which(name) for name in ("c++", "g++", "clang++")):
        return ""
    return "torch.compile needs a C++ compiler for CPU kernels, and there is none here"


def no_ties(activation: Activation, dtype: torch.dtype) -> bool | None:
    """Whether no two finite values share an image; None for dtypes with too many values to look at."""
    ties = _ties(activation, dtype)
    return None if ties is None else not bool(ties[1].any())


def ties_are_flat(activation: Activation, dtype: torch.dtype) -> bool | None:
    """Whether `f' = 0` wherever two neighbouring finite values share an image; None as in `no_ties`."""
    ties = _ties(activation, dtype)
    if ties is None:
        return None
    values, tied = ties
    leaf = values.clone().requires_grad_()
    slope = torch.autograd.grad(activation.kernel(leaf).sum(), leaf)[0] != 0
    return not bool((tied & (slope[1:] | slope[:-1])).any())


def _ties(activation: Activation, dtype: torch.dtype) -> tuple[Tensor, Tensor] | None:
    """All finite values of a 16-bit dtype in order, and where neighbours share an image."""
    form = FORMATS[dtype]
    if form.bits != 16:
        return None
    values = from_rank(torch.arange(form.bottom + 1, form.top), dtype)
    with torch.no_grad():
        image = activation.kernel(values)
    return values, (image[1:] == image[:-1]) & (values[1:] != values[:-1])


# ---- the laws ------------------------------------------------------------------------------------------

ENTRIES: Final = (
    Law(
        "commutes",
        statement="P(f(x)) = f(P(x)), where every window holds at least one real element",
        sides=sides.both_orders,
        needs={
            Kind.SELECT_MAX: "nondecreasing",
            Kind.SELECT_MIN: "nondecreasing",
            Kind.MEAN: "affine",
            Kind.LINEAR: "linear",
            Kind.REARRANGE: ALWAYS,
            Kind.REARRANGE_ZERO: "zero_at_zero",
        },
        condition=sides.every_window_real,
        theorem={
            Kind.SELECT_MAX: "proofs/max_pooling.py",
            Kind.SELECT_MIN: "proofs/max_pooling.py",
            Kind.MEAN: "proofs/average_pooling.py",
            Kind.LINEAR: "proofs/average_pooling.py",
            Kind.REARRANGE: "proofs/rearranging.py",
            Kind.REARRANGE_ZERO: "proofs/rearranging.py",
        },
    ),
    Law(
        "commutes_in_padding",
        statement="P(f(x)) = f(P(x)) where a window lies wholly in padding, which needs f(-inf) = -inf",
        sides=sides.both_orders,
        needs={Kind.SELECT_MAX: "nondecreasing"},
        premise=starts_at_minus_infinity,
        requires=dilates,
        condition=sides.some_window_padding,
        geometry="sliding_into_padding",
        domains=FINITE,
        theorem="proofs/max_pooling.py",
    ),
    Law(
        "dominates",
        statement="P(f(x)) >= f(P(x)) for max pooling and any f; <= for min pooling",
        sides=sides.larger_and_smaller,
        needs=dict.fromkeys(SELECTIONS, ALWAYS),
        relation=Relation.AT_LEAST,
        condition=sides.every_window_real,
        domains=frozenset({Domain.FINITE, Domain.NAN}),
        theorem="proofs/drawdown.py",
    ),
    Law(
        "drawdown_bound",
        statement="|P(f(x)) - f(P(x))| <= sup_(a<=b) f(a) - f(b)",
        sides=sides.within_drawdown,
        exact_sides=sides.exactly_within_drawdown,
        needs=dict.fromkeys(SELECTIONS, ALWAYS),
        relation=Relation.AT_MOST,
        premise=drawdown_known,
        condition=sides.every_window_real,
        needs_shape=True,
        domains=FINITE,
        theorem="proofs/drawdown.py",
    ),
    Law(
        "antitone_dual",
        statement="f(max x) = min f(x), and f(min x) = max f(x)",
        sides=sides.dual,
        needs=dict.fromkeys(SELECTIONS, "nonincreasing"),
        condition=sides.every_window_real,
        theorem="proofs/antitone.py",
    ),
    Law(
        "indices_agree",
        statement="P selects the same positions from f(x) as from x",
        sides=sides.indices,
        needs=dict.fromkeys(SELECTIONS, "strictly_increasing"),
        carries_over=no_ties,
        requires=tells_indices,
        condition=sides.every_window_real,
        theorem="proofs/indices.py",
    ),
    Law(
        "gradients_agree",
        statement="both orders have the same gradient at x",
        sides=sides.gradients,
        needs={
            Kind.SELECT_MAX: "nondecreasing",
            Kind.SELECT_MIN: "nondecreasing",
            Kind.MEAN: "affine",
            Kind.LINEAR: "affine",
        },
        carries_over=ties_are_flat,
        requires=differentiable,
        condition=sides.every_window_real,
        domains=FINITE,
    ),
    Law(
        "jensen",
        statement="P(f(x)) >= f(P(x)) for averages",
        sides=sides.jensen,
        exact_sides=sides.both_orders,
        needs={Kind.MEAN: "convex"},
        relation=Relation.AT_LEAST,
        condition=sides.averages_finite,
        domains=FINITE,
        theorem="proofs/jensen.py",
    ),
    Law(
        "jensen_concave",
        statement="P(f(x)) <= f(P(x)) for averages",
        sides=sides.jensen_concave,
        exact_sides=sides.pooling_first_and_activation_first,
        needs={Kind.MEAN: "concave"},
        relation=Relation.AT_LEAST,
        condition=sides.averages_finite,
        domains=FINITE,
        theorem="proofs/jensen.py",
    ),
    Law(
        "zeros_nest",
        statement="where P(f(x)) is zero, f(P(x)) is zero",
        sides=sides.zeros,
        needs=dict.fromkeys((Kind.SELECT_MAX, Kind.MEAN), "zeros_interval"),
        necessary=False,
        relation=Relation.AT_MOST,
        condition=sides.every_window_real,
        domains=FINITE,
        theorem="proofs/zeros.py",
    ),
    Law(
        "gap_formula",
        statement="P(f(x)) - f(P(x)) = (p - q) min(P(x+), P(x-)), for f(x) = p x above zero and q x below",
        sides=sides.homogeneous_gap,
        needs={Kind.MEAN: ALWAYS},
        requires=homogeneous,
        condition=sides.averages_finite,
        domains=FINITE,
        theorem="proofs/relu_gap.py",
    ),
    Law(
        "chord_bound",
        statement="P(f(x)) - f(P(x)) <= max_t chord(t) - f(t), t from min x to max x",
        sides=sides.chord,
        needs={Kind.MEAN: "convex"},
        necessary=False,
        relation=Relation.AT_MOST,
        condition=sides.chord_finite,
        domains=FINITE,
        theorem="proofs/chord.py",
    ),
    Law(
        "position_invariance",
        statement="f's result does not depend on where in memory the value lies",
        sides=operators.everywhere,
        needs=dict.fromkeys(Kind, ALWAYS),
    ),
    Law(
        "plane_invariance",
        statement="P treats every plane alike, whatever the batch, the channels and the layout",
        sides=operators.plane_by_plane,
        needs=dict.fromkeys(Kind, ALWAYS),
        requires=tells_planes,
        condition=operators.sums_fit,
        strict=True,
    ),
    Law(
        "unbatched_agrees",
        statement="P of a picture without a batch axis is P of a batch of one, gradient and indices included",
        sides=operators.without_batch,
        needs=dict.fromkeys(Kind, ALWAYS),
        requires=takes_one_picture,
        condition=sides.every_window_real,
        strict=True,
    ),
    Law(
        "inputs_are_kept",
        statement="neither f nor P writes to its input",
        sides=operators.untouched,
        needs=dict.fromkeys(Kind, ALWAYS),
        strict=True,
    ),
    Law(
        "nan_is_kept",
        statement="f(NaN) is NaN",
        sides=operators.nan_stays,
        needs=dict.fromkeys(Kind, ALWAYS),
        requires=keeps_nan,
        domains=frozenset({Domain.NAN}),
        strict=True,
    ),
    Law(
        "gradient_mode_invariance",
        statement="P(x) and f(x) are the same whether gradients are recorded or not",
        sides=operators.gradient_modes,
        needs=dict.fromkeys(Kind, ALWAYS),
    ),
    Law(
        "reduces_as_declared",
        statement="P(x) is the declared reduction of each window, to the declared rounding",
        sides=operators.as_declared,
        needs=dict.fromkeys(Kind, ALWAYS),
        requires=tells_windows,
        condition=operators.sums_fit,
        strict=True,
    ),
    Law(
        "gradient_as_declared",
        statement="the gradient of P goes to the selected elements, or to all by their weights",
        sides=operators.declared_gradient,
        needs=dict.fromkeys(Kind, ALWAYS),
        requires=tells_windows,
        condition=operators.gradient_declared,
        domains=FINITE,
        strict=True,
    ),
    Law(
        "indices_as_declared",
        statement="P selects the first of the largest elements of each window, or its last NaN",
        sides=operators.declared_indices,
        needs=dict.fromkeys(SELECTIONS, ALWAYS),
        requires=tells_declared_indices,
        condition=sides.every_window_real,
        strict=True,
    ),
    Law(
        "compiled_agrees",
        statement="torch.compile gives the same P(f(x)), to a few units in the last place",
        sides=operators.compiled,
        needs=dict.fromkeys(Kind, ALWAYS),
        requires=has_compiler,
        condition=sides.every_window_real,
        domains=FINITE,
        example_limit=3,
    ),
)

for entry in ENTRIES:
    laws.register(entry)
