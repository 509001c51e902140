"""Digests that a channel gets again and again, through real HTTP and sockets."""

from tests.e2e.product import Product, commanded, final, said
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
    ran = "SELECT outcome FROM fire JOIN schedule ON schedule_id = id WHERE kind = 'digest'"
    assert product.rows(ran) == [("asked",)]


async def test_what_is_not_understood_is_answered_with_examples(slack: Client) -> None:
    words = said(await commanded(slack, "/digest", "every third Monday", channel="random"))
    assert "every weekday at 9:00" in words
    chinese = said(await commanded(slack, "/digest", "每隔两天", channel="random", user="chen"))
    assert "每个工作日9点" in chinese
