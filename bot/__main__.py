"""The `atelier` command line."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot import settings as configuration
from bot.assemble import core, running, unlocked
from bot.intake.http import PATH
from bot.ledger import export
from bot.ledger.audit import log_head, mismatches
from bot.ledger.commands import db
from bot.ledger.database import DatabaseRefused, opened
from bot.ledger.erasure import erase as erase_person
from bot.ledger.instances import alone
from bot.ledger.masters import KeysUnusable
from bot.ledger.schema import upgrade
from bot.life.logs import configure, last_words
from bot.life.run import live
from bot.manifest import manifest as app_manifest
from bot.marking import told
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
from moderation.provenance.marks import UnreadablePictureError

Data = Annotated[
    Path | None, typer.Option("--data", help="Folder of database, indexes and models.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line when ready.")]

MENDABLE = (DatabaseRefused, GenerationError, KeysUnusable, SettingsError, UnreadableError)
"""What an operator can mend; each says how in one sentence."""

atelier = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
kb = typer.Typer(no_args_is_help=True, help="Knowledge bases that answers come from.")
atelier.add_typer(kb, name="kb")
atelier.add_typer(db, name="db")


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
    with alone(settings.database):  # the bot that `up` starts takes it; here, to say so at once
        pass
    shown = Shown(port=port, browser=browser, as_json=as_json)
    last_words()
    raise typer.Exit(asyncio.run(run_all(settings, shown)))


@atelier.command()
def bot(data: Data = None, as_json: AsJson = False) -> None:
    """Run the bot alone, on Slack or any workspace that SLACK_API_URL names."""
    settings = _settings(data)
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
    path.write_text(json.dumps(_manifest(settings)), encoding="utf-8")
    start = ["workspace", "--port", str(port), "--manifest", str(path)]
    start += ["--data", str(settings.data / "workspace")] if data is not None else []
    start += ["--seed", str(seed)] if seed is not None else []
    _become([*start, "--json"] if as_json else start)


@atelier.command()
def manifest(data: Data = None) -> None:
    """Print the manifest of the Slack app, to paste at api.slack.com/apps."""
    settings = _settings(data)
    if settings.mode == "http" and not settings.public_url:
        raise SettingsError("In HTTP mode the manifest needs public_url: where Slack reaches you.")
    url = f"{settings.public_url}{PATH}" if settings.mode == "http" else ""
    _print(_manifest(settings, url), indent=2)


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


@atelier.command()
def provenance(file: Path) -> None:
    """Print as one JSON line what a picture says of where it came from."""
    try:
        _print({"file": file.name, **told(file.read_bytes())})
    except (OSError, UnreadablePictureError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from error


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
def audit(
    data: Data = None,
    head: Annotated[bool, typer.Option(help="Print the end of the audit log, to compare.")] = False,
) -> None:
    """Check that requests, outputs, verdicts, usage and messages agree; exit 1 if they do not.

    The audit log must be whole, and everything that is sealed must open.
    """
    with unlocked(_settings(data)) as (database, keys):
        found = list(mismatches(database, keys))
        last = log_head(database)
    for sentence in found:
        sys.stderr.write(f"{sentence}\n")
    sys.stdout.write(f"{len(found)} mismatches\n" if found else "Everything agrees.\n")
    if head:
        sys.stdout.write(f"The audit log has {last.seq} rows and ends with {last.hash}.\n")
    raise typer.Exit(bool(found))


@atelier.command()
def usage(
    as_csv: Annotated[bool, typer.Option("--csv", help="One line for each engine call.")] = False,
    since: Annotated[str, typer.Option(help="The first day, like 2026-11-01 (UTC).")] = "",
    until: Annotated[str, typer.Option(help="The day after the last.")] = "",
    rebuild: Annotated[bool, typer.Option(help="Sum up all days anew.")] = False,
    data: Data = None,
) -> None:
    """Print what was used, without content: totals as JSON Lines, or everything as CSV."""
    settings = _settings(data)
    try:
        span = export.span_of(since, until)
    except ValueError as error:
        raise SettingsError("A day is written like 2026-11-01.") from error
    with opened(settings.database) as database:
        upgrade(database)
        if rebuild:
            export.rebuild(database)
        if as_csv:
            export.write(database, span, settings.prices.currency, sys.stdout)
        else:
            for total in export.summed(database, span):
                _print(total)


@atelier.command()
def erase(
    user: Annotated[str, typer.Option(help="Slack id of the person.")],
    unseen: Annotated[
        bool, typer.Option(help="Do not wait until they are told that open requests ended.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line.")] = False,
    data: Data = None,
) -> None:
    """Erase a person: their words for good, and their name; exit 1 while requests are open."""
    with unlocked(_settings(data)) as (database, keys):
        done = erase_person(database, keys, user, unseen=unseen)
    sys.stdout.write(f"{json.dumps(asdict(done)) if as_json else done.told}\n")
    raise typer.Exit(bool(done.open))


def main() -> None:
    """Run a command; what an operator can mend ends with one sentence on stderr."""
    configure("auto")
    try:
        atelier()
    except MENDABLE as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


async def _bot(settings: Settings, *, as_json: bool) -> int:
    async with running(settings) as life:
        said = {"ready": True} | ({"url": life.url} if life.url else {})
        ready = partial(_print, said) if as_json else lambda: None
        return await live(life, drain_s=settings.drain_s, ready=ready)


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
    settings = configuration.load(**({} if data is None else {"data": data}))
    configure(settings.log_format)
    return settings


def _manifest(settings: Settings, url: str = "") -> dict[str, object]:
    return app_manifest(settings.verbs, url, groups=bool(settings.roles.groups))


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
