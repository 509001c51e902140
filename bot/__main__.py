"""The `atelier` command line."""

import asyncio
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot.assemble import core, running
from bot.books import register, settings_of
from bot.digests.commands import schedule
from bot.digests.recapping import recapped
from bot.intake.http import PATH
from bot.knowledge import kb
from bot.ledger.commands import db
from bot.ledger.database import DatabaseRefused
from bot.ledger.instances import alone
from bot.ledger.masters import KeysUnusable
from bot.life.logs import configure, last_words
from bot.life.run import live
from bot.manifest import manifest as app_manifest
from bot.marking import told
from bot.models import models
from bot.moderating import moderation
from bot.processes import become, engine_arguments, engine_for
from bot.programs import code
from bot.settings import Settings, SettingsError
from bot.terminal import answer
from bot.training import evaluate, train
from bot.up import Shown
from bot.up import up as run_all
from generators.draft import Code, GenerationError, Text, words
from generators.support.reading import UnreadableError
from moderation.judge import Assessment
from moderation.provenance.marks import UnreadablePictureError
from moderation.tables import Direction, Scope

Data = Annotated[
    Path | None, typer.Option("--data", help="Folder of database, indexes and models.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line when ready.")]

MENDABLE = (DatabaseRefused, GenerationError, KeysUnusable, SettingsError, UnreadableError)
"""What an operator can mend; each says how in one sentence."""

atelier = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
atelier.add_typer(kb, name="kb")
atelier.add_typer(db, name="db")
atelier.add_typer(code, name="code")
atelier.command()(schedule)
atelier.command("recap")(recapped)
atelier.add_typer(models, name="models")
atelier.add_typer(train, name="train")
atelier.add_typer(evaluate, name="evaluate")
register(atelier)


@atelier.command()
def up(
    data: Data = None,
    port: Annotated[int, typer.Option(help="Of the page; 0 takes any free one.")] = 4040,
    browser: Annotated[bool, typer.Option(help="Open the page.")] = True,
    as_json: AsJson = False,
) -> None:
    """Run the local workspace, the engine and the bot together."""
    settings = settings_of(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    with alone(settings.database):  # the bot that `up` starts takes it; here, to say so at once
        pass
    shown = Shown(port=port, browser=browser, as_json=as_json)
    last_words()
    raise typer.Exit(asyncio.run(run_all(settings, shown)))


@atelier.command()
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


@atelier.command()
def engine(
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="0 takes any free one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the engine alone."""
    settings = settings_of(data)
    given = engine_arguments(settings, port=settings.engine.port if port is None else port)
    become([part for part in given if as_json or part != "--json"], proxies=True)


@atelier.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...")] = None,
    scale: Annotated[float, typer.Option(help="Share of the work to do.")] = 1.0,
    model: Annotated[str, typer.Option(help="What generates beside `intake`: a folder.")] = "",
    device: Annotated[str, typer.Option(help="Where it does: cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure (intake, ledger, gate, streaming, support, workspace, engine), beside peers."""
    given = [*(names or []), "--scale", str(scale), "--device", device]
    given += ["--model", model] if model else []
    become(["bench", *given, *(["--json"] if as_json else [])])


@atelier.command()
def workspace(
    data: Data = None,
    port: Annotated[int, typer.Option(help="0 takes any free one.")] = 4040,
    seed: Annotated[Path | None, typer.Option(help="People, channels, history (JSON).")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the local workspace alone: in memory, or kept in the data folder that is named."""
    settings = settings_of(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    path = settings.data / "manifest.json"
    path.write_text(json.dumps(_manifest(settings)), encoding="utf-8")
    start = ["workspace", "--port", str(port), "--manifest", str(path)]
    start += ["--data", str(settings.data / "workspace")] if data is not None else []
    start += ["--seed", str(seed)] if seed is not None else []
    start += ["--log-format", settings.log_format]
    become([*start, "--json"] if as_json else start)


@atelier.command()
def manifest(data: Data = None) -> None:
    """Print the manifest of the Slack app, to paste at api.slack.com/apps."""
    settings = settings_of(data)
    if settings.mode == "http" and not settings.public_url:
        raise SettingsError("In HTTP mode the manifest needs public_url: where Slack reaches you.")
    url = f"{settings.public_url}{PATH}" if settings.mode == "http" else ""
    _print(_manifest(settings, url), indent=2)


@atelier.command()
def ask(prompt: str, data: Data = None) -> None:
    """Answer one question here, moderated and accounted like any other."""
    raise typer.Exit(asyncio.run(_answer(settings_of(data), "ask", prompt, {}, None)))


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
    raise typer.Exit(asyncio.run(_answer(settings_of(data), "imagine", prompt, given, file)))


@atelier.command()
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


@atelier.command()
def provenance(file: Path) -> None:
    """Print as one JSON line what a picture says of where it came from."""
    try:
        _print({"file": file.name, **told(file.read_bytes())})
    except (OSError, UnreadablePictureError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from error


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


async def _moderate(settings: Settings, direction: Direction, kind: str, scope: Scope) -> None:
    judging = moderation(settings)
    try:
        for line in _lines():
            text = str(line["text"])
            content = Code(text, "") if kind == "code" else Text(text)
            _print(_judged(line["id"], await judging.gate.judge(content, direction, scope)))
    finally:
        await judging.close()


def _manifest(settings: Settings, url: str = "") -> dict[str, object]:
    return app_manifest(settings.verbs, url, groups=bool(settings.roles.groups))


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


def _print(value: object, indent: int | None = None) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
