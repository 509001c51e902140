"""The examples in docstrings are run."""

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import bot
import generators
import moderation
import workspace

pytestmark = pytest.mark.thorough

_SCRIPTS = ("__main__", "migrations")
_TORCH = "generators.engine."
_TRITON = {"generators.engine.kernels"}


def _modules() -> Iterator[str]:
    for package in (bot, generators, moderation, workspace):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not any(script in found.name for script in _SCRIPTS):
                yield found.name


@pytest.mark.parametrize("name", [name for name in _modules() if not name.startswith(_TORCH)])
def test_examples_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.torch
@pytest.mark.parametrize("name", [name for name in _modules() if name.startswith(_TORCH)])
def test_examples_of_the_engine_are_true(name: str) -> None:
    pytest.importorskip("torch", reason="the engine's modules import torch")
    if name in _TRITON:
        pytest.importorskip("triton", reason="triton comes with torch for CUDA only")
    assert doctest.testmod(importlib.import_module(name)).failed == 0
