"""What is erased of a person: `atelier erase`, in the ledger, the bases and, where asked, Slack."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Annotated

import aiohttp
import typer

from bot.commands import AsJson, Data, settings_of
from bot.delivery.pacing import Pace
from bot.delivery.slack import Slack, TokenRefused
from bot.delivery.withdrawal import Withdrawn, withdraw
from bot.intake.connecting import client_of, introduced
from bot.ledger.database import connect
from bot.ledger.erasure import erase as erase_person
from bot.ledger.keeping import bases_of
from bot.ledger.keys import Keys
from bot.ledger.lessons import taught_alone
from bot.ledger.posted import count
from bot.ledger.writer import Writer
from bot.lending import unlocked
from bot.settings import Settings, SettingsError
from generators.support.bases import Bases


def register(atelier: typer.Typer) -> None:
    """Add this command to the command line."""
    atelier.command()(erase)


def erase(
    user: Annotated[str, typer.Option(help="Slack id of the person.")],
    unseen: Annotated[
        bool, typer.Option(help="Do not wait until they are told that open requests ended.")
    ] = False,
    slack: Annotated[
        bool, typer.Option(help="Also delete the bot's messages to and about them in Slack.")
    ] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Erase a person: their words for good, and their name; exit 1 while something is left."""
    settings = settings_of(data)
    if slack and not settings.slack_bot_token.get_secret_value():
        raise SettingsError("SLACK_BOT_TOKEN is not set, and --slack deletes messages with it.")
    with unlocked(settings) as (database, keys):
        articles = _unlearnt(bases_of(settings.data, database), taught_alone(database, user))
        done = erase_person(database, keys, user, unseen=unseen)
        gone = Withdrawn(deleted=0)
        if slack and not done.open:
            gone = asyncio.run(_withdrawn(settings, keys, user))
        left = count(database, keys, user)
    if as_json:
        more = {"articles": articles, "messages_deleted": gone.deleted, "messages": left}
        _print(json.dumps({**asdict(done), **more}))
    else:
        _print(done.told)
        if articles:
            _print(f"{articles} articles that were learnt of their messages alone are removed.")
        _print(gone.told if slack and not done.open else _staying(left))
    raise typer.Exit(bool(done.open or gone.refused))


def _unlearnt(bases: Bases, names: Sequence[str]) -> int:
    """Take articles, by base and id, out of the knowledge bases; return how many were there."""
    parted = (name.partition("/") for name in names)
    there = [(base, doc) for base, _, doc in parted if bases.has(base)]
    return sum(len(bases.remove(base, [doc])) for base, doc in there)


async def _withdrawn(settings: Settings, keys: Keys, user: str) -> Withdrawn:
    writer = Writer(connect(settings.database))
    try:
        async with _connected(settings) as slack:
            return await withdraw(slack, writer, keys, user)
    except TokenRefused as error:
        raise SettingsError(f"Slack refuses SLACK_BOT_TOKEN ({error}).") from error
    finally:
        await asyncio.to_thread(writer.close)


def _staying(messages: int) -> str:
    if not messages:
        return "No message of the bot to or about them is known in Slack."
    return f"{messages} messages of the bot to or about them stay in Slack; --slack deletes them."


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncGenerator[Slack]:
    """Lend a command the way out to Slack, which listens to nothing. Raises SettingsError."""
    async with aiohttp.ClientSession() as session:
        client = client_of(settings, session)
        await introduced(client)
        yield Slack(client, Pace(enabled=settings.slack_pacing))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
