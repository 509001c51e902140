"""What Slack sends -> what it means for us: a request, a decision, a page to show, or nothing.

Pure: payload in, value out. The id of a request comes from Slack's own ids, so that however often
Slack tells us of one message, it is one request.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from bot.intake.escaped import fit, plain
from bot.intake.following import asked_next, shown_code
from bot.intake.grammar import Misunderstood, Parsed, named, parse, pointed
from bot.intake.imagined import OPEN as IMAGINE
from bot.intake.imagined import has_form, imagined
from bot.intake.pictured import asked_of, pressed_on, shown_picture, wished, with_pictures
from bot.intake.planned import OPEN, WHEN, WHICH, planned
from bot.settings import Verb
from generators.draft import Destination, Request, UserId

PATH = "/slack/events"
"""Where everything is posted to over HTTP: events, commands and interactions."""
_IDS = UUID("3f0a1d52-7a49-4d0b-9c52-9a1de6a3c0de")
_TYPED = {None, "file_share", "thread_broadcast"}

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


@dataclass(frozen=True, slots=True)
class Reader:
    """Understands payloads of one app with its verbs."""

    verbs: Mapping[str, Verb]
    bot_user: str

    def meaning(self, body: Mapping[str, Any]) -> Meaning | None:
        """Return what a payload means; None when it is none of our business."""
        if "command" in body:
            return self._slash(body)
        if body.get("type") == "block_actions":
            asked = asked_next(body, self.verbs) or asked_of(body, self.verbs)
            return asked or _entered(body) or _clicked(body)
        if body.get("type") == "view_submission":
            asked = planned(body, self.verbs) or wished(body, self.verbs)
            return asked or self._imagined(body) or _submitted(body)
        if body.get("type") == "message_action":
            if body.get("callback_id") == DRAFT:
                return self._wanted(body)
            asked = shown_code(body, self.verbs) or shown_picture(body, self.verbs)
            return asked or _pointed(body)
        event = body.get("event")
        return self._event(body, event) if isinstance(event, Mapping) else None

    def _event(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> Meaning | None:
        if event.get("type") == "app_home_opened" and event.get("tab") == "home":
            return HomeOpened(UserId(event["user"]))
        if event.get("type") == "agent_session_stopped":
            here = Destination(channel=str(event["channel"]), thread_ts=str(event["thread_ts"]))
            return StopPressed(UserId(event["user"]), here)
        if event.get("type") == "user_change":
            return Changed(str(event["user"]["id"]))
        if event.get("type") == "subteam_members_changed":
            return Changed(str(event["subteam_id"]))
        if event.get("type") in {"app_mention", "message"}:
            return self._message(body, event)
        return None

    def _imagined(self, body: Mapping[str, Any]) -> Request | None:
        request = imagined(body, self.verbs)
        if request is None:
            return None
        return replace(
            request, reply_to=self._reply_to(request.verb, request.user, request.reply_to)
        )

    def _slash(self, body: Mapping[str, Any]) -> Request | Press:
        command = str(body["command"]).removeprefix("/")
        verb = named(command, self.verbs)
        text = plain(str(body.get("text", "")))
        parsed = parse(text, self.verbs, verb=verb, strict=True)
        here = Destination(channel=str(body["channel_id"]))
        key = uuid5(_IDS, f"cmd:{body.get('team_id')}:{body['trigger_id']}")
        request = self._request(parsed, key, UserId(body["user_id"]), here)
        request = replace(request, team=str(body.get("team_id", "")))
        if isinstance(parsed, Misunderstood):
            alone = len(text.split()) == (0 if verb else 1)
            if parsed.problem == "empty" and alone and has_form(self.verbs[parsed.verb]):
                return Press(
                    IMAGINE,
                    parsed.verb,
                    request.user,
                    here,
                    request.team,
                    str(body["trigger_id"]),
                )
            return replace(request, reply_to=replace(here, only_for=request.user))
        return request

    def _message(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> Request | None:
        user, channel, ts = event.get("user"), event.get("channel"), event.get("ts")
        if event.get("subtype") not in _TYPED or event.get("bot_id") or not (user and channel):
            return None
        text, thread = str(event.get("text", "")), event.get("thread_ts")
        direct = event.get("channel_type") == "im"
        if event["type"] == "message" and not direct and not self._banged(text, thread):
            return None
        parsed = parse(plain(text.replace(f"<@{self.bot_user}>", " ")), self.verbs)
        here = Destination(channel=str(channel), thread_ts=thread or (None if direct else ts))
        key = typed_id(body.get("team_id"), channel, ts)
        request = self._request(parsed, key, UserId(user), here)
        request = replace(request, team=str(event.get("user_team") or body.get("team_id", "")))
        request = with_pictures(request, event, self.verbs)
        if thread and not direct and self._is_apart(request):
            return replace(request, about=here)
        if direct or request.reply_to.only_for is None:
            return request
        return replace(request, reply_to=here)  # a thread sees what was asked; so may the answer be

    def _is_apart(self, request: Request) -> bool:
        """Tell whether a thread is read for it, and its answer goes to who asks."""
        reads = self.verbs[request.verb].reads
        return reads == "thread" and request.reply_to.channel == request.user

    def _wanted(self, body: Mapping[str, Any]) -> Request | None:
        """Return the draft that is wanted of a reply to a message, which begins or has a thread."""
        message, channel = body["message"], str(body["channel"]["id"])
        user, team = UserId(body["user"]["id"]), str((body.get("team") or {}).get("id") or "")
        if "draft" not in self.verbs:
            return None
        return Request(
            id=uuid5(_IDS, f"act:{team}:{body['trigger_id']}"),
            verb="draft",
            prompt="",
            user=user,
            team=team,
            reply_to=self._reply_to("draft", user, Destination(channel=user)),
            about=Destination(
                channel=channel, thread_ts=str(message.get("thread_ts") or message["ts"])
            ),
        )

    def _banged(self, text: str, thread: str | None) -> bool:
        word = text.split(maxsplit=1)[0] if text.startswith("!") else ""
        if not (thread and word):
            return False
        is_verb = named(re.split("[:：]", word)[0].lstrip("!"), self.verbs)
        return bool(is_verb) or pointed(plain(text), self.verbs, self.verbs) is not None

    def _request(
        self, parsed: Parsed | Misunderstood, key: UUID, user: UserId, here: Destination
    ) -> Request:
        match parsed:
            case Parsed(verb, prompt, flags):
                reply_to = self._reply_to(verb, user, here)
            case Misunderstood(problem, said, suggestion, about):
                verb, prompt, reply_to = "help", "", here
                flags = {"problem": problem, "said": said, "meant": suggestion, "about": about}
        return Request(id=key, verb=verb, prompt=prompt, user=user, flags=flags, reply_to=reply_to)

    def _reply_to(self, verb: str, user: UserId, here: Destination) -> Destination:
        answers = self.verbs[verb].answers
        if answers == "dm":
            return Destination(channel=user)
        return replace(here, only_for=user) if answers == "ephemeral" else here


def typed_id(team: object, channel: object, ts: object) -> UUID:
    """Return the id of the request that a message makes, however often Slack tells of it."""
    return uuid5(_IDS, f"msg:{team}:{channel}:{ts}")


_PRESSES = {
    EDIT: "edit",
    REJECT: "reject",
    CLAIM: "claim",
    APPEAL: "appeal",
    OBJECT: "report",
    AGAIN: "again",
    PAUSE: "pause",
    RESUME: "resume",
    OPEN: OPEN,
    **{name: name for name in (SEND, AMEND, DECLINE, HAND_OVER, *ANEW, TEACH, UNTEACH)},
    **{name: name for name in (ACKNOWLEDGE, MUTE)},
}


_REPLIED = {AMENDING: AMENDED, DECLINING: DECLINED, TEACHING: TAUGHT}


def _clicked(body: Mapping[str, Any]) -> Decision | Press | None:
    action = body["actions"][0] if body.get("actions") else {}
    pressed, request_id = action.get("action_id"), str(action.get("value", ""))
    who, team = UserId(body["user"]["id"]), str(body["user"].get("team_id") or "")
    if pressed == APPROVE:
        return Decision(request_id, who, approve=True, team=team)
    if pressed in {TAKE_BACK, DISMISS}:
        return Decision(request_id, who, approve=pressed == DISMISS, team=team, reported=True)
    channel = str((body.get("channel") or {}).get("id") or "")
    message: Mapping[str, Any] = body.get("message") or {}
    here = Destination(channel=channel, thread_ts=message.get("thread_ts"))
    trigger = str(body.get("trigger_id", ""))
    if found := pressed_on(body):
        what, picked = found
        ts = str(message.get("ts") or "")
        return Press(what, picked.request_id, who, here, team, trigger, ts=ts, said=picked.value)
    if pressed not in _PRESSES:
        return None
    return Press(_PRESSES[pressed], request_id, who, here, team, trigger)


def _entered(body: Mapping[str, Any]) -> Press | None:
    """Return what was chosen or typed in the form about schedules; `ts` is the form's id."""
    action: Mapping[str, Any] = body["actions"][0] if body.get("actions") else {}
    if action.get("action_id") not in {WHICH, WHEN}:
        return None
    view, who = body["view"], UserId(body["user"]["id"])
    chosen = (action.get("selected_option") or {}).get("value")
    return Press(
        str(action["action_id"]),
        str(view.get("private_metadata", "")),
        who,
        Destination(channel=who),
        str(body["user"].get("team_id") or ""),
        ts=str(view["id"]),
        said=fit(str(chosen or action.get("value") or "")),
    )


def _pointed(body: Mapping[str, Any]) -> Press | None:
    """Return what the shortcut of a message means."""
    if body.get("callback_id") != OBJECT:
        return None
    message, who = body["message"], UserId(body["user"]["id"])
    thread = message.get("thread_ts")
    here = Destination(channel=str(body["channel"]["id"]), thread_ts=thread)
    team = str((body.get("team") or {}).get("id") or "")
    trigger = str(body.get("trigger_id", ""))
    return Press("report", "", who, here, team, trigger, ts=str(message["ts"]))


def _submitted(body: Mapping[str, Any]) -> Decision | Press | None:
    """Return what a form holds; its fields are named alike as block and action."""
    view = body["view"]
    if view.get("callback_id") == OBJECTING:
        return _reported(body)
    if view.get("callback_id") in _REPLIED:
        return _replied(body)
    if view.get("callback_id") not in {REJECTING, EDITING}:
        return None
    fields = {name: block[name] for name, block in view["state"]["values"].items()}
    reason = (fields.get(REASON, {}).get("selected_option") or {}).get("value") or ""
    return Decision(
        str(view.get("private_metadata", "")),
        UserId(body["user"]["id"]),
        approve=view["callback_id"] == EDITING,
        team=str(body["user"].get("team_id") or ""),
        reason=str(reason),
        note=_typed(fields, NOTE),
        edit=_typed(fields, WORDS) if WORDS in fields else None,
        trigger_id=str(body.get("trigger_id", "")),
    )


def _reported(body: Mapping[str, Any]) -> Press:
    block = body["view"]["state"]["values"].get(REASON, {})
    reason = (block.get(REASON, {}).get("selected_option") or {}).get("value") or ""
    who, request_id = UserId(body["user"]["id"]), str(body["view"].get("private_metadata", ""))
    team = str(body["user"].get("team_id") or "")
    return Press("reported", request_id, who, Destination(channel=who), team, reason=str(reason))


def _replied(body: Mapping[str, Any]) -> Press:
    """Return what was typed instead of a drafted reply, or why it is none."""
    view, who = body["view"], UserId(body["user"]["id"])
    fields = {name: block[name] for name, block in view["state"]["values"].items()}
    reason = (fields.get(REASON, {}).get("selected_option") or {}).get("value") or ""
    request_id, _, mark = str(view.get("private_metadata", "")).partition(" ")
    return Press(
        _REPLIED[view["callback_id"]],
        request_id,
        who,
        Destination(channel=who),
        str(body["user"].get("team_id") or ""),
        str(body.get("trigger_id", "")),
        reason=str(reason or mark),
        said=_typed(fields, WORDS),
        title=_typed(fields, TITLE),
    )


def _typed(fields: Mapping[str, Any], name: str) -> str:
    return fit(str(fields.get(name, {}).get("value") or ""))
