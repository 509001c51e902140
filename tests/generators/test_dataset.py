import json
from pathlib import Path

import pytest

from generators import dataset
from generators.dataset import DatasetError

RECORD = 'licence = "CC-BY-4.0"\nsource = "Our own tickets"\nconsent = "All authors, 2025-03-01"\n'


def folder(tmp_path: Path, record: str = RECORD, **files: list[dict[str, object]]) -> Path:
    tmp_path.joinpath("DATASET.toml").write_text(record, encoding="utf-8")
    for name, rows in files.items():
        lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
        tmp_path.joinpath(f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def talk(said: str = "好的 👍", **more: object) -> dict[str, object]:
    turns = [{"role": "user", "content": "？"}, {"role": "assistant", "content": said}]
    return {"messages": turns, **more}


def test_the_record_says_whose_the_rows_are(tmp_path: Path) -> None:
    found = dataset.record(folder(tmp_path))
    assert (found.licence, found.looked_at_by) == ("CC-BY-4.0", "")


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (RECORD.replace("CC-BY-4.0", ""), "does not say its licence"),
        (RECORD.replace("CC-BY-4.0", "unknown"), "does not say its licence"),
        (RECORD.replace("CC-BY-4.0", "CC-BY-NC-4.0"), "does not let a company"),
        (RECORD.split("consent", maxsplit=1)[0], "does not say its consent"),
        (RECORD.replace("Our own tickets", "未知"), "does not say its source"),
        ("licence = ", "cannot be read as TOML"),
    ],
)
def test_data_without_a_licence_or_consent_is_refused(
    tmp_path: Path, record: str, told: str
) -> None:
    with pytest.raises(DatasetError, match=told):
        dataset.record(folder(tmp_path, record))


def test_a_folder_without_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no DATASET\.toml"):
        dataset.record(tmp_path)


def test_conversations_have_their_thread_time_and_split(tmp_path: Path) -> None:
    train = [talk("one", thread="T1", time="2025-03-01T10:00:00+01:00"), talk(time="12.5")]
    rows = dataset.rows(folder(tmp_path, train=train, validation=[talk()]), "text")
    assert [row.held_out for row in rows] == [False, False, True]
    assert (rows[0].thread, rows[0].time_s, rows[1].time_s) == ("T1", 1740819600.0, 12.5)
    assert rows[2].turns[-1].content == "好的 👍"


@pytest.mark.parametrize(
    "row",
    [
        {"messages": []},
        {"messages": [{"role": "user", "content": "?"}] * 2},
        {"messages": [{"role": "boss", "content": "?"}, {"role": "assistant", "content": "!"}]},
        {"messages": "hello"},
        talk(" "),
        talk(time="yesterday"),
    ],
)
def test_what_is_no_conversation_is_named_by_its_line(
    tmp_path: Path, row: dict[str, object]
) -> None:
    with pytest.raises(DatasetError, match=r"talks\.jsonl:2"):
        dataset.rows(folder(tmp_path, talks=[talk(), row]), "text")


def test_pictures_have_their_captions(tmp_path: Path) -> None:
    tmp_path.joinpath("a.png").touch()
    rows = dataset.rows(
        folder(tmp_path, metadata=[{"file_name": "a.png", "text": "猫"}]), "captions"
    )
    assert (rows[0].caption, rows[0].picture) == ("猫", tmp_path.resolve() / "a.png")


@pytest.mark.parametrize("name", ["../secret.png", "gone.png", "DATASET.toml", ""])
def test_only_pictures_inside_of_the_folder_are_read(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "data"
    inner.mkdir()
    tmp_path.joinpath("secret.png").touch()
    with pytest.raises(DatasetError, match=r"metadata\.jsonl:1"):
        dataset.rows(folder(inner, metadata=[{"file_name": name, "text": "x"}]), "captions")


def test_bare_pictures_may_be_learned_from_without_words(tmp_path: Path) -> None:
    tmp_path.joinpath("validation").mkdir()
    tmp_path.joinpath("b.jpg").touch()
    tmp_path.joinpath("validation", "c.webp").touch()
    rows = dataset.rows(folder(tmp_path), "pictures")
    assert [row.held_out for row in rows] == [None, True]
    with pytest.raises(DatasetError, match="holds no rows"):
        dataset.rows(tmp_path, "captions")
