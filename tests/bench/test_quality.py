import random
from pathlib import Path

import numpy as np
import pytest

from bench import quality
from bench.figures import Skipped
from training import grammar


def test_average_precision_is_one_when_all_harmful_come_first() -> None:
    truth = np.asarray([True, True, False, False])
    assert quality.average_precision(truth, np.asarray([0.9, 0.8, 0.2, 0.1])) == 1
    assert quality.average_precision(truth, np.asarray([0.1, 0.2, 0.8, 0.9])) < 0.5


def test_harmless_texts_can_count_more() -> None:
    truth, scores = np.asarray([True, False, True]), np.asarray([0.9, 0.8, 0.1])
    assert quality.average_precision(truth, scores, 0.5) == pytest.approx((1 + 2 / 4) / 2)
    assert quality.average_precision(truth, scores, 2 / 3) == quality.average_precision(
        truth, scores
    )


def test_an_area_at_a_share_is_that_of_so_many_copies() -> None:
    truth = np.asarray([True, False, True, True, False, False])
    scores = np.asarray([0.9, 0.8, 0.7, 0.3, 0.2, 0.1])
    doubled = np.concatenate([truth, truth[~truth]])
    tied = np.concatenate([scores, scores[~truth] + 1e-6])
    assert quality.average_precision(truth, scores, 1 / 3) == pytest.approx(
        quality.average_precision(doubled, tied)
    )


def test_fewer_harmful_texts_make_it_harder_by_no_more_than_precision_says() -> None:
    chance = np.random.default_rng(2)
    truth = chance.random(4000) < 0.5
    scores = truth * 0.5 + chance.random(4000)
    half = quality.average_precision(truth, scores, 0.5)
    fewer = quality.average_precision(truth, scores, 0.4)
    assert half > fewer > rarer(half, 0.4 / 0.6)


def rarer(precision: float, odds: float) -> float:
    """Return a precision at even odds as it is at others: convex, so that no mean falls below."""
    return odds * precision / (odds * precision + 1 - precision)


def test_foreign_sentences_are_in_no_lesson() -> None:
    lessons = " ".join(
        line
        for name in ("english", "prose")
        for table in grammar.read(name).say
        for line in table["lines"]
    )
    texts = list(quality.foreign(random.Random(1)))  # noqa: S311 - no secret
    assert len({harmful for _, harmful in texts}) == 2
    assert not [text for text, _ in texts if text in lessons]


def test_without_the_sets_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(quality, "DATA", tmp_path / "none")
    with pytest.raises(Skipped, match="not beside"):
        list(quality.quality())


@pytest.mark.thorough
def test_the_heads_are_better_than_chance_and_hold_little() -> None:
    if not quality.DATA.exists():
        pytest.skip("the licensed sets are not beside this folder")
    found = list(quality.quality(0.05))
    areas = [figure for figure in found if "area" in figure.what]
    held = [figure for figure in found if "ordinary" in figure.what]
    assert len(areas) == len(quality.SETS) + 1
    assert all(figure.ours > figure.peer + 0.2 for figure in areas)
    assert held
    assert all(figure.ours <= 0.02 for figure in held)
