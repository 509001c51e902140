"""What all tests share: how hard properties are tried, and which tests serve sockets.

`HYPOTHESIS_PROFILE=thorough` tries each property at length.
"""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.bot.databases"]

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Threads of torch and numpy spin while they wait for each other: beside other tests, and for
models as tiny as ours, that takes many times the processor of the work itself."""
for name in ONE_THREAD:
    os.environ.setdefault(name, "1")  # for the processes that tests start, too

settings.register_profile("quick", max_examples=10, deadline=None)
settings.register_profile("thorough", max_examples=300, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    apart = {here / "workspace": "sockets", here / "bench": "thorough"}
    apart |= {here / "generators" / "engine": "thorough", here / "bot" / "ledger": "thorough"}
    for item in items:
        for folder, marker in apart.items():
            if folder in item.path.parents:
                item.add_marker(marker)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was imported: it lives until the end."""
    gc.freeze()
