"""The buttons under an alert of the watch, over a recorded Slack."""

from dataclasses import dataclass

import pytest

from bot.alarms import Alarms
from bot.delivery.delivery import Delivery
from bot.intake.meanings import ACKNOWLEDGE, MUTE, Press
from bot.ledger.ledger import Ledger
from bot.ledger.memory import Memory, Watched, keeping
from bot.ledger.reviewing import Desk
from bot.ledger.schedules import Period, Scheduled
from bot.views.notices import Notice
from generators.draft import Destination, Request, UserId
from tests.bot.builders import ANA, BO, CHEN, gate, request, rows
from tests.bot.digests.timing import scheduled
from tests.bot.recorder import Recorder
from tests.bot.reviewing import known


@dataclass
class Channel:
    """A channel with an alert in it; ana keeps its watch, bo operates, chen is a member."""

    slack: Recorder
    alarms: Alarms
    watch: Scheduled
    alert: Request

    async def press(self, what: str, who: UserId, channel: str = "C1", team: str = "") -> None:
        here = Destination(channel=channel)
        await self.alarms.press(Press(what, self.alert.id.hex, who, here, team))

    def told(self) -> list[tuple[str, str]]:
        return [(user, page.text) for _, user, page in self.slack.ephemeral]


@pytest.fixture
async def channel(ledger: Ledger) -> Channel:
    slack, writer = Recorder(), ledger._writer
    delivery = Delivery(slack, gate(), ledger, settle_s=0)
    memory = Memory(writer, ledger._keys)
    watch = await ledger.schedules.keep(scheduled("every 5 minutes", kind="watch"))
    alert = request("every 5 minutes", verb="watch", flags={"turn": "8/9/0.1"})
    period = Period(schedule=watch, key="k", due_ms=1)
    beside = keeping(watch.id, Watched(), "", 0)
    assert await ledger.schedules.settle(period, "asked", alert, beside)
    await delivery.place(alert)
    alarms = Alarms(
        schedules=ledger.schedules,
        memory=memory,
        desk=Desk(writer, ledger._keys),
        roles=known(slack, operator=(BO,)),
        delivery=delivery,
    )
    return Channel(slack, alarms, watch, alert)


def posted(slack: Recorder) -> list[str]:
    return [message.page.text for message in slack.messages if message.thread_ts]


@pytest.mark.parametrize(
    ("what", "who", "said"),
    [
        (ACKNOWLEDGE, CHEN, Notice.ALERT_ACKNOWLEDGED),
        (MUTE, ANA, Notice.ALERT_MUTED),
        (MUTE, BO, Notice.ALERT_MUTED),
    ],
)
async def test_a_press_is_kept_and_said_once(
    channel: Channel, db: str, what: str, who: UserId, said: Notice
) -> None:
    await channel.press(what, who)
    await channel.press(what, who)
    assert posted(channel.slack).count(said.text("en")) == 1
    assert channel.told() == [(who, Notice.ALERT_KNOWN.text("en"))]
    assert rows(db, "SELECT quiet_ms > 0, version FROM watch_state") == [(1, 2)]
    logged = [row[0] for row in rows(db, "SELECT action FROM audit_log")]
    assert logged.count(what.replace("_", ".")) == 1


async def test_a_longer_silence_stands(channel: Channel, db: str) -> None:
    await channel.press(MUTE, ANA)
    before = rows(db, "SELECT quiet_ms FROM watch_state")
    await channel.press(ACKNOWLEDGE, CHEN)
    assert rows(db, "SELECT quiet_ms FROM watch_state") == before


@pytest.mark.parametrize(
    ("what", "who", "place", "team"),
    [
        (MUTE, CHEN, "C1", ""),
        (ACKNOWLEDGE, CHEN, "C2", ""),
        (ACKNOWLEDGE, CHEN, "C1", "T9"),
    ],
)
async def test_nobody_else_presses(  # noqa: PLR0917 - a table
    channel: Channel, db: str, what: str, who: UserId, place: str, team: str
) -> None:
    await channel.press(what, who, place, team)
    assert channel.told() == [(who, Notice.ALERT_NOT_YOURS.text("en"))]
    assert rows(db, "SELECT quiet_ms FROM watch_state") == [(0,)]


async def test_a_watch_that_is_gone_says_so(channel: Channel) -> None:
    await channel.alarms.schedules.turn(channel.watch, "deleted", ANA)
    await channel.press(ACKNOWLEDGE, CHEN)
    assert channel.told() == [(CHEN, Notice.ALERT_GONE.text("en"))]
