"""What all tests share: how hard properties are tried, and which tests serve sockets.

`HYPOTHESIS_PROFILE=thorough` tries each property at length.
"""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=15, deadline=None)
settings.register_profile("thorough", max_examples=300, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    served = Path(__file__).parent / "workspace"
    for item in items:
        if served in item.path.parents:
            item.add_marker(pytest.mark.sockets)
