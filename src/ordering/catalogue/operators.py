"""What each law about one operator computes on a `Case`: held to its declaration, or to itself elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ordering.catalogue.sides import every_window_real, near, units
from ordering.law import Case
from ordering.pooling import Kind

if TYPE_CHECKING:
    from torch import Tensor


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
    # torch 2.13 keeps compiled graphs on disk under keys that leave ATEN_CPU_CAPABILITY out: code for other
    # vectors comes back, and is wrong.
    fused = torch.compile(
        lambda x: case.pool(case.activate(x)), dynamic=False, options={"fx_graph_cache": False}
    )(given)
    size = plain.abs() + 1 + given.abs().nan_to_num(posinf=0).amax()
    return fused, near(fused, plain, units(size.nan_to_num(), given, 32))
