import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from bot.__main__ import command_line
from bot.marking import Marking, ProvenanceRefused, signer_for
from bot.provenance import Provenance
from bot.settings import SettingsError
from bot.sheets import Sheets
from generators.draft import (
    Content,
    Cost,
    Destination,
    Draft,
    Drawn,
    Grid,
    Illustrated,
    Image,
    Request,
    Text,
    UserId,
)
from moderation.provenance.marks import read
from tests.moderation.provenance.pictures import file, picture

ATELIER = command_line("provenance")
REQUEST = Request(
    id=UUID(int=0xABCD1234 << 96),
    verb="imagine",
    prompt="a fox",
    user=UserId("U1"),
    reply_to=Destination(channel="C1"),
)


@dataclass
class Fixed:
    """Answers with one content, and knows whether it was closed."""

    content: Content
    closed: list[bool] = field(default_factory=list)

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        try:
            yield Draft(request=request, content=self.content, cost=Cost(model="painter"))
            yield Draft(request=request, content=self.content, cost=Cost(model="painter"))
        finally:
            self.closed.append(True)


def marking(content: Content) -> Marking:
    return Marking(inner=Fixed(content), producer="Firm", signer=None)


async def test_every_picture_carries_its_requests_name() -> None:
    content = Image(file(picture("clouds", 64)), alt="a fox", seed=3)
    made = [draft.content async for draft in marking(content).drafts(REQUEST)]
    assert len(made) == 2
    for each in made:
        assert isinstance(each, Image)
        assert read(each.png).watermark == REQUEST.name == "req_abcd1234"
        assert (each.alt, each.seed) == ("a fox", 3)


async def test_every_picture_of_a_grid_and_its_sheet_carry_it_too() -> None:
    cell = Image(file(picture("clouds", 64)), alt="a fox", seed=3)
    *_, draft = [one async for one in marking(Grid((cell, None), "a fox")).drafts(REQUEST)]
    assert isinstance(draft.content, Grid)
    sheet = Sheets(producer="Firm", signer=None)(draft, draft.content)
    for png in (sheet.png, *(one.png for one in sheet.pictures)):
        assert read(png).watermark == REQUEST.name
    assert "2: not shown" in sheet.alt


async def test_the_picture_beside_words_says_which_model_made_it() -> None:
    beside = Image(file(picture("clouds", 64)), "a fox", 3, Drawn(model="tiny-image"))
    *_, draft = [one async for one in marking(Illustrated("words", beside)).drafts(REQUEST)]
    assert isinstance(draft.content, Illustrated)
    assert draft.content.picture is not None
    found = read(draft.content.picture.png)
    assert found.watermark == REQUEST.name
    assert "tiny-image" in str(found)


@pytest.mark.parametrize("content", [Text("words"), Image(b"no picture", alt="a fox")])
async def test_what_is_no_picture_goes_on_as_it_is(content: Content) -> None:
    made = [draft.content async for draft in marking(content).drafts(REQUEST)]
    assert made == [content, content]


async def test_closing_it_closes_the_generator() -> None:
    inner = Fixed(Text("words"))
    drafts = Marking(inner=inner, producer="Firm", signer=None).drafts(REQUEST)
    await anext(drafts)
    await drafts.aclose()  # type: ignore[attr-defined] # pyrefly: ignore[missing-attribute] - a generator
    assert inner.closed == [True]


def test_half_a_key_pair_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("c2pa", reason="the extra provenance is not installed")
    with pytest.raises(ProvenanceRefused, match="neither"):
        signer_for(Provenance(certificate="chain.pem"), tmp_path)


def test_never_means_never(tmp_path: Path) -> None:
    assert signer_for(Provenance(sign="never"), tmp_path) is None
    assert not list(tmp_path.iterdir())


async def test_the_command_reads_back_what_was_marked(tmp_path: Path) -> None:
    content = Image(file(picture("clouds", 64)), alt="a fox")
    draft = await anext(marking(content).drafts(REQUEST))
    assert isinstance(draft.content, Image)
    path = tmp_path / "fox.png"
    path.write_bytes(draft.content.png)
    said = json.loads(CliRunner().invoke(ATELIER, ["provenance", str(path)]).stdout)
    assert (said["generated"], said["watermark"], said["file"]) == (True, "req_abcd1234", "fox.png")
    assert said["aigc"]["ContentProducer"] == "Firm"
    path.write_bytes(file(picture("clouds", 64)))
    said = json.loads(CliRunner().invoke(ATELIER, ["provenance", str(path)]).stdout)
    assert said["generated"] is False


@pytest.mark.parametrize("name", ["missing.png", "words.txt"])
def test_a_file_that_is_no_picture_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "words.txt").write_text("words")
    done = CliRunner().invoke(ATELIER, ["provenance", str(tmp_path / name)])
    assert isinstance(done.exception, SettingsError)
    assert name in str(done.exception)
