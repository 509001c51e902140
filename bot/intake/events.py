"""What Slack sends -> what it means for us: a request, a decision, a page to show, or nothing.

Pure: payload in, value out. The id of a request comes from Slack's own ids, so that however often
Slack tells us of one message, it is one request.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from bot.intake.buttons import clicked, entered, objected, submitted
from bot.intake.escaped import plain
from bot.intake.following import asked_next, shown_code
from bot.intake.grammar import Misunderstood, Parsed, lone, named, parse
from bot.intake.imagined import OPEN as IMAGINE
from bot.intake.imagined import has_form, imagined
from bot.intake.meanings import (
    DRAFT,
    Changed,
    HomeOpened,
    Meaning,
    Press,
    StopPressed,
)
from bot.intake.pictured import asked_of, shown_picture, wished, with_pictures
from bot.intake.planned import planned
from bot.settings import Verb
from generators.draft import Destination, Request, UserId

PATH = "/slack/events"
"""Where everything is posted to over HTTP: events, commands and interactions."""
_IDS = UUID("3f0a1d52-7a49-4d0b-9c52-9a1de6a3c0de")
_TYPED = {None, "file_share", "thread_broadcast"}


@dataclass(frozen=True, slots=True)
class _Typed:
    """A message that a person typed, and where."""

    user: UserId
    channel: str
    text: str
    here: Destination
    is_direct: bool
    is_in_thread: bool

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "_Typed | None":
        """Return what was typed; None for what was posted by an app, changed or deleted."""
        user, channel = event.get("user"), event.get("channel")
        if event.get("subtype") not in _TYPED or event.get("bot_id") or not (user and channel):
            return None
        thread, direct = event.get("thread_ts"), event.get("channel_type") == "im"
        here = Destination(
            channel=str(channel), thread_ts=thread or (None if direct else event.get("ts"))
        )
        text = str(event.get("text", ""))
        return cls(UserId(user), str(channel), text, here, direct, bool(thread))


@dataclass(frozen=True, slots=True)
class Reader:
    """Understands payloads of one app with its verbs."""

    verbs: Mapping[str, Verb]
    bot_user: str

    def meaning(self, body: Mapping[str, Any]) -> Meaning | None:
        """Return what a payload means; None when it is none of our business."""
        if "command" in body:
            return self._slash(body)
        readers = self._readers().get(str(body.get("type")), (self._event,))
        return next(filter(None, (read(body) for read in readers)), None)

    def _readers(self) -> Mapping[str, Sequence[Callable[[Mapping[str, Any]], Meaning | None]]]:
        """Return who reads a type of payload: the first that knows it says what it means."""
        by = self._by
        return {
            "block_actions": (by(asked_next), by(asked_of), entered, clicked),
            "view_submission": (by(planned), by(wished), self._imagined, submitted),
            "message_action": (self._wanted, by(shown_code), by(shown_picture), objected),
        }

    def _by(
        self, read: Callable[[Mapping[str, Any], Mapping[str, Verb]], Request | None]
    ) -> Callable[[Mapping[str, Any]], Request | None]:
        return lambda body: read(body, self.verbs)

    def _event(self, body: Mapping[str, Any]) -> Meaning | None:
        event = body.get("event")
        return self._happened(body, event) if isinstance(event, Mapping) else None

    def _happened(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> Meaning | None:
        match event.get("type"):
            case "app_home_opened" if event.get("tab") == "home":
                return HomeOpened(UserId(event["user"]))
            case "agent_session_stopped":
                here = Destination(channel=str(event["channel"]), thread_ts=str(event["thread_ts"]))
                return StopPressed(UserId(event["user"]), here)
            case "user_change":
                return Changed(str(event["user"]["id"]))
            case "subteam_members_changed":
                return Changed(str(event["subteam_id"]))
            case "app_mention" | "message":
                return self._message(body, event)
            case _:
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
        typed = _Typed.of(event)
        if typed is None or not self._is_meant(event, typed):
            return None
        parsed = parse(plain(typed.text.replace(f"<@{self.bot_user}>", " ")), self.verbs)
        key = typed_id(body.get("team_id"), typed.channel, event.get("ts"))
        request = self._request(parsed, key, typed.user, typed.here)
        request = replace(request, team=str(event.get("user_team") or body.get("team_id", "")))
        return self._answered(with_pictures(request, event, self.verbs), typed)

    def _is_meant(self, event: Mapping[str, Any], typed: "_Typed") -> bool:
        """Tell whether it was typed to the bot: to nobody else, by name, or as `!verb`."""
        if typed.is_direct or event["type"] == "app_mention":
            return True
        return typed.is_in_thread and self._banged(typed.text)

    def _answered(self, request: Request, typed: "_Typed") -> Request:
        """Return the request with where its answer goes."""
        if typed.is_direct:
            return request
        if typed.is_in_thread and self._is_apart(request):
            return replace(request, about=typed.here)
        if request.reply_to.only_for is None:
            return request
        # A thread sees what was asked; so may the answer be seen there.
        return replace(request, reply_to=typed.here)

    def _is_apart(self, request: Request) -> bool:
        """Tell whether a thread is read for it, and its answer goes to who asks."""
        reads = self.verbs[request.verb].reads
        return reads == "thread" and request.reply_to.channel == request.user

    def _wanted(self, body: Mapping[str, Any]) -> Request | None:
        """Return the draft that is wanted of a reply to a message, which begins or has a thread."""
        if body.get("callback_id") != DRAFT or "draft" not in self.verbs:
            return None
        message, channel = body["message"], str(body["channel"]["id"])
        user, team = UserId(body["user"]["id"]), str((body.get("team") or {}).get("id") or "")
        thread = str(message.get("thread_ts") or message["ts"])
        return Request(
            id=uuid5(_IDS, f"act:{team}:{body['trigger_id']}"),
            verb="draft",
            prompt="",
            user=user,
            team=team,
            reply_to=self._reply_to("draft", user, Destination(channel=user)),
            about=Destination(channel=channel, thread_ts=thread),
        )

    def _banged(self, text: str) -> bool:
        word = text.split(maxsplit=1)[0] if text.startswith("!") else ""
        if not word:
            return False
        is_verb = named(re.split("[:：]", word)[0].lstrip("!"), self.verbs)
        return bool(is_verb) or lone(plain(text), self.verbs, self.verbs) is not None

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
