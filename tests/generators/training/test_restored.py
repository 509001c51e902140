"""The shipped restorer beats the classics in what it is used for, on unseen drawings."""

import pytest

pytest.importorskip("torch", reason="the extra train is not installed")
pytestmark = pytest.mark.torch


def test_the_shipped_network_beats_every_classic_where_it_is_used() -> None:
    from generators.engine import mender  # noqa: PLC0415 - imports torch
    from generators.engine.resolve import SHIPPED  # noqa: PLC0415
    from generators.training import restored  # noqa: PLC0415

    rows = restored.rows(mender.read(SHIPPED), restored.held_out(8, ()), "drawn")
    assert len(rows) == len(restored.NOISES) + len(restored.LENSES) + 1
    assert [row.task for row in rows if row.is_served and not row.wins] == []
    for row in rows:  # what the engine takes instead
        assert row.is_served or row.best > row.damaged
