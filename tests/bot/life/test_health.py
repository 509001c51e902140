import asyncio
import json
from dataclasses import dataclass, field

import pytest

from bot.life import health as module
from bot.life.health import Health, Probe
from bot.life.metrics import Metrics
from bot.life.pulse import Pulse
from tests.bot.asgi import Answer, call


@dataclass
class Parts:
    """What health asks, as a test wants it to be."""

    at: float = 0.0
    database: Exception | None = None
    up: bool = True
    asked: int = 0
    looked: int = 0
    metrics: Metrics = field(default_factory=Metrics)

    def now(self) -> float:
        return self.at

    async def ask(self) -> None:
        self.asked += 1
        if self.database:
            raise self.database

    async def look(self) -> None:
        self.looked += 1

    def health(self) -> Health:
        self.pulse = Pulse(now=self.now)
        return Health(
            pulse=self.pulse,
            metrics=self.metrics,
            database=Probe(ask=self.ask, now=self.now),
            ready={"intake": lambda: self.up},
            told={"engine_breaker": lambda: "open"},
            look=self.look,
        )


async def got(health: Health, path: str) -> Answer:
    return await call(health, path=path, method="GET")


async def test_it_lives_while_the_loop_is_in_time() -> None:
    parts = Parts()
    health = parts.health()
    assert (await got(health, "/livez")).status == 503
    parts.pulse.beat()
    assert (await got(health, "/livez")).status == 200
    parts.at += 5
    answer = await got(health, "/livez")
    assert (answer.status, json.loads(answer.body)) == (503, {"ok": False, "loop_lag_s": 4.75})


async def test_it_is_ready_when_everything_it_needs_is_there_and_the_engine_is_only_told() -> None:
    answer = await got(Parts().health(), "/readyz")
    told = {"ok": True, "database": True, "intake": True, "engine_breaker": "open"}
    assert (answer.status, json.loads(answer.body)) == (200, told)


async def test_it_is_not_ready_without_its_database() -> None:
    answer = await got(Parts(database=OSError("canary")).health(), "/readyz")
    assert answer.status == 503
    assert json.loads(answer.body)["database"] is False
    assert b"canary" not in answer.body


async def test_it_is_not_ready_without_a_way_in() -> None:
    assert (await got(Parts(up=False).health(), "/readyz")).status == 503


async def test_a_database_that_hangs_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROBE_S", 0.0)
    hangs = Probe(ask=asyncio.Event().wait)
    assert not await hangs.good()


async def test_the_database_is_asked_at_most_every_two_seconds() -> None:
    parts = Parts()
    health = parts.health()
    await asyncio.gather(*(got(health, "/readyz") for _ in range(20)))
    assert parts.asked == 1
    parts.at += 2
    await got(health, "/readyz")
    assert parts.asked == 2


async def test_metrics_are_prometheus_text() -> None:
    parts = Parts()
    parts.metrics.requests.labels("ask", "delivered").inc()
    answer = await got(parts.health(), "/metrics")
    assert answer.headers[b"content-type"].startswith(b"text/plain; version=")
    assert b'atelier_requests_total{kind="ask",outcome="delivered"} 1.0' in answer.body
    assert parts.looked == 1


async def test_there_is_nothing_else() -> None:
    answer = await got(Parts().health(), "/")
    assert (answer.status, answer.body) == (404, b"")
