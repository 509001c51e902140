"""The ledger's tables, named by their classes. Times are UTC milliseconds, amounts integers.

All of them are here or imported here: what makes, copies and compares a database reads no other
module.

Columns of bytes are sealed with the person's key (`bot.ledger.sealed`), and empty once what they
held has expired or was erased.
"""

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Column, Field, SQLModel

from bot.ledger.recurring import Fire, Schedule, ToldEntry, WatchState

__all__ = [
    "AuditLog",
    "DataKey",
    "Door",
    "Fire",
    "Flow",
    "Instance",
    "Lesson",
    "Output",
    "Pause",
    "Reply",
    "Request",
    "Review",
    "Schedule",
    "Send",
    "ToldEntry",
    "Usage",
    "UsageDay",
    "Verdict",
    "Warned",
    "WatchState",
]

STATES = ("accepted", "queued", "running", "ready", "held", "done")
"""A request's life: kept, in line with its placeholder shown, at work, made, and shown at last.

Only `done` is final; `held` waits for a reviewer and holds no lease.
"""
PLAIN, WHOLE, EMPTIED, TRIMMED = -1, 0, 1, 2
"""How much is kept of a request: all, not sealed yet; all; its words no more; nor its verdicts."""
SYSTEM_KEY = "0" * 16
"""Id of the data key that is nobody's: it makes pseudonyms and the audit log's hashes, and proves
at every start that the master keys fit."""


def _amount() -> Column[int]:
    """Return a column that a new row need not name: the database says 0."""
    return Column(BigInteger, nullable=False, server_default="0")


class Request(SQLModel, table=True):
    """One thing that was asked, from the commit that precedes its ack to its end."""

    __table_args__ = (
        Index("ix_request_line", "state", "vtime", "created_ms"),
        Index("ix_request_user", "user", "created_ms"),
        Index("ix_request_kept", "kept", "created_ms"),
    )

    id: str = Field(primary_key=True)
    """The request's UUID in hex, derived from Slack's own ids: a repeated telling is no new row."""
    verb: str
    prompt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    flags: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """A JSON object of strings."""
    team: str = ""
    user: str
    channel: str
    thread_ts: str | None = None
    only_for: str | None = None
    state: str = "accepted"
    outcome: str | None = None
    """`delivered`, `refused`, `blocked`, `rejected`, `failed`, `expired`, `stopped`,
    `undeliverable`, or `deleted` by who asked."""
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
    reserved_requests: int = Field(default=0, sa_column=_amount())
    """What is set aside of the budgets for it; it counts while the request waits or is at work."""
    reserved_tokens: int = Field(default=0, sa_column=_amount())
    reserved_images: int = Field(default=0, sa_column=_amount())
    reserved_gpu_ms: int = Field(default=0, sa_column=_amount())
    reserved_money_micro: int = Field(default=0, sa_column=_amount())
    refusal: str | None = None
    """The budget that had no room for it, as JSON (`bot.budgets.Standing`)."""
    kept: int = 0
    swept_ms: int | None = Field(default=None, sa_type=BigInteger)
    """When it last lost something: the time of a row of the audit log."""


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
    reviewers' card and -5 who claimed it, -2 the answer where it may not be shown in the place of
    the first, -3 and -4 the files beside the answer and the card, whose `ts` is the file's id.
    After an appeal, -6 is the card, -7 who claimed it, -8 the card's file. -9 is the reply that was
    sent to a customer. From `bot.ledger.sketched:SKETCH` on they are half-made pictures."""
    channel: str
    """Where it really went, which is a DM where the bot is not in the channel."""
    sent_ms: int = Field(sa_type=BigInteger)
    ts: str | None = None


class Output(SQLModel, table=True):
    """What an attempt made, as it may be shown."""

    request_id: str = Field(primary_key=True, foreign_key="request.id")
    attempt: int = Field(primary_key=True)
    kind: str
    text: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    blob: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    details: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """A JSON object: what else its kind needs (language, state, seed)."""
    model: str
    sha256: str
    """What stands for the content's hash (`bot.ledger.sealed:DataKey.mark`)."""
    created_ms: int = Field(sa_type=BigInteger)


class Verdict(SQLModel, table=True):
    """One decision of the gate or of a person. Append only."""

    id: int | None = Field(default=None, primary_key=True)
    request_id: str = Field(foreign_key="request.id", index=True)
    attempt: int
    direction: str
    action: str
    sha256: str = Field(index=True)
    """As an output's."""
    categories: str
    policy_sha256: str
    reviewer: str | None = None
    at_ms: int = Field(sa_type=BigInteger)


class Review(SQLModel, table=True):
    """One round in which reviewers look at an answer: held, appealed for, or shown and reported."""

    __table_args__ = (Index("ix_review_open", "decision", "opened_ms"),)

    request_id: str = Field(primary_key=True, foreign_key="request.id")
    round: int = Field(primary_key=True)
    opened_ms: int = Field(sa_type=BigInteger)
    claimed_by: str | None = None
    claimed_ms: int | None = Field(default=None, sa_type=BigInteger)
    decision: str | None = None
    """`approve`, `edit`, `reject` or `expire`; of a report `take_back` or `dismiss`."""
    decided_by: str | None = None
    decided_ms: int | None = Field(default=None, sa_type=BigInteger)
    reason: str = ""
    note: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    """The reviewer's words, sealed with the key of the person who asked."""
    original: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    """What an edit took the place of, sealed alike."""


class Reply(SQLModel, table=True):
    """A drafted reply to a customer: how far their thread was read, and what became of it."""

    __table_args__ = (Index("ix_reply_state", "state", "decided_ms"),)

    request_id: str = Field(primary_key=True, foreign_key="request.id")
    seen_ts: str
    """The newest message of the customer's thread that the draft is about."""
    state: str = "open"
    """`open`; `closed`; `sending`, and then `sent`, or `lost` where Slack does not take it."""
    opened_ms: int = Field(sa_type=BigInteger)
    decision: str | None = None
    """`send`, `edit`, `reject`, `hand_over`, or what it was asked for instead (`shorter`…)."""
    decided_by: str | None = None
    decided_ms: int | None = Field(default=None, sa_type=BigInteger)
    reason: str = ""
    """Why it was rejected: a name of `bot.views.reply.REASONS`."""
    text: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    """What is sent, sealed with the key of the person who asked for the draft."""
    distance: int = 0
    """How far that is from the draft, in thousandths."""


class Lesson(SQLModel, table=True):
    """A customer's message that a draft was asked for, and what is to be learnt of it."""

    __table_args__ = (
        Index("ix_lesson_state", "state", "asked_ms"),
        Index("ix_lesson_head", "head"),
        Index("ix_lesson_customer", "customer"),
    )

    request_id: str = Field(primary_key=True, foreign_key="request.id")
    customer: str
    """The Slack id of who wrote the message; empty where nobody knows."""
    place: str = ""
    """The channel that it is kept to; empty: none."""
    question: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """With stand-ins; sealed with the key of the customer, or else of who asked for the draft."""
    answer: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    """What would be the article, sealed with the key of who asked for the draft."""
    code: str | None = None
    """Why there was no draft, empty where there was one; NULL while nobody has looked."""
    state: str = "asked"
    """`asked`; `open`, suggested; `rejected`; `accepting`, and `accepted` once the knowledge base
    has it; `skipped`, for a reason."""
    reason: str = ""
    """Why it is not suggested: `taken_back`, `held`, `internal`, `known`, `nothing`,
    `undrafted`."""
    head: str = ""
    """The first one that asks nearly the same; they are suggested as one, and share its end."""
    decided_by: str | None = None
    decided_ms: int | None = Field(default=None, sa_type=BigInteger)
    article: str = ""
    """Base and id of the article that it became, with a slash between."""
    asked_ms: int = Field(sa_type=BigInteger)


class Usage(SQLModel, table=True):
    """One engine call, or an attempt without any. Append only."""

    __table_args__ = (
        UniqueConstraint("request_id", "attempt", "stage", name="uq_usage_call"),
        Index("ix_usage_user", "user", "at_ms"),
        Index("ix_usage_at", "at_ms"),
    )

    id: int | None = Field(default=None, primary_key=True)
    request_id: str = Field(foreign_key="request.id")
    attempt: int
    stage: str
    """`chat`, `image`, `embed`, or of models that judge `guard.input`, `guard.output`, `classify`,
    with a number from the second on; `generate`: no engine call."""
    team: str
    user: str
    channel: str
    verb: str
    model: str
    requests: int
    """1 in the first row of a request that used a model, so that sums count each request once."""
    prompt_tokens: int
    output_tokens: int
    images: int
    gpu_ms: int
    queue_ms: int = Field(sa_type=BigInteger)
    """How long the request had waited when this attempt began; only in an attempt's first row."""
    cost_micro: int = Field(sa_type=BigInteger)
    """By the prices of that moment."""
    outcome: str
    at_ms: int = Field(sa_type=BigInteger)


class UsageDay(SQLModel, table=True):
    """The sums of a day's usage rows, kept in the same transactions."""

    __tablename__ = "usage_day"  # pyrefly: ignore[bad-override] - SQLModel's own way to name it
    __table_args__ = (
        Index("ix_usage_day_user", "user", "day"),
        Index("ix_usage_day_channel", "channel", "day"),
    )

    day: int = Field(primary_key=True, sa_type=BigInteger)
    """Days since 1970-01-01, UTC."""
    team: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    user: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    calls: int = Field(sa_type=BigInteger)
    requests: int = Field(sa_type=BigInteger)
    prompt_tokens: int = Field(sa_type=BigInteger)
    output_tokens: int = Field(sa_type=BigInteger)
    images: int = Field(sa_type=BigInteger)
    gpu_ms: int = Field(sa_type=BigInteger)
    queue_ms: int = Field(sa_type=BigInteger)
    cost_micro: int = Field(sa_type=BigInteger)


class Warned(SQLModel, table=True):
    """One person was told that a budget is nearly used, once in a window."""

    user: str = Field(primary_key=True)
    budget: str = Field(primary_key=True)
    since_ms: int = Field(primary_key=True, sa_type=BigInteger)


class Instance(SQLModel, table=True):
    """One bot that is at work on this database, or was when it last said so."""

    id: str = Field(primary_key=True)
    """By which its leases are known, too (`Request.owner`)."""
    host: str
    version: str
    started_ms: int = Field(sa_type=BigInteger)
    beat_ms: int = Field(sa_type=BigInteger)


class Pause(SQLModel, table=True):
    """While its one row is there, no bot begins or goes on with an answer."""

    id: int = Field(primary_key=True)
    since_ms: int = Field(sa_type=BigInteger)


class DataKey(SQLModel, table=True):
    """One person's key, wrapped by a master key. The row of a destroyed one stays, without it."""

    __tablename__ = "data_key"  # pyrefly: ignore[bad-override] - SQLModel's own way to name it
    __table_args__ = (
        Index(
            "uq_data_key_live",
            "user",
            unique=True,
            sqlite_where=text("destroyed_ms IS NULL"),
            postgresql_where=text("destroyed_ms IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    user: str
    """Empty: nobody's. A pseudonym once they were erased."""
    wrapped: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_ms: int = Field(sa_type=BigInteger)
    destroyed_ms: int | None = Field(default=None, sa_type=BigInteger)


class AuditLog(SQLModel, table=True):
    """What people and the bot did that must not be denied: rows that hash one another."""

    __tablename__ = "audit_log"  # pyrefly: ignore[bad-override] - SQLModel's own way to name it

    seq: int = Field(primary_key=True)
    at_ms: int = Field(sa_type=BigInteger)
    actor: str
    action: str
    object: str
    detail: str
    prev_hash: str
    hash: str


class Door(SQLModel, table=True):
    """Empty, but within a transaction that may change what is append only (`bot.ledger.guards`)."""

    why: str = Field(primary_key=True)
