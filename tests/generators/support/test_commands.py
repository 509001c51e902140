import json
from pathlib import Path

import pytest

from generators.support.article import Article
from generators.support.commands import FOLDER, Query, Readers, add, queries, remove, search
from generators.support.library import Library
from generators.support.reading import UnreadableError
from generators.support.shelf import Shelf
from tests.generators.support.hashed import Hashed


def test_adding_says_what_was_taken(tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    file.write_text("id,question,answer\n1,Why?,So.\n2,,\n", encoding="utf-8")
    report = add([file, tmp_path / "none.md"], kb="shop", bases=Library(tmp_path / FOLDER))
    assert report.added == ("1",)
    assert len(report.skipped) == 2
    assert (tmp_path / "kb" / "shop.jsonl").exists()


@pytest.mark.parametrize("model", [None, Hashed()])
async def test_searching_prints_one_line_a_query(tmp_path: Path, model: Hashed | None) -> None:
    asked = [Query("q1", "How long is a gift card valid?"), Query("q2", "Who won the world cup?")]
    shelf = Shelf(Library(tmp_path / FOLDER), model)
    first, second = [found async for found in search(shelf, asked, kb="demo", top=3)]
    assert (first["id"], first["answerable"], first["hits"][0]["doc"]) == ("q1", True, "gift-cards")
    docs = [hit["doc"] for hit in first["hits"]]
    assert len(docs) == len(set(docs)) == 3
    scores = [hit["score"] for hit in first["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert (second["id"], second["answerable"]) == ("q2", False)
    assert 0 <= second["confidence"] < first["confidence"] <= 1
    json.dumps([first, second], allow_nan=False)


def test_queries_are_read_line_by_line() -> None:
    lines = ['{"id": 1, "query": "退货？"}', "", '{"id": "b", "query": "x"}']
    assert list(queries(lines)) == [Query(1, "退货？"), Query("b", "x")]


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', "null", '"x"'])
def test_a_broken_line_is_named(line: str) -> None:
    with pytest.raises(UnreadableError, match="line 2"):
        list(queries(['{"id": 1, "query": "x"}', line]))


def test_an_import_may_be_internal_and_kept_to_channels(tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    file.write_text("id,question,answer\n1,Why?,So.\n", encoding="utf-8")
    add(
        [file],
        kb="shop",
        bases=Library(tmp_path / FOLDER),
        readers=Readers(internal=True, channels=("C1",)),
    )
    (found,) = Library(tmp_path / FOLDER).articles("shop")
    assert (found.public, found.channels) == (False, ("C1",))
    seen: list[Path] = []
    assert add([file], kb="shop", bases=Library(tmp_path / FOLDER), seen=seen.append).replaced == (
        "1",
    )
    assert seen == [file]
    assert remove(["1"], kb="shop", bases=Library(tmp_path / FOLDER)) == ["1"]


async def test_an_operator_sees_everything_and_a_channel_its_own(tmp_path: Path) -> None:
    kept = Article(id="a", title="Secret handshake", text="Wave twice.", channels=("C1",))
    Library(tmp_path).add("shop", [kept, Article(id="b", title="Opening hours", text="Nine.")])
    shelf = Shelf(Library(tmp_path))
    asked = [Query(1, "secret handshake")]
    for shared, seen in ((None, True), (("C1",), True), (("C2",), False), ((), False)):
        (found,) = [one async for one in search(shelf, asked, kb="shop", shared=shared)]
        assert [hit["doc"] for hit in found["hits"]] == (["a"] if seen else [])


async def test_only_what_changed_is_embedded_again(tmp_path: Path) -> None:
    library, model = Library(tmp_path), Hashed()
    library.add(
        "shop", [Article(id="a", title="Red", text="x"), Article(id="b", title="退", text="y")]
    )
    await Shelf(Library(tmp_path), model).warm("shop")
    model.embedded.clear()
    library.add(
        "shop", [Article(id="a", title="Red", text="z"), Article(id="b", title="退", text="y")]
    )
    await Shelf(Library(tmp_path), model).warm("shop")
    assert model.embedded == ["z"]
