"""`python -m training`: train the heads, print what they are worth, write the weights.

`--without SET` leaves sets out of the lessons and measures on them: what the heads are worth on
texts from elsewhere. Then nothing is written. Minutes of one core, and seeded.
"""

import argparse
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from moderation.heads.model import WINDOW_CHARS, assembled
from moderation.heads.weights import write
from training import corpora, figures, fit, grammar, vectors
from training.calibrate import TALK, calibrated, kept_apart, logits
from training.examples import Example

ROOT: Final = Path(__file__).parents[1]
SEED: Final = 1
SENTENCES: Final = {"english": 800, "prose": 400, "chinese": 300}
"""Texts for each table of sentences."""
PLANTED: Final = 0.3
"""The share of English texts that are put among sentences of reviews and editorials."""
VERSION: Final = "2"
_PINNED: Final = '''"""Which weights this version was made with; `python -m training` writes it."""

from typing import Final

SHA256: Final = "{sha256}"
"""Of `heads.safetensors`."""
'''


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, measure and, unless sets were left out, write."""
    given = _parser().parse_args(arguments)
    torch.set_num_threads(1)  # sums in one order, so that the bytes are the same
    torch.use_deterministic_algorithms(mode=True)
    lessons, measured = _parted(examples(given.data), tuple(given.without))
    arrays = dict(fit.arrays(lessons, *vectors.pieces()))
    found = logits(assembled(arrays), measured)
    moved, found = calibrated(measured, found)
    arrays |= moved
    for line in figures.table(measured, found):
        print(line)  # noqa: T201 - the figures are what it is run for
    if not given.without:
        sha256 = write(given.out / "heads.safetensors", arrays, {"version": VERSION})
        (given.out / "pinned.py").write_text(_PINNED.format(sha256=sha256), encoding="utf-8")


def examples(data: Path) -> list[Example]:
    """Return every licensed and every made text, in the same order each time."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    made = [
        example
        for name, count in SENTENCES.items()
        for example in grammar.examples(grammar.read(name), count, chance)
    ]
    licensed = list(corpora.licensed(data, chance))
    among = prose(licensed)
    return [*licensed, *(planted(example, among, chance) for example in made)]


def prose(licensed: Iterable[Example]) -> list[str]:
    """Return the harmless sentences that others can stand among."""
    texts = (example.text for example in licensed if example.source in TALK["reviews"])
    return [text for text in texts if len(text) < WINDOW_CHARS // 2]


def planted(example: Example, among: Sequence[str], chance: random.Random) -> Example:
    """Return an example, or now and then the same among sentences from elsewhere."""
    if (
        not example.source.startswith(("english.content", "prose.content"))
        or chance.random() > PLANTED
    ):
        return example
    before, after = (chance.choices(among, k=chance.randrange(3)) for _ in range(2))
    return replace(example, text=" ".join([*before, example.text, *after]))


def _parted(
    every: Sequence[Example], without: tuple[str, ...]
) -> tuple[list[Example], list[Example]]:
    """Return what to learn from and what to measure on: a tenth, and all of what is left out."""
    apart = [one.source.startswith(without) or kept_apart(one) for one in every]
    lessons = [one for one, out in zip(every, apart, strict=True) if not out]
    return lessons, [one for one, out in zip(every, apart, strict=True) if out]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "moderation" / "heads")
    parser.add_argument("--without", nargs="*", default=[], metavar="SET")
    return parser


if __name__ == "__main__":
    main()
