"""The tables of what is asked for again and again: schedules, their runs, what these remember."""

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class Schedule(SQLModel, table=True):
    """Something that a channel gets again and again, and up to where it has got it."""

    __table_args__ = (
        UniqueConstraint("channel", "number", name="uq_schedule_number"),
        Index("ix_schedule_state", "state"),
    )

    id: str = Field(primary_key=True)
    """The id of the request that made it, so that a request that is answered twice makes one."""
    number: int
    """By which people call it in its channel; never given twice."""
    kind: str
    """The verb that is asked for at each run."""
    team: str
    channel: str
    owner: str
    """Who asked for it: in their name it runs, and what it uses is theirs."""
    phrase: str
    """As typed; nothing but words of time is understood, so it holds no others."""
    zone: str
    options: str
    """A JSON object of strings: the flags of each request."""
    state: str
    """`active`, `paused`, `failing` (paused because it could not run), or `deleted`."""
    first_day: str
    """The local day from which every other day or week is counted, as ISO 8601."""
    failures: int
    """How many runs in a row could not be."""
    created_ms: int = Field(sa_type=BigInteger)
    done_ms: int = Field(sa_type=BigInteger)
    """The latest moment of which it is settled whether it ran."""
    since_ms: int = Field(sa_type=BigInteger)
    """From where on the next run has to tell what happened."""


class Fire(SQLModel, table=True):
    """One local period of a schedule that somebody has settled: its key is why it runs once."""

    __table_args__ = (Index("ix_fire_outcome", "outcome"),)

    schedule_id: str = Field(primary_key=True, foreign_key="schedule.id")
    period: str = Field(primary_key=True)
    """The local day and time, as the schedule says it; `now` and an id for a run by hand."""
    outcome: str
    """`asked`, `quiet` or `failed`; what was asked is `posted` or `lost` in the end."""
    request_id: str | None = Field(default=None, foreign_key="request.id")
    at_ms: int = Field(sa_type=BigInteger)
    due_ms: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    since_ms: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """From where on the schedule had to tell, before this run."""
    failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How many there were in a row before it."""


class ToldEntry(SQLModel, table=True):
    """An entry of a feed that a schedule has told of, or passed over: it is told once."""

    __tablename__ = "told_entry"  # pyrefly: ignore[bad-override] - SQLModel's own way to name it

    schedule_id: str = Field(primary_key=True, foreign_key="schedule.id")
    entry: str = Field(primary_key=True)
    """A hash of the entry's id; empty in the row that says that the feed was read before."""
    at_ms: int = Field(sa_type=BigInteger)


class WatchState(SQLModel, table=True):
    """Up to where a channel's mood was watched, and what is usual there: numbers and times only."""

    __tablename__ = "watch_state"  # pyrefly: ignore[bad-override] - SQLModel's own way to name it

    schedule_id: str = Field(primary_key=True, foreign_key="schedule.id")
    version: int
    """Goes up by one with each change, so that nobody changes what somebody else has changed."""
    state: str
    """A JSON object of `bot.digests.turning:Turning`."""
    quiet_ms: int = Field(sa_type=BigInteger)
    """Until when nothing is said: after an alert, and where somebody has pressed a button."""
