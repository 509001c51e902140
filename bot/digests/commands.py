"""`atelier schedule`: what a phrase is understood to mean, and its next runs."""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bot.digests.phrases import Refused, following, local, read
from bot.settings import SettingsError

COUNT = 3
MOST = 1000
"""Runs that are shown of one phrase."""


def register(atelier: typer.Typer) -> None:
    """Add this command to the command line."""
    atelier.command()(schedule)


def schedule(
    phrase: Annotated[list[str] | None, typer.Argument(help="Nothing: JSON Lines.")] = None,
    tz: Annotated[str, typer.Option(help="Where no zone is said.")] = "UTC",
    count: Annotated[int, typer.Option(help="How many runs.", min=1, max=MOST)] = COUNT,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line.")] = False,
) -> None:
    """Say when a phrase would run; or of JSON Lines `{"id", "phrase", "tz", "from", "count"}`."""
    if not phrase:
        for line in _lines():
            sys.stdout.write(json.dumps(_answer(line, tz, count), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        return
    said = _answer({"phrase": " ".join(phrase)}, tz, count)
    if as_json:
        sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    elif said["understood"]:
        sys.stdout.write("\n".join(said["runs"]) + "\n")
    if not said["understood"]:
        sys.stderr.write(f"{said['hint']}\n")
        raise typer.Exit(1)


def _answer(line: Mapping[str, Any], tz: str, count: int) -> dict[str, Any]:
    """Return what is printed of one phrase."""
    zone = str(line.get("tz") or tz)
    made = read(str(line["phrase"]), zone)
    named = {"id": line["id"]} if "id" in line else {}
    if isinstance(made, Refused):
        return {**named, "understood": False, "runs": [], "hint": made.hint}
    after = local(str(line["from"]), zone) if line.get("from") else datetime.now(UTC)
    wanted = max(0, min(MOST, int(line.get("count") or count)))
    runs = [run.isoformat() for run in following(made, after, wanted)]
    return {**named, "understood": True, "runs": runs, "hint": ""}


def _lines() -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(sys.stdin, 1):
        try:
            value = json.loads(line)
            str(value["phrase"]), int(value.get("count") or 0), value["id"]
            if value.get("from"):
                datetime.fromisoformat(str(value["from"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            form = '{"id", "phrase", "tz", "from", "count"}'
            raise SettingsError(f"Line {number} of stdin is not {form}.") from error
        yield value
