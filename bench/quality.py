"""What the learned heads are worth: on the tenth of the licensed sets that they never saw.

The peer of an area under precision and recall is what chance gives, the share of harmful texts that
it is for; the peer of a share of harmless texts held is the share that may be. Both heads know
these sets' kind of text, so that foreign texts are judged worse. The sentences of `foreign.toml`
are nearest to those: no lesson is made from them, though whoever wrote them wrote lessons, too.
"""

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, Skipped
from moderation.checks.harm import WEIGHTS, scored
from moderation.heads.model import Heads, load
from moderation.heads.pinned import SHA256
from moderation.policy import Action, Policy
from moderation.tables import Direction
from training import corpora
from training.calibrate import FALSE_HOLDS, TALK, kept_apart
from training.examples import Example

DATA: Final = Path(__file__).parents[2] / "shared" / "data"
BASE: Final = 0.31
BASE_CHINESE: Final = 0.40
"""The shares of harmful texts that the goals are for, and so the figures: harmless texts count more
or less than they are, until harmful ones have that share."""
SETS: Final[Mapping[str, tuple[tuple[str, ...], float]]] = {
    "English, hate and offence (tweets)": (("davidson",), BASE),
    "English, sexism (posts)": (("edos",), BASE),
    "Chinese, offence (posts)": (("cold.",), BASE_CHINESE),
}
FOREIGN: Final = Path(__file__).with_name("foreign.toml")
SOUND_HARMFUL: Final = 0.08
"""The share of such prompts that may be held."""
MOST: Final = 1500
"""Texts of one set."""
_HARMFUL: Final = 0.5
_SEED: Final = 1


def quality(scale: float = 1.0) -> Iterator[Figure]:
    """Measure the heads; `scale` is the share of the texts. Raises Skipped without the data."""
    if not DATA.exists():
        raise Skipped("The licensed sets are not beside this folder.")
    heads = load(WEIGHTS, SHA256)
    chance = random.Random(_SEED)  # noqa: S311 - no secret
    apart = [each for each in corpora.licensed(DATA, chance) if kept_apart(each)]
    most = max(50, round(MOST * scale))
    for name, (prefixes, base) in SETS.items():
        examples = [one for one in apart if one.source.startswith(prefixes)][:most]
        yield _area(heads, name, examples, base)
    yield _foreign_area(heads, random.Random(_SEED))  # noqa: S311 - no secret
    yield _asked(heads)
    for name, sources in TALK.items():
        texts = [one.text for one in apart if one.source in sources][:most]
        if texts:
            yield _held(heads, name, texts)


def _area(heads: Heads, name: str, examples: Sequence[Example], base: float) -> Figure:
    truth = np.asarray([one.labels.get("content", 0.0) > _HARMFUL for one in examples])
    scores = _scores(heads, [one.text for one in examples], Direction.OUTPUT)
    return Figure(
        what=f"{name}, area under precision and recall at {base:.2f} harmful",
        unit="0..1",
        ours=average_precision(truth, scores, base),
        peer=base,
        peer_is="chance",
    )


def foreign(chance: random.Random) -> Iterator[tuple[str, bool]]:
    """Yield texts that no lesson is like, and whether each is harmful."""
    for table in tomllib.loads(FOREIGN.read_text(encoding="utf-8"))["text"]:
        for line in table["lines"]:
            others = [other for other in table["lines"] if other != line]
            yield line, "category" in table
            yield (
                " ".join([line, *chance.sample(others, chance.choice([1, 2]))]),
                "category" in table,
            )


def _foreign_area(heads: Heads, chance: random.Random) -> Figure:
    texts = list(foreign(chance))
    truth = np.asarray([harmful for _, harmful in texts])
    scores = _scores(heads, [text for text, _ in texts], Direction.OUTPUT)
    return Figure(
        what="English, made sentences of other kinds, area under precision and recall at 0.31",
        unit="0..1",
        ours=average_precision(truth, scores, BASE),
        peer=BASE,
        peer_is="chance",
    )


def _asked(heads: Heads) -> Figure:
    texts = tomllib.loads(FOREIGN.read_text(encoding="utf-8"))["ask"][0]["lines"]
    scores = _scores(heads, texts, Direction.INPUT)
    held = [Policy().action("harm.violence", Direction.INPUT, score) for score in scores.tolist()]
    return Figure(
        what="harmless prompts that sound harmful, held by default",
        unit="share",
        ours=float(np.mean([action > Action.ALLOW for action in held])),
        peer=SOUND_HARMFUL,
        peer_is="what may be",
    )


def _held(heads: Heads, name: str, texts: Sequence[str]) -> Figure:
    scores = _scores(heads, texts, Direction.INPUT)
    return Figure(
        what=f"ordinary talk at 0.5 or above: {name}",
        unit="share",
        ours=float((scores >= _HARMFUL).mean()),
        peer=FALSE_HOLDS,
        peer_is="what may be",
    )


def _scores(heads: Heads, texts: Sequence[str], direction: Direction) -> NDArray[np.float64]:
    return np.asarray([max(scored(heads, text, direction).values()) for text in texts])


def average_precision(
    truth: NDArray[np.bool_], scores: NDArray[np.float64], base: float | None = None
) -> float:
    """Return the mean precision at each harmful text, the highest score first.

    With `base` harmless texts count so that harmful ones are this share of all.

    >>> round(average_precision(np.array([True, False, True]), np.array([0.9, 0.8, 0.1])), 3)
    0.833
    """
    ranked = truth[np.argsort(-scores, kind="stable")]
    harmful, harmless = np.cumsum(ranked), np.cumsum(~ranked)
    weight = 1.0 if base is None else harmful[-1] * (1 - base) / base / max(1, harmless[-1])
    return float((harmful / (harmful + weight * harmless))[ranked].mean())
