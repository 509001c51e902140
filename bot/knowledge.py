"""`atelier kb`: documents into a knowledge base, out of it, and what is found there."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.commands import Data, settings_of
from bot.core import core
from bot.drafted import OLD_DAYS, WEEKS, Span, stale, table, write
from bot.ledger.keeping import bases_of, carry, shelved
from bot.ledger.weekly import reported
from bot.lending import unlocked
from bot.processes import engine_for, listens
from bot.settings import Settings
from generators.draft import GenerationError
from generators.support import commands
from generators.support.bases import Bases, Report
from generators.support.commands import Readers
from generators.support.fields import Skipped, channels
from generators.support.library import Library
from generators.support.reading import files_of

SHOWN_MAX = 50
"""Of what was skipped, so much is named one by one."""

kb = typer.Typer(no_args_is_help=True, help="Knowledge bases that answers come from.")


def register(atelier: typer.Typer) -> None:
    """Add these commands to the command line."""
    atelier.add_typer(kb, name="kb")


Name = Annotated[str, typer.Option("--kb", help="Name of the base.")]
Channels = Annotated[list[str] | None, typer.Option("--channel", help="Id; may be given again.")]


@kb.command()
def add(
    paths: list[Path],
    name: Name = "demo",
    internal: Annotated[bool, typer.Option("--internal", help="Never for customers.")] = False,
    channel: Channels = None,
    data: Data = None,
) -> None:
    """Add files, or folders of them, to a knowledge base; what changed is replaced.

    Takes Markdown, text, HTML, PDF, CSV, JSON Lines and Slack threads (JSON). With --channel the
    documents are used only where everybody is a member of that channel.
    """
    readers = Readers(internal=internal, channels=channels(" ".join(channel or ())))
    settings = settings_of(data)
    with shelved(settings.data, settings.database) as bases:
        report = _read(paths, name, bases, readers)
    _tell(report.skipped)
    told = f"{len(report.added)} added, {len(report.replaced)} replaced"
    told += f", {len(report.unchanged)} unchanged" if report.unchanged else ""
    sys.stdout.write(f"{name}: {told}, {len(report.skipped)} skipped\n")
    if not report.added and not report.replaced and not report.unchanged:
        raise typer.Exit(1)
    asyncio.run(embedded(settings, name))


async def embedded(settings: Settings, name: str) -> bool:
    """Make a base's vectors now where an engine is there; what is not made, the bot makes later."""
    if not await listens(settings):
        return False
    async with core(settings) as parts:
        with suppress(GenerationError):
            await parts.shelf.warm(name)
            return True
    return False


def _read(paths: Sequence[Path], name: str, bases: Bases, readers: Readers) -> Report:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("Reading", total=sum(1 for _ in files_of(paths)))

        def seen(_path: Path) -> None:
            progress.advance(task)

        return commands.add(paths, kb=name, bases=bases, readers=readers, seen=seen)


def _tell(skipped: Sequence[Skipped]) -> None:
    for one in skipped[:SHOWN_MAX]:
        sys.stderr.write(f"Skipped {one.where}: {one.why}\n")
    for why, count in Counter(one.why for one in skipped[SHOWN_MAX:]).most_common():
        sys.stderr.write(f"Skipped {count} more: {why}\n")


@kb.command()
def remove(ids: list[str], name: Name = "demo", data: Data = None) -> None:
    """Take documents out of a knowledge base, by their ids."""
    settings = settings_of(data)
    with shelved(settings.data, settings.database) as bases:
        out = commands.remove(ids, kb=name, bases=bases)
    for unknown in sorted(set(ids) - set(out)):
        sys.stderr.write(f"Skipped {unknown}: there is no document of this id\n")
    sys.stdout.write(f"{name}: {len(out)} removed\n")
    if not out:
        raise typer.Exit(1)


@kb.command()
def load(folder: Path, data: Data = None) -> None:
    """Take over the bases that another machine has in its DATA/kb; one that is here stays."""
    settings = settings_of(data)
    with shelved(settings.data, settings.database) as bases:
        taken = [one for one in carry(Library(folder), bases) if _tell_carried(*one)]
    if not taken:
        raise typer.Exit(1)


def _tell_carried(name: str, documents: int) -> bool:
    if documents < 0:
        sys.stderr.write(f"Skipped {name}: there is a base of this name; nothing of it changed\n")
        return False
    sys.stdout.write(f"{name}: {documents} documents\n")
    return True


@kb.command()
def report(
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How many, with this one.")] = WEEKS,
    old: Annotated[int, typer.Option(min=1, help="From so many days on one is old.")] = OLD_DAYS,
    as_csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet.")] = False,
    data: Data = None,
) -> None:
    """Print how drafts fared week by week, what no article covers, and which ones look stale."""
    settings, span = settings_of(data), Span(weeks, old)
    with unlocked(settings) as (database, keys):
        told = reported(database, keys, span.since_ms)
        looked = stale(bases_of(settings.data, database), told, span)
    if as_csv:
        write(told, looked, sys.stdout)
    else:
        sys.stdout.writelines(f"{line}\n" for line in table(told, looked))


@kb.command()
def search(
    name: Name = "demo",
    top: Annotated[int, typer.Option(min=1)] = 5,
    channel: Channels = None,
    data: Data = None,
) -> None:
    """Search for JSON Lines `{"id", "query"}` from stdin, one answer a line.

    Everything is searched; with --channel, what an answer there may use.
    """
    asyncio.run(_search(settings_of(data), name, top, None if channel is None else tuple(channel)))


async def _search(settings: Settings, name: str, top: int, shared: tuple[str, ...] | None) -> None:
    others = {"text_model": "", "image_model": "", "classify_model": ""}
    others |= {"more_text_models": (), "more_image_models": ()}
    only = settings.engine.model_copy(update=others)
    embedding = settings.model_copy(update={"engine": only})
    async with engine_for(embedding) as reachable, core(reachable) as parts:
        await parts.shelf.warm(name)
        asked = commands.queries(sys.stdin)
        found = commands.search(parts.shelf, asked, kb=name, top=top, shared=shared)
        async for answered in found:
            sys.stdout.write(json.dumps(dict(answered), ensure_ascii=False) + "\n")
            sys.stdout.flush()
