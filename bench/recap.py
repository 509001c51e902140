"""What a recap is worth, in words shared with what a person wrote of the same meeting (ROUGE).

The set is QMSum's validation meetings, each with its summary; the peers are as many of the first
turns, and as many by plain TextRank. ROUGE counts shared words and says nothing of what is true:
that every bullet is a person's own is tested, not measured.
"""

import json
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench.figures import Figure, Skipped
from generators.draft import Line
from generators.recap import MOST, TERMS_MIN, recap
from generators.support.words import informative

SET: Final = Path(__file__).parents[2] / "shared" / "data" / "jobs" / "qmsum" / "val.jsonl"
_WORD: Final = re.compile(r"[a-z0-9']+")
_DAMPING: Final = 0.85
_ROUNDS: Final = 30
COSTED: Final = 2
"""Meetings whose cost is compared."""
COST_MOST: Final = 1.5
"""How many times what embedding the messages costs a recap may cost."""
_SCORES: Final = ("ROUGE-1", "ROUGE-2", "ROUGE-L")

Meeting = tuple[list[Line], str]
Choice = Callable[[Sequence[Line]], str]


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure; `scale` is the share of the meetings. Raises Skipped without the set."""
    meetings = list(_meetings())
    meetings = meetings[: max(3, round(len(meetings) * scale))]
    ours, ours_s = _mean(meetings, _ours)
    for name, choice in (("the first turns", _lead), ("plain TextRank", _textrank)):
        peer, peer_s = _mean(meetings, choice)
        for score, mine, theirs in zip(_SCORES, ours, peer, strict=True):
            yield Figure(
                what=f"{score} of a meeting's recap, F",
                unit="of 100",
                ours=100 * mine,
                peer=100 * theirs,
                peer_is=name,
                least=100 * theirs,
            )
        if choice is _textrank:
            yield Figure(what="a meeting", unit="s", ours=ours_s, peer=peer_s, peer_is=name)
    yield from _cost(meetings[:COSTED])


def _cost(meetings: Sequence[Meeting]) -> Iterator[Figure]:
    """Measure the processor time beside that of embedding each turn once, on one thread.

    Nothing where torch or the model is not on this machine.
    """
    try:
        import torch  # noqa: PLC0415 - for this row alone

        from bench.encoder import Encoder  # noqa: PLC0415 - it imports torch

        torch.set_num_threads(1)
        encoder = Encoder(kept=False)
    except (ImportError, Skipped):
        return
    texts = [[line.text for line in turns] for turns, _ in meetings]
    encoder.encoded(texts[0])  # what is made once is not counted
    ours_s = _quickest(lambda: [recap(turns) for turns, _ in meetings]) / len(meetings)
    peer_s = _quickest(lambda: [encoder.encoded(each) for each in texts]) / len(meetings)
    yield Figure(
        what="a meeting, processor time",
        unit="s",
        ours=ours_s,
        peer=peer_s,
        peer_is="embedding its turns with MiniLM",
        goal=COST_MOST * peer_s,
    )


def _quickest(work: Callable[[], object]) -> float:
    """Return the least processor time that something took of two times, in seconds."""
    took = list[float]()
    for _ in range(2):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def _meetings() -> Iterator[Meeting]:
    if not SET.exists():
        raise Skipped("The licensed sets are not beside this folder.")
    for line in SET.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        turns = [
            Line(turn["speaker"], turn["content"], f"{1_700_000_000 + 10 * at}.000100", f"m{at}")
            for at, turn in enumerate(told["meeting_transcripts"])
        ]
        yield turns, told["general_query_list"][0]["answer"]


def _mean(meetings: Sequence[Meeting], choice: Choice) -> tuple[Sequence[float], float]:
    """Return the mean of each score, and the mean seconds that a choice took."""
    began = time.perf_counter()
    said = [choice(turns) for turns, _ in meetings]
    took_s = (time.perf_counter() - began) / len(meetings)
    scores = [rouge(text, told) for text, (_, told) in zip(said, meetings, strict=True)]
    return [float(np.mean(column)) for column in zip(*scores, strict=True)], took_s


def _ours(turns: Sequence[Line]) -> str:
    return " ".join(bullet.text for bullet in recap(turns).bullets)


def _lead(turns: Sequence[Line]) -> str:
    return " ".join(line.text for line in turns[:MOST])


def _textrank(turns: Sequence[Line]) -> str:
    """Return the turns that most others resemble (Mihalcea and Tarau, 2004)."""
    bags = [Counter(informative(line.text)) for line in turns]
    known = {term: at for at, term in enumerate(sorted(set().union(*bags)))}
    matrix = np.zeros((len(bags), len(known)))
    for row, bag in enumerate(bags):
        for term, times in bag.items():
            matrix[row, known[term]] = times
    rarity = np.log(len(bags) / np.maximum(1, (matrix > 0).sum(axis=0)))
    matrix *= rarity
    matrix /= np.maximum(1e-9, np.linalg.norm(matrix, axis=1, keepdims=True))
    alike = matrix @ matrix.T
    np.fill_diagonal(alike, 0)
    alike /= np.maximum(1e-9, alike.sum(axis=1, keepdims=True))
    rank = np.full(len(bags), 1 / len(bags))
    for _ in range(_ROUNDS):
        rank = (1 - _DAMPING) / len(bags) + _DAMPING * (alike.T @ rank)
    rank[[len(bag) < TERMS_MIN for bag in bags]] = 0  # or it is all "Yeah ."
    best = sorted(np.argsort(-rank)[:MOST])
    return " ".join(turns[at].text for at in best)


def rouge(said: str, told: str) -> tuple[float, float, float]:
    """Return ROUGE-1, 2 and L as F1 (Lin, 2004), without stemming.

    >>> rouge("the cat sat", "the cat sat"), rouge("", "the cat")
    ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    """
    ours, theirs = (_WORD.findall(text.casefold()) for text in (said, told))
    common = [_shared(ours, theirs, size) for size in (1, 2)]
    sizes = [(len(ours), len(theirs)), (len(ours) - 1, len(theirs) - 1)]
    one, two = (_f(count, *size) for count, size in zip(common, sizes, strict=True))
    return one, two, _f(_longest(ours, theirs), len(ours), len(theirs))


def _shared(ours: Sequence[str], theirs: Sequence[str], size: int) -> int:
    left, right = (
        Counter(zip(*(words[at:] for at in range(size)), strict=False)) for words in (ours, theirs)
    )
    return sum((left & right).values())


def _longest(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(theirs) + 1)
    for word in ours:
        before = 0
        for at, other in enumerate(theirs, 1):
            above = row[at]
            row[at] = before + 1 if word == other else max(above, row[at - 1])
            before = above
    return row[-1]


def _f(common: int, ours: int, theirs: int) -> float:
    if common <= 0 or ours <= 0 or theirs <= 0 or math.isclose(common, 0):
        return 0.0
    precision, recall = common / ours, common / theirs
    return 2 * precision * recall / (precision + recall)
