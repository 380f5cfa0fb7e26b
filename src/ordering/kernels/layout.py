"""Memory layouts: the same values, stored so that torch takes another code path."""

from __future__ import annotations

from enum import Enum

import torch
from torch import Tensor


class Layout(Enum):
    """How a tensor's values lie in memory; simplest first, which is the direction of shrinking."""

    CONTIGUOUS = "contiguous"
    CHANNELS_LAST = "channels_last"
    """Channels innermost, for inputs with a batch, channels and one to three spatial axes."""
    STRIDED = "strided"
    """Every second element of a row: torch's scalar code."""
    TRANSPOSED = "transposed"
    """The last two axes swapped in memory."""
    OFFSET = "offset"
    """Contiguous, but starting one element into its storage: not aligned for vector loads."""
    EXPANDED = "expanded"
    """The first axis has stride 0: every entry along it is the first one (the values change with it)."""


def lay_out(tensor: Tensor, layout: Layout) -> Tensor:
    """The values of `tensor` in that layout; all but `EXPANDED` leave them as they are.

    A layout that needs more axes than the tensor has leaves it contiguous.
    """
    plain = tensor.contiguous()
    if layout is Layout.CONTIGUOUS or plain.dim() < 2 or plain.numel() == 0:
        return plain
    if layout is Layout.CHANNELS_LAST:
        return plain.movedim(1, -1).contiguous().movedim(-1, 1)
    if layout is Layout.STRIDED:
        return torch.stack((plain, torch.zeros_like(plain)), dim=-1)[..., 0]
    if layout is Layout.TRANSPOSED:
        return plain.transpose(-1, -2).contiguous().transpose(-1, -2)
    if layout is Layout.OFFSET:
        return torch.cat((plain.new_zeros(1), plain.flatten()))[1:].view(plain.shape)
    return plain[:1].expand(plain.shape)
