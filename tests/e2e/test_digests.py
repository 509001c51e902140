"""Digests that a channel gets again and again, through real HTTP and sockets."""

import re

from tests.e2e.product import Product, commanded, final, form, said
from workspace.client import Client


async def test_a_digest_is_kept_shown_run_and_deleted(slack: Client, product: Product) -> None:
    kept = said(await commanded(slack, "/digest", "every weekday at 9:00", channel="support"))
    assert "Kept as digest 1 of this channel" in kept.replace("*", "")
    assert "Europe/London" in kept, "the person's own zone counts"
    assert kept.count(", 09:00") == 3
    listed = said(await commanded(slack, "/digest", "列表", channel="support", user="chen"))
    assert "every weekday at 9:00" in listed
    await slack.say("bo", "support", "We decided to refund parcels within 5 days from Monday.")
    await slack.say("chen", "support", "截止日期是11月30日之前提交。")
    await slack.say("ana", "support", "Who answers the customers on Saturday?")
    await commanded(slack, "/digest", "run now", channel="support")
    digest = await slack.wait_for(
        lambda message: final(message) and "/archives/" in said(message), channel="support"
    )
    assert "refund parcels within 5 days" in said(digest)
    assert "(Europe/London)." in said(digest), "which time it tells of is not said"
    gone = said(await commanded(slack, "/digest", "delete 1", channel="support"))
    assert "is deleted" in gone
    await product.settled()
    of_it = "SELECT outcome FROM fire, schedule WHERE schedule_id = id AND channel = 'C0SUPPORT'"
    assert product.rows(of_it) in ([("asked",)], [("posted",)]), "it is looked at now and then"


async def test_what_is_not_understood_is_answered_with_examples(slack: Client) -> None:
    words = said(await commanded(slack, "/digest", "every third Monday", channel="random"))
    assert "every weekday at 9:00" in words
    chinese = said(await commanded(slack, "/digest", "每隔两天", channel="random", user="chen"))
    assert "每个工作日9点" in chinese


async def test_one_digest_of_several_channels_tells_nobody_what_they_may_not_read(
    slack: Client, product: Product
) -> None:
    closed = await slack.channel("ana", "board", is_private=True)
    await slack.invite("ana", closed["id"], "atelier")
    words = said(await commanded(slack, "/digest", "#board #random every day at 9:00"))
    assert "Not everybody here may read #board" in words
    kept = said(await commanded(slack, "/digest", "#support、#random 每天9点", user="chen"))
    assert "#support, #random" in kept
    await slack.say("bo", "random", "We decided to move the summer party to 12 July.")
    await slack.say("chen", "support", "我们决定下周一上线新版本。")
    await slack.say("bo", "general", "We decided to rename this room.")
    await commanded(slack, "/digest", "run now", user="chen")
    digest = await slack.wait_for(
        lambda message: final(message) and "/archives/" in said(message), channel="general"
    )
    assert "#random · " in said(digest)
    assert "summer party" in said(digest)
    assert "#support · " in said(digest)
    assert "rename this room" not in said(digest)
    await product.settled()


async def test_what_is_for_one_comes_in_their_direct_messages(
    slack: Client, product: Product
) -> None:
    kept = said(
        await commanded(slack, "/digest", "usage for me every Monday at 9", channel="random")
    )
    assert "of your direct messages" in kept.replace("*", "")
    backlog = said(await commanded(slack, "/digest", "reviews every day at 9", channel="random"))
    assert "reviewers' channel" in backlog
    direct = str((await slack.dm("ana", "atelier"))["id"])
    await commanded(slack, "/digest", "run now", channel=direct)
    report = await slack.wait_for(
        lambda message: final(message) and "Requests by day" in said(message), channel=direct
    )
    assert "What you have used" in said(report)
    await product.settled()


async def test_a_form_keeps_and_changes_a_schedule(slack: Client, product: Product) -> None:
    made = await commanded(slack, "/digest", "list", channel="random", user="bo")
    where = {"channel": "random", "ts": made["ts"]}
    assert (await slack.click("bo", "plan_open", **where))["acked"]
    view = await form(slack, "bo")
    when = {"value": "every weekday at 9:00"}
    entered = {"plan_when-0": {"plan_when": when}}
    await slack.click("bo", "plan_when", view_id=view["id"], values=entered, **when)

    async def echoes() -> bool:
        (shown,) = (await slack.state("bo"))["views"]
        return "Next: " in str(shown["blocks"])

    await product.until(echoes)
    bad = await slack.submit("bo", view["id"], {"plan_when-0": {"plan_when": {"value": "soon"}}})
    assert list(bad["errors"]) == ["plan_when-0"]
    before = {message["ts"] for message in await slack.messages("random", user="bo")}
    done = await slack.submit("bo", view["id"], entered)
    assert done["acked"]
    assert not done["errors"]
    kept = await slack.wait_for(
        lambda message: message["ts"] not in before and final(message), channel="random"
    )
    assert "Kept as digest" in said(kept)
    assert said(kept).count(", 09:00") == 3
    await product.settled()
    await slack.click("bo", "plan_open", channel="random", ts=kept["ts"])
    view = await form(slack, "bo")
    await slack.click(
        "bo", "plan_which", view_id=view["id"], selected_option={"value": str(_number(said(kept)))}
    )

    async def shows_it() -> bool:
        (shown,) = (await slack.state("bo"))["views"]
        return f" {_number(said(kept))}" in str(shown["private_metadata"])

    await product.until(shows_it)
    longer = {"selected_option": {"value": "long"}}
    block = f"plan_length-{_number(said(kept))}"
    before = {message["ts"] for message in await slack.messages("random", user="bo")}
    await slack.submit("bo", view["id"], {block: {"plan_length": longer}})
    changed = await slack.wait_for(
        lambda message: message["ts"] not in before and final(message), channel="random"
    )
    assert "is changed" in said(changed)
    assert "every weekday at 9:00" in said(changed)
    await product.settled()


def _number(kept: str) -> int:
    found = re.search(r"digest (\d+)", kept)
    assert found is not None
    return int(found[1])
