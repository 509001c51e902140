"""What an agent shows beside its messages: sessions, statuses, prompts, and what people look at.

Values only; `workspace.threads` shows them to people, ends them in time and tells the app.
"""

from dataclasses import dataclass

from workspace.wire import Json

Place = tuple[str, str]
"""A channel's id and the `thread_ts` of a thread in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The app's work in one thread: active, processing, suspended or closed.

    `expires` is when `processing` ends by itself, a Unix time; 0.0 in the other states.
    """

    channel: str
    thread_ts: str
    status: str
    title: str = ""
    initiator: str = ""
    expires: float = 0.0

    def card(self) -> Json:
        """Return it as the page gets it."""
        return {
            "channel": self.channel,
            "thread_ts": self.thread_ts,
            "session_status": self.status,
            "title": self.title,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the app says it is doing in a thread, from `since` (a message's ts) to `expires`."""

    channel: str
    thread_ts: str
    status: str
    loading_messages: tuple[str, ...] = ()
    since: str = ""
    expires: float = 0.0

    def card(self) -> Json:
        """Return it as the page gets it."""
        return {
            "channel": self.channel,
            "thread_ts": self.thread_ts,
            "status": self.status,
            "loading_messages": list(self.loading_messages),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """The prompts offered in a DM, or in one thread of it: (title, message) pairs."""

    channel: str
    thread_ts: str = ""
    title: str = ""
    prompts: tuple[tuple[str, str], ...] = ()

    def card(self) -> Json:
        """Return it as the page gets it."""
        return {
            "channel": self.channel,
            "thread_ts": self.thread_ts,
            "title": self.title,
            "prompts": [{"title": title, "message": said} for title, said in self.prompts],
        }


class Agents:
    """All of it, by place; `looking` is the channel each person has open beside the agent."""

    def __init__(self) -> None:
        """Start with nothing shown."""
        self.sessions: dict[Place, Session] = {}
        self.statuses: dict[Place, Status] = {}
        self.prompts: dict[Place, Prompts] = {}
        self.looking: dict[str, str] = {}
