from pathlib import Path

import numpy as np
import pytest

from bench import support
from bench.figures import Skipped


def test_ranks_areas_and_shares_are_what_they_say() -> None:
    found = support.Ranking(np.array([0, 1, -1, 4]))
    assert (found.at(1), found.at(5)) == (0.25, 0.75)
    assert found.reciprocal == pytest.approx((1 + 1 / 2 + 1 / 5) / 4)
    own, others = np.arange(10.0, 20.0), np.array([1, 2, 10.5, 30])
    assert support._area(own, others) == pytest.approx((1 + 1 + 0.9 + 0) / 4)
    assert support._refused(own, others) == 0.75


def test_without_the_sets_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(support, "JOBS", tmp_path / "none")
    with pytest.raises(Skipped, match="not beside"):
        list(support.figures())


@pytest.mark.thorough
def test_chinese_is_found_as_well_as_bm25s_finds_it() -> None:
    if not support.JOBS.exists():
        pytest.skip("the licensed sets are not beside this folder")
    first, fifth = support._chinese(0.1)
    assert first.ours >= first.peer - 0.05
    assert fifth.ours >= fifth.peer - 0.05
