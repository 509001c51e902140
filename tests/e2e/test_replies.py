"""Drafted replies on their whole way: from a customer's message to one answer in their thread."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.views.notices import Notice
from tests.e2e.product import Json, Product, final, form, ours, running, said
from workspace.client import Client

ASKED = "My parcel arrived damaged. What shall I do?"
CHINESE = "收到的包裹破损了，怎么办？"
APPROVERS = {"ATELIER_ROLES__APPROVER": '["U0BO"]'}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Run an Atelier in which Bo sends replies to customers."""
    pytest.importorskip("torch", reason="`atelier up` starts the engine, which needs torch")
    with running(tmp_path_factory.mktemp("replies") / "data", **APPROVERS) as started:
        yield started


@pytest.fixture
async def slack(desk: Product) -> AsyncIterator[Client]:
    async with Client(desk.url) as client:
        yield client


async def drafted(slack: Client, text: str = ASKED, user: str = "bo") -> tuple[Json, Json]:
    """Let Ana ask, and somebody take the shortcut; return her message and the private draft."""
    asked = await slack.say("ana", "support", text)
    before = await seen(slack, user)
    done = await slack.shortcut(user, "draft_reply", channel="support", ts=asked["ts"])
    assert done["acked"]
    return asked, await fresh(slack, before, user)


async def seen(slack: Client, user: str) -> set[str]:
    return {message["ts"] for message in await slack.messages("dm", user=user)}


async def fresh(slack: Client, before: set[str], user: str = "bo") -> Json:
    """Return the draft in somebody's direct messages that was not there before."""
    return await slack.wait_for(
        lambda m: m["ts"] not in before and final(m) and buttons(m) != {}, channel="dm", user=user
    )


def buttons(message: Json) -> dict[str, str]:
    return {
        element["action_id"]: element["value"]
        for block in message.get("blocks") or ()
        if block["type"] == "actions"
        for element in block["elements"]
    }


async def press(slack: Client, draft: Json, action: str, user: str = "bo") -> None:
    value = buttons(draft)[action]
    done = await slack.click(user, action, channel="dm", ts=draft["ts"], value=value)
    assert done["acked"]


async def closed(slack: Client, draft: Json, item: Notice, user: str = "bo") -> None:
    await slack.wait_for(
        lambda m: m["ts"] == draft["ts"] and item.text("en") in said(m), channel="dm", user=user
    )


async def told(slack: Client, item: Notice, user: str = "bo") -> None:
    await slack.wait_for(
        lambda m: m.get("is_ephemeral", False) and item.text("en") in said(m),
        channel="dm",
        user=user,
    )


async def answers(slack: Client, asked: Json) -> list[Json]:
    return [m for m in await slack.messages("support", asked["ts"]) if ours(m)]


async def test_an_approved_draft_is_sent_once_however_often_it_is_pressed(
    slack: Client, desk: Product
) -> None:
    asked, draft = await drafted(slack)
    assert "[1] The parcel arrived damaged (damaged-parcel)" in said(draft)
    assert "Confidence: " in said(draft)
    assert not await answers(slack, asked)
    await asyncio.gather(*(press(slack, draft, "reply_send") for _ in range(3)))
    await closed(slack, draft, Notice.REPLY_SENT)
    await desk.settled()
    (answer,) = await answers(slack, asked)
    assert "within 5 days of delivery." in said(answer)
    assert "[1]" not in said(answer)
    assert "Sources" not in said(answer)
    assert "<@U0BO>" in said(answer)
    decided = desk.rows("SELECT decision, decided_by, decided_ms > 0, state FROM reply")
    assert decided == [("send", "U0BO", 1, "sent")]
    assert desk.rows("SELECT count(*) FROM audit_log WHERE action = 'reply_send'") == [(1,)]
    assert desk.audit().returncode == 0


async def test_an_edited_reply_is_what_the_customer_reads(slack: Client, desk: Product) -> None:
    asked, draft = await drafted(slack, CHINESE)
    assert "来源：" in said(draft)
    await press(slack, draft, "reply_edit")
    view = await form(slack, "bo")
    words = {"words": {"words": {"value": "您好，我们今天就补发。🙂 [1]"}}}
    assert (await slack.submit("bo", view["id"], words))["acked"]
    await closed(slack, draft, Notice.REPLY_SENT)
    (answer,) = await answers(slack, asked)
    assert "您好，我们今天就补发。" in said(answer)
    assert "[1]" not in said(answer)
    ((decision, distance),) = desk.rows("SELECT decision, distance FROM reply WHERE distance > 0")
    assert decision == "edit"
    assert 0 < distance <= 1000
    assert desk.audit().returncode == 0


async def test_an_accepted_reply_is_what_the_next_draft_cites(slack: Client, desk: Product) -> None:
    question = "How long is the warranty on the poles of a tent? Write to ana@example.com"
    _, draft = await drafted(slack, question)
    await press(slack, draft, "reply_edit")
    view = await form(slack, "bo")
    answer = "Hello,\n\nThe poles of a tent carry a warranty of ten years. 🙂"
    words = {"words": {"words": {"value": answer}}}
    assert (await slack.submit("bo", view["id"], words))["acked"]
    await closed(slack, draft, Notice.REPLY_SENT)
    name = await suggested(slack, "warranty on the poles")
    home = (await slack.state("bo"))["home"]
    assert "ana@example.com" not in str(home)
    assert (await slack.click("bo", "learn", view_id=home["id"], value=name))["acked"]
    view = await form(slack, "bo")
    taught = {
        "title": {"title": {"value": "How long is the warranty on the poles of a tent?"}},
        "words": {"words": {"value": "The poles of a tent carry a warranty of ten years. 🙂"}},
    }
    assert (await slack.submit("bo", view["id"], taught))["acked"]
    await told(slack, Notice.LESSON_ACCEPTED)
    _, again = await drafted(slack, "How long is the warranty on the poles of my tent?")
    assert "warranty of ten years" in said(again)
    assert "(reply-" in said(again)
    _, other = await drafted(slack)  # the demo is searched beside it
    assert "(damaged-parcel)" in said(other)
    assert desk.audit().returncode == 0


async def suggested(slack: Client, words: str, user: str = "bo") -> str:
    """Return the id of the suggestion that is about some words, once it is in somebody's home."""
    async with asyncio.timeout(60):
        while True:
            await slack.home(user)
            blocks = ((await slack.state(user)).get("home") or {}).get("blocks") or []
            for block, then in zip(blocks, blocks[2:], strict=False):
                if words in str(block) and then["type"] == "actions":
                    return str(then["elements"][0]["value"])
            await asyncio.sleep(0.1)


async def test_a_newer_message_of_the_customer_makes_a_draft_stale(
    slack: Client, desk: Product
) -> None:
    asked, draft = await drafted(slack)
    await slack.say("ana", "support", "How long do refunds take?", asked["ts"])
    await press(slack, draft, "reply_send")
    await told(slack, Notice.REPLY_STALE)
    assert not await answers(slack, asked)
    before = await seen(slack, "bo")
    await press(slack, draft, "reply_again")
    await closed(slack, draft, Notice.REPLY_ANEW)
    anew = await fresh(slack, before)
    assert "7 business days" in said(anew)
    await press(slack, anew, "reply_send")
    await closed(slack, anew, Notice.REPLY_SENT)
    (answer,) = await answers(slack, asked)
    assert "7 business days" in said(answer)
    assert desk.audit().returncode == 0


async def test_a_draft_is_rejected_with_a_reason_and_nothing_is_sent(
    slack: Client, desk: Product
) -> None:
    asked, draft = await drafted(slack)
    await press(slack, draft, "reply_reject")
    view = await form(slack, "bo")
    given = {"reason": {"reason": {"selected_option": {"value": "outdated"}}}}
    assert (await slack.submit("bo", view["id"], given))["acked"]
    await closed(slack, draft, Notice.REPLY_REJECTED)
    assert not await answers(slack, asked)
    rejected = "SELECT decision, reason, state FROM reply WHERE decision = 'reject'"
    assert desk.rows(rejected) == [("reject", "outdated", "closed")]


async def test_who_is_no_approver_drafts_and_does_not_send(slack: Client) -> None:
    asked, draft = await drafted(slack, user="chen")
    await press(slack, draft, "reply_send", "chen")
    await told(slack, Notice.NOT_AN_APPROVER, "chen")
    assert not await answers(slack, asked)
    before = await seen(slack, "chen")
    await press(slack, draft, "reply_shorter", "chen")
    assert "within 5 days" in said(await fresh(slack, before, "chen"))


async def test_a_mention_in_the_thread_of_a_customer_drafts_in_private(slack: Client) -> None:
    asked = await slack.say("ana", "support", ASKED)
    before = await seen(slack, "bo")
    await slack.say("bo", "support", "@atelier draft", asked["ts"])
    draft = await fresh(slack, before)
    assert "within 5 days of delivery" in said(draft)
    assert not await answers(slack, asked)


async def test_without_a_draft_a_person_takes_over(slack: Client, desk: Product) -> None:
    asked, draft = await drafted(slack, "I want to speak to a human!")
    assert "customer_request" in said(draft)
    assert "reply_send" not in buttons(draft)
    await press(slack, draft, "reply_hand_over")
    await closed(slack, draft, Notice.REPLY_TAKEN_OVER)
    (answer,) = await answers(slack, asked)
    assert Notice.REPLY_HANDED.text("en") in said(answer)
    assert desk.audit().returncode == 0
