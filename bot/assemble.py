"""The only place that constructs things: settings in, a running bot out."""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.delivery import Delivery
from bot.delivery.pacing import Pace
from bot.delivery.slack import Slack
from bot.intake.app import Intake, bolt
from bot.intake.events import HomeOpened, Reader
from bot.intake.reading import Reading
from bot.ledger.ledger import Ledger
from bot.ledger.schema import upgrade
from bot.ledger.writer import Writer, connect
from bot.pipeline import Limits, Pipeline
from bot.reports import BotTools
from bot.reviews import Reviews
from bot.settings import EngineSettings, Settings, SettingsError, Verb, is_loopback
from bot.views.home import home
from bot.views.notices import Notice
from bot.worker import Bell, Worker
from generators.draft import Destination, Generator, Request
from generators.model import Model
from generators.sentences import language
from generators.support.shelf import Shelf
from moderation.checks import standard
from moderation.gate import Gate

SOCKETS = 2
"""Connections a process: while one is being renewed the other takes what comes."""
READ_TRIES = 3
"""How often a read waits as long as Slack says before it fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What every way of running needs: no Slack in it."""

    settings: Settings
    gate: Gate
    ledger: Ledger
    generators: Mapping[str, Generator]
    shelf: Shelf


@asynccontextmanager
async def core(settings: Settings) -> AsyncGenerator[Core]:
    """Open the database, the engine's client and the knowledge bases."""
    database = connect(settings.database)
    await asyncio.to_thread(upgrade, database)
    writer = Writer(database)
    model = Model(
        engine_url(settings),
        settings.engine.api_key.get_secret_value(),
        timeout_s=settings.engine.timeout_s,
        chosen=_chosen(settings.engine),
    )
    shelf = Shelf(settings.data / "kb", model)
    try:
        ledger = Ledger(writer, settings.lease_s)
        tools = BotTools(model=model, knowledge=shelf, ledger=ledger, verbs=settings.verbs)
        yield Core(
            settings=settings,
            gate=Gate(standard(), settings.policy),
            ledger=ledger,
            generators={name: _made(name, verb, tools) for name, verb in settings.verbs.items()},
            shelf=shelf,
        )
    finally:
        await shelf.close()
        await model.close()
        await asyncio.to_thread(writer.close)


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[Worker]:
    """Connect to Slack; the worker that is handed out does the work. Raises SettingsError."""
    async with core(settings) as parts, aiohttp.ClientSession() as session:
        client = _client(settings, session)
        who = await _introduced(client)
        bell = Bell()
        slack = Slack(client, Pace(enabled=settings.slack_pacing))
        delivery = Delivery(slack, parts.gate, parts.ledger, settle_s=settings.settle_s)
        reviews = Reviews(
            slack=slack,
            delivery=delivery,
            ledger=parts.ledger,
            channel=settings.reviewers_channel,
        )
        reader = _client(settings, session, patience=READ_TRIES)
        reading = Reading(client=reader, verbs=settings.verbs, team_url=str(who["url"]))
        intake = _intake(parts, delivery, reviews, bell, str(who["user_id"]))
        handlers = [_socket(settings, client, intake) for _ in range(SOCKETS)]
        line = _pipeline(parts, delivery, reviews, reading)
        try:
            await asyncio.gather(*(handler.connect_async() for handler in handlers))
            yield Worker(parts.ledger, line.handle, bell, at_work=settings.workers)
        finally:
            await asyncio.gather(*(handler.close_async() for handler in handlers))


def engine_url(settings: Settings) -> str:
    """Return the base URL of the engine, with `/v1`."""
    return settings.engine.url or f"http://127.0.0.1:{settings.engine.port}/v1"


def _chosen(engine: EngineSettings) -> dict[str, str]:
    named = {"chat": engine.text_model, "image": engine.image_model, "embed": engine.embed_model}
    return {kind: model for kind, model in named.items() if model}


def _pipeline(parts: Core, delivery: Delivery, reviews: Reviews, reading: Reading) -> Pipeline:
    settings = parts.settings
    return Pipeline(
        generators=parts.generators,
        gate=parts.gate,
        delivery=delivery,
        ledger=parts.ledger,
        reading=reading,
        reviews=reviews,
        limits=Limits(
            per_user=settings.max_queued_per_user,
            overall=settings.max_queued,
            deadline_s=settings.deadline_s,
            beat_s=settings.lease_s / 4,
            patience_s=settings.deadline_s,
            at_work=settings.workers,
        ),
        weights={name: verb.weight for name, verb in settings.verbs.items()},
    )


def _intake(parts: Core, delivery: Delivery, reviews: Reviews, bell: Bell, bot_user: str) -> Intake:
    verbs = parts.settings.verbs

    async def show_home(opened: HomeOpened) -> None:
        start = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        totals = await parts.ledger.totals(opened.user, int(start.timestamp() * 1000))
        load = await parts.ledger.load(opened.user)
        await delivery.publish_home(opened.user, home(verbs, totals, load.own))

    async def point(request: Request, here: Destination) -> None:
        await delivery.whisper(here, Notice.PRIVATE, request.user, language(request.prompt))

    return Intake(
        reader=Reader(verbs, bot_user),
        ledger=parts.ledger,
        wake=bell.ring,
        decided=reviews.decide,
        home=show_home,
        pointed=point,
    )


def _client(
    settings: Settings, session: aiohttp.ClientSession, *, patience: int = 0
) -> AsyncWebClient:
    # Without retry handlers where it writes: a repeated post would be a second message.
    handler = AsyncRateLimitErrorRetryHandler(patience)
    client = AsyncWebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        session=session,
        retry_handlers=[handler] if patience else [],
    )
    if is_loopback(urlsplit(settings.slack_api_url).hostname):
        client.proxy = None  # it reads the proxy variables, but never NO_PROXY
    return client


def _socket(settings: Settings, client: AsyncWebClient, intake: Intake) -> AsyncSocketModeHandler:
    app = bolt(client, intake)
    handler = AsyncSocketModeHandler(app, settings.slack_app_token.get_secret_value())
    handler.client.proxy = client.proxy
    return handler


async def _introduced(client: AsyncWebClient) -> Mapping[str, object]:
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        code = error.response.get("error", "")
        raise SettingsError(
            f"Slack refuses SLACK_BOT_TOKEN ({code}); copy the Bot User OAuth Token again from "
            "your app's page, OAuth & Permissions."
        ) from error
    except aiohttp.ClientError as error:
        raise SettingsError(
            f"Nothing answers at {client.base_url}; check SLACK_API_URL and the network."
        ) from error
    return dict(answer.data) if isinstance(answer.data, dict) else {}


def _made(name: str, verb: Verb, tools: BotTools) -> Generator:
    module, _, kind = verb.use.partition(":")
    try:
        made: Generator = getattr(importlib.import_module(module), kind)(tools, **verb.options)
    except (ImportError, AttributeError, TypeError, ValueError, OSError) as error:
        raise SettingsError(
            f"The setting verbs.{name}.use names {verb.use}, which cannot be made: {error}."
        ) from error
    return made
