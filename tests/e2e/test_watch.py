"""A feed, and the watch over a channel's mood, through real HTTP and sockets.

A schedule is made due by moving its ledger's hand back; the bot itself looks within 20 s.
"""

import asyncio
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from tests.bot.digests.feeds import rss
from tests.e2e.feeding import FeedHost
from tests.e2e.product import Product, commanded, final, said
from workspace.client import Client

PATIENCE_S = 90.0


def made_due(product: Product, kind: str) -> None:
    """Let a schedule have been looked at an hour ago the last time."""
    hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)
    with closing(sqlite3.connect(product.data / "atelier.db", timeout=30)) as database:
        database.execute("UPDATE schedule SET done_ms = ? WHERE kind = ?", (hour_ago, kind))
        past = "SELECT id FROM schedule WHERE kind = ?"
        database.execute(
            f"UPDATE fire SET period = period || '+' WHERE schedule_id IN ({past})",  # noqa: S608 - our own words
            (kind,),
        )
        database.commit()


async def settled(product: Product, kind: str, outcomes: list[str]) -> None:
    """Wait until these runs of a kind are settled, in this order."""
    query = (
        "SELECT outcome FROM fire JOIN schedule ON schedule_id = id WHERE kind = ? ORDER BY at_ms"
    )

    async def ran() -> bool:
        await asyncio.sleep(0)
        return [row[0] for row in product.rows(query, kind)] == outcomes

    await product.until(ran, PATIENCE_S)


async def test_a_feed_tells_what_is_new_once(
    slack: Client, product: Product, feed: FeedHost
) -> None:
    refused = said(await commanded(slack, "/digest", "feed https://evil.example/rss every hour"))
    assert "not allowed here" in refused
    kept = said(await commanded(slack, "/digest", f"feed {feed.url} every 5 minutes"))
    assert "Kept as digest" in kept.replace("*", "")
    assert "what is new in the feed" in kept
    made_due(product, "feed")
    await settled(product, "feed", ["quiet"])
    feed.raw = rss("Big 新闻 &lt;!channel&gt;", "Old")
    made_due(product, "feed")
    shown = await slack.wait_for(
        lambda message: final(message) and "Big 新闻" in said(message),
        channel="general",
        timeout_s=PATIENCE_S,
    )
    assert "news.example" in said(shown)
    assert "Old" not in said(shown)
    assert "<!channel>" not in said(shown)
    gone = await commanded(slack, "/digest", "list")
    assert feed.url in said(gone)
    number = re.findall(r"digest (\d+)", kept)[0]
    assert "Nothing is new" in said(await commanded(slack, "/digest", f"run now {number}"))
    feed.raw = rss("By hand", "Big 新闻 &lt;!channel&gt;", "Old")
    assert "comes now" in said(await commanded(slack, "/digest", f"run now {number}"))
    await slack.wait_for(
        lambda message: final(message) and "By hand" in said(message),
        channel="general",
        timeout_s=PATIENCE_S,
    )


async def test_a_turn_of_mood_is_told_and_acknowledged(slack: Client, product: Product) -> None:
    kept = said(await commanded(slack, "/digest", "watch", channel="random"))
    assert "learns from 150 messages" in kept
    for number in range(150):
        await slack.say("bo", "random", f"see you at {number % 12} in room {number % 7}")
    for _ in range(12):
        await slack.say("chen", "random", "The refund is terrible and nobody answers 😡")
    made_due(product, "watch")
    alert = await slack.wait_for(
        lambda message: final(message) and "mood here may have turned" in said(message),
        channel="random",
        timeout_s=PATIENCE_S,
    )
    assert "refund" in said(alert)
    assert said(alert).count("/archives/") == 3
    (row,) = [block for block in alert["blocks"] if block["type"] == "actions"]
    button = row["elements"][0]
    for _ in range(2):
        where = {"channel": "random", "ts": alert["ts"], "value": button["value"]}
        assert (await slack.click("bo", button["action_id"], **where))["acked"]
    told = await slack.wait_for(
        lambda message: "for a day the watch says nothing" in said(message),
        channel="random",
        thread_ts=alert["ts"],
    )
    assert "<@" in said(told)
    thread = await slack.messages("random", thread_ts=alert["ts"])
    assert sum("for a day the watch" in said(message) for message in thread) == 1
    number = re.findall(r"(?i)digest (\d+)", kept)[0]
    await commanded(slack, "/digest", f"run now {number}", channel="random")
    stands = await slack.wait_for(
        lambda message: final(message) and "Usual here are" in said(message), channel="random"
    )
    assert "It says nothing before" in said(stands)
    await commanded(slack, "/digest", f"delete {number}", channel="random")
