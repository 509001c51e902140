import gzip
import json
import random
from pathlib import Path

import pytest

from moderation.heads.model import OUTPUTS
from training import corpora
from training.calibrate import TALK, kept_apart
from training.examples import HARMLESS, Example, asked, said, without

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - no secret


def test_what_is_not_known_is_not_a_no() -> None:
    row = Example(text="x", source="s", labels=said("hate")).row()
    known = {name: row[at] for at, name in enumerate(OUTPUTS) if row[at] == row[at]}
    assert known == {"content": 1, "content.hate": 1}
    assert asked(whole=0.5) == {"request": 0.5}
    assert "content.hate" not in without(HARMLESS, "hate")


def test_a_tenth_is_kept_apart_by_its_words_alone() -> None:
    given = [Example(text=f"text {n}", source="s", labels=HARMLESS) for n in range(2000)]
    apart = [one.text for one in given if kept_apart(one)]
    assert 140 < len(apart) < 260
    other = [Example(text=one.text, source="t", labels={}) for one in given]
    assert [one.text for one in other if kept_apart(one)] == apart


def test_a_file_of_another_set_is_read_by_its_own_labels(tmp_path: Path) -> None:
    rows = [
        {"text": "one", "label": "hate"},
        {"text": "RT two &amp; three", "label": "neither"},
    ]
    folder = tmp_path / "moderation"
    folder.mkdir()
    with gzip.open(folder / "davidson_en.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    found = list(corpora._davidson(folder, seeded(1)))
    assert [one.labels for one in found] == [said("hate"), HARMLESS]
    assert found[1].text.split() == ["two", "&", "three"]


@pytest.mark.thorough
def test_every_licensed_set_is_read() -> None:
    if not DATA.exists():
        pytest.skip("the licensed sets are not beside this folder")
    found = list(corpora.licensed(DATA, seeded(1)))
    sources = {one.source for one in found}
    assert {"davidson", "edos", "rtp", "cold.race", "kdconv", "gptfuzz", "harmbench"} <= sources
    assert set().union(*TALK.values()) <= sources
    assert not any("sentiment_zh" in source for source in sources)
    assert all(one.text.strip() and len(one.text) <= 20_000 for one in found)
