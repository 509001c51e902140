"""That the bench of the sandbox runs; how good the numbers are is not for a test."""

import pytest

from bench import sandbox
from generators.code.sandbox import Unavailable, probe

pytestmark = pytest.mark.thorough


def test_the_sandbox_is_measured_beside_the_plain_interpreter() -> None:
    found = probe()
    if isinstance(found, Unavailable):
        pytest.skip(found.why)
    figures = list(sandbox.figures(0.01))
    assert len(figures) == len(sandbox.PROGRAMS) + 2
    assert all(figure.ours > 0 and figure.peer > 0 for figure in figures)
