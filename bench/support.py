"""How well and how fast the knowledge base is searched, beside bm25s and a bare embedding.

Read from the licensed sets beside the repository, of which nothing is copied. Their test parts are
not there, so that the questions are taken from the training part and never put into the base. The
sets of paraphrases and of Chinese paragraphs that the goals name are not there either: for them a
stand-in is measured that says so in its name, and has no goal.
"""

import asyncio
import csv
import importlib
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import bm25s
import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, Skipped
from generators.support.article import Article, Chunk
from generators.support.commands import FOLDER, Found, Query, search
from generators.support.index import Index, Meaning
from generators.support.library import Library
from generators.support.measuring import Fusion
from generators.support.shelf import Shelf

JOBS: Final = Path(__file__).parents[2] / "shared" / "data" / "jobs"
BASE: Final = "bench"
TOP: Final = 5
ASKED_EACH: Final = 10
"""Questions of each intent."""
COVERAGE: Final = 0.9
SPEED_DOCUMENTS: Final = 10_000
LARGE: Final = 100_000
WIDTH: Final = 384
SEARCHES: Final = 20

Labelled = tuple[str, str]
"""A text and its label."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Where the first right document stood for each question, from 0; -1 where not among TOP."""

    places: NDArray[np.intp]

    def at(self, most: int) -> float:
        """Return the share of questions with a right one among so many."""
        return float(((self.places >= 0) & (self.places < most)).mean())

    @property
    def reciprocal(self) -> float:
        """Return the mean reciprocal rank, within TOP."""
        return float(np.where(self.places >= 0, 1 / (np.abs(self.places) + 1.0), 0.0).mean())


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure; raises Skipped without the sets or the model."""
    if not JOBS.exists():
        raise Skipped("The licensed sets are not beside this folder.")
    encoder = importlib.import_module("bench.encoder").Encoder
    kept = encoder(kept=True)
    yield from _paraphrases(kept, scale)
    for examples, goals in ((20, (0.86, 0.89)), (5, (0.77, None))):
        yield from _tickets(kept, scale, examples, goals)
    yield from _strangers(kept, scale)
    yield from _chinese(scale)
    yield _speed(encoder, scale)
    yield _large(scale)


def _paraphrases(encoder: Any, scale: float) -> Iterator[Figure]:  # noqa: ANN401 - needs torch
    rows = list(csv.DictReader(_lines("covidqa/faq_covidbert.csv")))
    rows = rows[: max(20, round(len(rows) * scale))]
    texts = [row["answer"] for row in rows]
    base = [Article(id=str(at), title="", text=text) for at, text in enumerate(texts)]
    asked = [(row["question"], str(at)) for at, row in enumerate(rows)]
    truth = {one.id: one.id for one in base}
    ours = _ranking(_found(base, asked, encoder), asked, truth)
    yield from _beside("FAQ question to bare answer", ours, (texts, list(truth), asked), encoder)
    base, asked, truth = _drawn(_banking(), 1, scale, named=False)
    ours = _ranking(_found(base, asked, encoder), asked, truth)
    name = "question to one in other words, 77 documents"
    yield from _beside(name, ours, _plain(base, asked, truth), encoder)


def _tickets(
    encoder: Any,  # noqa: ANN401 - needs torch
    scale: float,
    examples: int,
    goals: tuple[float, float | None],
) -> Iterator[Figure]:
    for named, goal in zip((False, True), goals, strict=True):
        base, asked, truth = _drawn(_banking(), examples, scale, named=named)
        ours = _ranking(_found(base, asked, encoder), asked, truth)
        what = f"tickets, {examples} an intent{', labelled (router)' if named else ''}"
        yield from _beside(what, ours, _plain(base, asked, truth), encoder, goal)


def _strangers(encoder: Any, scale: float) -> Iterator[Figure]:  # noqa: ANN401 - needs torch
    told = json.loads((JOBS / "clinc150" / "train_val.json").read_text(encoding="utf-8"))
    others = [(text, "") for text, _ in (*told["oos_val"], *told["oos_train"])]
    for named in (False, True):
        base, asked, _ = _drawn(_by_label(told["train"]), 10, scale, named=named)
        found = _found(base, [*asked, *others], encoder)
        ours = np.array([one["confidence"] for one in found])
        texts = [one.title for one in base]
        theirs = _bm25(texts, [text for text, _ in (*asked, *others)]).max(axis=1)
        what = f"out of scope{', labelled' if named else ''}"
        areas = [_area(each[: len(asked)], each[len(asked) :]) for each in (ours, theirs)]
        yield _figure(f"{what}, area under ROC", areas[0], areas[1], "bm25s", 0.94)
        shares = [_refused(each[: len(asked)], each[len(asked) :]) for each in (ours, theirs)]
        yield _figure(f"{what}, refused at 90 %", shares[0], shares[1], "bm25s", 0.8)
        said = np.array([one["answerable"] for one in found])
        kept, refused = said[: len(asked)].mean(), 1 - said[len(asked) :].mean()
        yield _figure(f"{what}, covered at its own floor", kept, COVERAGE, "what is asked for")
        yield _figure(f"{what}, refused at its own floor", refused, 0.8, "what is asked for")


def _chinese(scale: float) -> Iterator[Figure]:
    """Look for a review by a clause of it, of which a third of the characters are missing."""
    rows = csv.DictReader(_lines("sentiment_zh/chnsenticorp_htl.csv"))
    texts = list(dict.fromkeys(row["review"] for row in rows))
    texts = [text for text in texts if 100 <= len(text) <= 800][: max(100, round(2500 * scale))]  # noqa: PLR2004 - a paragraph
    chance = random.Random(1)  # noqa: S311 - no secret
    asked = []
    for at in chance.sample(range(len(texts)), len(texts) // 5):
        clauses = [one for one in texts[at].replace("。", "，").split("，") if len(one) > 8]  # noqa: PLR2004 - a clause
        if clauses:
            left = "".join(one for one in chance.choice(clauses) if chance.random() > 1 / 3)
            asked.append((f"请问{left}吗？", str(at)))
    base = [Article(id=str(at), title="", text=text) for at, text in enumerate(texts)]
    truth = {one.id: one.id for one in base}
    ours = _ranking(_found(base, asked, None), asked, truth)
    bigrams = [_spaced(text) for text in texts]
    spaced = [(_spaced(text), name) for text, name in asked]
    theirs = _first(_bm25(bigrams, [text for text, _ in spaced]), list(truth), spaced)
    name = "Chinese, garbled clause to paragraph, no model"
    yield _figure(f"{name}, R@1", ours.at(1), theirs.at(1), "bm25s on bigrams")
    yield _figure(f"{name}, R@5", ours.at(5), theirs.at(5), "bm25s on bigrams")


def _speed(encoder: Callable[..., Any], scale: float) -> Figure:
    """Index and ask, ours and what the parts of it cost without us, in CPU seconds."""
    pool = [text for texts in _banking().values() for text in texts]
    number = min(len(pool), max(200, round(SPEED_DOCUMENTS * scale)))
    texts, asked = pool[:number], [(text, "") for text in pool[:100]]
    base = [Article(id=str(at), title=text, text="") for at, text in enumerate(texts)]
    ours = _cpu_s(lambda: _found(base, asked, encoder(kept=False)))

    def bare() -> None:
        model = encoder(kept=False)
        vectors = model.encoded(texts)
        scores = _bm25(texts, [text for text, _ in asked])
        for row, (text, _) in zip(scores, asked, strict=True):
            (vectors @ model.encoded([text])[0] + row).argsort()

    return Figure(
        what=f"index {number} documents and ask {len(asked)} times",
        unit="CPU s",
        ours=ours,
        peer=(theirs := _cpu_s(bare)),
        peer_is="bm25s and the bare model",
        goal=1.5 * theirs,
    )


def _large(scale: float) -> Figure:
    """Search many pieces whose vectors are drawn: the least CPU time of some searches."""
    number = max(1_000, round(LARGE * scale))
    chance = np.random.default_rng(1)
    words = [f"word{at}" for at in range(5_000)]
    drawn = chance.integers(0, len(words), (number, 12))
    pieces = [
        Chunk(str(at), " ".join(words[one] for one in row[:6]), "", _text(words, row), public=True)
        for at, row in enumerate(drawn)
    ]
    sides = [_drawn_vectors(chance, number) for _ in range(2)]
    index, meaning = Index(pieces), Meaning(sides[0], sides[1], 0.4, Fusion(weight=0.2))
    vector = _drawn_vectors(chance, 1)[0]
    index.by_meaning(pieces[0].title, vector, meaning, TOP)

    def ours() -> object:
        return index.by_meaning(pieces[0].title, vector, meaning, TOP)

    def bare() -> object:
        return np.argsort(-np.maximum(sides[0] @ vector, sides[1] @ vector))[:TOP]

    least = [min(_cpu_s(each) for _ in range(SEARCHES)) * 1000 for each in (ours, bare)]
    return Figure(
        what=f"search of {number} pieces, question and answer each",
        unit="CPU ms",
        ours=least[0],
        peer=least[1],
        peer_is="two products and a sort",
        goal=50.0,
    )


def _text(words: Sequence[str], row: NDArray[np.int64]) -> str:
    return " ".join(words[one] for one in row[6:])


def _drawn_vectors(chance: np.random.Generator, number: int) -> NDArray[np.float32]:
    rows = chance.standard_normal((number, WIDTH), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _found(base: Sequence[Article], asked: Sequence[Labelled], encoder: Any) -> list[Found]:  # noqa: ANN401 - needs torch
    """Put the articles into a base and ask, as `atelier kb` does."""

    async def answers(folder: Path) -> list[Found]:
        shelf = Shelf(Library(folder / FOLDER), encoder)
        await shelf.warm(BASE)
        queries = [Query(at, text) for at, (text, _) in enumerate(asked)]
        return [one async for one in search(shelf, queries, kb=BASE, top=TOP)]

    with TemporaryDirectory() as folder:
        Library(Path(folder) / FOLDER).add(BASE, base)
        return asyncio.run(answers(Path(folder)))


def _ranking(
    found: Sequence[Found], asked: Sequence[Labelled], truth: Mapping[str, str]
) -> Ranking:
    places = []
    for one, (_, label) in zip(found, asked, strict=True):
        right = [truth[hit["doc"]] == label for hit in one["hits"]]
        places.append(right.index(True) if True in right else -1)
    return Ranking(np.array(places))


def _beside(
    what: str,
    ours: Ranking,
    given: tuple[list[str], list[str], Sequence[Labelled]],
    encoder: Any,  # noqa: ANN401 - needs torch
    least: float | None = None,
) -> Iterator[Figure]:
    """Yield our figures beside both peers'."""
    texts, labels, asked = given
    questions = [text for text, _ in asked]
    words = _first(_bm25(texts, questions), labels, asked)
    cosines = asyncio.run(encoder.embed(questions)) @ asyncio.run(encoder.embed(texts)).T
    vectors = _first(cosines, labels, asked)
    for peer, peer_is in ((words, "bm25s"), (vectors, "bare MiniLM")):
        yield _figure(f"{what}, R@1", ours.at(1), peer.at(1), peer_is, least)
        yield _figure(f"{what}, R@5", ours.at(TOP), peer.at(TOP), peer_is)
        yield _figure(f"{what}, MRR@5", ours.reciprocal, peer.reciprocal, peer_is)


def _figure(
    what: str, ours: float, peer: float, peer_is: str, least: float | None = None
) -> Figure:
    return Figure(
        what=what, unit="0..1", ours=float(ours), peer=float(peer), peer_is=peer_is, least=least
    )


def _first(
    scores: NDArray[np.floating], labels: Sequence[str], asked: Sequence[Labelled]
) -> Ranking:
    best = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
    right = np.array(labels)[best] == np.array([label for _, label in asked])[:, None]
    return Ranking(np.where(right.any(axis=1), right.argmax(axis=1), -1))


def _bm25(texts: Sequence[str], questions: Sequence[str]) -> NDArray[np.float32]:
    """Return what bm25s says with its own way of cutting English into words."""
    ranking = bm25s.BM25()
    ranking.index(
        bm25s.tokenize(list(texts), stopwords="en", show_progress=False), show_progress=False
    )
    cut = bm25s.tokenize(list(questions), stopwords="en", return_ids=False, show_progress=False)
    known = ranking.vocab_dict
    asked = [[word for word in words if word in known] for words in cut]
    empty = np.zeros(len(texts), np.float32)
    return np.stack([ranking.get_scores(words) if words else empty for words in asked])


def _spaced(text: str) -> str:
    return " ".join(text[at : at + 2] for at in range(len(text) - 1))


def _plain(
    base: Sequence[Article], asked: Sequence[Labelled], truth: Mapping[str, str]
) -> tuple[list[str], list[str], Sequence[Labelled]]:
    return [one.title for one in base], [truth[one.id] for one in base], asked


def _drawn(
    sets: Mapping[str, list[str]], examples: int, scale: float, *, named: bool
) -> tuple[list[Article], list[Labelled], dict[str, str]]:
    """Return past tickets, others of the same labels to ask, and the label of each ticket."""
    chance = random.Random(1)  # noqa: S311 - no secret
    base: list[Article] = []
    asked: list[Labelled] = []
    truth: dict[str, str] = {}
    for label, texts in sorted(sets.items()):
        drawn = chance.sample(texts, min(len(texts), examples + ASKED_EACH))
        for at, text in enumerate(drawn[:examples]):
            base.append(
                Article(id=f"{label}:{at}", title=text, text="", label=label if named else "")
            )
            truth[base[-1].id] = label
        asked += [(text, label) for text in drawn[examples:]]
    return base, asked[:: max(1, round(1 / scale))], truth


def _banking() -> dict[str, list[str]]:
    rows = csv.DictReader(_lines("banking77/train.csv"))
    return _by_label([(row["text"], row["category"]) for row in rows])


def _by_label(pairs: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    sets: dict[str, list[str]] = defaultdict(list)
    for text, label in pairs:
        sets[label].append(text)
    return sets


def _lines(name: str) -> list[str]:
    file = JOBS / name
    if not file.exists():
        raise Skipped(f"{name} is not among the sets beside this folder.")
    return file.read_text(encoding="utf-8-sig").splitlines(keepends=True)


def _area(own: NDArray[np.floating], others: NDArray[np.floating]) -> float:
    """Return how often one of ours scores above one of the others; a tie counts half."""
    above = (own[:, None] > others).mean()
    return float(above + (own[:, None] == others).mean() / 2)


def _refused(own: NDArray[np.floating], others: NDArray[np.floating]) -> float:
    """Return the share of the others below what nine in ten of ours reach."""
    return float((others < np.quantile(own, 1 - COVERAGE)).mean())


def _cpu_s(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
