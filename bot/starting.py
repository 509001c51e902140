"""What runs until it is stopped, or starts another program: `up`, `engine`, `bench`, others."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import Data, settings_of, tell
from bot.intake.events import PATH
from bot.ledger.alone import alone
from bot.life.logs import last_words
from bot.manifest import manifest as app_manifest
from bot.processes import become, engine_arguments
from bot.settings import Settings, SettingsError
from bot.up import Shown
from bot.up import up as run_all

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line when ready.")]


def register(atelier: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (up, engine, bench, workspace, manifest):
        atelier.command()(command)


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


def engine(
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="0 takes any free one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the engine alone."""
    settings = settings_of(data)
    given = engine_arguments(settings, port=settings.engine.port if port is None else port)
    become([part for part in given if as_json or part != "--json"], proxies=True)


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


def manifest(data: Data = None) -> None:
    """Print the manifest of the Slack app, to paste at api.slack.com/apps."""
    settings = settings_of(data)
    if settings.mode == "http" and not settings.public_url:
        raise SettingsError("In HTTP mode the manifest needs public_url: where Slack reaches you.")
    url = f"{settings.public_url}{PATH}" if settings.mode == "http" else ""
    tell(_manifest(settings, url), indent=2)


def _manifest(settings: Settings, url: str = "") -> dict[str, object]:
    return app_manifest(settings.verbs, url, groups=bool(settings.roles.groups))
