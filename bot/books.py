"""What operators ask of the ledger: `atelier audit`, `usage`, `reviews`, `erase`, `rotate`."""

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from bot.commands import AsJson, Data, settings_of
from bot.ledger import export
from bot.ledger.audit import Report, audited, log_head
from bot.ledger.chain import Head
from bot.ledger.database import opened
from bot.ledger.reviewing import decisions
from bot.ledger.rotation import Rotated
from bot.ledger.rotation import rotate as rotate_master
from bot.ledger.schema import upgrade
from bot.lending import unlocked
from bot.settings import SettingsError

_WIDE = 36


class What(StrEnum):
    """What `atelier audit` does."""

    VERIFY = "verify"


def register(atelier: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (audit, usage, reviews, rotate):
        atelier.command()(command)


def audit(
    what: Annotated[What, typer.Argument(help="verify: what it does anyway.")] = What.VERIFY,
    data: Data = None,
    head: Annotated[bool, typer.Option(help="Print the end of the audit log, to compare.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check that requests, outputs, verdicts, usage and messages agree; exit 1 if they do not.

    The audit log must be whole, and everything that is sealed must open.
    """
    del what
    with unlocked(settings_of(data)) as (database, keys):
        report, last = audited(database, keys), log_head(database)
    if as_json:
        _print(json.dumps(_told(report, last)))
    else:
        for one in report.found:
            sys.stderr.write(f"{one.sentence}\n")
        _print(_table(report))
        if head:
            _print(f"The audit log has {last.seq} rows and ends with {last.hash}.")
    raise typer.Exit(bool(report.found))


def usage(
    as_csv: Annotated[bool, typer.Option("--csv", help="One line for each engine call.")] = False,
    since: Annotated[str, typer.Option(help="The first day, like 2026-11-01 (UTC).")] = "",
    until: Annotated[str, typer.Option(help="The day after the last.")] = "",
    rebuild: Annotated[bool, typer.Option(help="Sum up all days anew.")] = False,
    data: Data = None,
) -> None:
    """Print what was used, without content: totals as JSON Lines, or everything as CSV."""
    settings = settings_of(data)
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
                _print(json.dumps(total))


def reviews(data: Data = None) -> None:
    """Print what reviewers decided, with content, as JSON Lines: a set to calibrate checks on.

    Nothing is ever trained on it by itself.
    """
    with unlocked(settings_of(data)) as (database, keys), Session(database) as session:
        for one in decisions(session, keys):
            _print(json.dumps(one, ensure_ascii=False))


def rotate(
    shared: Annotated[
        bool, typer.Option(help="Bots on other machines read the same master key file.")
    ] = False,
    drop: Annotated[
        bool, typer.Option(help="Remove older keys: backups from before cannot be read any more.")
    ] = False,
    data: Data = None,
) -> None:
    """Make a new master key and wrap everybody's key with it, while bots are at work.

    Whatever interrupts it, to run it again finishes it.
    """
    settings = settings_of(data)
    with unlocked(settings) as (database, keys):
        done = rotate_master(database, keys, shared=shared, drop=drop)
    _print(_rotated(done, settings.master_key_path))


def _table(report: Report) -> str:
    lines = [f"{'':{_WIDE}}checked  wrong"]
    for check, checked in report.checked.items():
        lines.append(f"{check:{_WIDE}}{checked:7}{report.wrong(check) or '-':>7}")
    if not report.found:
        return "\n".join([*lines, "Everything agrees."])
    about = ", ".join(f"req_{one[:8]} ({one})" for one in report.requests)
    lines.append(f"{len(report.found)} mismatches")
    return "\n".join([*lines, *([f"Requests: {about}"] if about else [])])


def _told(report: Report, last: Head) -> dict[str, object]:
    checks = [
        {"check": check, "checked": checked, "wrong": report.wrong(check)}
        for check, checked in report.checked.items()
    ]
    return {
        "ok": not report.found,
        "checks": checks,
        "mismatches": [asdict(one) for one in report.found],
        "requests": list(report.requests),
        "log": {"rows": last.seq, "hash": last.hash},
    }


def _rotated(done: Rotated, where: Path) -> str:
    made = "A new master key wraps" if done.is_new else "A rotation had begun; its key wraps"
    lines = [f"{made} all {done.keys} data keys now."]
    if done.older:
        lines.append(
            f"{done.older} older in {where}, for backups from before (--drop removes them)."
        )
    if done.dropped:
        lines.append(f"{done.dropped} older removed: backups from before cannot be read any more.")
    return " ".join([*lines, f"Keep a new copy of {where} elsewhere."])


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
