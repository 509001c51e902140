from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.heads.model import (
    OUTPUTS,
    WHOLE,
    WIDTHS,
    WINDOW_CHARS,
    Heads,
    assembled,
    chinese,
    windows,
)
from moderation.heads.pieces import BUCKET_BITS, buckets, each_buckets

DEPTH, FILTERS = 4, 3
WORDS = "kill\nthe\n##s\n傻"


def arrays(seed: int = 0) -> dict[str, np.ndarray]:
    """Return random weights, as they are shipped."""
    chance = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return chance.normal(size=shape).astype(np.float32)

    filters = {f"filters.{w}": some(w * DEPTH, FILTERS) for w in WIDTHS}
    biases = {f"filters.{w}.bias": some(FILTERS) for w in WIDTHS}
    vectors = chance.integers(-9, 9, size=(5, DEPTH)).astype(np.int8)
    vectors[-1] = 0
    return {
        **filters,
        **biases,
        "pieces": np.frombuffer(WORDS.encode(), dtype=np.uint8),
        "vectors": vectors,
        "unit": np.asarray([0.1], dtype=np.float32),
        "out": some(2 * FILTERS * len(WIDTHS), len(OUTPUTS)),
        "out.bias": some(len(OUTPUTS)),
        "grams": chance.integers(-9, 9, size=(1 << BUCKET_BITS, len(WHOLE))).astype(np.int8),
        "grams.unit": np.full(len(WHOLE), 0.1, dtype=np.float32),
        "grams.bias": some(len(WHOLE)),
        "share": np.full(len(WHOLE), 0.5, dtype=np.float32),
        "share.han": np.full(len(WHOLE), 0.5, dtype=np.float32),
        "shift": np.zeros(len(OUTPUTS), dtype=np.float32),
        "shift.han": np.zeros(len(OUTPUTS), dtype=np.float32),
    }


def tiny(seed: int = 0) -> Heads:
    """Return heads of random weights."""
    return assembled(arrays(seed))


ARRAYS = arrays()
HEADS = tiny()


def by_hand(heads: Heads, ids: list[int]) -> np.ndarray:
    """Return the network's outputs, one filter and one place at a time."""
    wide = max(WIDTHS) - 1
    rows = [np.zeros(DEPTH)] * wide + [heads.vectors[at] * heads.unit for at in ids]
    rows += [np.zeros(DEPTH)] * wide
    highest, means = list[float](), list[float]()
    for width in WIDTHS:
        weight, bias = ARRAYS[f"filters.{width}"], ARRAYS[f"filters.{width}.bias"]
        part = rows[wide - width + 1 : len(rows) - (wide - width + 1)]
        runs = [np.concatenate(part[at : at + width]) for at in range(len(part) - width + 1)]
        seen = np.maximum([run @ weight + bias for run in runs], 0).reshape(-1, FILTERS)
        highest += (seen.max(axis=0) if len(seen) else np.zeros(FILTERS)).tolist()
        means += (seen.sum(axis=0) / (2 * max(1, len(ids)) ** 0.5)).tolist()
    return np.asarray([*highest, *means]) @ heads.out[0] + heads.out[1]


IDS: list[list[int]] = [[], [0], [1, 0], [3, 2, 1, 0, 0, 2], [], [2]]


@pytest.mark.parametrize("windows", [[each] for each in IDS] + [IDS, IDS[::-1]])
def test_the_network_does_what_it_says(windows: list[list[int]]) -> None:
    found = HEADS.network([np.asarray(ids, dtype=np.int64) for ids in windows])
    by_one = [by_hand(HEADS, ids) for ids in windows]
    assert found == pytest.approx(np.stack(by_one), rel=1e-4, abs=1e-4)


def test_the_linear_model_sums_buckets_over_the_root_of_their_number() -> None:
    texts = [" kill the ", "  ", " 傻 "]
    found = HEADS.linear(*each_buckets(texts))
    for row, text in zip(found, texts, strict=True):
        numbers = buckets(text)
        hand = HEADS.grams[numbers].astype(float).sum(axis=0) * 0.1 / max(1, len(numbers)) ** 0.5
        assert row == pytest.approx(hand + HEADS.grams_bias, rel=1e-4)


@given(st.lists(st.text(alphabet="ab c.傻", max_size=40), min_size=1, max_size=5))
def test_windows_are_read_alike_alone_and_together(texts: list[str]) -> None:
    together = HEADS._read(texts)
    alone = np.concatenate([HEADS._read([text]) for text in texts])
    assert together == pytest.approx(alone, rel=1e-3, abs=1e-3)


def test_text_without_a_letter_has_scores_too() -> None:
    for text in ("", " ", "\u200b", "...", "😀"):
        assert np.isfinite(HEADS.logits(text)).all()


def test_the_worst_window_counts_most() -> None:
    calm, loud = "the the the. ", "kill kill kills. "
    long = HEADS.logits(calm * 80 + loud)
    assert not np.allclose(long, HEADS.logits(calm * 80))


@given(st.text(alphabet="ab。. !", max_size=3 * WINDOW_CHARS))
def test_windows_hold_every_letter_and_none_is_longer_than_allowed(text: str) -> None:
    cut = list(windows(text))
    assert [c for w in cut for c in w if c in "ab"] == [c for c in text if c in "ab"]
    assert all(len(window) <= WINDOW_CHARS + 3 for window in cut)


def test_scores_repeat_to_the_bit() -> None:
    assert HEADS.logits("kill the 傻").tobytes() == tiny().logits("kill the 傻").tobytes()


@pytest.mark.parametrize(
    ("text", "han"),
    [
        (" 你好 ", True),
        (" hello ", False),
        (" 重启 nginx 服务 ", True),
        (" the 狗 barks loudly ", False),
    ],
)
def test_chinese_has_a_point_of_its_own(text: str, *, han: bool) -> None:
    assert chinese(text) is han
    moved = replace(HEADS, shift_han=HEADS.shift_han - 3)
    assert (moved.logits(text) < HEADS.logits(text) - 1).all() is np.bool_(han)
