"""Pictures that are changed in Slack: by buttons, in threads, with files, and deleted."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from tests.e2e.alone import alone
from tests.e2e.product import Json, atelier, commanded, final, form, ours, said
from tests.fake_engine import running
from tests.generators.test_pictures import saved, scene
from tests.painter import Painter
from workspace.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHOWN = '{"image": {"output": {"image.unclassified": "allow"}}}'
"""Nobody looks at pictures here, and what is painted is one colour."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Painter]:
    async with running(Painter()) as started:
        assert isinstance(started, Painter)
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edits")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack(engine: Painter, folder: Path) -> AsyncIterator[Client]:
    """Run a bot with that engine; at its end all that it showed must have been judged."""
    config = folder / "atelier.toml"
    config.write_text("slack_pacing = false\n", encoding="utf-8")
    more = {"ATELIER_CONFIG": str(config), "ATELIER_ENGINE__URL": engine.url}
    async with alone(folder, **more, ATELIER_POLICY__KIND=SHOWN) as started:
        yield started.slack


def names(message: Json) -> set[str]:
    """Return the requests that a message is of, as it names them."""
    return set(re.findall(r"req_[0-9a-f]{8}", said(message)))


async def drawn(slack: Client, prompt: str = "a red heart --size 64x64 --seed 7") -> Json:
    """Ask for a picture, and return its message once it has its buttons."""
    told = await commanded(slack, "/imagine", prompt)
    return await slack.wait_for(
        lambda m: m["ts"] == told["ts"] and acts(m), channel="general", user="ana"
    )


def acts(message: Json) -> bool:
    return any(block["type"] == "actions" for block in message.get("blocks") or ())


async def after(slack: Client, message: Json, act: Any, user: str = "ana") -> Json:
    """Do something, and return the first answer in the thread that is of no request so far."""
    thread_ts = message.get("thread_ts") or message["ts"]
    there = [message, *await slack.messages("general", thread_ts, user=user)]
    known = set().union(*map(names, there))
    await act
    return await slack.wait_for(
        lambda m: final(m) and bool(names(m) - known),
        channel="general",
        thread_ts=thread_ts,
        user=user,
    )


async def pressed(slack: Client, message: Json, label: str, user: str = "ana") -> Json:
    return await after(slack, message, press(slack, message, label, user), user)


async def press(slack: Client, message: Json, label: str, user: str = "ana") -> None:
    """Press the button, or choose the line of a menu, that has this label."""
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    where = {"channel": "general", "ts": message["ts"]}
    for element in (one for row in rows for one in row):
        for option in element.get("options", []):
            if option["text"]["text"] == label:
                where["selected_option"] = option
                break
        else:
            if element.get("text", {}).get("text") != label:
                continue
        assert (await slack.click(user, element["action_id"], **where))["acked"]
        return
    raise AssertionError(label)


def shows(message: Json) -> bool:
    return any(block["type"] == "image" for block in message["blocks"])


async def test_a_picture_is_varied_enlarged_drawn_anew_and_changed(
    slack: Client, engine: Painter
) -> None:
    picture = await drawn(slack)
    for label, prompt in (("Vary", "a red heart"), ("Upscale", "a red heart")):
        answer = await pressed(slack, picture, label)
        assert shows(answer), said(answer)
        assert engine.edits[-1][0]["prompt"] == prompt
    assert engine.edits[-1][0]["upscale"] == "2"
    again = await pressed(slack, picture, "Reroll")
    assert shows(again)
    bodies = [body for path, body in engine.asked if path.endswith("generations")]
    assert (bodies[-1]["prompt"], bodies[-1]["size"]) == ("a red heart", "64x64")
    assert bodies[-1]["seed"] != 7
    await press(slack, picture, "Edit…")
    view = await form(slack, "ana")
    values = {"words": {"words": {"value": "改成夜晚"}}}
    changed = await after(slack, picture, slack.submit("ana", view["id"], values))
    assert shows(changed)
    assert engine.edits[-1][0]["prompt"] == "a red heart, 改成夜晚"
    assert "单一颜色" in said(await pressed(slack, changed, "去除背景"))


async def test_words_in_its_thread_change_it_and_questions_stay_questions(
    slack: Client, engine: Painter, folder: Path
) -> None:
    picture = await drawn(slack, "一只猫 --size 64x64")
    here = {"thread_ts": picture["ts"]}
    night = slack.say("bo", "general", "@atelier make it night", **here)
    changed = await after(slack, picture, night)
    assert shows(changed), said(changed)
    assert engine.edits[-1][0]["prompt"] == "一只猫, make it night"
    query = "SELECT DISTINCT verb FROM usage WHERE request_id LIKE ?"
    assert asked_of(folder, query, changed) == [("retouch",)]
    first = slack.say("ana", "general", "@atelier 把第1张改成夜晚", **here)
    assert shows(await after(slack, picture, first))
    assert engine.edits[-1][0]["prompt"] == "一只猫, 把 改成夜晚"
    edits = len(engine.edits)
    asked = slack.say("ana", "general", "@atelier what is a refund?", **here)
    assert "Five days" in said(await after(slack, picture, asked))
    assert len(engine.edits) == edits


async def test_a_file_is_changed_and_a_mask_keeps_the_rest_as_it_is(
    slack: Client, engine: Painter
) -> None:
    photo = saved(scene(side=64), "JPEG", quality=95)
    sent = await slack.upload("ana", "general", "心.jpg", photo, text="@atelier make it night")
    answer = await slack.wait_for(final, channel="general", thread_ts=sent["ts"], user="ana")
    assert shows(answer), said(answer)
    assert engine.edits[-1][0]["prompt"] == "make it night"
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (16, 16, 48, 48))
    more = {"text": "@atelier a blue hat", "thread_ts": sent["ts"]}
    reply = slack.upload("ana", "general", "mask.png", saved(mask), **more)
    assert shows(await after(slack, answer, reply))
    hole = np.asarray(engine.edits[-1][1]["mask"].getchannel("A")) == 0
    assert np.array_equal(hole, np.asarray(mask) == 255)


async def test_each_bad_file_has_its_sentence(slack: Client, engine: Painter) -> None:
    edits = len(engine.edits)
    for name, data, says in (
        ("a.png", b"<!doctype html><title>Sign in</title>", "web page"),
        ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        ("b.png", saved(scene())[:-40], "breaks off"),
    ):
        sent = await slack.upload("ana", "general", name, data, text="@atelier make it night")
        answer = await slack.wait_for(final, channel="general", thread_ts=sent["ts"], user="ana")
        assert says in said(answer)
    assert len(engine.edits) == edits


async def test_a_file_tells_where_it_is_from(slack: Client) -> None:
    picture = await drawn(slack)
    await press(slack, picture, "Info", "bo")
    told = await whispered(slack, "Prompt: a red heart")
    for fact in ("Seed: 7", "Size: 64x64", "Model: tiny-image", f"Request: {named(picture)}"):
        assert fact in said(told)
    link = f"http://127.0.0.1/archives/C0GENERAL/p{picture['ts'].replace('.', '')}"
    assert (await slack.slash("bo", "general", "/imagine", f"信息 {link}"))["acked"]
    assert f"请求: {named(picture)}" in said(await whispered(slack, "提示词: a red heart"))
    sent = await slack.upload("ana", "general", "x.png", saved(scene()))
    await slack.shortcut("bo", "picture_source", "general", sent["ts"])
    await whispered(slack, "says nothing")


async def whispered(slack: Client, words: str) -> Json:
    """Return what only Bo was told, once it has these words."""
    told = await slack.wait_for(lambda m: words in said(m), channel="general", user="bo")
    assert told["is_ephemeral"]
    return told


def named(message: Json) -> str:
    (name,) = names(message)
    return name


async def test_two_presses_in_a_moment_are_one(slack: Client, folder: Path) -> None:
    picture = await drawn(slack)
    before = count(folder)
    await asyncio.gather(*(press(slack, picture, "Vary") for _ in range(3)))
    await pressed(slack, picture, "Upscale")
    assert count(folder) == before + 2


async def test_who_asked_deletes_it_and_nobody_else(slack: Client, folder: Path) -> None:
    picture = await drawn(slack)
    await press(slack, picture, "Delete", "bo")
    await whispered(slack, "Only who asked")
    await press(slack, picture, "Delete")
    async with asyncio.timeout(30):
        while picture["ts"] in {m["ts"] for m in await slack.messages("general") if ours(m)}:  # noqa: ASYNC110 - elsewhere
            await asyncio.sleep(0.05)
        while not await slack.calls("files.delete"):  # noqa: ASYNC110 - another process calls
            await asyncio.sleep(0.05)
    query = "SELECT outcome, notice FROM request WHERE id LIKE ?"
    assert asked_of(folder, query, picture) == [("deleted", "DELETED")]
    audited = atelier("audit", "--data", str(folder / "data"))
    assert audited.returncode == 0, audited.stdout + audited.stderr


def asked_of(folder: Path, query: str, message: Json) -> list[tuple[Any, ...]]:
    """Ask the ledger about the request that a message answers."""
    with closing(sqlite3.connect(folder / "data/atelier.db", timeout=30)) as database:
        return database.execute(query, (f"{named(message).removeprefix('req_')}%",)).fetchall()


def count(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "data/atelier.db", timeout=30)) as database:
        return int(database.execute("SELECT count(*) FROM request").fetchone()[0])
