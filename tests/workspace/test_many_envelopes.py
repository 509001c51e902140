"""10,000 envelopes through drops, doubles, late ones and reconnects: none is lost without a trace.

The app is a bare Socket Mode client that acknowledges what it gets. The clock is advanced wherever
somebody would wait, so this takes computing time only.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from workspace.delivery import Ack, Envelope
from workspace.server import running
from workspace.state import Workspace

EVENTS, COMMANDS, WINDOW = 9_000, 1_000, 500
SOCKETS = 3
CALM = 5
"""Looks in a row at which nothing had moved, before the clock is advanced."""
FAULTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"envelope": "events_api", "probability": 0.05, "seed": 1}, {"drop": True}),
    ({"envelope": "events_api", "probability": 0.05, "seed": 2}, {"duplicate": 1}),
    ({"envelope": "*", "probability": 0.03, "seed": 3}, {"late_s": 2.0}),
    ({"envelope": "events_api", "probability": 0.02, "seed": 4}, {"reorder": 3}),
    ({"envelope": "events_api", "probability": 0.02, "seed": 5}, {"delay_s": 3.0}),
    ({"envelope": "slash_commands", "probability": 0.05, "seed": 6}, {"drop": True}),
    ({"envelope": "*", "probability": 0.001, "seed": 7}, {"disconnect": "soft"}),
    ({"envelope": "*", "probability": 0.001, "seed": 8}, {"disconnect": "hard"}),
    ({"envelope": "*", "probability": 0.001, "seed": 9}, {"reset": "after"}),
]


class App:
    """Connections that are opened again whenever they break; what came over them, by event."""

    def __init__(self, ws: Workspace, session: aiohttp.ClientSession) -> None:
        self._ws = ws
        self._session = session
        self.seen: Counter[str] = Counter()
        self.connections = self.open = 0
        self.is_connected = asyncio.Event()

    async def connect(self) -> None:
        """Hold one connection, and its successors."""
        while True:
            url = f"{self._ws.base_url}/link/?ticket={self._ws.sockets.ticket()}"
            async with self._session.ws_connect(url) as socket:
                self.connections += 1
                self.open += 1
                self.is_connected.set()
                async for message in socket:
                    frame = json.loads(message.data)
                    if frame["type"] == "disconnect":
                        break
                    if "envelope_id" in frame:
                        await self._acknowledge(socket, frame)
            self.open -= 1

    async def _acknowledge(
        self, socket: aiohttp.ClientWebSocketResponse, frame: dict[str, Any]
    ) -> None:
        self.seen[frame["payload"].get("event_id", frame["payload"].get("command"))] += 1
        await socket.send_str(json.dumps({"envelope_id": frame["envelope_id"]}))


@pytest.fixture
async def app() -> AsyncIterator[tuple[Workspace, App]]:
    ws = Workspace(rate_limits=False)
    async with running(ws), aiohttp.ClientSession() as session:
        app = App(ws, session)
        tasks = [asyncio.create_task(app.connect()) for _ in range(SOCKETS)]
        await app.is_connected.wait()
        yield ws, app
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.thorough
async def test_every_envelope_is_acknowledged_or_accounted_for(
    app: tuple[Workspace, App],
) -> None:
    ws, client = app
    for match, effect in FAULTS:
        ws.faults.add({"match": match, "effect": effect})
    ws.clock.advance(0)
    acks: list[Ack | None] = []
    for start in range(0, EVENTS + COMMANDS, WINDOW):
        acks += await _through(ws, client, range(start, start + WINDOW))
    _report(ws, client)
    rows = _by_envelope(ws)
    assert len(acks) == len(rows) == EVENTS + COMMANDS
    assert sum(ack is not None for ack in acks) == sum(_is_acked(each) for each in rows.values())
    for name, attempts in rows.items():
        assert not {row["outcome"] for row in attempts} & {"pending", "held", "stopped"}
        assert _is_acked(attempts) or _is_explained(name, attempts)
        assert client.seen[name] or not _is_acked(attempts)


async def _through(ws: Workspace, client: App, numbers: range) -> list[Ack | None]:
    """Send some envelopes at once; advance the clock whenever nothing moves, to their end."""
    tasks = [asyncio.ensure_future(_sent(ws, number)) for number in numbers]
    before, still = (0, 0), 0
    while not all(task.done() for task in tasks):
        heard = (sum(client.seen.values()), len(ws.dispatcher.log))
        still = still + 1 if heard == before and client.open == SOCKETS else 0
        if still > CALM:
            due = min(alarm.due for alarm in ws.clock.alarms)
            ws.clock.advance(max(0.0, due - ws.clock.now()) + 0.5)
            still = 0
        before = heard
        await asyncio.sleep(0.001)
    return [task.result() for task in tasks]


async def _sent(ws: Workspace, number: int) -> Ack | None:
    if number % 10 == 9:
        name = f"/ask{number}"
        form = {"command": name}
        command = Envelope(type="slash_commands", kind=name, payload=form, accepts_response=True)
        return await ws.dispatcher.deliver(command)
    body = {"event_id": f"Ev{number}", "event": {"type": "message", "text": f"number {number}"}}
    return await ws.dispatcher.publish(Envelope(type="events_api", kind="message", payload=body))


def _by_envelope(ws: Workspace) -> dict[str, list[dict[str, Any]]]:
    """Return the attempts of each event and command."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in ws.dispatcher.log:
        rows[row["event_id"] or row["kind"]].append(row)
    return rows


def _is_acked(attempts: list[dict[str, Any]]) -> bool:
    return any(row["acked"] for row in attempts if "copy_of" not in row)


def _is_explained(name: str, attempts: list[dict[str, Any]]) -> bool:
    """Tell whether the last attempt says that it was the last, and why; a command has only one."""
    last = [row for row in attempts if "copy_of" not in row][-1]
    is_command = not name.startswith("Ev")
    return bool(last["outcome"]) and (is_command or last.get("given_up", False))


def _report(ws: Workspace, client: App) -> None:
    rows = list(ws.dispatcher.log)
    outcomes = Counter(row["outcome"] for row in rows)
    print(f"\n{len(rows)} attempts: {dict(outcomes.most_common())}")  # noqa: T201
    again = sum(row["retry_attempt"] > 0 for row in rows)
    copies = sum("copy_of" in row for row in rows)
    given_up = sum(row.get("given_up", False) for row in rows)
    doubles = sum(count > 1 for count in client.seen.values())
    fired = [(rule["effect"], rule["fired"]) for rule in ws.faults.cards()]
    print(f"{again} redeliveries, {copies} copies, {given_up} given up, {doubles} seen twice")  # noqa: T201
    print(f"{client.connections} connections; faults fired: {fired}")  # noqa: T201
