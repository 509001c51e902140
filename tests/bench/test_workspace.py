"""That the workspace's bench runs and says finite numbers."""

import math

import pytest

from bench import workspace


@pytest.mark.e2e
def test_the_workspace_is_measured_beside_a_bolt_app() -> None:
    figures = list(workspace.figures(0.05))
    assert len(figures) == len(workspace.BURSTS) + 1
    assert all(math.isfinite(each.ours) and each.ours >= 0 for each in figures)
    assert all(each.peer > 0 for each in figures)
