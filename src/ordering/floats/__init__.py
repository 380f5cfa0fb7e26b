"""World 2, the floats: what is true of a kernel at every value of a dtype, on each code path."""

from ordering.floats.certify import certify, certify_each, why_not_kept
from ordering.floats.scan import Progress
from ordering.floats.store import Store, StoreWarning

__all__ = ["Progress", "Store", "StoreWarning", "certify", "certify_each", "why_not_kept"]
