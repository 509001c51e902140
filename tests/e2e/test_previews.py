"""Pictures that are shown half made, from an engine that takes as long as a test lets it."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from starlette.requests import Request
from typing_extensions import override

from bot.watching import UPDATE_EVERY_S
from generators.draft import Image, fingerprint
from tests.bot.unsealing import lets
from tests.e2e.alone import Alone, alone
from tests.e2e.product import Json, atelier, final, keys_of, ours, said
from tests.fake_engine import FakeEngine, _painting, png, running
from tests.painter import Painter

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEPS = 9
POLICY = """
[input]
word = "allow"

[output]
word = "allow"
"word.doubtful" = "hold"
"image.unclassified" = "allow"

[words.doubtful]
words = ["otter", "水獭"]
"""


@dataclass(kw_only=True)
class Slow(Painter):
    """Sends a preview after each third of its steps, and no picture before it is told to."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[bytes] = field(default_factory=list)
    """Previews."""

    @override
    async def _note(self, request: Request) -> dict[str, Any]:
        return await FakeEngine._note(self, request)

    @override
    async def _strokes(self, body: dict[str, Any], whole: dict[str, Any]) -> AsyncIterator[str]:
        for step in range(1, STEPS + 1):
            yield _painting("in_progress", {"step": step, "total": STEPS})
            if step % (STEPS // 3) == 0 and step < STEPS:
                await asyncio.sleep(UPDATE_EVERY_S + 0.1)  # what comes sooner may be left out
                small = png(f"{body['prompt']} {step}", step, "16x16")
                self.sent.append(small)
                encoded = base64.b64encode(small).decode()
                yield _painting("partial_image", {"partial_image_index": 0, "b64_json": encoded})
        await self.go.wait()
        yield _painting("completed", whole)
        yield "data: [DONE]\n\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Slow]:
    async with running(Slow()) as started:
        assert isinstance(started, Slow)
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(engine: Slow, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    """Run a bot with that engine; at its end all that it showed must have been judged."""
    folder: Path = tmp_path_factory.mktemp("previews")
    (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    config = folder / "atelier.toml"
    config.write_text("slack_pacing = false\n", encoding="utf-8")
    more = {"ATELIER_CONFIG": str(config), "ATELIER_ENGINE__URL": engine.url}
    more["ATELIER_POLICY_FILE"] = str(folder / "policy.toml")
    async with alone(folder, **more) as started:
        yield started


def shown(entries: list[Json]) -> list[Json]:
    """Return the states of our messages that show a picture."""
    return [one["payload"] for one in entries if one["kind"] == "message" and _image(one)]


def _image(entry: Json) -> bool:
    blocks = entry["payload"].get("blocks") or ()
    return ours(entry["payload"]) and any(block["type"] == "image" for block in blocks)


async def test_it_is_shown_judged_after_a_third_of_the_steps_and_gone_in_the_end(
    bot: Alone, engine: Slow
) -> None:
    slack = bot.slack
    await slack.slash("ana", "general", "/imagine", "一只狐狸 🦊 <&> --size 64x64")
    half = await slack.wait_for(
        lambda m: ours(m) and "尚未完成" in said(m), channel="general", user="ana"
    )
    engine.go.set()
    whole = await slack.wait_for(
        lambda m: m["ts"] == half["ts"] and final(m), channel="general", user="ana"
    )
    assert "尚未完成" not in said(whole)
    states = [one["payload"] for one in await slack.visible("ana") if one["kind"] == "message"]
    texts = [said(state) for state in states if state.get("ts") == half["ts"]]
    before = texts[: texts.index(said(half))]
    late = [f"第 {step}/{STEPS} 步" for step in range(STEPS // 3 + 1, STEPS + 1)]
    assert not any(word in text for word in late for text in before), before
    files = [one for one in await slack.visible("ana") if one["kind"] == "file"]
    contents = [await slack.content(one["sha256"]) for one in files]
    first, alt = contents[0], str(files[0]["payload"]["alt_txt"])
    assert first != contents[-1]
    assert lets(bot.data / "atelier.db", [fingerprint(Image(first, alt))], keys_of(bot.data))
    async with asyncio.timeout(60):
        while not await slack.calls("files.delete"):  # noqa: ASYNC110 - another process calls
            await asyncio.sleep(0.05)
    audited = atelier("audit", "--data", str(bot.data))
    assert audited.returncode == 0, audited.stdout + audited.stderr


async def test_a_held_one_is_not_shown(bot: Alone, engine: Slow) -> None:
    engine.go.clear()
    engine.sent.clear()
    slack, before = bot.slack, len(shown(await bot.slack.visible("ana")))
    await slack.slash("ana", "general", "/imagine", "an otter, 水獭")
    async with asyncio.timeout(60):
        while len(engine.sent) < 2:  # noqa: ASYNC110 - another process asks
            await asyncio.sleep(0.05)
    engine.go.set()
    await slack.wait_for(lambda m: ours(m) and "reviewer" in said(m), channel="general", user="ana")
    assert len(shown(await slack.visible("ana"))) == before
