"""The only place that constructs things: settings in, a running bot out."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.admission import Limits
from bot.alarms import PRESSES as ALARMED
from bot.alarms import Alarms
from bot.budgets import month_span
from bot.core import Core, accounts_of, core
from bot.deleting import PRESSES as PICTURED
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
from bot.imagining import Imagining
from bot.intake.app import Intake
from bot.intake.attached import Attached
from bot.intake.connecting import client_of, introduced, open_way, way_of
from bot.intake.doubles import Doubles
from bot.intake.events import Decision, HomeOpened, Press, Reader, StopPressed
from bot.intake.imagined import OPEN as IMAGINED
from bot.intake.reading import Reading
from bot.learning import PRESSES as LEARNT
from bot.learning import Learning, Noting
from bot.ledger.alone import alone
from bot.ledger.deleting import Deleting
from bot.ledger.instances import Presence, version
from bot.ledger.memory import Memory
from bot.ledger.objections import Objections
from bot.ledger.opening import started
from bot.ledger.pausing import Switch
from bot.ledger.recall import Recall
from bot.ledger.replying import Replies
from bot.ledger.retention import Retention, Sweeper
from bot.ledger.reviewing import Desk
from bot.life.run import Life, Work
from bot.life.token import Token
from bot.masking import Masked
from bot.moderating import Watched
from bot.objections import PRESSES, Reporting
from bot.operating import OPERATED, Operating
from bot.picturing import Picturing
from bot.pipeline import Pipeline
from bot.planning import PRESSES as PLANNED
from bot.planning import Planning, checked
from bot.recalling import Recalling
from bot.replies import Following, Replying
from bot.reviews import Reviews
from bot.settings import Settings
from bot.sources import Gathering
from bot.upkeep import Upkeep, life, told
from bot.views.home import home
from bot.views.notices import Notice
from bot.views.render import Block
from bot.worker import Bell, Worker
from generators.draft import Destination, Request, UserId
from generators.sentences import language

READ_TRIES = 3
"""How often a read waits as long as Slack says before it fails."""


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[Life]:
    """Connect to Slack; the life that is handed out does the work. Raises SettingsError."""
    async with _resident(settings) as parts, aiohttp.ClientSession() as session:
        client = client_of(settings, session)
        who = await introduced(client)
        bell = Bell()
        token = Token(ask=client.auth_test, back=bell.ring)
        slack = Slack(client, Pace(enabled=settings.slack_pacing), told(parts.metrics, token))
        own = [str(who.get(key) or "") for key in ("team_id", "enterprise_id")]
        parts.roles.people.meet(Directory(slack), own)
        delivery = Delivery(
            slack,
            parts.gate,
            parts.ledger,
            settle_s=settings.settle_s,
            streams=settings.slack_streams,
        )
        reviews = _reviews(parts, slack, delivery, str(who["url"]))
        reader = client_of(settings, session, patience=READ_TRIES)
        parts.sources.places = Places(reader)
        reading = Reading(client=reader, verbs=settings.verbs, team_url=str(who["url"]))
        reporting = Reporting(
            objections=Objections(parts.writer, parts.keys), reviews=reviews, delivery=delivery
        )
        replying = _replying(parts, reviews, reading, bell)
        learning = Learning.of(replying, settings, parts.shelf.bases)
        intake = _intake(parts, reporting, learning, bell, str(who["user_id"]))
        way = way_of(settings, client, intake)
        gathering = Gathering(reading, parts.sources)
        following = Following(gathering, learning.replying.replies)
        recalling = Recalling(following, Recall(parts.writer, parts.keys))
        picturing = Picturing.of(recalling, Attached(reader), settings.verbs)
        noting = Noting(Masked.of(picturing, parts.gate, settings.verbs), learning.lessons)
        line = _pipeline(parts, delivery, reviews, noting)
        worker = Worker(
            parts.ledger, line.handle, bell, at_work=settings.workers, may=lambda: token.works
        )
        try:
            await open_way(way, settings)
            lives = life(await _upkeep(parts, token), worker, way, intake, settings)
            look = Survey(slack=slack, reading=reading, roles=parts.roles)
            beside = {
                "reviews": reviews.watch,
                "reports": reporting.watch,
                "deleted": _pictures(parts, reviews).watch,
                "replies": learning.replying.watch,
                "learning": learning.watch,
                "digests": _clock(parts, look, bell).run,
                "watches": _own_clock(parts, look, bell).run,
                **_beside(parts, reader, client),
            }
            yield replace(lives, beside={**lives.beside, **beside})
        finally:
            await way.abandon()


def _reviews(parts: Core, slack: Slack, delivery: Delivery, team_url: str) -> Reviews:
    return Reviews(
        slack=slack,
        delivery=delivery,
        ledger=parts.ledger,
        channel=parts.settings.reviewers_channel,
        roles=parts.roles,
        desk=Desk(parts.writer, parts.keys, accounts_of(parts.settings)),
        gate=parts.gate,
        expire_h=parts.settings.review_h,
        team_url=team_url,
    )


def _replying(parts: Core, reviews: Reviews, reading: Reading, bell: Bell) -> Replying:
    return Replying(
        slack=reviews.slack,
        delivery=reviews.delivery,
        replies=Replies(parts.writer, parts.keys),
        desk=reviews.desk,
        gate=parts.gate,
        reading=reading,
        roles=parts.roles,
        knowledge=parts.shelf,
        wake=bell.ring,
    )


def _own_clock(parts: Core, look: Survey, bell: Bell) -> Clock:
    memory = Memory(parts.writer, parts.keys)
    parts.finders.by_kind = finders(memory, look, parts.gate, parts.settings.feeds)
    return replace(_clock(parts, look, bell), own=parts.finders.by_kind)


def _clock(parts: Core, look: Survey, bell: Bell) -> Clock:
    async def room(owner: UserId) -> bool:
        return (await parts.ledger.load(owner)).own < ROOM

    return Clock(schedules=parts.ledger.schedules, look=look, wake=bell.ring, room=room)


def _beside(parts: Core, reader: AsyncWebClient, client: AsyncWebClient) -> Mapping[str, Work]:
    presence = Presence(writer=parts.writer, id=parts.ledger.owner, version=version())
    janitor = Janitor(
        reader=reader,
        client=client,
        writer=parts.writer,
        removed=parts.metrics.reconciled.labels("removed").inc,
        pause_s=PAUSE_S if parts.settings.slack_pacing else 0.0,
    )
    return {"presence": presence.keep, "janitor": janitor.run}


async def _upkeep(parts: Core, token: Token) -> Upkeep:
    settings, said = parts.settings, parts.settings.model_dump_json()
    await parts.writer.write(lambda session: started(session, parts.keys, said))
    retention = Retention(
        contents_days=settings.retention_days,
        metadata_days=settings.metadata_days,
        usage_days=settings.usage_days,
    )
    sweeper = Sweeper(parts.writer, parts.keys, retention)
    return Upkeep(
        parts.metrics,
        parts.writer,
        parts.guards,
        token,
        sweeper.run,
        Watched(parts.gate, parts.rules),
        budgets=parts.budgets,
        nightly=parts.nightly,
    )


@asynccontextmanager
async def _resident(settings: Settings) -> AsyncGenerator[Core]:
    with alone(settings.database):
        async with core(settings, resident=True) as parts:
            yield parts


def _pipeline(parts: Core, delivery: Delivery, reviews: Reviews, reading: Noting) -> Pipeline:
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
        priorities={name: verb.priority for name, verb in settings.verbs.items()},
        reserves={name: verb.reserve for name, verb in settings.verbs.items()},
        access=parts.roles,
        stops=parts.stops,
    )


def _intake(
    parts: Core, reporting: Reporting, learning: Learning, bell: Bell, bot_user: str
) -> Intake:
    reviews, switch = reporting.reviews, Switch(parts.writer, parts.keys)
    delivery = reporting.delivery
    operating = Operating(switch=switch, roles=parts.roles, delivery=delivery, wake=bell.ring)
    show_home = _home(parts, delivery, (reviews.queue, operating.blocks, learning.blocks))
    planning = Planning(
        slack=reviews.slack,
        delivery=delivery,
        schedules=parts.ledger.schedules,
        roles=parts.roles,
    )
    imagining = Imagining(slack=reviews.slack, delivery=delivery, verbs=parts.settings.verbs)

    async def open_home(opened: HomeOpened) -> None:
        await show_home(opened.user)

    buttons: dict[str, Callable[[Press], Awaitable[None]]] = {
        **dict.fromkeys(OPERATED, partial(operating.press, show_home=show_home)),
        **dict.fromkeys(LEARNT, partial(learning.press, show_home=show_home)),
        **dict.fromkeys(ALARMED, _alarms(parts, reviews).press),
        **dict.fromkeys(PICTURED, _pictures(parts, reviews).press),
        **dict.fromkeys(PRESSES, reporting.press),
        **dict.fromkeys(PLANNED, planning.press),
        IMAGINED: imagining.press,
    }

    async def press(pressed: Press) -> None:
        await buttons.get(pressed.what, reviews.press)(pressed)

    async def point(request: Request, here: Destination) -> None:
        await delivery.whisper(here, Notice.PRIVATE, request.user, language(request.prompt))

    async def refuse(pressed: StopPressed) -> None:
        await delivery.whisper(pressed.here, Notice.NOT_YOURS_TO_STOP, pressed.user, "en")

    async def decide(decision: Decision) -> bool:
        return await (reporting if decision.reported else reviews).decide(decision)

    return Intake(
        reader=Reader(parts.settings.verbs, bot_user),
        ledger=parts.ledger,
        wake=bell.ring,
        decided=decide,
        pressed=press,
        home=open_home,
        pointed=point,
        stop=parts.stops.stop,
        goes_on=refuse,
        let_in=Doubles(parts.roles.at_the_door).one,
        changed=parts.roles.people.forget,
        checked=lambda body: checked(body) or imagining.checked(body),
        metrics=parts.metrics,
    )


def _pictures(parts: Core, reviews: Reviews) -> Pictures:
    return Pictures(
        deleting=Deleting(parts.writer, parts.keys),
        desk=reviews.desk,
        roles=parts.roles,
        slack=reviews.slack,
        delivery=reviews.delivery,
    )


def _alarms(parts: Core, reviews: Reviews) -> Alarms:
    return Alarms(
        schedules=parts.ledger.schedules,
        memory=Memory(parts.writer, parts.keys),
        desk=reviews.desk,
        roles=parts.roles,
        delivery=reviews.delivery,
    )


def _home(
    parts: Core, delivery: Delivery, more: Sequence[Callable[[UserId], Awaitable[Sequence[Block]]]]
) -> Callable[[UserId], Awaitable[None]]:
    """Return what shows people their home; `more` gives what some roles see there."""

    async def show(user: UserId) -> None:
        if not await parts.roles.may(user, "ask"):
            return
        span = month_span(f"{datetime.now(UTC):%Y-%m}")
        totals = await parts.ledger.totals("user", user, span)
        load = await parts.ledger.load(user)
        own = [await blocks(user) for blocks in more]
        view = home(parts.settings.verbs, totals, load.own, own)
        await delivery.publish_home(user, view)

    return show
