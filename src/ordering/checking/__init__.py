"""The checker."""

from ordering.checking.branches import CORNERS as CORNERS
from ordering.checking.branches import value_at as value_at
from ordering.checking.checker import Checker as Checker
from ordering.checking.checker import check as check
from ordering.checking.deriving import derivative as derivative
from ordering.checking.reading import needs as needs
from ordering.checking.reading import read_off as read_off
from ordering.checking.records import *  # noqa: F403 - all of them are public
from ordering.checking.saving import claim_and_steps as claim_and_steps
from ordering.checking.saving import from_data as from_data
from ordering.checking.saving import to_data as to_data
