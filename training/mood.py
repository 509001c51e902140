"""`python -m training.mood`: train the head that tells negative messages, measure it, write it.

A minute of one core, seeded. The rated English snippets are cjhutto/vaderSentiment (MIT); ordinary
talk is Ubuntu IRC (CC BY 4.0), clinc150 (CC BY 3.0), QMSum (MIT) and KdConv (Apache-2.0); the rest
is made from `training/mood.toml`. The Chinese reviews have no licence: they are measured on, never
learned from.
"""

import argparse
import csv
import random
import tomllib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bot.digests.mood import BITS, Mood, Pieces, assembled
from moderation.heads import pinned
from moderation.heads.model import Logits, chinese
from moderation.heads.pieces import Ids
from moderation.heads.weights import read, write
from training.corpora import licensed
from training.grammar import Grammar

ROOT: Final = Path(__file__).parents[1]
SEED: Final = 1
RATED: Final = ("tweets", "amazonReviewSnippets", "nytEditorialSnippets", "movieReviewSnippets")
TALK: Final = frozenset({"irc", "clinc150", "qmsum", "kdconv"})
REVIEWS: Final = {"chnsenticorp_htl": "hotel", "waimai_10k": "delivery"}
"""Chinese sets of which nothing is learned."""
MADE: Final = {"english": 1_500, "chinese": 6_000}
"""Sentences for each kind of each language."""
BAD, GOOD = -0.5, 0.5
"""Ratings of -4 to 4 from which on a snippet counts as negative, as positive."""
TALK_WEIGHT: Final = 0.5
FALSE_ALARMS: Final = (0.05, 0.02)
"""The share of ordinary talk that counts as negative, in the worst kind of it; of Chinese."""
LOOSENESS: Final = 5.0
_STEPS: Final = 127
_PART: Final = 10
_FEW: Final = 50
_COMPARED: Final = 4_000
"""Texts that are measured of a large set."""
_PINNED: Final = '''"""Which weights this version was made with: `python -m training.mood`."""

from typing import Final

SHA256: Final = "{sha256}"
"""Of `mood.safetensors`."""
HEADS: Final = "{heads}"
"""Of the moderation heads' weights whose vectors it reads."""
'''


@dataclass(frozen=True, slots=True)
class Example:
    """A text, where it is from, whether it is negative, and how much it counts."""

    text: str
    source: str
    negative: bool
    weight: float = 1.0
    neutral: bool = False
    """Whether it is neither negative nor positive."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, measure and write."""
    given = _parser().parse_args(arguments)
    heads = ROOT / "moderation" / "heads" / "heads.safetensors"
    pieces = Pieces.of(read(heads, pinned.SHA256))
    every = list(examples(given.data))
    lessons = [one for one in every if not apart(one)]
    measured = [one for one in every if apart(one)]
    arrays = fitted(pieces, lessons)
    mood = assembled(pieces, arrays)
    arrays["bias"] = shifted(mood, measured)
    for line in table(assembled(pieces, arrays), [*measured, *reviews(given.data)]):
        print(line)  # noqa: T201 - the figures are what it is run for
    sha256 = write(given.out / "mood.safetensors", arrays, {"version": "1"})
    said = _PINNED.format(sha256=sha256, heads=pinned.SHA256)
    (given.out / "mood_pinned.py").write_text(said, encoding="utf-8")


def examples(data: Path) -> Iterator[Example]:
    """Yield rated snippets, ordinary talk and made sentences, in the same order each time."""
    for name in RATED:
        yield from _rated(data / "jobs" / "sentiment_en" / f"{name}.tsv", name)
    chance = random.Random(SEED)  # noqa: S311 - no secret
    for one in licensed(data, chance):
        if one.source in TALK:
            yield Example(one.text, one.source, negative=False, weight=TALK_WEIGHT, neutral=True)
    yield from _made(chance)


def reviews(data: Path) -> Iterator[Example]:
    """Yield the Chinese reviews, a part of each, for measuring only."""
    for name, called in REVIEWS.items():
        file = data / "jobs" / "sentiment_zh" / f"{name}.csv"
        with file.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if row["review"]]
        random.Random(SEED).shuffle(rows)  # noqa: S311 - no secret
        for row in rows[:_COMPARED]:
            yield Example(row["review"], called, negative=row["label"] == "0")


def apart(one: Example) -> bool:
    """Tell whether an example is for measuring only: every tenth, by its words."""
    return zlib.crc32(one.text.encode()) % _PART == 0


def _rated(file: Path, name: str) -> Iterator[Example]:
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        parts = line.split("\t")
        if len(parts) > 2:  # noqa: PLR2004 - id, rating, text
            rating = float(parts[1])
            neutral = BAD <= rating <= GOOD
            yield Example(parts[2], name, rating < BAD, 0.5 if neutral else 1.0, neutral)


def _made(chance: random.Random) -> Iterator[Example]:
    told = tomllib.loads(Path(__file__).with_name("mood.toml").read_text(encoding="utf-8"))
    for speech, count in MADE.items():
        kinds = {name: lines for name, lines in told[speech].items() if name != "slots"}
        grammar = Grammar(speech, told[speech]["slots"], (), "")
        for kind, lines in kinds.items():
            for _ in range(count):
                text = grammar.filled(chance.choice(lines), chance)
                source = f"made.{speech}.{kind}"
                yield Example(text, source, kind == "negative", neutral=kind == "neither")


def fitted(pieces: Pieces, lessons: Sequence[Example]) -> dict[str, np.ndarray]:
    """Train, and return the weights as they are shipped."""
    seen = [pieces.seen(one.text) for one in lessons]
    matrix = hstack(
        [_grams([found for found, _, _ in seen]), np.stack([mean for _, mean, _ in seen])]
    )
    model = LogisticRegression(C=LOOSENESS, solver="liblinear", random_state=0)
    negative = np.asarray([one.negative for one in lessons])
    model.fit(matrix.tocsr(), negative, sample_weight=[one.weight for one in lessons])
    weights = model.coef_[0].astype(np.float32)
    grams, dense = weights[: 1 << BITS], weights[1 << BITS :]
    unit = np.abs(grams).max() / _STEPS
    return {
        "grams": np.rint(grams / unit).astype(np.int8),
        "unit": np.asarray([unit], dtype=np.float32),
        "dense": dense,
        "bias": np.full(2, model.intercept_[0], dtype=np.float32),
    }


def _grams(found: Sequence[Ids]) -> csr_matrix:
    """Return a row for each text, its buckets alike, of length 1."""
    counts = np.asarray([len(each) for each in found])
    values = np.repeat(1 / np.sqrt(np.maximum(1, counts)), counts).astype(np.float32)
    ends = np.concatenate([[0], np.cumsum(counts)])
    return csr_matrix((values, np.concatenate(found), ends), shape=(len(found), 1 << BITS))


def shifted(mood: Mood, measured: Sequence[Example]) -> Logits:
    """Return the biases with which so much ordinary talk that was kept apart counts as negative."""
    talk = [one for one in measured if one.source in TALK]
    points = [
        [_point(mood, talk, source, speech) for source in sorted(TALK)] for speech in (False, True)
    ]
    moved = [max(point for point in each if point is not None) for each in points]
    return mood.bias - np.asarray(moved, dtype=np.float32)


def _point(mood: Mood, talk: Sequence[Example], source: str, speech: bool) -> float | None:
    """Return the score that few texts of one kind in one language exceed; None where few are."""
    texts = [one.text for one in talk if one.source == source and chinese(one.text) is speech]
    scores = [mood.score(text) for text in texts]
    return float(np.quantile(scores, 1 - FALSE_ALARMS[speech])) if len(scores) >= _FEW else None


def table(mood: Mood, measured: Sequence[Example]) -> Iterator[str]:
    """Yield a line of Markdown for each set: AUROC, and what of each kind counts as negative."""
    yield "| Set | Texts | AUROC | of negative | of positive | of neither |"
    yield "|---|---|---|---|---|---|"
    for source in sorted({one.source for one in measured}):
        yield _line(mood, source, [one for one in measured if one.source == source])


def _line(mood: Mood, source: str, rows: Sequence[Example]) -> str:
    scores = np.asarray([mood.score(one.text) for one in rows])
    bad = np.asarray([one.negative for one in rows])
    good = np.asarray([not (one.negative or one.neutral) for one in rows])
    rated = bad | good
    told = bad.any() and good.any()
    area = f"{roc_auc_score(bad[rated], scores[rated]):.3f}" if told else "-"
    kinds = (bad, good, ~rated)
    shares = [f"{(scores[which] > 0).mean():.3f}" if which.any() else "-" for which in kinds]
    return f"| {source} | {len(rows)} | {area} | {' | '.join(shares)} |"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.mood", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "bot" / "digests")
    return parser


if __name__ == "__main__":
    main()
