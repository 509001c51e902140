"""How often ordinary talk is taken for something else, on text that the checks were not written on.

The texts are not part of the repository: public chat and service corpora beside it.
"""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import pytest

from generators.draft import Text
from moderation.checks import standard
from moderation.policy import Direction

DATA = Path(__file__).parents[3] / "../shared/data"
LINES = 2000
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not DATA.is_dir(), reason="the public corpora are not beside here"),
]


def customers() -> list[str]:
    with (DATA / "jobs/banking77/train.csv").open(encoding="utf-8") as rows:
        return [row[0] for row in islice(csv.reader(rows), LINES)]


def assistants() -> list[str]:
    sets = json.loads((DATA / "jobs/clinc150/train_val.json").read_text(encoding="utf-8"))
    said = [text for rows in sets.values() for text, _ in rows]
    return said[:: max(1, len(said) // LINES)]


def chinese() -> list[str]:
    with gzip.open(DATA / "moderation/chat_zh_kdconv_dev.jsonl.gz", "rt", encoding="utf-8") as rows:
        return [json.loads(row)["text"] for row in islice(rows, LINES)]


def found(texts: Sequence[str]) -> Counter[str]:
    return Counter(
        finding.category
        for text in texts
        for check in standard()
        for finding in check.inspect(Text(text), Direction.OUTPUT)
        if finding.score >= 0.5
    )


@pytest.mark.parametrize("talk", [customers, assistants, chinese])
def test_hardly_anything_in_ordinary_talk_is_a_secret_or_personal(
    talk: Callable[[], list[str]],
) -> None:
    texts = talk()
    seen = found(texts)
    telephones = sum("电话" in text for text in texts)  # given out as what was asked for
    assert seen.pop("pii.phone", 0) <= telephones
    assert seen.total() <= 0.002 * len(texts), seen
