"""What is deleted in Slack of a person who was erased; the ledger is real, Slack in memory."""

from dataclasses import dataclass, field

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Engine
from typing_extensions import override

from bot.delivery.pacing import Pace
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused, TokenRefused
from bot.delivery.withdrawal import Withdrawn, withdraw
from bot.ledger.audit import mismatches
from bot.ledger.erasure import erase
from bot.ledger.ledger import Ledger
from bot.ledger.posted import count
from bot.ledger.reviewing import CARD, CARD_FILE
from bot.ledger.writer import Writer
from generators.draft import Destination, UserId
from tests.bot.builders import ANA, BO, assessment, keys, request, rows
from tests.bot.ledger.working import claimed, finished
from tests.bot.slack_server import SlackServer, refused

DIRECT = "D7"


@dataclass
class Shelf(Slack):
    """A Slack that only deletes, and says of some messages that it does not."""

    deleted: list[tuple[str, str]] = field(default_factory=list)
    trouble: dict[str, BaseException] = field(default_factory=dict)

    @override
    async def delete(self, channel: str, ts: str) -> None:
        if error := self.trouble.get(ts):
            raise error
        self.deleted.append((channel, ts))

    @override
    async def open_dm(self, user: str) -> str:
        assert user == ANA
        return DIRECT


@pytest.fixture
def slack() -> Shelf:
    return Shelf()


async def answered(ledger: Ledger, user: UserId, channel: str, *sent: tuple[int, str, str]) -> None:
    """Answer a request by some messages: part, channel, time."""
    asked = request(user=user, reply_to=Destination(channel=channel))
    lease = await claimed(ledger, asked)
    await ledger.admitted(lease, lease.request, assessment(asked.prompt))
    for part, where, ts in sent:
        await ledger.sending(asked, part, where)
        await ledger.sent(asked, part, where, ts)
    await finished(ledger, lease)


@pytest.fixture
async def said(ledger: Ledger) -> None:
    """Messages to two people, in a channel, in direct messages, and to the reviewers."""
    card = (CARD, "C9", "1.3"), (CARD_FILE, "C9", "F1")
    await answered(ledger, ANA, "C1", (0, "C1", "1.1"), (1, "C1", "1.2"), *card)
    await answered(ledger, ANA, ANA, (0, "D7", "2.1"))
    await answered(ledger, BO, "C1", (0, "C1", "3.1"))


MINE = {("C1", "1.1"), ("C1", "1.2"), ("C9", "1.3"), ("C9", "F1"), (DIRECT, "2.1")}


@pytest.mark.usefixtures("said")
@pytest.mark.parametrize("before", [True, False])
async def test_everything_about_one_person_goes_and_nothing_of_others(
    slack: Shelf, writer: Writer, engine: Engine, db: str, *, before: bool
) -> None:
    """Before their name is taken out, and after that, when only the pseudonym is left."""
    if not before:
        erase(engine, keys(), ANA)
    assert count(engine, keys(), ANA) == 5
    done = await withdraw(slack, writer, keys(), ANA)
    assert done == Withdrawn(deleted=5)
    assert done.told == "5 messages deleted in Slack."
    assert set(slack.deleted) == MINE
    assert len(slack.deleted) == len(MINE)
    assert count(engine, keys(), ANA) == 0
    assert count(engine, keys(), BO) == 1
    log = rows(db, "SELECT actor, detail FROM audit_log WHERE action = 'withdraw'")
    assert log == [("operator", "5 deleted, 0 not")]
    assert list(mismatches(engine, keys())) == []


@pytest.mark.usefixtures("said")
async def test_what_cannot_be_deleted_is_counted_and_tried_again(
    slack: Shelf, writer: Writer, engine: Engine
) -> None:
    slack.trouble = {"1.2": SlackRefused("cant_delete_message"), "2.1": OutcomeUnknown("lost")}
    done = await withdraw(slack, writer, keys(), ANA)
    assert (done.deleted, dict(done.refused)) == (3, {"cant_delete_message": 1, "unknown": 1})
    assert done.told == (
        "3 messages deleted in Slack; 2 could not be (cant_delete_message: 1, unknown: 1)."
    )
    assert count(engine, keys(), ANA) == 2
    slack.trouble = {}
    assert await withdraw(slack, writer, keys(), ANA) == Withdrawn(deleted=2)
    assert sorted(slack.deleted) == sorted(MINE)


@pytest.mark.usefixtures("said")
async def test_it_goes_on_where_it_was_interrupted(
    slack: Shelf, writer: Writer, engine: Engine
) -> None:
    slack.trouble = {"2.1": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        await withdraw(slack, writer, keys(), ANA)
    before = len(slack.deleted)
    slack.trouble = {}
    await withdraw(slack, writer, keys(), ANA)
    assert set(slack.deleted) == MINE
    assert len(slack.deleted) == len(MINE), before
    assert count(engine, keys(), ANA) == 0


@pytest.mark.usefixtures("said")
async def test_a_refused_token_ends_it(slack: Shelf, writer: Writer, engine: Engine) -> None:
    slack.trouble = {"1.1": TokenRefused("token_revoked"), "2.1": TokenRefused("token_revoked")}
    with pytest.raises(TokenRefused):
        await withdraw(slack, writer, keys(), ANA)
    assert count(engine, keys(), ANA) >= 1


async def test_of_nobody_nothing_goes_and_nothing_is_logged(
    slack: Shelf, writer: Writer, db: str, ledger: Ledger
) -> None:
    await ledger.accept(request())
    assert await withdraw(slack, writer, keys(), "U404") == Withdrawn(deleted=0)
    assert rows(db, "SELECT * FROM audit_log WHERE action = 'withdraw'") == []


async def test_a_message_and_a_file_are_deleted_and_what_is_gone_is_no_trouble(
    client: AsyncWebClient, server: SlackServer
) -> None:
    slack = Slack(client, Pace(enabled=False))
    await slack.delete("C1", "1.1")
    await slack.delete("C1", "F1")
    assert server.calls["chat.delete"] == [{"channel": "C1", "ts": "1.1"}]
    assert server.calls["files.delete"] == [{"file": "F1"}]
    server.script["chat.delete"] = [refused("message_not_found"), refused("cant_delete_message")]
    await slack.delete("C1", "1.1")
    with pytest.raises(SlackRefused, match="cant_delete_message"):
        await slack.delete("C1", "1.1")
