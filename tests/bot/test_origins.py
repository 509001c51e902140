"""What is said of where a picture is from: what its file says, and no more."""

import json

import pytest

from bot.marking import told
from bot.origins import Origins
from generators.draft import Line, Request, Text
from generators.tools import Tools
from moderation.provenance.marks import Kind, Origin, mark
from tests.asking import drafts, request
from tests.generators.test_pictures import saved, scene

PNG = saved(scene(side=64))
DETAILS = {"prompt": "a <fox>\n狐狸 🦊", "seed": "7", "model": "m", "time": "2026-11-30T09:00:00Z"}


async def said(tools: Tools | None, *files: bytes, prompt: str = "Info") -> str:
    lines = tuple(Line("", json.dumps(told(file)), "") for file in files)
    asked: Request = request(prompt, context=lines)
    (draft,) = await drafts(Origins(tools), asked)  # pyrefly: ignore[bad-argument-type] - unused
    assert isinstance(draft.content, Text)
    return draft.content.body


def marked(kind: Kind = "made") -> bytes:
    origin = Origin(producer="Firm", model="m", number=255, kind=kind, details=DETAILS)
    return mark(PNG, origin).png


async def test_every_mark_is_told() -> None:
    body = await said(None, marked())
    for fact in ("Prompt: a <fox> 狐狸 🦊", "Seed: 7", "Size: 64x64", "Steps: the model's own",
                 "Model: m", "Request: req_000000ff", "Made at: 2026-11-30T09:00:00Z",
                 "Made by: Firm", "pixels: req_000000ff"):  # fmt: skip
        assert fact in body
    assert "A model made this picture" in body
    assert "种子: 7" in await said(None, marked(), prompt="图片信息")


@pytest.mark.parametrize(
    ("kind", "says"), [("composite", "changed a part"), ("enhanced", "without any model")]
)
async def test_a_persons_picture_is_not_said_to_be_a_models(kind: Kind, says: str) -> None:
    body = await said(None, marked(kind))
    assert says in body
    assert ("req_000000ff" in body) == (kind == "composite")


async def test_a_file_that_says_nothing_and_no_file_at_all() -> None:
    assert "says nothing" in await said(None, PNG)
    assert "no picture here" in await said(None)


async def test_of_a_sheet_each_picture_is_told() -> None:
    body = await said(None, marked(), PNG)
    assert "**1**" in body
    assert "**2**" in body
