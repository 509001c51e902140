"""The licensed sets as examples (their origins and licences: `docs/heads.md`).

Each set labels what it was made for; its labels are read no further than that.
"""

import csv
import gzip
import html
import json
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from training.examples import HARMLESS, Example, asked, said, without

LONGEST: Final = 900
"""Characters that are read of a text."""
_EDOS: Final[Mapping[str, tuple[str, ...]]] = {
    "1.1": ("violence", "hate"),
    "1.2": ("hate", "violence"),
    "2.1": ("hate",),
    "2.2": ("hate", "harassment"),
    "2.3": ("hate",),
    "3.1": ("harassment",),
    "3.2": ("hate",),
    "4.1": ("hate", "harassment"),
    "4.2": ("hate",),
}
_RTP: Final[Mapping[str, str]] = {
    "identity_attack": "hate",
    "insult": "harassment",
    "threat": "violence",
    "sexually_explicit": "sexual",
    "severe_toxicity": "harassment",
    "profanity": "harassment",
}
_ASKED: Final[Mapping[str, Mapping[str, float]]] = {
    "malicious_uses": asked("illicit"),
    "information_hazard": asked(whole=0.6),
    "misinformation_harms": asked(whole=0.6),
    "discrimination_exclusion_toxicity_hateful_offensive": asked(whole=0.6),
}
_SNIPPETS: Final = {
    "amazonReviewSnippets": 0.6,
    "movieReviewSnippets": 0.6,
    "nytEditorialSnippets": 1.0,
    "tweets": 1.0,
}
_TURN: Final = re.compile(r"\[\d\d:\d\d\] <[^>]+> (.{8,})")
_SPEECH: Final = re.compile(r"\{\w+\}")
_HARMFUL: Final = 0.5


def licensed(data: Path, chance: random.Random) -> Iterator[Example]:
    """Yield every example of the folder's sets; some large sets in part."""
    for read in (_davidson, _edos, _rtp, _cold, _kdconv, _gptfuzz, _prompts):
        yield from read(data / "moderation", chance)
    for read in (_banking, _clinc, _irc, _qmsum, _snippets, _covid):
        yield from read(data / "jobs", chance)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _davidson(folder: Path, chance: random.Random) -> Iterator[Example]:
    for row in _rows(folder / "davidson_en.jsonl.gz"):
        text = re.sub(r"\bRT\b", " ", html.unescape(row["text"]))
        match row["label"]:
            case "hate":
                yield Example(text=text, source="davidson", labels=said("hate"))
            case "neither":
                yield Example(text=text, source="davidson", labels=HARMLESS)
            case _ if chance.random() < 0.35:  # noqa: PLR2004 - two thirds of the set are alike
                labels = said("harassment", whole=0.7)
                yield Example(text=text, source="davidson.offensive", labels=labels, weight=0.6)


def _edos(folder: Path, chance: random.Random) -> Iterator[Example]:
    for row in _rows(folder / "edos_en.jsonl.gz"):
        text = row["text"].replace("[USER]", "@user").replace("[URL]", "")
        if row["label"] != "none":
            categories = _EDOS.get(row["label"][:3], ())
            labels = said(*categories, whole=1.0 if categories else 0.6)
            yield Example(text=text, source="edos", labels=labels)
        elif chance.random() < 0.45:  # noqa: PLR2004 - no sexism is not yet harmless
            labels = without(HARMLESS, "hate", "harassment", "sexual", "violence", "self_harm")
            yield Example(text=text, source="edos", labels=labels, weight=0.4)


def _rtp(folder: Path, _chance: random.Random) -> Iterator[Example]:
    for row in _rows(folder / "rtp_toxic_en.jsonl.gz"):
        yield Example(text=row["text"], source="rtp", labels=said(_RTP[row["label"]]))


def _cold(folder: Path, _chance: random.Random) -> Iterator[Example]:
    for name in ("cold_zh_train", "cold_zh_dev"):
        for row in _rows(folder / f"{name}.jsonl.gz"):
            harmless = without(HARMLESS, "harassment", "sexual", "violence", "self_harm")
            labels = said("hate") if row["unsafe"] else harmless
            yield Example(text=row["text"], source=f"cold.{row['topic']}", labels=labels)


def _kdconv(folder: Path, _chance: random.Random) -> Iterator[Example]:
    for row in _rows(folder / "chat_zh_kdconv_dev.jsonl.gz"):
        yield Example(text=row["text"], source="kdconv", labels=HARMLESS)


def _gptfuzz(folder: Path, _chance: random.Random) -> Iterator[Example]:
    for row in _rows(folder / "gptfuzz_responses_train.jsonl.gz"):
        labels = {"content.illicit": 1.0} if row["unsafe"] else HARMLESS
        text = row["text"][:LONGEST]
        yield Example(text=text, source="gptfuzz", labels=labels, weight=0.7)


def _prompts(folder: Path, _chance: random.Random) -> Iterator[Example]:
    for row in _rows(folder / "donotanswer_en.jsonl.gz"):
        if row["label"] in _ASKED:
            labels = _ASKED[row["label"]]
            yield Example(text=row["text"], source="donotanswer", labels=labels)
    for row in _rows(folder / "harmbench_prompts_en.jsonl.gz"):
        yield Example(text=row["text"], source="harmbench", labels=asked("illicit"))


def _some(
    texts: Iterator[str], source: str, share: float, chance: random.Random
) -> Iterator[Example]:
    for text in texts:
        if text and chance.random() < share:
            yield Example(text=text[:LONGEST], source=source, labels=HARMLESS)


def _banking(folder: Path, chance: random.Random) -> Iterator[Example]:
    with (folder / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        texts = (row["text"] for row in csv.DictReader(file))
        yield from _some(texts, "banking77", 0.4, chance)


def _clinc(folder: Path, chance: random.Random) -> Iterator[Example]:
    splits = json.loads((folder / "clinc150" / "train_val.json").read_text(encoding="utf-8"))
    texts = (text for split in splits.values() for text, _ in split)
    yield from _some(texts, "clinc150", 0.35, chance)


def _irc(folder: Path, chance: random.Random) -> Iterator[Example]:
    for file in sorted((folder / "irc" / "data").rglob("*.raw.txt")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        turns = (match[1].strip() for line in lines if (match := _TURN.match(line)))
        yield from _some(turns, "irc", 0.6, chance)


def _qmsum(folder: Path, chance: random.Random) -> Iterator[Example]:
    for line in (folder / "qmsum" / "val.jsonl").read_text(encoding="utf-8").splitlines():
        meeting = json.loads(line)
        turns = (_SPEECH.sub("", turn["content"]) for turn in meeting["meeting_transcripts"])
        yield from _some((turn for turn in turns if len(turn) > 30), "qmsum", 0.4, chance)  # noqa: PLR2004 - more than an interjection
        queries = (*meeting["general_query_list"], *meeting["specific_query_list"])
        yield from _some((query["answer"] for query in queries), "qmsum", 1.0, chance)


def _snippets(folder: Path, chance: random.Random) -> Iterator[Example]:
    for name, share in _SNIPPETS.items():
        file = folder / "sentiment_en" / f"{name}.tsv"
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        texts = (parts[2] for line in lines if len(parts := line.split("\t")) > 2)  # noqa: PLR2004 - id, rating, text
        yield from _some(texts, name, share, chance)


def _covid(folder: Path, chance: random.Random) -> Iterator[Example]:
    file = folder / "covidqa" / "faq_covidbert.csv"
    with file.open(encoding="utf-8", errors="replace", newline="") as lines:
        rows = list(csv.DictReader(lines))
    texts = (row[column] for row in rows for column in ("question", "answer"))
    yield from _some(texts, "covidqa", 1.0, chance)
