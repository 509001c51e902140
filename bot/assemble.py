"""The only place that constructs things: settings in, a running bot out."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.admission import Limits
from bot.alarms import Alarms
from bot.core import Core, accounts_of, core
from bot.deleting import Pictures
from bot.delivery.delivery import Delivery
from bot.delivery.directory import Directory
from bot.delivery.janitor import PAUSE_S, Janitor
from bot.delivery.pacing import Pace
from bot.delivery.places import Places
from bot.delivery.slack import Slack
from bot.delivery.surveying import Survey
from bot.digests.clock import ROOM, Clock
from bot.digests.settling import finders
from bot.homes import Home
from bot.imagining import Imagining
from bot.intake.app import Intake
from bot.intake.attached import Attached
from bot.intake.connecting import client_of, introduced, open_way, way_of
from bot.intake.doubles import Doubles
from bot.intake.events import Reader
from bot.intake.meanings import StopPressed
from bot.intake.reading import Reading
from bot.learning import Learning, Noting
from bot.ledger.alone import alone
from bot.ledger.deleting import Deleting
from bot.ledger.instances import Presence, version
from bot.ledger.memory import Memory
from bot.ledger.objections import Objections
from bot.ledger.pausing import Switch
from bot.ledger.recall import Recall
from bot.ledger.replying import Replies
from bot.ledger.reviewing import Desk
from bot.life.run import Life, Work
from bot.life.token import Token
from bot.masking import Masked
from bot.meaning import Meaning
from bot.objections import Reporting
from bot.operating import Operating
from bot.picturing import Picturing
from bot.pipeline import Pipeline
from bot.planning import Planning
from bot.presses import Presses
from bot.recalling import Recalling
from bot.replies import Following, Replying
from bot.reviews import Reviews
from bot.settings import Settings
from bot.sources import Gathering
from bot.upkeep import life, looked_after, told
from bot.views.notices import Notice
from bot.worker import Bell, Worker
from generators.draft import Destination, Request, UserId
from generators.sentences import language

READ_TRIES = 3
"""How often a read waits as long as Slack says before it fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The core, once Slack has said who the app is: what reads there, and the one writer."""

    parts: Core
    client: AsyncWebClient
    reader: AsyncWebClient
    """Waits where Slack says so, for what may wait."""
    bot_user: str
    team_url: str
    token: Token
    bell: Bell
    slack: Slack
    delivery: Delivery
    reading: Reading


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[Life]:
    """Connect to Slack; the life that is handed out does the work. Raises SettingsError."""
    async with _resident(settings) as parts, aiohttp.ClientSession() as session:
        joined = await _joined(parts, session)
        presses = _presses(joined)
        intake = _intake(joined, presses)
        way = way_of(settings, joined.client, intake)
        worker = _worker(joined, presses)
        try:
            await open_way(way, settings)
            lives = life(await looked_after(parts, joined.token), worker, way, intake, settings)
            yield replace(lives, beside={**lives.beside, **_beside(joined, presses)})
        finally:
            await way.abandon()


@asynccontextmanager
async def _resident(settings: Settings) -> AsyncGenerator[Core]:
    with alone(settings.database):
        async with core(settings, resident=True) as parts:
            yield parts


async def _joined(parts: Core, session: aiohttp.ClientSession) -> Joined:
    settings, bell = parts.settings, Bell()
    client = client_of(settings, session)
    reader = client_of(settings, session, patience=READ_TRIES)
    who = await introduced(client)
    token = Token(ask=client.auth_test, back=bell.ring)
    slack = Slack(client, Pace(enabled=settings.slack_pacing), told(parts.metrics, token))
    own = [str(who.get(key) or "") for key in ("team_id", "enterprise_id")]
    parts.roles.people.meet(Directory(slack), own)
    parts.sources.places = Places(reader)
    return Joined(
        parts=parts,
        client=client,
        reader=reader,
        bot_user=str(who["user_id"]),
        team_url=str(who["url"]),
        token=token,
        bell=bell,
        slack=slack,
        delivery=Delivery(
            slack,
            parts.gate,
            parts.ledger,
            settle_s=settings.settle_s,
            streams=settings.slack_streams,
        ),
        reading=Reading(client=reader, verbs=settings.verbs, team_url=str(who["url"])),
    )


def _presses(joined: Joined) -> Presses:
    parts, delivery, verbs = joined.parts, joined.delivery, joined.parts.settings.verbs
    reviews = _reviews(joined)
    operating = Operating(
        switch=Switch(parts.writer, parts.keys),
        roles=parts.roles,
        delivery=delivery,
        wake=joined.bell.ring,
    )
    learning = Learning.of(_replying(joined, reviews.desk), parts.settings, parts.shelf.bases)
    return Presses(
        home=Home(
            verbs=verbs,
            ledger=parts.ledger,
            roles=parts.roles,
            delivery=delivery,
            more=(reviews.queue, operating.blocks, learning.blocks),
        ),
        reviews=reviews,
        reporting=Reporting(
            objections=Objections(parts.writer, parts.keys), reviews=reviews, delivery=delivery
        ),
        learning=learning,
        operating=operating,
        alarms=_alarms(joined, reviews.desk),
        pictures=_pictures(joined, reviews.desk),
        planning=Planning(
            slack=joined.slack,
            delivery=delivery,
            schedules=parts.ledger.schedules,
            roles=parts.roles,
        ),
        imagining=Imagining(slack=joined.slack, delivery=delivery, verbs=verbs),
    )


def _reviews(joined: Joined) -> Reviews:
    parts = joined.parts
    return Reviews(
        slack=joined.slack,
        delivery=joined.delivery,
        ledger=parts.ledger,
        channel=parts.settings.reviewers_channel,
        roles=parts.roles,
        desk=Desk(parts.writer, parts.keys, accounts_of(parts.settings)),
        gate=parts.gate,
        expire_h=parts.settings.review_h,
        team_url=joined.team_url,
    )


def _replying(joined: Joined, desk: Desk) -> Replying:
    parts = joined.parts
    return Replying(
        slack=joined.slack,
        delivery=joined.delivery,
        replies=Replies(parts.writer, parts.keys),
        desk=desk,
        gate=parts.gate,
        reading=joined.reading,
        roles=parts.roles,
        knowledge=parts.shelf,
        wake=joined.bell.ring,
    )


def _alarms(joined: Joined, desk: Desk) -> Alarms:
    parts = joined.parts
    return Alarms(
        schedules=parts.ledger.schedules,
        memory=Memory(parts.writer, parts.keys),
        desk=desk,
        roles=parts.roles,
        delivery=joined.delivery,
    )


def _pictures(joined: Joined, desk: Desk) -> Pictures:
    parts = joined.parts
    return Pictures(
        deleting=Deleting(parts.writer, parts.keys),
        desk=desk,
        roles=parts.roles,
        slack=joined.slack,
        delivery=joined.delivery,
    )


def _intake(joined: Joined, presses: Presses) -> Intake:
    parts, delivery = joined.parts, joined.delivery

    async def point(request: Request, here: Destination) -> None:
        await delivery.whisper(here, Notice.PRIVATE, request.user, language(request.prompt))

    async def refuse(pressed: StopPressed) -> None:
        await delivery.whisper(pressed.here, Notice.NOT_YOURS_TO_STOP, pressed.user, "en")

    return Intake(
        reader=Reader(parts.settings.verbs, joined.bot_user),
        ledger=parts.ledger,
        wake=joined.bell.ring,
        decided=presses.decide,
        pressed=presses.press,
        home=presses.home.opened,
        pointed=point,
        stop=parts.stops.stop,
        goes_on=refuse,
        let_in=Doubles(parts.roles.at_the_door).one,
        changed=parts.roles.people.forget,
        checked=presses.checked,
        metrics=parts.metrics,
    )


def _worker(joined: Joined, presses: Presses) -> Worker:
    parts, token = joined.parts, joined.token
    line = _pipeline(joined, presses.reviews, _gathering(joined, presses.learning))
    return Worker(
        parts.ledger,
        line.handle,
        joined.bell,
        at_work=parts.settings.workers,
        may=lambda: token.works,
    )


def _gathering(joined: Joined, learning: Learning) -> Noting:
    """Return what reads for a request; each reads what the one before it gathered."""
    parts, verbs = joined.parts, joined.parts.settings.verbs
    gathering = Gathering(joined.reading, parts.sources)
    following = Following(gathering, learning.replying.replies)
    recalling = Recalling(following, Recall(parts.writer, parts.keys))
    picturing = Picturing.of(recalling, Attached(joined.reader), parts.sources, verbs)
    return Noting(Masked.of(picturing, parts.gate, verbs), learning.lessons)


def _pipeline(joined: Joined, reviews: Reviews, reading: Noting) -> Pipeline:
    parts, settings = joined.parts, joined.parts.settings
    return Pipeline(
        generators=parts.generators,
        gate=parts.gate,
        delivery=joined.delivery,
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
        priorities={name: verb.priority for name, verb in settings.verbs.items()},
        reserves={name: verb.reserve for name, verb in settings.verbs.items()},
        access=parts.roles,
        meaning=Meaning.of(Recall(parts.writer, parts.keys), settings.verbs),
        stops=parts.stops,
    )


def _beside(joined: Joined, presses: Presses) -> Mapping[str, Work]:
    """Return what runs beside the work, by name."""
    parts = joined.parts
    look = Survey(slack=joined.slack, reading=joined.reading, roles=parts.roles)
    presence = Presence(writer=parts.writer, id=parts.ledger.owner, version=version())
    return {
        **presses.watching,
        "digests": _clock(parts, look, joined.bell).run,
        "watches": _own_clock(parts, look, joined.bell).run,
        "presence": presence.keep,
        "janitor": _janitor(joined).run,
    }


def _janitor(joined: Joined) -> Janitor:
    parts = joined.parts
    return Janitor(
        reader=joined.reader,
        client=joined.client,
        writer=parts.writer,
        removed=parts.metrics.reconciled.labels("removed").inc,
        pause_s=PAUSE_S if parts.settings.slack_pacing else 0.0,
    )


def _own_clock(parts: Core, look: Survey, bell: Bell) -> Clock:
    memory = Memory(parts.writer, parts.keys)
    parts.finders.by_kind = finders(memory, look, parts.gate, parts.settings.feeds)
    return replace(_clock(parts, look, bell), own=parts.finders.by_kind)


def _clock(parts: Core, look: Survey, bell: Bell) -> Clock:
    async def room(owner: UserId) -> bool:
        return (await parts.ledger.load(owner)).own < ROOM

    return Clock(schedules=parts.ledger.schedules, look=look, wake=bell.ring, room=room)
