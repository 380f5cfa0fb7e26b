"""The profiles that the suite runs under, and one torch thread for each worker."""

import pytest
import torch
from hypothesis import settings

from ordering.testing import register_profiles

register_profiles()
settings.load_profile("ci")


@pytest.fixture(autouse=True, scope="session")
def one_torch_thread():
    """pytest-xdist already uses every core."""
    torch.set_num_threads(1)
