"""What each law about the two orders computes on a `Case`: its sides, its side condition, its allowance.

Allowances are part of a law and stand beside it with their reason.  `near` turns one into a comparison that
still shows values: the right side becomes the value nearest to the left that the allowance permits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ordering.law import Case
from ordering.pooling import Kind

if TYPE_CHECKING:
    from torch import Tensor


def near(left: Tensor, right: Tensor, allowance: Tensor) -> Tensor:
    """`left` where it is within `allowance` of `right`, else the permitted value nearest to it.

    NaN permits NaN alone, and an infinity itself alone.  Where the shapes differ, `right` is left as it is.
    """
    if left.shape != right.shape:
        return right
    wide = right.to(torch.float64)
    permitted = left.to(torch.float64).clamp(wide - allowance, wide + allowance)
    exact = wide.isnan() | wide.isinf() | left.isnan()
    return torch.where(exact, wide, permitted).to(left.dtype)


def units(magnitude: Tensor, like: Tensor, count: float) -> Tensor:
    """`count` units in the last place of a dtype at this magnitude, and as many of its smallest steps."""
    info = torch.finfo(like.dtype)
    return count * (info.eps * magnitude.to(torch.float64).abs() + info.smallest_normal * info.eps)


# ---- the two orders ------------------------------------------------------------------------------------


def both_orders(case: Case) -> tuple[Tensor, Tensor]:
    """`P(f(x))` and `f(P(x))`."""
    return case.pool(case.activate(case.input)), case.activate(case.pool(case.input))


def every_window_real(case: Case) -> bool:
    """No window lies wholly in padding, where max pooling gives -inf, a value that no element had.

    Zero padding is there for such windows, so it is never outside.
    """
    if case.kind is Kind.REARRANGE_ZERO:
        return True
    spatial = tuple(case.input.shape[-case.pooling.dimensions :])
    return not case.pooling.has_empty_windows(spatial, case.arguments)


def some_window_padding(case: Case) -> bool:
    """Some window lies wholly in padding."""
    return not every_window_real(case)


def larger_and_smaller(case: Case) -> tuple[Tensor, Tensor]:
    """Activation first and pooling first; for min pooling the other way round."""
    first, second = both_orders(case)
    return (second, first) if case.kind is Kind.SELECT_MIN else (first, second)


def within_drawdown(case: Case) -> tuple[Tensor, Tensor]:
    """The larger order, and the smaller plus the drawdown, plus 4 units in the last place of what is added.

    The units are for the kernel: it rounds both values of `f`, by a unit or two each.  An infinite drawdown
    bounds nothing, even where a kernel overflows to -infinity, to which nothing can be added.
    """
    larger, smaller = (side.to(torch.float64) for side in larger_and_smaller(case))
    if case.drawdown == torch.inf:
        return larger, torch.where(smaller.isnan(), smaller, torch.inf)
    size = larger.abs().maximum(smaller.abs()).clamp(min=case.drawdown)
    return larger, smaller + case.drawdown + units(size.nan_to_num(), case.input, 4)


def exactly_within_drawdown(case: Case) -> tuple[Tensor, Tensor]:
    """The larger order, and the smaller plus the drawdown."""
    larger, smaller = larger_and_smaller(case)
    return larger, smaller + case.drawdown


def dual(case: Case) -> tuple[Tensor, Tensor]:
    """`-P(-f(x))` (the opposite selection after the activation) and `f(P(x))`."""
    return -case.pool(-case.activate(case.input)), case.activate(case.pool(case.input))


def zeros(case: Case) -> tuple[Tensor, Tensor]:
    """1 where activation first is zero, and 1 where pooling first is."""
    first, second = both_orders(case)
    return (first == 0).to(torch.int8), (second == 0).to(torch.int8)


# ---- averages ------------------------------------------------------------------------------------------


def averages_finite(case: Case) -> bool:
    """No sum overflows: the means of `|x|` and of `|f(x)|` are finite."""
    given = case.input.detach()
    means = torch.stack((case.pool(given.abs()), case.pool(case.activate(given).abs())))
    return bool(means.isfinite().all())


def chord_finite(case: Case) -> bool:
    """No sum overflows, and `f` is finite at the least and the largest input."""
    given = case.input.detach().to(torch.float64)
    if given.numel() == 0:
        return False
    ends = case.activate(torch.stack((given.amin(), given.amax())))
    return averages_finite(case) and bool(ends.isfinite().all())


def averages(case: Case) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`P(f(x))`, and the least, the middle and the largest value of `f` near `P(x)`, all in float64.

    An average of n terms is rounded n times, so `P(x)` may be off by n units of the mean of `|x|`: `f` is
    evaluated at both ends of that interval too.  The values of `f` and their average are off by n + 4 units.
    """
    given = case.input.detach()
    count = given[0, 0].numel() if given.numel() else 1
    mean = case.pool(given)
    slack = units(case.pool(given.abs()), given, count)
    ends = [(mean.to(torch.float64) + slack * side).to(given.dtype) for side in (-1, 0, 1)]
    images = torch.stack([case.activate(end) for end in ends]).to(torch.float64)
    activated = case.activate(given)
    error = units(case.pool(activated.abs()).maximum(images.abs().amax(0).to(given.dtype)), given, count + 4)
    low, high = images.amin(0) - error, images.amax(0) + error
    return case.pool(activated).to(torch.float64), low, images[1], high


def jensen(case: Case) -> tuple[Tensor, Tensor]:
    """`P(f(x))` and, less rounding, `f(P(x))`."""
    first, low, _, _ = averages(case)
    return first, low


def jensen_concave(case: Case) -> tuple[Tensor, Tensor]:
    """`f(P(x))`, plus rounding, and `P(f(x))`."""
    first, _, _, high = averages(case)
    return high, first


def pooling_first_and_activation_first(case: Case) -> tuple[Tensor, Tensor]:
    """`f(P(x))` and `P(f(x))`."""
    first, second = both_orders(case)
    return second, first


def chord(case: Case) -> tuple[Tensor, Tensor]:
    """The gap between the orders, and `max_t chord(t) - f(t)` over `[min x, max x]`, plus rounding.

    The maximum is taken at 65 points.  `chord - f` is concave where `f` is convex, so between two points it
    stays below the line through the one and its other neighbour: `2 g_i - g_(i-1)` and `2 g_i - g_(i+1)`.
    """
    first, _, _, high = averages(case)
    given = case.input.detach().to(torch.float64)
    if given.numel() == 0:
        return first, high
    ends = given.amin(), given.amax()
    share = torch.linspace(0, 1, 65, dtype=torch.float64)
    points = ends[0] + share * (ends[1] - ends[0])
    points[-1] = ends[1]  # the sum may miss the end where the ends differ much in size
    images = case.activate(points)
    above = images[0] + share * (images[-1] - images[0]) - images
    bound = torch.cat((2 * above[1:] - above[:-1], 2 * above[:-1] - above[1:], above)).amax()
    size = images.abs().amax()
    return first, high + bound + units(size, case.input, 8)


def homogeneous_gap(case: Case) -> tuple[Tensor, Tensor]:
    """`P(f(x)) - f(P(x))`, and `(p - q) min(P(x+), P(x-))` with `f(x) = p x` above zero and `q x` below."""
    first, low, middle, high = averages(case)
    given = case.input.detach()
    ends = case.activate(torch.tensor([1.0, -1.0], dtype=torch.float64)).tolist()
    slope = ends[0] + ends[1]
    smaller = torch.minimum(case.pool(given.clamp(min=0)), case.pool((-given).clamp(min=0)))
    gap = first - middle
    allowance = (high - low) + units(smaller, given, 4 + 2 * given[0, 0].numel() if given.numel() else 0)
    return gap, near(gap, slope * smaller.to(torch.float64), allowance)


# ---- gradients and indices -----------------------------------------------------------------------------


def gradients(case: Case) -> tuple[Tensor, Tensor]:
    """Gradients at `x` of the sums of both orders.

    Where windows overlap, one order multiplies by `f'` before adding and the other after: 8 units of the
    larger are allowed.
    """
    leaf = case.input.detach().clone().requires_grad_()
    orders = case.pool(case.activate(leaf)), case.activate(case.pool(leaf))
    first, second = (torch.autograd.grad(order.sum(), leaf)[0] for order in orders)
    return first, near(first, second, units(first.abs().maximum(second.abs()).nan_to_num(), first, 8))


def indices(case: Case) -> tuple[Tensor, Tensor]:
    """The positions selected after and before the activation."""
    assert case.pooling.indices is not None
    given = case.input.detach()
    return tuple(case.pooling.indices(x, **case.arguments) for x in (case.activate(given), given))  # type: ignore[return-value]
