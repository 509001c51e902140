"""Between the ledger's rows and the values that the rest of the bot works with."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult
from sqlmodel import Session, col, update

from bot.ledger import tables
from generators.draft import (
    Audio,
    Code,
    Content,
    Cost,
    Destination,
    Draft,
    Image,
    Request,
    Text,
    UserId,
    payload,
    words,
)
from moderation.gate import Assessment
from moderation.policy import Direction

Outcome = Literal[
    "delivered", "refused", "blocked", "rejected", "failed", "expired", "undeliverable"
]


_ZERO = ("lease_until_ms", "attempt", "faults", "vtime", "usage_rows", "verdict_rows")


class LeaseLost(Exception):  # noqa: N818 - reads as the state it names
    """Another worker has this request now: stop at once, write nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on a request until it runs out."""

    request: Request
    owner: str
    attempt: int
    state: str
    """`accepted`: to be greeted; `running`: to be answered; `ready`: to be shown."""
    faults: int
    """How often the engine broke while it worked on this."""
    outcome: Outcome | None
    notice: str | None
    created_ms: int


def now_ms() -> int:
    """Return the time in milliseconds, UTC."""
    return time.time_ns() // 1_000_000


def accepted(request: Request) -> dict[str, Any]:
    """Return the columns of a new request's row."""
    return {
        "id": request.id.hex,
        "verb": request.verb,
        "prompt": request.prompt,
        "flags": flags_text(request),
        "team": request.team,
        "user": request.user,
        "channel": request.reply_to.channel,
        "thread_ts": request.reply_to.thread_ts,
        "only_for": request.reply_to.only_for,
        "state": "accepted",
        "created_ms": now_ms(),
        **dict.fromkeys(_ZERO, 0),
    }


def flags_text(request: Request) -> str:
    """Return the flags as a row keeps them: a JSON object of strings."""
    return json.dumps(dict(request.flags), ensure_ascii=False)


def requested(row: tables.Request) -> Request:
    """Return the request that a row holds; its context is read anew."""
    flags: Mapping[str, str] = json.loads(row.flags)
    return Request(
        id=UUID(row.id),
        verb=row.verb,
        prompt=row.prompt,
        user=UserId(row.user),
        team=row.team,
        flags=flags,
        reply_to=Destination(
            channel=row.channel,
            thread_ts=row.thread_ts,
            only_for=UserId(row.only_for) if row.only_for else None,
        ),
    )


def undecided(row: tables.Request) -> bool:
    """Tell whether reviewers may still decide: from the moment when they can be asked."""
    return row.state == "held" or (row.state == "ready" and row.notice == "HELD")


def leased(row: tables.Request) -> Lease:
    """Return the lease that a claimed row stands for."""
    outcome: Outcome | None = row.outcome  # pyrefly: ignore[bad-assignment] - only ours are written
    return Lease(
        request=requested(row),
        owner=row.owner or "",
        attempt=row.attempt,
        state=row.state,
        faults=row.faults,
        outcome=outcome,
        notice=row.notice,
        created_ms=row.created_ms,
    )


def fenced(session: Session, lease: Lease, **values: str | int | ColumnElement[int] | None) -> None:
    """Change a request's row, if the lease still holds it. Raises LeaseLost."""
    result = session.execute(
        update(tables.Request)
        .where(
            col(tables.Request.id) == lease.request.id.hex,
            col(tables.Request.owner) == lease.owner,
            col(tables.Request.attempt) == lease.attempt,
        )
        .values(**values)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise LeaseLost(lease.request.name)


def judged(session: Session, lease: Lease, assessment: Assessment, direction: Direction) -> None:
    """Add a verdict of the gate."""
    fenced(session, lease, verdict_rows=col(tables.Request.verdict_rows) + 1)
    session.add(
        tables.Verdict(
            request_id=lease.request.id.hex,
            attempt=lease.attempt,
            direction=direction,
            action=assessment.action.name.lower(),
            sha256=assessment.sha256,
            categories=" ".join(assessment.categories),
            policy_sha256=assessment.policy_sha256,
            reviewer=assessment.reviewer,
            at_ms=now_ms(),
        )
    )


def decision(
    row: tables.Request, output: tables.Output, reviewer: UserId, *, approve: bool
) -> tables.Verdict:
    """Return the verdict of a person on a held output."""
    return tables.Verdict(
        request_id=row.id,
        attempt=output.attempt,
        direction=Direction.OUTPUT,
        action="allow" if approve else "block",
        sha256=output.sha256,
        categories="",
        policy_sha256="",
        reviewer=reviewer,
        at_ms=now_ms(),
    )


def used(
    session: Session, lease: Lease, cost: Cost, outcome: str, attempt: int | None = None
) -> None:
    """Add what an attempt used: the lease's own, or an earlier one."""
    fenced(session, lease, usage_rows=col(tables.Request.usage_rows) + 1)
    request = lease.request
    session.add(
        tables.Usage(
            request_id=request.id.hex,
            attempt=lease.attempt if attempt is None else attempt,
            stage="generate",
            user=request.user,
            channel=request.reply_to.channel,
            verb=request.verb,
            model=cost.model,
            prompt_tokens=cost.prompt_tokens,
            output_tokens=cost.output_tokens,
            images=cost.images,
            gpu_ms=cost.gpu_ms,
            outcome=outcome,
            at_ms=now_ms(),
        )
    )


def aborted(session: Session, row: tables.Request) -> None:
    """Add a row for an attempt whose worker went away: what it used, nobody knows."""
    used(session, leased(row), Cost(model=""), "aborted", row.attempt - 1)


def stored(draft: Draft, assessment: Assessment, attempt: int) -> tables.Output:
    """Return the row of an output, as it may be shown."""
    content = assessment.content
    return tables.Output(
        request_id=draft.request.id.hex,
        attempt=attempt,
        kind=type(content).__name__,
        text=words(content),
        blob=payload(content),
        details=json.dumps(_details(content)),
        model=draft.cost.model,
        sha256=assessment.sha256,
        created_ms=now_ms(),
    )


def restored(row: tables.Output) -> Content:
    """Return the content that a row holds."""
    details = json.loads(row.details)
    match row.kind:
        case "Code":
            return Code(row.text, **details)
        case "Image":
            return Image(row.blob, row.text, **details)
        case "Audio":
            return Audio(row.blob, row.text)
        case _:
            return Text(row.text)


def _details(content: Content) -> dict[str, str | int]:
    match content:
        case Code(language=language, state=state):
            return {"language": language, "state": state}
        case Image(seed=seed):
            return {"seed": seed}
        case _:
            return {}
