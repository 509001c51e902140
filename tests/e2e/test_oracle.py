"""P2 from outside: everything anybody could see, judged again by who believes nobody.

The product runs by a `policy.toml` under which some answers are held and some are blocked.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.ledger.masters import MasterFile
from bot.processes import child
from bot.views.render import footer, pages
from generators.draft import Code
from tests.bot.builders import migrated
from tests.e2e.oracle import BOT, REVIEWERS, everything
from tests.e2e.product import (
    Json,
    Product,
    all_judged,
    answer,
    commanded,
    oracle_of,
    running,
    said,
)
from workspace.client import Client

POLICY = """
[input]
word = "allow"

[output]
word = "allow"
"word.doubtful" = "hold"
"word.forbidden" = "block"

[words.doubtful]
words = ["PayPal", "保修"]

[words.forbidden]
words = ["lilac"]
"""
SECRET = "ghp_" + "a1B2c3D4e5F6" * 3


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    pytest.importorskip("torch", reason="`atelier up` starts the engine, which needs torch")
    folder: Path = tmp_path_factory.mktemp("strict")
    file = folder / "policy.toml"
    file.write_text(POLICY, encoding="utf-8")
    more = {"ATELIER_POLICY_FILE": str(file), "ATELIER_ENGINE__EMBED_MODEL": ""}
    with running(folder / "data", **more) as started:
        yield started


@pytest.fixture
async def slack(strict: Product) -> AsyncIterator[Client]:
    async with Client(strict.url) as client:
        yield client


async def test_p2_every_string_that_anybody_could_see_was_judged(
    slack: Client, strict: Product
) -> None:
    held = said(await answer(slack, "general", "@atelier Can I pay with PayPal?"))
    assert "reviewer" in held
    blocked = said(await answer(slack, "general", "@atelier echo lilac"))
    assert "lilac" not in blocked
    for command, text in (
        ("/ask", "How long do refunds take?"),
        ("/imagine", "a cat"),
        ("/code", f"```\ntoken = '{SECRET}'\nprint('<!channel> & <b>')\n```"),
        ("/usage", ""),
        ("/digest", ""),
    ):
        await commanded(slack, command, text)
    await slack.slash("ana", "random", "/draft", f"Where is my order? {SECRET} a@b.example")
    await answer(slack, "random", "@atelier 退款需要多久？", user="chen")
    await answer(slack, "random", f"@atelier rewrite my token is {SECRET}")
    await strict.settled()
    shown = everything(slack.url)
    unjudged = oracle_of(strict.data).unjudged(shown)
    assert not unjudged, "\n".join(unjudged)
    assert len([entry for entry in shown if entry["payload"].get("user") == "U0ATELIER"]) > 20


LEAK = "nobody judged this 没有人审核"
FORMS: tuple[Json, ...] = (
    {"kind": "message", "payload": {"user": BOT, "text": LEAK}},
    {"kind": "message", "payload": {"user": BOT, "blocks": [{"alt_text": LEAK}]}},
    {"kind": "message", "payload": {"bot_id": "B1", "attachments": [{"fallback": LEAK}]}},
    {"kind": "message", "payload": {"user": BOT, "files": [{"mimetype": "x", "name": LEAK}]}},
    {"kind": "message", "payload": {"user": BOT, "blocks": [{"type": "task_card", "title": LEAK}]}},
    {"kind": "ephemeral", "payload": {"user": BOT, "text": LEAK}},
    {"kind": "home", "payload": {"type": "home", "blocks": [{"text": {"text": LEAK}}]}},
    {"kind": "view", "payload": {"title": {"text": LEAK}}},
    {"kind": "view", "payload": {"blocks": [{"element": {"initial_value": LEAK}}]}},
    {"kind": "status", "payload": {"status": LEAK}},
)


@pytest.mark.parametrize("entry", FORMS, ids=str)
def test_the_oracle_sees_what_nobody_judged_in_every_form(strict: Product, entry: Json) -> None:
    assert oracle_of(strict.data).unjudged([entry]) == [LEAK]


def test_the_oracle_sees_bytes_that_nobody_judged(strict: Product) -> None:
    payload = {"user": BOT, "mimetype": "image/png", "name": "picture.png"}
    leaked = {"kind": "file", "payload": payload, "sha256": "0" * 64}
    assert oracle_of(strict.data).unjudged([leaked]) == [f"sha256:{'0' * 64}"]


async def test_the_oracle_sees_what_is_not_exactly_what_was_judged(
    slack: Client, strict: Product
) -> None:
    await answer(slack, "random", "@atelier How long do refunds take?")
    held = said(await answer(slack, "random", "@atelier Can I pay with PayPal?"))
    assert "reviewer" in held
    oracle, shown = oracle_of(strict.data), everything(slack.url)
    texts = {str(entry["payload"].get("text")) for entry in shown if entry["channel"] != REVIEWERS}
    real = next(text for text in texts if "7 business days" in text)
    for leaked in (real[1:], f"{real}.", real.replace("7", "9"), real.upper()):
        assert oracle.unjudged([_posted(leaked)]) == [leaked]
    card = next(
        text
        for entry in shown
        if entry["channel"] == REVIEWERS
        for block in entry["payload"].get("blocks") or ()
        if "PayPal" in (text := str((block.get("text") or {}).get("text", "")))
    )
    assert oracle.unjudged([_posted(card, REVIEWERS)]) == []
    assert oracle.unjudged([_posted(card)]) == [card]


def test_what_is_said_of_code_is_ours(strict: Product) -> None:
    content = Code(source="x = 1", language="python", state="unchecked")
    (page,) = pages(content, footer("AI-generated", "req_0a1b2c3d"))
    entry = {"kind": "message", "payload": {"user": BOT, "blocks": page.blocks[1:]}}
    assert oracle_of(strict.data).unjudged([entry]) == []


async def test_people_may_say_what_they_like(slack: Client, strict: Product) -> None:
    await slack.say("ana", "random", LEAK)
    assert oracle_of(strict.data).unjudged(everything(slack.url)) == []


async def test_every_test_fails_once_a_byte_slips_through(tmp_path: Path) -> None:
    """What `running` and `alone` check at their end, with an app that posts past every gate."""
    migrated(tmp_path / "atelier.db").dispose()
    MasterFile(tmp_path / "master.key").make()
    place = ["workspace", "--json", "--port", "0"]
    async with child("workspace", place) as workspace, aiohttp.ClientSession() as session:
        all_judged(workspace.url, tmp_path)
        url, bearer = (
            f"{workspace.url}/api/chat.postMessage",
            {"Authorization": "Bearer xoxb-local"},
        )
        body = {"channel": "C0GENERAL", "text": LEAK}
        async with session.post(url, json=body, headers=bearer) as answered:
            assert (await answered.json())["ok"]
        with pytest.raises(AssertionError, match="nobody judged this"):
            all_judged(workspace.url, tmp_path)


def _posted(text: str, channel: str = "C0GENERAL") -> Json:
    return {"kind": "message", "channel": channel, "payload": {"user": BOT, "text": text}}
