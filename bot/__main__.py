"""The `atelier` command line."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from bot import settings as configuration
from bot.assemble import core, running
from bot.ledger.audit import mismatches
from bot.ledger.schema import upgrade
from bot.ledger.writer import connect
from bot.manifest import manifest as app_manifest
from bot.processes import engine_arguments, engine_for
from bot.settings import Settings, SettingsError
from bot.terminal import answer
from bot.up import Shown
from bot.up import up as run_all
from generators.draft import Code, GenerationError, Text, words
from generators.support import commands
from generators.support.reading import UnreadableError
from moderation.checks import standard
from moderation.gate import Assessment, Gate
from moderation.policy import Direction

Data = Annotated[
    Path | None, typer.Option("--data", help="Folder of database, indexes and models.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line when ready.")]

atelier = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
kb = typer.Typer(no_args_is_help=True, help="Knowledge bases that answers come from.")
atelier.add_typer(kb, name="kb")


@atelier.command()
def up(
    data: Data = None,
    port: Annotated[int, typer.Option(help="Of the page; 0 takes any free one.")] = 4040,
    browser: Annotated[bool, typer.Option(help="Open the page.")] = True,
    as_json: AsJson = False,
) -> None:
    """Run the local workspace, the engine and the bot together."""
    settings = _settings(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    shown = Shown(port=port, browser=browser, as_json=as_json)
    raise typer.Exit(asyncio.run(run_all(settings, shown)))


@atelier.command()
def bot(data: Data = None, as_json: AsJson = False) -> None:
    """Run the bot alone, on Slack or any workspace that SLACK_API_URL names."""
    settings = _settings(data)
    for name, value, where in (
        ("SLACK_BOT_TOKEN", settings.slack_bot_token, "OAuth & Permissions, Bot User OAuth Token"),
        ("SLACK_APP_TOKEN", settings.slack_app_token, "Basic Information, App-Level Tokens"),
    ):
        if not value.get_secret_value():
            raise SettingsError(
                f"{name} is not set. Find it at api.slack.com/apps, your app, {where}; "
                "`atelier up` needs none."
            )
    asyncio.run(_bot(settings, as_json=as_json))


@atelier.command()
def engine(
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="0 takes any free one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the engine alone."""
    settings = _settings(data)
    given = engine_arguments(settings, port=settings.engine.port if port is None else port)
    _become([part for part in given if as_json or part != "--json"])


@atelier.command()
def workspace(
    data: Data = None,
    port: Annotated[int, typer.Option(help="0 takes any free one.")] = 4040,
    seed: Annotated[Path | None, typer.Option(help="People, channels, history (JSON).")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the local workspace alone: in memory, or kept in the data folder that is named."""
    settings = _settings(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    path = settings.data / "manifest.json"
    path.write_text(json.dumps(app_manifest(settings.verbs)), encoding="utf-8")
    start = ["workspace", "--port", str(port), "--manifest", str(path)]
    start += ["--data", str(settings.data / "workspace")] if data is not None else []
    start += ["--seed", str(seed)] if seed is not None else []
    _become([*start, "--json"] if as_json else start)


@atelier.command()
def manifest(data: Data = None) -> None:
    """Print the manifest of the Slack app, to paste at api.slack.com/apps."""
    _print(app_manifest(_settings(data).verbs), indent=2)


@atelier.command()
def ask(prompt: str, data: Data = None) -> None:
    """Answer one question here, moderated and accounted like any other."""
    raise typer.Exit(asyncio.run(_answer(_settings(data), "ask", prompt, {}, None)))


@atelier.command()
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
    raise typer.Exit(asyncio.run(_answer(_settings(data), "imagine", prompt, given, file)))


@atelier.command()
def moderate(
    direction: Annotated[Direction, typer.Option()],
    kind: Annotated[str, typer.Option(help="text or code")] = "text",
    data: Data = None,
) -> None:
    """Judge JSON Lines `{"id", "text"}` from stdin, one verdict a line."""
    if kind not in {"text", "code"}:
        raise SettingsError(f"--kind {kind} is neither text nor code.")
    gate = Gate(standard(), _settings(data).policy)
    for line in _lines():
        text = str(line["text"])
        content = Code(text, "") if kind == "code" else Text(text)
        _print(_judged(line["id"], gate.assess(content, direction)))


@kb.command("add")
def kb_add(
    paths: list[Path], name: Annotated[str, typer.Option("--kb")] = "demo", data: Data = None
) -> None:
    """Add Markdown, CSV or JSON Lines files, or folders of them, to a knowledge base."""
    report = commands.add(paths, kb=name, data=_settings(data).data)
    for skipped in report.skipped:
        sys.stderr.write(f"Skipped {skipped.where}: {skipped.why}\n")
    told = f"{len(report.added)} added, {len(report.replaced)} replaced"
    sys.stdout.write(f"{name}: {told}, {len(report.skipped)} skipped\n")
    if not report.added and not report.replaced:
        raise typer.Exit(1)


@kb.command("search")
def kb_search(
    name: Annotated[str, typer.Option("--kb")] = "demo",
    top: Annotated[int, typer.Option()] = 5,
    data: Data = None,
) -> None:
    """Search for JSON Lines `{"id", "query"}` from stdin, one answer a line."""
    asyncio.run(_search(_settings(data), name, top))


@atelier.command()
def audit(data: Data = None) -> None:
    """Check that requests, outputs, verdicts, usage and messages agree; exit 1 if they do not."""
    database = connect(_settings(data).database)
    upgrade(database)
    found = list(mismatches(database))
    for sentence in found:
        sys.stderr.write(f"{sentence}\n")
    sys.stdout.write(f"{len(found)} mismatches\n" if found else "Everything agrees.\n")
    raise typer.Exit(bool(found))


def main() -> None:
    """Run a command; what an operator can mend ends with one sentence on stderr."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    for chatty in ("bm25s", "slack_bolt"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    try:
        atelier()
    except (SettingsError, GenerationError, UnreadableError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


async def _bot(settings: Settings, *, as_json: bool) -> None:
    loop, work = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, work.cancel if work else loop.stop)
    with suppress(asyncio.CancelledError):
        async with running(settings) as worker:
            if as_json:
                _print({"ready": True})
            await worker.run()


async def _answer(
    settings: Settings, verb: str, prompt: str, flags: dict[str, str], file: Path | None
) -> int:
    async with engine_for(settings) as reachable, core(reachable) as parts:
        return 0 if await answer(parts, verb, prompt, flags, file) else 1


async def _search(settings: Settings, name: str, top: int) -> None:
    only = settings.engine.model_copy(update={"text_model": "", "image_model": ""})
    embedding = settings.model_copy(update={"engine": only})
    async with engine_for(embedding) as reachable, core(reachable) as parts:
        await parts.shelf.warm(name)
        found = commands.search(parts.shelf, commands.queries(sys.stdin), kb=name, top=top)
        async for answered in found:
            _print(dict(answered))


def _settings(data: Path | None) -> Settings:
    return configuration.load(**({} if data is None else {"data": data}))


def _become(arguments: list[str]) -> None:
    environment = configuration.without_proxies(os.environ)
    os.execve(sys.executable, [sys.executable, "-m", *arguments], environment)  # noqa: S606 - ours


def _lines() -> Iterator[dict[str, object]]:
    for number, line in enumerate(sys.stdin, 1):
        try:
            value = json.loads(line)
            yield {"id": value["id"], "text": value["text"]}
        except (ValueError, KeyError, TypeError) as error:
            raise SettingsError(f'Line {number} of stdin is not {{"id", "text"}}.') from error


def _judged(name: object, assessment: Assessment) -> dict[str, object]:
    harms: dict[str, float] = {}
    for finding in assessment.findings:
        if finding.category.startswith("harm."):
            harms[finding.category] = max(finding.score, harms.get(finding.category, 0.0))
    keys = ("category", "detector", "score", "start", "end")
    return {
        "id": name,
        "action": assessment.action.name.lower(),
        "score": max(harms.values(), default=0.0),
        "scores": harms,
        "findings": [{key: getattr(found, key) for key in keys} for found in assessment.findings],
        "text": words(assessment.content),
    }


def _print(value: object, indent: int | None = None) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
