from pathlib import Path

import pytest

from bot.core import Core
from bot.ledger.ledger import Ledger
from bot.settings import load
from bot.terminal import answer
from bot.views.notices import Notice
from generators.draft import Image
from generators.model import Model
from generators.support.library import Library
from generators.support.shelf import Shelf
from moderation.gate import Gate
from moderation.policy import Action, Policy
from tests.bot.builders import Word, gate, rows
from tests.bot.line import Scripted

pytestmark = pytest.mark.thorough

PICTURE = Image(b"\x89PNG\r\n", "a red heart")


def parts(ledger: Ledger, tmp_path: Path, generator: Scripted, seals: Gate | None = None) -> Core:
    return Core(
        settings=load(data=tmp_path),
        gate=seals or gate(),
        ledger=ledger,
        writer=ledger._writer,
        keys=ledger._keys,
        generators={"ask": generator, "imagine": generator},
        shelf=Shelf(Library(tmp_path / "kb"), Model("http://127.0.0.1:9/v1")),
    )


async def test_an_answer_is_on_stdout_and_everything_else_is_not(
    ledger: Ledger, tmp_path: Path, db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    core = parts(ledger, tmp_path, Scripted(["Five days."]))
    assert await answer(core, "ask", "How long?", {})
    said = capsys.readouterr()
    assert said.out == "Five days.\n"
    assert Notice.WRITING.text("en") in said.err
    assert "tiny · req_" in said.err
    assert rows(db, 'SELECT state, "user" FROM request') == [("done", "operator")]


async def test_a_picture_is_in_the_file(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "heart.png"
    core = parts(ledger, tmp_path, Scripted([PICTURE]))
    assert await answer(core, "imagine", "a heart", {"seed": "7"}, file)
    assert file.read_bytes() == PICTURE.png


async def test_words_where_a_picture_was_wanted_are_no_answer(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "heart.png"
    core = parts(ledger, tmp_path, Scripted(["No picture model is installed."]))
    assert not await answer(core, "imagine", "a heart", {}, file)
    assert not file.exists()
    assert "No picture model" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "item"), [("forbidden", Notice.BLOCKED), ("doubtful", Notice.HELD)]
)
async def test_what_may_not_be_shown_is_not(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, item: Notice
) -> None:
    assert not await answer(parts(ledger, tmp_path, Scripted([text])), "ask", "why?", {})
    said = capsys.readouterr()
    assert said.out == ""
    assert item.text("en") in said.err
    assert text not in said.err


async def test_a_picture_that_is_held_is_not_written(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "heart.png"
    policy = Policy(output={"image": Action.HOLD}, input={"image": Action.ALLOW})
    seals = Gate([Word("heart", "image.unclassified")], policy)
    core = parts(ledger, tmp_path, Scripted([PICTURE]), seals)
    assert not await answer(core, "imagine", "a heart", {}, file)
    assert not file.exists()


async def test_the_operator_is_told_in_their_language(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await answer(parts(ledger, tmp_path, Scripted([""])), "ask", "为什么？", {})
    assert Notice.EMPTY.text("zh") in capsys.readouterr().err
