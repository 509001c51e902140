from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.sentences import language
from generators.support.article import Article
from generators.support.bases import LEARNT, NoSuchBase, demo
from generators.support.library import Library, replace_file
from generators.support.reading import Skipped


def one(name: str, text: str = "x") -> Article:
    return Article(id=name, title="t", text=text)


def test_what_is_added_is_there(tmp_path: Path) -> None:
    library = Library(tmp_path / "kb")
    report = library.add("shop", [one("a"), Skipped("b.md", "no"), one("b")])
    assert (report.added, report.replaced) == (("a", "b"), ())
    assert report.skipped == (Skipped("b.md", "no"),)
    assert library.articles("shop") == [one("a"), one("b")]
    assert library.names() == ["shop"]


def test_a_document_added_again_is_replaced_in_its_place(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add("shop", [one("a"), one("b")])
    report = library.add("shop", [one("a", "new"), one("c")])
    assert (report.added, report.replaced) == (("c",), ("a",))
    assert library.articles("shop") == [one("a", "new"), one("b"), one("c")]


def test_the_same_id_twice_in_one_import_is_said(tmp_path: Path) -> None:
    report = Library(tmp_path).add("shop", [one("a"), one("a", "second")])
    assert report.added == ("a",)
    assert "earlier" in report.skipped[0].why


def test_an_import_of_nothing_makes_no_base(tmp_path: Path) -> None:
    library = Library(tmp_path / "kb")
    library.add("shop", [Skipped("a", "no")])
    assert not (tmp_path / "kb").exists()
    assert library.names() == ["demo"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "a.b", "-a", "客服", "a" * 65, "a\n"])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoSuchBase):
        Library(tmp_path).add(name, [one("a")])
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_base_and_a_damaged_one_are_said(tmp_path: Path) -> None:
    with pytest.raises(NoSuchBase, match="no knowledge base named shop"):
        Library(tmp_path).articles("shop")
    (tmp_path / "shop.jsonl").write_text('{"id": 1', encoding="utf-8")
    with pytest.raises(NoSuchBase, match="cannot be read"):
        Library(tmp_path).articles("shop")


def test_the_stamp_changes_with_the_file(tmp_path: Path) -> None:
    library = Library(tmp_path)
    assert library.stamp("demo") == (0, 0)
    library.add("demo", [one("a")])
    before = library.stamp("demo")
    library.add("demo", [one("b")])
    assert library.stamp("demo") != before


def test_own_articles_take_the_place_of_the_demo(tmp_path: Path) -> None:
    library = Library(tmp_path)
    assert len(library.articles("demo")) == len(demo())
    library.add("demo", [one("mine")])
    assert library.articles("demo") == [one("mine")]


def test_what_was_learnt_stands_beside_the_demo_until_there_is_a_base(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add(LEARNT, [Article(id="reply-1", title="可以退货吗？", text="可以。")])
    assert library.names() == ["demo", LEARNT]
    assert library.articles("demo") == demo()
    library.add("help", [Article(id="1", title="a", text="b")])
    assert library.names() == ["help", LEARNT]


def test_the_demo_is_in_two_languages_and_partly_internal() -> None:
    articles = demo()
    assert len({article.id for article in articles}) == len(articles)
    spoken = [article.language for article in articles]
    assert (spoken.count("en"), spoken.count("zh")) == (23, 7)
    assert [article.id for article in articles if not article.public] == ["escalation"]
    assert all(language(article.text) == article.language for article in articles)


def test_a_crash_while_writing_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_number: int) -> None:
        raise OSError("disk full")

    file = tmp_path / "a"
    replace_file(file, b"old")
    monkeypatch.setattr("os.fsync", failing)
    with pytest.raises(OSError, match="disk full"):
        replace_file(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


@settings(max_examples=30)
@given(text=st.text(st.characters(codec="utf-8")))
def test_any_text_survives_storage(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    library = Library(tmp_path_factory.mktemp("kb"))
    library.add("shop", [one("a", text), one("b")])
    assert library.articles("shop")[0].text == text


def test_what_is_there_already_is_left_and_said(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add("shop", [one("a"), one("b")])
    stamp = library.stamp("shop")
    report = library.add("shop", [one("a")])
    assert (report.added, report.replaced, report.unchanged) == ((), (), ("a",))
    assert library.stamp("shop") == stamp


def test_a_changed_document_has_a_higher_version(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add("shop", [one("a"), one("b")])
    library.add("shop", [one("a", "new")])
    assert [(each.id, each.version) for each in library.articles("shop")] == [("a", 2), ("b", 1)]
    assert all(each.updated for each in library.articles("shop"))


def test_what_is_removed_is_gone_and_comes_back_newer(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add("shop", [one("a", "秘密 text"), one("b")])
    assert library.remove("shop", ["a", "none", "a"]) == ["a"]
    assert [each.id for each in library.articles("shop")] == ["b"]
    assert [(each.id, each.version) for each in library.removed("shop")] == [("a", 1)]
    assert "秘密" not in (tmp_path / "shop.jsonl").read_text(encoding="utf-8")
    assert library.add("shop", [one("a", "back")]).added == ("a",)
    assert library.articles("shop")[0].version == 2
    assert library.removed("shop") == []


def test_nothing_is_removed_from_a_base_that_is_not_there(tmp_path: Path) -> None:
    assert Library(tmp_path).removed("shop") == []
    with pytest.raises(NoSuchBase, match="no knowledge base named shop"):
        Library(tmp_path).remove("shop", ["a"])
    assert list(tmp_path.iterdir()) == []


def test_a_base_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generators.support.bases.BASE_MAX_DOCUMENTS", 2)
    library = Library(tmp_path)
    report = library.add("shop", [one("a"), one("b"), one("c")])
    assert (report.added, report.skipped[0].where) == (("a", "b"), "c")
    assert "full" in report.skipped[0].why
    assert library.add("shop", [one("a", "new")]).replaced == ("a",)


def test_channels_and_labels_survive_storage(tmp_path: Path) -> None:
    kept = Article(id="a", title="t", text="x", channels=("C1", "C2"), label="card")
    Library(tmp_path).add("shop", [kept])
    assert Library(tmp_path).articles("shop") == [kept]


def test_two_imports_at_once_lose_nothing(tmp_path: Path) -> None:
    names = [f"{number}" for number in range(12)]

    def added(name: str) -> None:
        Library(tmp_path).add("shop", [one(name)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(added, names))
    assert {each.id for each in Library(tmp_path).articles("shop")} == set(names)
