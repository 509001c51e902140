"""Those who are at it beside a trial: people who ask, and reviewers who decide."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager

from tests.e2e.product import Json
from tests.faults.scene import Scene, passed
from workspace.client import ControlError

VERBS = ("tell", "tell", "tell", "tell", "program", "paint")
_TAKES_S = (0.0, 0.0, 0.5, 2.0)
"""How long answers take, each as likely as the next."""


@asynccontextmanager
async def deciding(scene: Scene) -> AsyncGenerator[None]:
    """Let reviewers decide on what waits for them, as long as the block lasts."""

    async def decide(over: asyncio.Event) -> None:
        done: set[str] = set()
        while not over.is_set():
            for card in await scene.client.messages("reviewers", user="bo"):
                if card["ts"] not in done and (value := _button(card)):
                    await _approve(scene, card["ts"], value, done)
            await passed(over, 0.2)

    async with _beside(decide):
        yield


@asynccontextmanager
async def crowd(
    scene: Scene,
    dice: random.Random,
    *,
    every_s: float = 0.35,
    commands: bool = False,
    most: int = 1000,
) -> AsyncGenerator[None]:
    """Let people ask, too, at most so many times: on a slow machine it shall be no more work."""

    async def ask(over: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            while not over.is_set() and len(scene.asks) < most:
                await scene.say(dice.choice(_TAKES_S), dice.choice(VERBS))
                if commands:
                    group.create_task(scene.command())
                await passed(over, every_s)  # a steady load

    async with _beside(ask), deciding(scene):
        yield


@asynccontextmanager
async def _beside(
    work: Callable[[asyncio.Event], Coroutine[None, None, None]],
) -> AsyncGenerator[None]:
    """Do something as long as the block lasts; nothing of it is broken off."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(work(over))
        try:
            yield
        finally:
            over.set()


async def _approve(scene: Scene, ts: str, value: str, done: set[str]) -> None:
    """Click once more where the bot was not there to take it; chen decides what bo asked."""
    request = scene.rows('SELECT "user", state FROM request WHERE id = ?', value)
    if request and request[0][1] in {"held", "ready"}:
        user = "chen" if request[0][0] == "U0BO" else "bo"
        given = {"channel": "reviewers", "ts": ts, "value": value}
        try:
            await scene.client.click(user, "review_approve", **given)
        except ControlError:
            return  # somebody was faster
    elif request:
        done.add(ts)


def _button(card: Json) -> str:
    """Return the value of the button that approves; nothing where there is none (any more)."""
    for block in card.get("blocks") or []:
        for element in block.get("elements", []) if block["type"] == "actions" else []:
            if element["action_id"] == "review_approve":
                return str(element["value"])
    return ""
