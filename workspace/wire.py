"""Words that every part shares: a JSON object, and the error a method answers with.

It knows nothing of the workspace's state.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
"""A decoded JSON object of Slack's wire; its values are whatever the sender put there."""


class SlackError(Exception):
    """A method's refusal: answered as `{"ok": false, "error": code}` with HTTP 200.

    `messages` become `response_metadata.messages`, where Slack puts the reasons in words; `more`
    are further keys of the answer, such as `needed` and `provided` of `missing_scope`.
    """

    def __init__(self, code: str, messages: Sequence[str] = (), more: Json | None = None) -> None:
        """Take Slack's documented error code."""
        super().__init__(code)
        self.code = code
        self.messages = tuple(messages)
        self.more = more or {}

    def body(self) -> Json:
        """Return the JSON body of the answer."""
        body: Json = {"ok": False, "error": self.code, **self.more}
        if self.messages:
            body["response_metadata"] = {"messages": list(self.messages)}
        return body


class Refused(Exception):  # noqa: N818  # it is an answer of the control API, not a fault of the code
    """A person's action that makes no sense here; answered as `{"error": code}`."""

    def __init__(self, code: str, status: int = 400) -> None:
        """Take a short code and the HTTP status of the answer."""
        super().__init__(code)
        self.code = code
        self.status = status
