"""What each law computes on a `Case`: its two sides, its side condition, and the rounding it allows.

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

    The units are for the kernel: it rounds both values of `f`, by a unit or two each.
    """
    larger, smaller = (side.to(torch.float64) for side in larger_and_smaller(case))
    size = larger.abs().maximum(smaller.abs()).clamp(min=case.drawdown if case.drawdown < torch.inf else 0.0)
    return larger, smaller + case.drawdown + units(size.nan_to_num(), case.input, 4)


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


# ---- the operators themselves --------------------------------------------------------------------------


def as_declared(case: Case) -> tuple[Tensor, Tensor]:
    """The operator, and its windows reduced one by one, where the operator is held to them.

    Selections and rearrangements are exact, and others as near as the pooling declares.  Unless it does, an
    average of n terms is rounded once for each, in float32 for half precision, and twice more in the dtype: n
    and 2 units in the last place of the mean of magnitudes.
    """
    assert case.pooling.reference is not None
    given = case.input.detach()
    result = case.pool(given)
    plain = case.pooling.reference(given, **case.arguments)
    if result.shape != plain.shape or case.kind not in (Kind.MEAN, Kind.LINEAR, Kind.NORM):
        return result, plain
    allowance = summation(case, given)
    held = allowance.isfinite()
    if not bool(held.all()):
        result, plain, allowance = result[held], plain[held], allowance[held]
    return result, near(result, plain, allowance).to(given.dtype)


def summation(case: Case, given: Tensor) -> Tensor:
    """How far the sums of `P(given)` may be off, element by element; infinite where nothing is claimed."""
    if case.pooling.rounding is not None:
        return case.pooling.rounding(given, **case.arguments)
    assert case.pooling.reference is not None
    magnitude = case.pooling.reference(given.abs(), **case.arguments)
    count = given[0, 0].numel() if given.numel() else 0
    wide = torch.finfo(given.dtype if given.dtype is torch.float64 else torch.float32).eps
    return (units(magnitude, given, 2) + count * wide * magnitude).nan_to_num()


def sums_fit(case: Case) -> bool:
    """No average needs a sum beyond what torch accumulates in: float32 for half precision, else the dtype."""
    if case.kind not in (Kind.MEAN, Kind.LINEAR) or case.input.numel() == 0:
        return True
    finite = case.input.detach()[case.input.isfinite()].abs().to(torch.float64)
    wide = torch.float64 if case.input.dtype is torch.float64 else torch.float32
    return bool(finite.sum() <= torch.finfo(wide).max)


def gradient_declared(case: Case) -> bool:
    """Every window is real, and a norm's powers neither overflow nor underflow.

    Their roots are then exact up to rounding, which a declared rounding of twice that says.  Elements that no
    window reads count too: torch raises them to the power all the same, and zero times infinity is NaN.
    """
    if case.kind is not Kind.NORM or case.input.numel() == 0:
        return every_window_real(case)
    assert case.pooling.reference is not None
    assert case.pooling.rounding is not None
    given = case.input.detach()
    plain = case.pooling.reference(given, **case.arguments)
    allowance = case.pooling.rounding(given, **case.arguments)
    rounded = units(plain, given, 2 * given[0, 0].numel() + 16)
    fits = (plain == 0) | ((allowance <= rounded) & allowance.isfinite())
    return bool(fits.all() and given.abs().amax() <= plain.amax())


def declared_gradient(case: Case) -> tuple[Tensor, Tensor]:
    """The gradient at `x` of a weighted sum of the outputs, from the operator and from its windows.

    The weights differ from output to output, so that no two can be mistaken for each other.  8 units of the
    largest gradient are allowed; the gradient of a norm, which divides by a root, may miss by one for each
    element more.
    """
    assert case.pooling.reference is not None
    sides = []
    for operator in (case.pooling.kernel, case.pooling.reference):
        leaf = case.input.detach().clone().requires_grad_()
        result = operator(leaf, **case.arguments)
        weights = torch.arange(1, result.numel() + 1, dtype=torch.float64).reshape(result.shape) % 11 + 1
        sides.append(torch.autograd.grad((result * weights.to(result.dtype)).sum(), leaf)[0])
    first, second = sides
    size = second.abs().amax() if second.numel() else second.sum()
    roots = case.input[0, 0].numel() if case.kind is Kind.NORM and case.input.numel() else 0
    return first, near(first, second, units(size, first, 8 + roots))


def declared_indices(case: Case) -> tuple[Tensor, Tensor]:
    """The positions that the operator selects, and the first largest of each window."""
    assert case.pooling.indices is not None
    assert case.pooling.reference_indices is not None
    given = case.input.detach()
    return case.pooling.indices(given, **case.arguments), case.pooling.reference_indices(
        given, **case.arguments
    )


def everywhere(case: Case) -> tuple[Tensor, Tensor]:
    """`f(x)` computed at other places of memory and mapped back, and as it is, once for each."""
    given = case.input.detach()
    plain = case.activate(given)
    flat = given.flatten()
    variants = [
        case.activate(flat).reshape(given.shape),
        case.activate(flat.flip(0)).flip(0).reshape(given.shape),
        case.activate(torch.stack((flat, flat), -1)[:, 0]).reshape(given.shape),
        case.activate(torch.cat((flat[:1], flat)))[1:].reshape(given.shape),
        case.activate(flat.expand(64, -1).contiguous())[0].reshape(given.shape),
    ]
    variants += (
        [torch.cat([case.activate(given[n : n + 1]) for n in range(len(given))])] if len(given) else []
    )
    return torch.stack(variants), plain.expand(len(variants), *plain.shape)


def arrangements(tensor: Tensor) -> list[Tensor]:
    """Copies of a tensor, equal in value, that lie in memory in other ways.

    Contiguous, channels innermost, the last two axes swapped, every second element, and not from the start of
    a storage.
    """
    plain = tensor.contiguous().clone()
    if plain.numel() == 0:
        return [plain]
    return [
        plain,
        plain.movedim(1, -1).contiguous().movedim(-1, 1),
        plain.transpose(-1, -2).contiguous().transpose(-1, -2),
        torch.stack((plain, torch.zeros_like(plain)), dim=-1)[..., 0],
        torch.cat((plain.new_zeros(1), plain.flatten()))[1:].view(plain.shape),
    ]


def plane_by_plane(case: Case) -> tuple[Tensor, Tensor]:
    """`P(x)` in each memory layout, and its planes pooled alone (40 channels, spread over all).

    Selections and rearrangements are exact.  A sum may be taken in another order: both may be off by what the
    pooling declares, or else by 8 units in the last place of its magnitudes, and one for each term.
    """
    given = case.input.detach()
    channels = sorted(set(torch.linspace(0, given.shape[1] - 1, 40).long().tolist()))
    planes = [[given[n : n + 1, c : c + 1].contiguous().clone() for c in channels] for n in range(len(given))]
    results = torch.stack([case.pool(laid)[:, channels] for laid in (given, *arrangements(given))])
    if not planes:
        return results, results
    alone = torch.cat([torch.cat([case.pool(plane) for plane in row], dim=1) for row in planes])
    repeated = alone.expand(len(results), *alone.shape)
    if case.kind not in (Kind.MEAN, Kind.LINEAR, Kind.NORM):
        return results, repeated
    some = given[:, channels]
    if case.pooling.rounding is not None:
        allowance = 2 * case.pooling.rounding(some, **case.arguments)
    else:
        allowance = units(case.pool(some.abs()), given, 8 + given[0, 0].numel()).nan_to_num()
    return results, near(results, repeated, allowance)


def without_batch(case: Case) -> tuple[Tensor, Tensor]:
    """`P` of each picture without a batch axis, and of the whole batch: values, gradient and indices.

    Sums may be taken by other code: 8 units in the last place of the largest result are allowed.
    """
    given = case.input.detach()
    if not len(given):
        return given, given
    sides = []
    for batched in (False, True):
        leaf = given.clone().requires_grad_()
        parts = (leaf,) if batched else tuple(leaf)
        results = [case.pool(part) for part in parts]
        sides.append([results[0] if batched else torch.stack(results)])
        weights = torch.arange(sides[-1][0].numel()).reshape(sides[-1][0].shape) % 11 + 1
        sides[-1] += torch.autograd.grad((sides[-1][0] * weights.to(given.dtype)).sum(), leaf)
        if case.pooling.indices is not None:
            places = [case.pooling.indices(part.detach(), **case.arguments) for part in parts]
            sides[-1] += [places[0] if batched else torch.stack(places)]
    for alone, together in zip(*sides, strict=True):
        if alone.shape != together.shape:
            return alone, together
    first, second = (torch.cat([part.detach().flatten().double() for part in side]) for side in sides)
    if case.kind in (Kind.MEAN, Kind.LINEAR, Kind.NORM):
        largest = second.nan_to_num(nan=0, posinf=0, neginf=0).abs().amax()
        second = near(first, second, units(largest, given, 8))
    return first, second


def untouched(case: Case) -> tuple[Tensor, Tensor]:
    """The input after `f` and `P` have run on it, in each memory layout, and as it was."""
    given = case.input.detach().clone()
    laid = arrangements(given)
    for tensor in laid:
        case.activate(tensor)
        case.pool(tensor)
    return torch.stack(laid), given.expand(len(laid), *given.shape)


def nan_stays(case: Case) -> tuple[Tensor, Tensor]:
    """`f(x)` where x is NaN, and NaN."""
    given = case.input.detach()
    return torch.where(given.isnan(), case.activate(given), given), given


def gradient_modes(case: Case) -> tuple[Tensor, Tensor]:
    """`P(x)` and `f(x)` with gradients recorded, and without."""
    sides = []
    for recorded in (True, False):
        leaf = case.input.detach().clone(memory_format=torch.preserve_format).requires_grad_(recorded)
        pooled, activated = case.pool(leaf).detach(), case.activate(leaf).detach()
        sides.append(torch.cat((pooled.flatten(), activated.flatten())))
    return sides[0], sides[1]


def compiled(case: Case) -> tuple[Tensor, Tensor]:
    """`P(f(x))` compiled, and as it is.

    A compiler contracts and vectorises differently: 32 units in the last place of `1 + |x| + |P(f(x))|`.
    """
    given = case.input.detach()
    plain = case.pool(case.activate(given))
    fused = torch.compile(lambda x: case.pool(case.activate(x)), dynamic=False)(given)
    size = plain.abs() + 1 + given.abs().nan_to_num(posinf=0).amax()
    return fused, near(fused, plain, units(size.nan_to_num(), given, 32))
