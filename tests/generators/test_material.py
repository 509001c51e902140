from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators import material
from generators.dataset import DatasetError, Record, Row, Turn
from generators.material import Summary

TOLD = Summary(record=Record("MIT", "ours", "all"), source_sha256="a", left_out={"harm.insult": 2})


def row(number: int, **more: object) -> Row:
    turns = (Turn("user", f"问题 {number}"), Turn("assistant", "👍"))
    return Row(place=f"a:{number}", turns=turns, **more)  # pyrefly: ignore[bad-argument-type] - fields


@given(st.lists(st.sampled_from(["", "T1", "T2", "T3"]), min_size=2), st.integers(0, 9))
def test_no_thread_is_half_held_out(threads: list[str], seed: int) -> None:
    rows = [row(number, thread=thread) for number, thread in enumerate(threads)]
    if len(set(threads)) == 1 and threads[0]:
        with pytest.raises(DatasetError, match="cannot be parted"):
            material.split(rows, seed)
        return
    learned, held, _ = material.split(rows, seed)
    assert sorted(one.place for one in (*learned, *held)) == sorted(one.place for one in rows)
    both = {one.thread for one in learned} & {one.thread for one in held}
    assert both <= {""}


def test_where_all_have_a_time_the_latest_are_held_out() -> None:
    rows = [row(number, time_s=float(-number)) for number in range(20)]
    learned, held, how = material.split(rows, 1)
    assert (how, [one.place for one in held]) == ("time", ["a:0", "a:1"])
    assert len(learned) == 18


def test_what_files_say_counts_more() -> None:
    rows = [row(0, held_out=True, time_s=0.0), row(1, held_out=False), row(2)]
    learned, held, how = material.split(rows, 1)
    assert (how, [one.place for one in held], len(learned)) == ("given", ["a:0"], 2)


def test_what_was_let_in_comes_back(tmp_path: Path) -> None:
    picture = tmp_path / "pictures" / material.picture_name(b"png")
    picture.parent.mkdir()
    picture.write_bytes(b"png")
    drawn = Row(place="b", caption="猫", picture=picture)
    material.write(tmp_path, [row(1, thread="T", time_s=1.0)], [drawn], TOLD)
    found = material.read(tmp_path)
    assert found.learned[0].turns == row(1).turns
    assert (found.held_out[0].picture, found.held_out[0].caption) == (picture, "猫")
    assert found.summary.left_out == {"harm.insult": 2}


def test_rows_that_changed_after_they_were_judged_are_refused(tmp_path: Path) -> None:
    material.write(tmp_path, [row(1)], [row(2)], TOLD)
    lines = tmp_path / "data.jsonl"
    lines.write_text(lines.read_text(encoding="utf-8").replace("👍", "👎"), encoding="utf-8")
    with pytest.raises(DatasetError, match="changed since it was judged"):
        material.read(tmp_path)


def test_a_picture_that_changed_after_it_was_judged_is_refused(tmp_path: Path) -> None:
    picture = tmp_path / "pictures" / material.picture_name(b"png")
    picture.parent.mkdir()
    picture.write_bytes(b"another")
    material.write(tmp_path, [Row(place="b", picture=picture)], [row(2)], TOLD)
    with pytest.raises(DatasetError, match="changed since it was judged"):
        material.read(tmp_path)


def test_a_folder_is_for_one_data_set(tmp_path: Path) -> None:
    assert material.kept(tmp_path, "a") is None
    material.write(tmp_path, [row(1)], [row(2)], TOLD)
    assert material.kept(tmp_path, "a") == material.read(tmp_path)
    with pytest.raises(DatasetError, match="other data"):
        material.kept(tmp_path, "b")
