"""What ships: the registries of activations, poolings and laws, filled."""

from ordering.catalogue.activations import activations
from ordering.catalogue.laws import laws
from ordering.catalogue.poolings import poolings

__all__ = ["activations", "laws", "poolings"]
