"""What came of everything that was asked: by what people saw, by the ledger, by `atelier audit`."""

import asyncio
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, fields

from bot.delivery.marks import key_of
from bot.intake.events import typed_id
from tests.e2e.oracle import Oracle, everything
from tests.e2e.product import Json, final, keys_of, ours
from tests.faults.canary import leaks
from tests.faults.scene import CHANNELS, Ask, Scene
from tests.faults.scripted import cost, journal

TEAM = "T0LOCAL00"
PLACES = {"general": "C0GENERAL", "random": "C0RANDOM"}
REDELIVERED_S = 61.0
"""The longest of these makes every event that was not acknowledged come again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is wrong; all is well where every number is 0."""

    lost: int
    """Acknowledged, and without a final message."""
    double_finals: int
    """Messages that said something final although another one of the same request did."""
    spare_placeholders: int
    double_files: int
    wrong_usage: int
    """Requests whose usage is not exactly what the generators say they did."""
    undone: int
    audit: int
    """Exit status of `atelier audit`."""
    leaks: int
    """Files in which content or a token can be read that must not be there."""
    unjudged: int = 0
    """Strings, or hashes of files, that somebody was shown in any state, and nobody judged."""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not any(getattr(self, each.name) for each in fields(self))

    def plus(self, other: "Found") -> "Found":
        """Return what is wrong in both."""
        names = [each.name for each in fields(self)]
        return Found(**{name: getattr(self, name) + getattr(other, name) for name in names})


async def settled(scene: Scene, timeout_s: float = 300.0) -> None:
    """Wait until everything was delivered to the bot, and everything it knows of is done."""
    loop = asyncio.get_running_loop()
    advanced = loop.time()

    async def quiet() -> bool:
        nonlocal advanced
        if await _on_their_way(scene):
            if loop.time() - advanced > 2.0:
                advanced = loop.time()
                await scene.client.advance(REDELIVERED_S)
            return False
        return not _undone(scene)

    await scene.until(quiet, timeout_s, "everything is delivered and done")


async def answered(scene: Scene) -> None:
    """Wait until everything that was asked in messages is known to the ledger, and done."""

    async def all_done() -> bool:
        done = scene.rows("SELECT count(*) FROM request WHERE state = 'done'")
        return int(done[0][0]) >= len(scene.asks) and not _undone(scene)

    await scene.until(all_done, 300, "everything is done")


async def judged(scene: Scene) -> Found:
    """Look at what people saw, the ledger and the audit, once nothing moves any more."""
    ends = await ends_shown(scene)
    present = await _present(scene)
    audited = await scene.atelier("audit")
    sys.stderr.write(audited.logged()[-2000:])
    return Found(
        lost=await _lost(scene, {request for request, part in ends if part == 0}),
        double_finals=sum(len(places) - 1 for places in ends.values()),
        spare_placeholders=sum(key_of(each) is not None and not final(each) for each in present),
        double_files=_double_files(present),
        wrong_usage=len(wrong_usage(scene)),
        undone=_undone(scene),
        audit=audited.status or 0,
        leaks=len(await leaks(scene)),
        unjudged=len(unjudged(scene)),
    )


def unjudged(scene: Scene) -> list[str]:
    """Return what anybody was shown that is not fixed, and that has no verdict."""
    oracle = Oracle(
        database=scene.database,
        keys=keys_of(scene.folder / "data"),
        config=scene.folder / "atelier.toml",
    )
    return oracle.unjudged(everything(scene.url))


async def ends_shown(scene: Scene) -> dict[tuple[str, int], set[str]]:
    """Return the messages that were ever seen to be final, by request and part."""
    ends: dict[tuple[str, int], set[str]] = defaultdict(set)
    for entry in await scene.client.visible("ana"):
        message = entry["payload"]
        key = _key(message)
        if key is not None and final(message):
            ends[key].add(message["ts"])
    return ends


def request_id(ask: Ask) -> str:
    """Return the id that the ledger knows it by."""
    return typed_id(TEAM, PLACES[ask.channel], ask.ts).hex


def wrong_usage(scene: Scene) -> list[str]:
    """Return the requests that were not billed for exactly what was done for them."""
    begun = Counter(note.name for note in journal(scene.notes) if note.what == "begin")
    rows = scene.rows(
        "SELECT request_id, outcome, requests, prompt_tokens, output_tokens FROM usage"
    )
    used: dict[str, list[tuple[str, int, int, int]]] = defaultdict(list)
    for name, *rest in rows:
        used[name].append(tuple(rest))
    delivered = {row[0] for row in scene.rows("SELECT id FROM request WHERE outcome = 'delivered'")}
    known = {request_id(ask): ask for ask in scene.asks}
    wrong = [
        name
        for name in delivered | set(used)
        if not _billed(used[name], known.get(name), begun, delivered=name in delivered)
    ]
    return wrong + _commands_wrong(scene, {n: u for n, u in used.items() if n not in known})


def _billed(
    rows: list[tuple[str, int, int, int]], ask: Ask | None, begun: Counter[str], *, delivered: bool
) -> bool:
    """Tell whether each attempt has its row, one is paid for, and for exactly what it cost."""
    paid = [row[2:] for row in rows if row[0] == "ok"]
    once = len(paid) == int(delivered) and sum(row[1] for row in rows) <= 1
    if ask is None:
        return once
    price = cost(ask.prompt)
    right = all(one == (price.prompt_tokens, price.output_tokens) for one in paid)
    return once and right and len(rows) >= begun[ask.name]


def _commands_wrong(scene: Scene, used: dict[str, list[tuple[str, int, int, int]]]) -> list[str]:
    """Compare what commands cost with what they should, all together: nobody sees their ids."""
    paid: Counter[tuple[int, ...]] = Counter(
        row[2:] for rows in used.values() for row in rows if row[0] == "ok"
    )
    owed: Counter[tuple[int, ...]] = Counter()
    for prompt, acked in zip(scene.prompts, scene.commands, strict=True):
        price = cost(prompt)
        owed[(price.prompt_tokens, price.output_tokens)] += acked
    return [str(one) for one in owed - paid]


async def _lost(scene: Scene, ended: set[str]) -> int:
    events = await scene.client.deliveries()
    given_up = len({each["event_id"] for each in events if each.get("given_up")})
    asked = {request_id(ask) for ask in scene.asks}
    silent = len(asked - ended)
    commands = sum(scene.commands) - len(ended - asked)
    return max(0, silent - given_up) + max(0, commands)


async def _on_their_way(scene: Scene) -> bool:
    """Tell whether an event was not acknowledged yet, and will be told again."""
    state: dict[str, bool] = {}
    for row in await scene.client.deliveries():
        if row["type"] == "events_api" and row["event_id"]:
            ended = row["acked"] or bool(row.get("given_up"))
            state[row["event_id"]] = state.get(row["event_id"], False) or ended
    return not all(state.values())


async def _present(scene: Scene) -> list[Json]:
    """Return the bot's messages that are there now, in channels and threads."""
    found = [each for name in CHANNELS for each in await scene.client.messages(name)]
    for ask in scene.asks:
        found += await scene.client.messages(ask.channel, ask.ts)
    return [each for each in found if ours(each)]


def _double_files(present: list[Json]) -> int:
    """Count files that were shared in a thread where the same one is already."""
    shared = Counter(
        (message.get("thread_ts"), file["name"])
        for message in present
        if "metadata" not in message
        for file in message.get("files") or ()
    )
    return sum(count - 1 for count in shared.values())


def _undone(scene: Scene) -> int:
    return int(scene.rows("SELECT count(*) FROM request WHERE state <> 'done'")[0][0])


def _key(message: Json) -> tuple[str, int] | None:
    given = (message.get("metadata") or {}).get("event_payload") or {}
    if not ours(message) or "request_id" not in given:
        return None
    return given["request_id"], given["part"]
