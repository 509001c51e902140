"""What may be meant by what Slack sends: the values, and the names that buttons and forms have."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from generators.draft import Destination, Request, UserId

APPROVE, REJECT, EDIT = "review_approve", "review_reject", "review_edit"
CLAIM, APPEAL = "review_claim", "review_appeal"
AGAIN, PAUSE, RESUME = "ask_again", "operate_pause", "operate_resume"
OBJECT, TAKE_BACK, DISMISS = "report", "report_take_back", "report_dismiss"
"""`OBJECT` is also the shortcut of a message."""
REJECTING, EDITING, OBJECTING = "review_rejecting", "review_editing", "reporting"
"""The forms' callback ids."""
ACKNOWLEDGE, MUTE = "watch_acknowledge", "watch_mute"
DRAFT = "draft_reply"
"""The shortcut of a customer's message."""
SEND, AMEND, DECLINE, HAND_OVER = "reply_send", "reply_edit", "reply_reject", "reply_hand_over"
ANEW: Mapping[str, str] = MappingProxyType(
    {"reply_again": "again", "reply_shorter": "shorter", "reply_warmer": "warmer"}
)
"""The buttons of a drafted reply; those that ask for another one, with its style."""
AMENDING, DECLINING = "reply_editing", "reply_rejecting"
AMENDED, DECLINED = "reply_edited", "reply_rejected"
"""Its forms, and what is pressed once they are sent."""
TEACH, UNTEACH, TEACHING, TAUGHT = "learn", "learn_no", "learning", "learnt"
"""The buttons of a suggested article, its form, and what is pressed once that is sent."""
REASON, NOTE, WORDS, TITLE = "reason", "note", "words", "title"
"""What their fields are called."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A reviewer's decision on a held answer: a click, or a form that was sent."""

    request_id: str
    reviewer: UserId
    approve: bool
    team: str = ""
    """The Slack workspace of the reviewer, as the click says."""
    reason: str = ""
    note: str = ""
    edit: str | None = None
    """What is to be shown instead."""
    trigger_id: str = ""
    """Opens a form, for 3 seconds."""
    reported: bool = False
    """Whether it is on an answer that was shown and reported: approving lets it stay."""


@dataclass(frozen=True, slots=True)
class Press:
    """A click that decides nothing yet.

    `claim`, `edit` and `reject` are a reviewer's, `pause` and `resume` an operator's; `appeal` and
    `again` stand on notices; `report` is of anybody who sees an answer, and `reported` once they
    have said why; `reply_…` are those of a drafted reply, `learn…` of a suggested article.
    """

    what: str
    request_id: str
    person: UserId
    here: Destination
    team: str = ""
    trigger_id: str = ""
    reason: str = ""
    ts: str = ""
    """The message that a shortcut was used on; its request is not known then."""
    said: str = ""
    """What was typed into a form."""
    title: str = ""
    """What was typed as its heading."""


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """A person looks at the app's home."""

    user: UserId


@dataclass(frozen=True, slots=True)
class StopPressed:
    """A person presses the stop button of a thread in which the bot is at work."""

    user: UserId
    here: Destination


@dataclass(frozen=True, slots=True)
class Changed:
    """A person or a user group is not as it was: renamed, deactivated, with other members."""

    who: str


Meaning = Request | Decision | Press | HomeOpened | StopPressed | Changed
