"""`atelier code run`: a program, run in a sandbox and judged by its tests."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import Data, settings_of
from bot.settings import Settings, SettingsError
from generators.code.proof import Judged, Source
from generators.code.remote import found
from generators.code.runner import Runner, is_free
from generators.code.sandbox import Unavailable, probe
from generators.code.spare import Spared
from generators.code.trial import Trial

code = typer.Typer(no_args_is_help=True, help="Programs, run in a sandbox.")
FAILED, UNDECIDED = 1, 3
MAX_BYTES = 1 << 20


def register(atelier: typer.Typer) -> None:
    """Add these commands to the command line."""
    atelier.add_typer(code, name="code")
    atelier.command()(runner)


@code.callback()
def programs() -> None:
    """Programs, run in a sandbox."""


@code.command()
def run(
    file: Path,
    tests: Annotated[Path | None, typer.Option(help="For pytest; or cases in JSON.")] = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON line.")] = False,
) -> None:
    """Run a program; with tests, say whether it passes. Ends with 0, 1 (failed), 3 (unsure)."""
    settings = settings_of(data)
    program = _source(file)
    given = None if tests is None else _source(tests)
    judged = Trial(found(_runner(settings))).judge(program, given)
    if judged.output:
        sys.stdout.write(judged.output.rstrip("\n") + "\n")
    told = json.dumps(asdict(judged), ensure_ascii=False) if as_json else _sentence(judged)
    sys.stdout.write(f"{told}\n")
    raise typer.Exit(_status(judged, tested=given is not None))


def runner(
    socket: Annotated[Path, typer.Option(help="Where it listens; others in its folder can ask.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line when ready.")
    ] = False,
) -> None:
    """Run programs for a bot in another container that has no sandbox; needs no settings."""
    sandbox = probe()
    if isinstance(sandbox, Unavailable):
        raise SettingsError(sandbox.why)
    if not is_free(socket):
        raise SettingsError(f"{socket} is served already; stop that runner, or name another place.")
    try:
        serving = Runner(socket, Spared(sandbox))
    except OSError as error:
        raise SettingsError(f"{socket} cannot be served: {error.strerror or error}") from error
    with serving:
        told = json.dumps({"socket": str(socket)}) if as_json else f"Listening on {socket}."
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
        serving.serve_forever()


def _runner(settings: Settings) -> str:
    """Return the socket of the runner that `/code` is given."""
    verb = settings.verbs.get("code")
    return str(verb.options.get("runner", "")) if verb else ""


def _source(file: Path) -> Source:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES)
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror or error}") from error
    return Source(file.name, content.decode("utf-8", errors="surrogateescape"))


def _sentence(judged: Judged) -> str:
    return f"{judged.state}: {judged.why}"


def _status(judged: Judged, *, tested: bool) -> int:
    if judged.state == "failed":
        return FAILED
    return (
        0 if judged.state == "passed" or (judged.state == "checked" and not tested) else UNDECIDED
    )
