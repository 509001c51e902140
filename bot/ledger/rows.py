"""Between the ledger's rows and the values that the rest of the bot works with."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, insert
from sqlmodel import Session

from bot.budgets import Standing
from bot.ledger import tables
from bot.ledger.pictured import blob_of, detailed, pictured
from bot.ledger.sealed import DataKey
from bot.ledger.statements import REQUESTS, VERDICTS, changing
from generators.draft import (
    Audio,
    Code,
    Content,
    Destination,
    Draft,
    Grid,
    Illustrated,
    Image,
    Request,
    Text,
    Tried,
    UserId,
    words,
)
from moderation.gate import Assessment
from moderation.policy import Direction

Outcome = Literal[
    "delivered",
    "refused",
    "blocked",
    "rejected",
    "failed",
    "expired",
    "stopped",
    "undeliverable",
    "deleted",
]


Kept = tables.Request | Row[Any]
"""A request's row: as an object, or as a statement returned it."""
KeptOutput = tables.Output | Row[Any]

SEEN: Final = (("ready", "done"), ("delivered", "stopped"))
"""States and outcomes of requests whose answers people may have before them."""
_NONE: Mapping[str, int] = MappingProxyType({})
_ZERO = ("lease_until_ms", "attempt", "faults", "vtime", "usage_rows", "verdict_rows", "kept")


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
    waited_ms: int = 0
    """How long after it was asked this lease began."""
    refusal: Standing | None = None
    """The budget that had no room for it."""


def now_ms() -> int:
    """Return the time in milliseconds, UTC."""
    return time.time_ns() // 1_000_000


def accepted(request: Request, key: DataKey) -> dict[str, Any]:
    """Return the columns of a new request's row."""
    return {
        "id": request.id.hex,
        "verb": request.verb,
        **asked(request, key),
        "team": request.team,
        "user": request.user,
        "channel": request.reply_to.channel,
        "thread_ts": request.reply_to.thread_ts,
        "only_for": request.reply_to.only_for,
        "state": "accepted",
        "created_ms": now_ms(),
        **dict.fromkeys(_ZERO, 0),
    }


def storable(text: str) -> str:
    """Return a text without what some database cannot keep: zero bytes and halves of surrogates."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def asked(request: Request, key: DataKey) -> dict[str, bytes]:
    """Return the sealed columns of a request's row; the flags are a JSON object of strings.

    With them is kept what the request is about, under a name that no flag can have.
    """
    given = {**request.flags, **_about(request.about)}
    flags = json.dumps(given, ensure_ascii=False) if given else "{}"
    return {
        "prompt": key.seal(f"request.prompt:{request.id.hex}", storable(request.prompt)),
        "flags": key.seal(f"request.flags:{request.id.hex}", storable(flags)),
    }


def requested(row: Kept, key: DataKey | None) -> Request:
    """Return the request that a row holds: without its words where they have expired, or no key is.

    Its context is read anew. Raises Unreadable.
    """
    prompt, given = _said(row, key)
    flags = {name: value for name, value in given.items() if name != _ABOUT}
    channel, _, thread = given.get(_ABOUT, "").partition(" ")
    return Request(
        id=UUID(row.id),
        verb=row.verb,
        prompt=prompt,
        user=UserId(row.user),
        team=row.team,
        flags=flags,
        about=Destination(channel=channel, thread_ts=thread) if thread else None,
        reply_to=Destination(
            channel=row.channel,
            thread_ts=row.thread_ts,
            only_for=UserId(row.only_for) if row.only_for else None,
        ),
    )


def _said(row: Kept, key: DataKey | None) -> tuple[str, Mapping[str, str]]:
    if key is None or row.kept >= tables.EMPTIED:
        return "", {}
    flags: Mapping[str, str] = json.loads(key.read(f"request.flags:{row.id}", row.flags))
    return key.read(f"request.prompt:{row.id}", row.prompt), flags


def _about(about: Destination | None) -> Mapping[str, str]:
    return {} if about is None else {_ABOUT: f"{about.channel} {about.thread_ts}"}


def seen(row: Kept) -> bool:
    """Tell whether people may have its answer before them: its buttons work from that moment.

    `ready`: Slack shows a message before it is written down here that it does.
    """
    states, outcomes = SEEN
    return row.state in states and row.outcome in outcomes


def refused(row: Kept) -> bool:
    """Tell whether people may have a reviewer's no before them, and the button to appeal."""
    return row.state in {"ready", "done"} and row.outcome == "rejected"


def undecided(row: Kept) -> bool:
    """Tell whether reviewers may still decide: from the moment when they can be asked."""
    return row.state == "held" or (row.state == "ready" and row.notice == "HELD")


def leased(row: Kept, key: DataKey | None) -> Lease:
    """Return the lease that a claimed row stands for. Raises Unreadable."""
    outcome: Outcome | None = row.outcome  # pyrefly: ignore[bad-assignment] - only ours are written
    return Lease(
        request=requested(row, key),
        owner=row.owner or "",
        attempt=row.attempt,
        state=row.state,
        faults=row.faults,
        outcome=outcome,
        notice=row.notice,
        created_ms=row.created_ms,
        waited_ms=max(0, now_ms() - row.created_ms),
        refusal=Standing.model_validate_json(row.refusal) if row.refusal else None,
    )


def fenced(
    session: Session,
    lease: Lease,
    adding: Mapping[str, int] = _NONE,
    /,
    **values: bytes | str | int | None,
) -> None:
    """Change a request's row, if the lease still holds it. Raises LeaseLost.

    `adding` is what is added to columns of numbers.
    """
    change = changing(REQUESTS, tuple(values), tuple(adding), "id owner attempt")
    given: dict[str, bytes | str | int | None] = {
        "is_id": lease.request.id.hex,
        "is_owner": lease.owner,
        "is_attempt": lease.attempt,
        **{f"to_{name}": value for name, value in values.items()},
        **{f"more_{name}": more for name, more in adding.items()},
    }
    if session.connection().execute(change, given).rowcount != 1:
        raise LeaseLost(lease.request.name)


def judged(
    session: Session, lease: Lease, assessment: Assessment, direction: Direction, key: DataKey
) -> None:
    """Add a verdict of the gate."""
    fenced(session, lease, {"verdict_rows": 1})
    verdict = {
        "request_id": lease.request.id.hex,
        "attempt": lease.attempt,
        "direction": direction,
        "action": assessment.action.name.lower(),
        "sha256": key.mark(assessment.sha256),
        "categories": " ".join(assessment.categories),
        "policy_sha256": assessment.policy_sha256,
        "reviewer": assessment.reviewer,
        "at_ms": now_ms(),
    }
    session.connection().execute(_VERDICT, verdict)


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


def refusal(row: tables.Request, assessment: Assessment, sha256: str) -> tables.Verdict:
    """Return the verdict of the gate on what a reviewer wrote, and what is not shown to others."""
    return tables.Verdict(
        request_id=row.id,
        attempt=row.attempt,
        direction=Direction.OUTPUT,
        action=assessment.action.name.lower(),
        sha256=sha256,
        categories=" ".join(assessment.categories),
        policy_sha256=assessment.policy_sha256,
        reviewer=None,
        at_ms=now_ms(),
    )


def stored(draft: Draft, assessment: Assessment, attempt: int, key: DataKey) -> tables.Output:
    """Return the row of an output, as it may be shown."""
    return tables.Output(**output(draft, assessment, attempt, key))


def output(draft: Draft, assessment: Assessment, attempt: int, key: DataKey) -> dict[str, Any]:
    """Return the columns of the same."""
    content = assessment.content
    place = f"{draft.request.id.hex}:{attempt}"
    return {
        "request_id": draft.request.id.hex,
        "attempt": attempt,
        "kind": type(content).__name__,
        "text": key.seal(f"output.text:{place}", words(content)),
        "blob": key.seal(f"output.blob:{place}", blob_of(content)),
        "details": key.seal(f"output.details:{place}", json.dumps(_details(content))),
        "model": draft.cost.model,
        "sha256": key.mark(assessment.sha256),
        "created_ms": now_ms(),
    }


@dataclass(frozen=True, slots=True)
class Made:
    """What an attempt made, as it may be shown, and which model made it."""

    content: Content
    model: str


def restored(row: KeptOutput, key: DataKey) -> Content:
    """Return the content that a row holds. Raises Unreadable."""
    place = f"{row.request_id}:{row.attempt}"
    text = key.read(f"output.text:{place}", row.text)
    blob = key.open(f"output.blob:{place}", row.blob)
    details = json.loads(key.read(f"output.details:{place}", row.details))
    match row.kind:
        case "Code":
            tried = Tried(**details.pop("tried", {}))
            return Code("", **details, tried=tried).parted(text)
        case "Image" | "Grid" | "Illustrated":
            return pictured(row.kind, text, blob, details)
        case "Audio":
            return Audio(blob, text)
        case _:
            return Text(text)


def _details(content: Content) -> dict[str, Any]:
    match content:
        case Code(language=language, state=state, tried=tried):
            return {"language": language, "state": state, "tried": asdict(tried)}
        case Image() | Grid() | Illustrated():
            return detailed(content)
        case _:
            return {}


_ABOUT = "@about"
_VERDICT = insert(VERDICTS)
