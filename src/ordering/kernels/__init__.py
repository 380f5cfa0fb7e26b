"""World 3, the kernels: laws tried on the real torch operators with Hypothesis."""

from ordering.kernels.compare import compare
from ordering.kernels.placements import placements
from ordering.kernels.search import examine, falsify
from ordering.kernels.windows import replay, window

__all__ = ["compare", "examine", "falsify", "placements", "replay", "window"]
