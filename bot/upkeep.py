"""What a bot runs beside its work: watchdogs, health and metrics. Part of `bot.assemble`."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from bot.core import Core
from bot.delivery.slack import UNKNOWN
from bot.intake.app import Intake
from bot.intake.ways import Way
from bot.ledger.opening import started
from bot.ledger.order import UNDONE
from bot.ledger.probes import touch, waiting
from bot.ledger.retention import Retention, Sweeper
from bot.ledger.rows import now_ms
from bot.ledger.writer import LedgerUnavailable, Writer
from bot.life.breaker import Breaker
from bot.life.engine import worst
from bot.life.health import Health, Probe
from bot.life.listener import Listener
from bot.life.metrics import Metrics, Queue
from bot.life.pulse import Pulse
from bot.life.run import Life, Work
from bot.life.token import REFUSED, Token
from bot.moderating import Watched
from bot.settings import Settings
from bot.worker import Worker

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What there is to look after."""

    metrics: Metrics
    writer: Writer
    guards: Mapping[str, Breaker]
    token: Token
    sweep: Work
    judging: Watched | None = None
    budgets: Work | None = None
    """Brings up to date what is shown of budgets."""
    nightly: Work | None = None
    """Checks the books, until cancelled."""

    async def look(self, queue: Queue) -> None:
        """Bring up to date what waits; where the database does not answer, it stays as it was."""
        with suppress(LedgerUnavailable):
            rows = await waiting(self.writer)
            queue.depths = {(row.verb, row.state): row.count for row in rows}
            now = now_ms()
            oldest = min((row.oldest_ms for row in rows if row.state in UNDONE), default=now)
            queue.oldest_s = (now - oldest) / 1000
            if self.budgets:
                await self.budgets()


async def looked_after(parts: Core, token: Token) -> Upkeep:
    """Return what there is to look after, once the ledger knows with which settings it begins."""
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


def told(metrics: Metrics, token: Token) -> Callable[[str, str], None]:
    """Return what hears how each call to Slack ended."""

    def hear(method: str, result: str) -> None:
        metrics.calls.labels(method, result).inc()
        if result == UNKNOWN:
            metrics.unknown.inc()
        if result in REFUSED:
            token.refused(result)

    return hear


def life(upkeep: Upkeep, worker: Worker, way: Way, intake: Intake, settings: Settings) -> Life:
    """Return everything that one bot runs."""
    pulse = Pulse()
    beside: dict[str, Work] = {
        "pulse": pulse.run,
        "writer": upkeep.writer.watch,
        "intake": way.watch,
        "token": upkeep.token.watch,
        "retention": upkeep.sweep,
    }
    if upkeep.judging and upkeep.judging.rules:
        beside["policy"] = upkeep.judging.rules.watch
    if upkeep.nightly:
        beside["audit"] = upkeep.nightly
    if settings.health_port:
        beside["health"] = _listening(_health(upkeep, pulse, way, intake), settings)

    async def shut() -> None:
        await way.close()
        await intake.settled()

    return Life(work=worker.run, leave=worker.leave, shut=shut, beside=beside, url=way.url)


def _health(upkeep: Upkeep, pulse: Pulse, way: Way, intake: Intake) -> Health:
    metrics, queue, token = upkeep.metrics, Queue(), upkeep.token
    metrics.registry.register(queue)
    metrics.gauge("loop_lag_seconds", "How late the event loop is.", lambda: pulse.lag_s)
    metrics.gauge(
        "socket_last_event_age_seconds", "Since Slack sent anything.", lambda: way.silent_s
    )
    metrics.gauge("slack_token_works", "1 while Slack takes the token.", lambda: float(token.works))
    guards = {**upkeep.guards, intake.database.name: intake.database}
    opened = {name: _opened(guard) for name, guard in guards.items()}
    metrics.gauges("breaker_open", "1 while nothing is tried.", "breaker", opened)
    ready: dict[str, Callable[[], bool]] = {
        "intake": lambda: way.up,
        "slack_token": lambda: token.works,
    }
    said: dict[str, Callable[[], str]] = {"engine_breaker": lambda: worst(upkeep.guards)}
    if upkeep.judging:
        upkeep.judging.shown(metrics)
        ready["checks"], said["policy"] = upkeep.judging.works, upkeep.judging.rules_are
    return Health(
        pulse=pulse,
        metrics=metrics,
        database=Probe(ask=lambda: touch(upkeep.writer)),
        ready=ready,
        told=said,
        look=lambda: upkeep.look(queue),
    )


def _opened(guard: Breaker) -> Callable[[], float]:
    return lambda: float(guard.state != "closed")


def _listening(health: Health, settings: Settings) -> Work:
    async def listen() -> None:
        try:
            listener = Listener(health, settings.health_host, settings.health_port)
        except OSError:
            port = {"port": settings.health_port}
            log.warning("port %(port)s is taken (health_port): no health and no metrics", port)
            await asyncio.Event().wait()
            return
        await listener.run_until_stopped()

    return listen
