import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.knowledge import embedded, kb
from bot.settings import EngineSettings, load
from generators.support.article import Article
from generators.support.library import Library
from tests import fake_engine


def run(*given: str) -> tuple[int, str, str]:
    told = CliRunner().invoke(kb, list(given))
    return told.exit_code, told.stdout, told.stderr


def test_documents_go_in_and_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "faq.csv"
    file.write_text("id,question,answer\n1,退货？,So.\n1,b,c\n2,,\n", encoding="utf-8")
    here = ("--kb", "shop", "--data", str(tmp_path / "data"))
    code, told, skipped = run("add", str(file), *here, "--internal", "--channel", "C1")
    assert (code, told) == (0, "shop: 1 added, 0 replaced, 2 skipped\n")
    assert "faq.csv, id 1: the same id stood earlier" in skipped
    assert "faq.csv:4: neither a question nor an answer" in skipped
    same = run("add", str(file), *here, "--internal", "--channel", "C1")
    assert same[1].startswith("shop: 0 added, 0 replaced, 1 unchanged")
    code, told, skipped = run("remove", "1", "9", *here)
    assert (code, told) == (0, "shop: 1 removed\n")
    assert skipped == "Skipped 9: there is no document of this id\n"
    assert run("remove", "1", *here)[0] == 1


def test_an_import_of_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, skipped = run("add", str(tmp_path / "none.md"), "--data", str(tmp_path / "data"))
    assert code == 1
    assert "No such file" in skipped


async def test_what_was_added_is_embedded_at_once_where_an_engine_is(tmp_path: Path) -> None:
    Library(tmp_path / "kb").add("shop", [Article(id="1", title="Refunds", text="退款需要5天。")])
    async with fake_engine.running() as engine:
        named = load(data=tmp_path, engine=EngineSettings(url=engine.url))
        assert await embedded(named, "shop")
        count = len(engine.asked)
        assert {path for path, _ in engine.asked} == {"/v1/embeddings"}
        assert await embedded(named, "shop")
        assert len(engine.asked) == count  # the vectors are kept
        engine.fault = "status"
        Library(tmp_path / "kb").add("shop", [Article(id="2", title="Parcels", text="Lost.")])
        assert not await embedded(named, "shop")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert not await embedded(load(data=tmp_path, engine=EngineSettings(port=port)), "shop")
