from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, text

from bot.erasing import _unlearnt
from bot.ledger.bases import StoredBases
from bot.ledger.database import connect, opened
from bot.ledger.keeping import carry
from bot.ledger.schema import upgrade
from bot.ledger.vectors import VectorTable, extended
from generators.support.article import Article
from generators.support.bases import Bases, BasesUnreachable, Matrix, NoSuchBase, Removed
from generators.support.fields import Skipped
from generators.support.index import Elsewhere, Hit
from generators.support.library import Library
from generators.support.shelf import Shelf
from tests.bot.databases import served_only
from tests.bot.postgres import Cluster
from tests.generators.support.hashed import Hashed

QUESTIONS = (
    "How long does a refund take?",
    "礼品卡多久有效？",
    "Is the tent waterproof? 🏕️",
    "\uff52\uff45\uff46\uff55\uff4e\uff44",  # "refund" in full width
)


def one(name: str, said: str = "x", **given: object) -> Article:
    return Article(id=name, title="t", text=said, **given)  # pyrefly: ignore[bad-argument-type]


@pytest.fixture
def engine(db: str) -> Iterator[Engine]:
    with opened(db) as made:
        yield made


def test_both_places_keep_everything_of_an_article(engine: Engine, tmp_path: Path) -> None:
    odd = one(
        "退/货 🛶\0" + "a" * 4_000, "שלום\u2028\0b", channels=("C1",), public=False, label="l"
    )
    for bases in (StoredBases(engine), Library(tmp_path)):
        kept: Bases = bases
        report = kept.add("shop", [odd, Skipped("b.md", "no"), one("b"), one("b", "again")])
        assert (report.added, len(report.skipped)) == ((odd.id, "b"), 2)
        assert kept.add("shop", [one("b", "new"), odd]).unchanged == (odd.id,)
        assert kept.remove("shop", [odd.id, "none", odd.id]) == [odd.id]
        assert kept.add("shop", [one("c"), odd]).added == ("c", odd.id)
        found = kept.articles("shop")
        assert found == [odd, one("b", "new"), one("c")]
        assert [each.version for each in found] == [3 if kept.removed("shop") else 2, 2, 1]
        assert kept.names() == ["shop"]


def test_a_removed_document_leaves_its_version(engine: Engine) -> None:
    bases = StoredBases(engine)
    bases.add("shop", [one("a"), one("b")])
    bases.remove("shop", ["a"])
    (left,) = bases.removed("shop")
    assert (left.id, left.version) == ("a", 1)
    assert bases.articles("shop") == [one("b")]
    assert [type(each) for each in bases.entries("shop")] == [Removed, Article]


def test_what_is_not_there_is_said(engine: Engine) -> None:
    bases = StoredBases(engine)
    assert bases.names() == ["demo"]
    assert len(bases.articles("demo")) > 10
    assert (bases.has("demo"), bases.stamps(), bases.removed("shop")) == (
        False,
        {"demo": (0, 0)},
        [],
    )
    for asked in (bases.articles, bases.entries, partial(bases.remove, ids=["a"])):
        with pytest.raises(NoSuchBase, match="no knowledge base named shop"):
            asked("shop")
    for name in ("", "a/b", "客服"):
        with pytest.raises(NoSuchBase, match="letters"):
            bases.add(name, [one("a")])
    assert bases.add("shop", [Skipped("a", "no")]).added == ()
    assert not bases.has("shop")


def test_a_stamp_changes_with_what_is_in_a_base_and_with_nothing_else(engine: Engine) -> None:
    here, there = StoredBases(engine), StoredBases(engine)
    here.add("shop", [one("a")])
    here.add("other", [one("a")])
    before = there.stamps()
    here.add("shop", [one("a")])
    assert there.stamps() == before
    here.add("shop", [one("a", "new")])
    here.remove("other", ["none"])
    assert there.stamps("shop")["shop"] > before["shop"]
    assert there.stamps()["other"] == before["other"]


def test_a_base_has_its_limits(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generators.support.bases.BASE_MAX_DOCUMENTS", 2)
    bases = StoredBases(engine)
    bases.add("shop", [one("a")])
    report = bases.add("shop", [one("b"), one("c")])
    assert (report.added, report.skipped[0].where) == (("b",), "c")
    assert bases.add("shop", [one("a", "new")]).replaced == ("a",)
    bases.remove("shop", ["a"])
    assert bases.add("shop", [one("c")]).added == ("c",)
    monkeypatch.setattr("generators.support.bases.BASE_MAX_CHARS", 12)
    assert bases.add("shop", [one("c", "long enough")]).replaced == ()


def test_imports_at_once_lose_nothing(engine: Engine) -> None:
    def added(number: int) -> None:
        StoredBases(engine).add("shop", [one(str(number)), one("same", str(number))])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(added, range(8)))
    found = {each.id: each for each in StoredBases(engine).articles("shop")}
    assert found.keys() == {*map(str, range(8)), "same"}
    assert found["same"].version == 8


def test_an_import_that_fails_changes_nothing(engine: Engine) -> None:
    bases = StoredBases(engine)
    bases.add("shop", [one("a")])
    before = bases.stamps(), bases.entries("shop")
    with pytest.raises((UnicodeError, BasesUnreachable)):
        bases.add("shop", [one("b"), one("c", "half a pair \ud83d")])
    assert (bases.stamps(), bases.entries("shop")) == before


def test_a_database_that_is_gone_is_said() -> None:
    bases = StoredBases(connect("postgresql://127.0.0.1:9/none"))
    with pytest.raises(BasesUnreachable, match="cannot be used"):
        bases.names()


def test_bases_are_carried_with_versions_and_tombstones(engine: Engine, tmp_path: Path) -> None:
    folder, stored = Library(tmp_path / "a"), StoredBases(engine)
    folder.add("shop", [one("a", "退款", channels=("C1",)), one("b")])
    folder.add("shop", [one("b", "new")])
    folder.remove("shop", ["a"])
    assert list(carry(folder, stored)) == [("shop", 2)]
    assert list(carry(folder, stored)) == [("shop", -1)]
    back = Library(tmp_path / "b")
    assert list(carry(stored, back)) == [("shop", 2)]
    assert back.file("shop").read_bytes() == folder.file("shop").read_bytes()


def test_what_was_learnt_of_somebody_leaves_the_database(engine: Engine) -> None:
    bases = StoredBases(engine)
    bases.add("replies", [one("reply-1"), one("reply-2")])
    assert _unlearnt(bases, ["replies/reply-1", "replies/none", "gone/reply-1"]) == 1
    assert [each.id for each in bases.articles("replies")] == ["reply-2"]
    with engine.connect() as connection:
        held = connection.execute(text("SELECT entry FROM kb_article")).scalars().all()
    assert sum('"text"' in line for line in held) == 1


async def test_another_instance_sees_what_was_imported(engine: Engine) -> None:
    here, there = Shelf(StoredBases(engine)), Shelf(StoredBases(engine))
    here.bases.add("shop", [one("a", "Kayaks are green.")])
    assert (await there.search("kayaks", kb="shop"))[0].text == "Kayaks are green."
    here.bases.add("shop", [one("a", "Kayaks are blue.")])
    assert (await there.search("kayaks", kb="shop"))[0].text == "Kayaks are blue."


async def test_vectors_are_made_once_for_every_instance(engine: Engine) -> None:
    model = Hashed()
    await Shelf(StoredBases(engine), model).warm()
    made = len(model.embedded)
    await Shelf(StoredBases(engine), model).warm()
    assert len(model.embedded) == made > 0


async def test_the_vectors_of_texts_that_are_gone_go(engine: Engine) -> None:
    bases, model = StoredBases(engine), Hashed()
    bases.add("shop", [one("a", "Kayaks."), one("b", "Tents.")])
    await Shelf(bases, model).warm("shop")
    bases.remove("shop", ["a"])
    bases.add("shop", [one("c", "Stoves.")])
    await Shelf(bases, model).warm("shop")
    assert len(bases.rows("shop").read()) == 3  # of one title and two texts


@pytest.fixture
def extension(served: str, postgresql: Cluster) -> str:
    """A database whose server has pgvector."""
    if not postgresql.run("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"):
        pytest.skip("the PostgreSQL server here has no extension vector (the wheel pgserver has)")
    return served


def drawn(count: int, size: int = 384) -> dict[str, Matrix]:
    rows = np.random.default_rng(7).normal(size=(count, size)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return {f"{number:064x}": row for number, row in enumerate(rows)}


@served_only
def test_pgvector_compares_as_numpy_does(extension: str) -> None:
    rows = drawn(500)
    with opened(extension) as engine:
        bases, table = StoredBases(engine, asked_from=0), VectorTable(engine)
        assert table.ready()
        bases.rows("shop").write("m", rows)
        bases.rows("other").write("m", drawn(3, 8))  # of another base and size
        assert bits(bases.rows("shop").read()) == bits(rows)
        question = next(iter(drawn(1).values()))
        ask = bases.nearest(["shop"], "m", list(rows))
        assert ask is not None
        expected = np.stack(list(rows.values())) @ question
        np.testing.assert_allclose(ask(question), expected, atol=1e-6)
        assert ask(question).argsort()[-9:].tolist() == expected.argsort()[-9:].tolist()
        assert bases.nearest(["shop"], "n", list(rows)) is None
        bases.rows("shop").write("m", drawn(9))
        with pytest.raises(BasesUnreachable, match="meanwhile"):
            ask(question)


def bits(rows: Mapping[str, Matrix]) -> dict[str, bytes]:
    return {key: row.tobytes() for key, row in rows.items()}


@served_only
def test_vectors_from_before_the_extension_are_taken_over(extension: str) -> None:
    rows = drawn(5)
    with opened(extension) as engine:
        with engine.begin() as connection:
            for key, row in rows.items():
                given = {"key": key, "row": row.tobytes()}
                connection.execute(PLAIN, given)
        bases = StoredBases(engine, asked_from=0)
        assert bits(bases.rows("shop").read()) == bits(rows)
        ask = bases.nearest(["shop"], "m", list(rows))
        assert ask is not None
        np.testing.assert_allclose(ask(rows[f"{2:064x}"])[2], 1, atol=1e-6)
        assert bits(bases.rows("shop").read()) == bits(rows)


PLAIN = text("INSERT INTO kb_vector (base, key, model, row) VALUES ('shop', :key, 'm', :row)")


@served_only
async def test_the_demo_base_is_answered_alike_by_pgvector_and_by_numpy(extension: str) -> None:
    with opened(extension) as engine:
        bases, model = StoredBases(engine, asked_from=0), Hashed()
        here = Shelf(StoredBases(engine), model)
        there = Shelf(bases, model)
        kept = one("kept", "A refund takes five days, say the colleagues.", channels=("C1",))
        bases.add("replies", [kept])  # the demo is searched beside it
        for question in QUESTIONS:
            for shared in ((), ("C1",), None):
                given = {"top": 8, "shared": shared}
                by_numpy = await here.search(question, **given)
                by_pgvector = await there.search(question, **given)
                assert alike(by_numpy, by_pgvector)
                assert (here.mode, there.mode) == ("meaning", "meaning")
                told = {hit.doc for hit in by_pgvector}
                assert "kept" not in told or shared != ()
        (base,) = there._bases.values()
        assert all(isinstance(each, Elsewhere) for each in base.meanings.values())


def alike(ours: list[Hit], theirs: list[Hit]) -> bool:
    assert [hit.position for hit in ours] == [hit.position for hit in theirs]
    for left, right in zip(ours, theirs, strict=True):
        assert left.doc == right.doc
        assert left.score == pytest.approx(right.score, abs=1e-5)
        assert left.confidence == pytest.approx(right.confidence, abs=1e-5)
    return bool(ours)


@served_only
async def test_words_are_searched_while_vectors_are_made_anew(extension: str) -> None:
    with opened(extension) as engine:
        bases = StoredBases(engine, asked_from=0)
        shelf = Shelf(bases, Hashed())
        await shelf.search("refund")
        bases.rows("demo").write("hashed", {})
        assert (await shelf.search("refund"), shelf.mode)[1] == "words"
        assert (await shelf.search("refund"), shelf.mode)[1] == "meaning"


@served_only
def test_without_the_extension_numpy_compares(served: str) -> None:
    with opened(served) as engine:
        is_used, told = extended(engine)
        assert ("pgvector" in told) == is_used
        assert ("numpy" in told) != is_used
        bases = StoredBases(engine, asked_from=0)
        bases.rows("shop").write("m", drawn(3))
        assert bits(bases.rows("shop").read()) == bits(drawn(3))
        assert bases.asks(1) == is_used


@served_only
def test_a_role_that_may_not_extend_keeps_bytes(extension: str, postgresql: Cluster) -> None:
    del extension  # the server has it, and this role may not use it
    url = postgresql.new("refused")
    with opened(url) as engine:
        upgrade(engine)
    postgresql.run(
        "CREATE ROLE plain LOGIN",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO plain",
        "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO plain",
        database="refused",
    )
    with opened(url.replace("atelier@", "plain@")) as engine:
        is_used, told = extended(engine)
        assert (is_used, "refused" in told) == (False, True)
        bases = StoredBases(engine, asked_from=0)
        bases.rows("shop").write("m", drawn(3))
        assert bits(bases.rows("shop").read()) == bits(drawn(3))
        assert not bases.asks(1)


def test_a_file_has_no_extension(file: Path) -> None:
    with opened(f"sqlite:///{file}") as engine:
        assert extended(engine)[0] is False
