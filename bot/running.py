"""The bot alone, and what it would answer or judge, without Slack: `atelier bot`, `ask`, others."""

import asyncio
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot.assemble import running
from bot.commands import Data, settings_of, tell
from bot.core import core
from bot.life.logs import last_words
from bot.life.run import live
from bot.marking import told
from bot.moderating import moderation
from bot.processes import engine_for
from bot.settings import Settings, SettingsError
from bot.starting import AsJson
from bot.terminal import answer
from generators.draft import Code, Text, words
from moderation.judge import Assessment
from moderation.provenance.marks import UnreadablePictureError
from moderation.tables import Direction, Scope


def register(atelier: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (bot, ask, image, moderate, provenance):
        atelier.command()(command)


def bot(data: Data = None, as_json: AsJson = False) -> None:
    """Run the bot alone, on Slack or any workspace that SLACK_API_URL names."""
    settings = settings_of(data)
    basic = "Basic Information, "
    for name, value, where in (
        ("SLACK_BOT_TOKEN", settings.slack_bot_token, "OAuth & Permissions, Bot User OAuth Token"),
        ("SLACK_SIGNING_SECRET", settings.slack_signing_secret, f"{basic}App Credentials")
        if settings.mode == "http"
        else ("SLACK_APP_TOKEN", settings.slack_app_token, f"{basic}App-Level Tokens"),
    ):
        if not value.get_secret_value():
            raise SettingsError(
                f"{name} is not set. Find it at api.slack.com/apps, your app, {where}; "
                "`atelier up` needs none."
            )
    last_words()
    raise typer.Exit(asyncio.run(_bot(settings, as_json=as_json)))


def ask(prompt: str, data: Data = None) -> None:
    """Answer one question here, moderated and accounted like any other."""
    raise typer.Exit(asyncio.run(_answer(settings_of(data), "ask", prompt, {}, None)))


def image(
    prompt: str,
    file: Annotated[Path, typer.Option("-o", help="The PNG file to write.")],
    data: Data = None,
    seed: Annotated[int | None, typer.Option()] = None,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT")] = "",
) -> None:
    """Make one picture, moderated and accounted like any other."""
    flags = {"seed": None if seed is None else str(seed), "size": size or None}
    given = {name: value for name, value in flags.items() if value is not None}
    raise typer.Exit(asyncio.run(_answer(settings_of(data), "imagine", prompt, given, file)))


def moderate(
    direction: Annotated[Direction, typer.Option()],
    kind: Annotated[str, typer.Option(help="text or code")] = "text",
    channel: Annotated[str, typer.Option(help="As if it were in this channel (C...).")] = "",
    data: Data = None,
) -> None:
    """Judge JSON Lines `{"id", "text"}` from stdin, one verdict a line."""
    if kind not in {"text", "code"}:
        raise SettingsError(f"--kind {kind} is neither text nor code.")
    asyncio.run(_moderate(settings_of(data), direction, kind, Scope(channel=channel)))


def provenance(file: Path) -> None:
    """Print as one JSON line what a picture says of where it came from."""
    try:
        tell({"file": file.name, **told(file.read_bytes())})
    except (OSError, UnreadablePictureError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from error


async def _bot(settings: Settings, *, as_json: bool) -> int:
    async with running(settings) as life:
        said = {"ready": True} | ({"url": life.url} if life.url else {})
        ready = partial(tell, said) if as_json else lambda: None
        return await live(life, drain_s=settings.drain_s, ready=ready)


async def _answer(
    settings: Settings, verb: str, prompt: str, flags: dict[str, str], file: Path | None
) -> int:
    async with engine_for(settings) as reachable, core(reachable) as parts:
        return 0 if await answer(parts, verb, prompt, flags, file) else 1


async def _moderate(settings: Settings, direction: Direction, kind: str, scope: Scope) -> None:
    judging = moderation(settings)
    try:
        for line in _lines():
            text = str(line["text"])
            content = Code(text, "") if kind == "code" else Text(text)
            tell(_judged(line["id"], await judging.gate.judge(content, direction, scope)))
    finally:
        await judging.close()


def _lines() -> Iterator[dict[str, object]]:
    for number, line in enumerate(sys.stdin, 1):
        try:
            value = json.loads(line)
            yield {"id": value["id"], "text": value["text"]}
        except (ValueError, KeyError, TypeError) as error:
            raise SettingsError(f'Line {number} of stdin is not {{"id", "text"}}.') from error


def _judged(name: object, assessment: Assessment) -> dict[str, object]:
    keys = ("category", "detector", "score", "start", "end")
    return {
        "id": name,
        "action": assessment.action.name.lower(),
        "score": assessment.score,
        "scores": dict(assessment.scores),
        "findings": [{key: getattr(found, key) for key in keys} for found in assessment.findings],
        "text": words(assessment.content),
    }
