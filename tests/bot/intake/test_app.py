import asyncio
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake import app as module
from bot.intake.app import ACKNOWLEDGED, MALFORMED, UNAVAILABLE, Intake, bolt
from bot.intake.events import Reader
from bot.intake.meanings import Decision, HomeOpened, StopPressed
from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer
from bot.roles import WITHHELD
from generators.draft import Destination, Request
from tests.bot.builders import ANA, BO, LEASE_S, VERBS, keys, migrated, rows
from tests.bot.payloads import BOT, changed, click, direct, home, mention, message, slash, stop
from tests.bot.people import roles
from tests.bot.unsealing import prompts


class Heard:
    """What the intake passed on beside requests."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self.homes: list[HomeOpened] = []
        self.pointed: list[tuple[Request, Destination]] = []
        self.changed: list[str] = []
        self.stopped: list[str] = []
        self.refused: list[StopPressed] = []
        self.error: Exception | None = None
        self.rung = 0

    def ring(self) -> None:
        self.rung += 1

    async def decide(self, decision: Decision) -> None:
        if self.error:
            raise self.error
        self.decisions.append(decision)

    async def open(self, opened: HomeOpened) -> None:
        self.homes.append(opened)

    async def point(self, request: Request, here: Destination) -> None:
        self.pointed.append((request, here))

    async def refuse(self, pressed: StopPressed) -> None:
        self.refused.append(pressed)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def made(ledger: Ledger, heard: Heard) -> Intake:
    return Intake(
        reader=Reader(VERBS, BOT),
        ledger=ledger,
        wake=heard.ring,
        decided=heard.decide,
        home=heard.open,
        pointed=heard.point,
        changed=heard.changed.append,
        stop=heard.stopped.append,
        goes_on=heard.refuse,
    )


@pytest.fixture
def intake(ledger: Ledger, heard: Heard) -> Intake:
    return made(ledger, heard)


@pytest.fixture
async def down(tmp_path: Path) -> Ledger:
    """A ledger whose database is gone."""
    writer = Writer(migrated(tmp_path / "gone.db"))
    writer.close()
    return Ledger(writer, LEASE_S, keys())


async def settled(intake: Intake) -> None:
    await asyncio.gather(*intake.aside)


async def test_a_request_is_on_the_disk_before_it_is_acknowledged(
    intake: Intake, heard: Heard, db: str
) -> None:
    assert await intake.take(slash("/ask", "why?")) == ACKNOWLEDGED
    assert rows(db, "SELECT verb, state FROM request") == [("ask", "accepted")]
    assert prompts(db) == ["why?"]
    assert heard.rung == 1


async def test_a_redelivery_is_acknowledged_and_dropped(
    intake: Intake, heard: Heard, db: str
) -> None:
    assert await intake.take(mention()) == ACKNOWLEDGED
    assert await intake.take(mention()) == ACKNOWLEDGED
    assert rows(db, "SELECT count(*) FROM request") == [(1,)]
    assert heard.rung == 1


async def test_what_cannot_be_kept_is_not_acknowledged(
    down: Ledger, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    assert await made(down, heard).take(slash("/ask", "prompt-canary")) == UNAVAILABLE
    assert "was not taken" in caplog.text
    assert "canary" not in caplog.text


async def test_what_means_nothing_is_acknowledged(intake: Intake, db: str) -> None:
    assert await intake.take(message("hello")) == ACKNOWLEDGED
    assert rows(db, "SELECT count(*) FROM request") == [(0,)]


async def test_a_decision_is_passed_on_and_wakes_the_worker(intake: Intake, heard: Heard) -> None:
    assert await intake.take(click()) == ACKNOWLEDGED
    await settled(intake)
    assert heard.decisions == [Decision("abc", BO, approve=True)]
    assert heard.rung == 1


async def test_who_has_changed_is_passed_on(intake: Intake, heard: Heard) -> None:
    assert await intake.take(changed("U7")) == ACKNOWLEDGED
    assert heard.changed == ["U7"]


async def test_a_stop_is_on_the_disk_before_it_is_acknowledged(
    intake: Intake, heard: Heard, db: str
) -> None:
    await intake.take(mention())
    assert await intake.take(stop()) == ACKNOWLEDGED
    assert rows(db, "SELECT state, outcome FROM request") == [("ready", "stopped")]
    assert heard.stopped == [row[0] for row in rows(db, "SELECT id FROM request")]
    assert heard.rung == 2


async def test_only_who_asked_may_stop(intake: Intake, heard: Heard, db: str) -> None:
    await intake.take(mention())
    assert await intake.take(stop(user=BO)) == ACKNOWLEDGED
    await settled(intake)
    assert rows(db, "SELECT state, outcome FROM request") == [("accepted", None)]
    assert heard.stopped == []
    (pressed,) = heard.refused
    assert pressed == StopPressed(BO, Destination(channel="C1", thread_ts="100.5"))


async def test_a_stop_where_nothing_goes_on_is_acknowledged(intake: Intake, heard: Heard) -> None:
    assert await intake.take(stop()) == ACKNOWLEDGED
    await settled(intake)
    assert (heard.stopped, heard.refused) == ([], [])


async def test_a_stop_that_cannot_be_kept_is_not_acknowledged(down: Ledger, heard: Heard) -> None:
    assert await made(down, heard).take(stop()) == UNAVAILABLE
    assert heard.stopped == []


async def test_a_home_is_passed_on(intake: Intake, heard: Heard) -> None:
    assert await intake.take(home()) == ACKNOWLEDGED
    await settled(intake)
    assert heard.homes == [HomeOpened(ANA)]


async def test_a_courtesy_that_fails_ends_nothing(
    intake: Intake, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    heard.error = ValueError("canary")
    assert await intake.take(click()) == ACKNOWLEDGED
    await settled(intake)
    assert "ValueError" in caplog.text
    assert "canary" not in caplog.text
    assert heard.rung == 1


async def test_who_is_answered_elsewhere_is_told_where_they_asked(
    intake: Intake, heard: Heard
) -> None:
    await intake.take(slash("/draft", "My parcel is broken"))
    await intake.take(mention("draft my parcel", thread_ts="99.1"))
    await settled(intake)
    assert [here for _, here in heard.pointed] == [
        Destination(channel="C1"),
        Destination(channel="C1", thread_ts="99.1"),
    ]


async def test_who_is_answered_where_they_are_is_told_nothing(intake: Intake, heard: Heard) -> None:
    await intake.take(slash("/ask", "why?"))
    await intake.take(direct("draft my parcel"))
    await intake.take(slash("/draft", "my parcel", channel_id="D1"))
    await settled(intake)
    assert heard.pointed == []


async def dispatched(intake: Intake, body: dict[str, Any]) -> int:
    """Send a payload through Bolt as Socket Mode does."""
    app = bolt(AsyncWebClient("xoxb-test"), intake)
    answer = await app.async_dispatch(AsyncBoltRequest(body=json.dumps(body), mode="socket_mode"))
    return answer.status


@pytest.mark.parametrize("body", [slash(), mention(), direct(), click(), home(), message("x")])
async def test_bolt_hands_everything_to_the_intake(intake: Intake, body: dict[str, Any]) -> None:
    assert await dispatched(intake, body) == ACKNOWLEDGED
    await settled(intake)


async def test_bolt_does_not_acknowledge_what_cannot_be_kept(down: Ledger, heard: Heard) -> None:
    assert await dispatched(made(down, heard), slash()) == UNAVAILABLE


async def test_of_an_outsider_no_word_is_kept(ledger: Ledger, heard: Heard) -> None:
    intake = replace(made(ledger, heard), let_in=roles().at_the_door)
    for ts, team in (("100.5", "T2"), ("101.5", "T1")):
        told = mention("ask canary-11", ts=ts, user_team=team)
        assert await intake.take(told) == ACKNOWLEDGED
    kept = [await ledger.claim(), await ledger.claim()]
    words = {lease.request.team: lease.request.prompt for lease in kept if lease}
    assert words == {"T1": "canary-11", "T2": WITHHELD["en"]}


async def test_a_database_that_hangs_is_not_waited_for(
    intake: Intake, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ACCEPT_S", 0.0)
    asked = 0

    async def hangs(_request: Request) -> bool:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()
        return True

    monkeypatch.setattr(intake.ledger, "accept", hangs)
    assert [await intake.take(slash()) for _ in range(5)] == [UNAVAILABLE] * 5
    assert asked == 3, "the breaker is open after three"
    assert heard.rung == 0
    refused = {"status": "503"}
    assert intake.metrics.registry.get_sample_value("atelier_ack_refused_total", refused) == 5


async def test_what_is_not_understood_is_neither_taken_nor_an_error(
    intake: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    assert await intake.take({"command": "/ask", "text": "prompt-canary"}) == MALFORMED
    assert "KeyError" in caplog.text
    assert "canary" not in caplog.text


async def test_what_comes_is_counted(intake: Intake) -> None:
    for _ in range(2):
        await intake.take(mention())
    value = intake.metrics.registry.get_sample_value
    assert value("atelier_accepted_total") == 1
    assert value("atelier_duplicate_dropped_total", {"source": "ask"}) == 1
    assert value("atelier_ack_seconds_count") == 2


async def test_a_form_that_is_to_be_mended_is_not_taken(intake: Intake, heard: Heard) -> None:
    told = {"response_action": "errors", "errors": {"when": "?"}}
    strict = replace(intake, checked=lambda body: told if "form" in body else None)
    app = bolt(AsyncWebClient("xoxb-test"), strict)
    sent = json.dumps({**click(), "form": 1})
    answer = await app.async_dispatch(AsyncBoltRequest(body=sent, mode="socket_mode"))
    assert (answer.status, json.loads(answer.body)) == (ACKNOWLEDGED, told)
    assert heard.decisions == []
