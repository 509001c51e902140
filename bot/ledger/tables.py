"""The ledger's tables, named by their classes. Times are UTC milliseconds, amounts integers."""

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Column, Field, SQLModel

STATES = ("accepted", "queued", "running", "ready", "held", "done")
"""A request's life: kept, in line with its placeholder shown, at work, made, and shown at last.

Only `done` is final; `held` waits for a reviewer and holds no lease.
"""


class Request(SQLModel, table=True):
    """One thing that was asked, from the commit that precedes its ack to its end."""

    __table_args__ = (
        Index("ix_request_line", "state", "vtime", "created_ms"),
        Index("ix_request_user", "user", "created_ms"),
    )

    id: str = Field(primary_key=True)
    """The request's UUID in hex, derived from Slack's own ids: a repeated telling is no new row."""
    verb: str
    prompt: str
    flags: str = "{}"
    """A JSON object of strings."""
    team: str = ""
    user: str
    channel: str
    thread_ts: str | None = None
    only_for: str | None = None
    state: str = "accepted"
    outcome: str | None = None
    """`delivered`, `refused`, `blocked`, `rejected`, `failed`, `expired` or `undeliverable`."""
    notice: str | None = None
    """Name of the fixed sentence that ends it, where no output does."""
    owner: str | None = None
    lease_until_ms: int = Field(default=0, sa_type=BigInteger)
    """Nobody takes it before then: somebody holds it, or it is not due yet."""
    attempt: int = 0
    """Counts the leases, so that a worker that lost one can write nothing."""
    faults: int = 0
    """How often the engine broke while it worked on this."""
    vtime: int = Field(default=0, sa_type=BigInteger)
    """Its place in line (`bot.ledger.order`)."""
    created_ms: int = Field(sa_type=BigInteger)
    finished_ms: int | None = Field(default=None, sa_type=BigInteger)
    usage_rows: int = 0
    """How many usage rows this request has; kept with them, so that a lost one shows."""
    verdict_rows: int = 0


class Flow(SQLModel, table=True):
    """Up to which virtual time a person has been served."""

    team: str = Field(primary_key=True)
    user: str = Field(primary_key=True)
    finish: int = Field(default=0, sa_type=BigInteger)


class Send(SQLModel, table=True):
    """One message that was about to be posted: written before Slack is called, `ts` after."""

    request_id: str = Field(primary_key=True, foreign_key="request.id")
    part: int = Field(primary_key=True)
    """0 is the placeholder that becomes the answer, 1 and up follow a long one, -1 is the
    reviewers' card."""
    channel: str
    """Where it really went, which is a DM where the bot is not in the channel."""
    sent_ms: int = Field(sa_type=BigInteger)
    ts: str | None = None


class Output(SQLModel, table=True):
    """What an attempt made, as it may be shown."""

    request_id: str = Field(primary_key=True, foreign_key="request.id")
    attempt: int = Field(primary_key=True)
    kind: str
    text: str
    blob: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    details: str = "{}"
    """A JSON object: what else its kind needs (language, state, seed)."""
    model: str
    sha256: str
    created_ms: int = Field(sa_type=BigInteger)


class Verdict(SQLModel, table=True):
    """One decision of the gate or of a person. Append only."""

    id: int | None = Field(default=None, primary_key=True)
    request_id: str = Field(foreign_key="request.id", index=True)
    attempt: int
    direction: str
    action: str
    sha256: str = Field(index=True)
    categories: str
    policy_sha256: str
    reviewer: str | None = None
    at_ms: int = Field(sa_type=BigInteger)


class Usage(SQLModel, table=True):
    """One engine call. Append only."""

    __table_args__ = (
        UniqueConstraint("request_id", "attempt", "stage", name="uq_usage_call"),
        Index("ix_usage_user", "user", "at_ms"),
    )

    id: int | None = Field(default=None, primary_key=True)
    request_id: str = Field(foreign_key="request.id")
    attempt: int
    stage: str
    user: str
    channel: str
    verb: str
    model: str
    prompt_tokens: int
    output_tokens: int
    images: int
    gpu_ms: int
    outcome: str
    at_ms: int = Field(sa_type=BigInteger)
