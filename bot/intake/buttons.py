"""What is pressed, and what is sent in forms -> a decision or a press. Pure.

The fields of our forms are named alike as block and action.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.intake.escaped import fit
from bot.intake.meanings import (
    ACKNOWLEDGE,
    AGAIN,
    AMEND,
    AMENDED,
    AMENDING,
    ANEW,
    APPEAL,
    APPROVE,
    CLAIM,
    DECLINE,
    DECLINED,
    DECLINING,
    DISMISS,
    EDIT,
    EDITING,
    HAND_OVER,
    MUTE,
    NOTE,
    OBJECT,
    OBJECTING,
    PAUSE,
    REASON,
    REJECT,
    REJECTING,
    RESUME,
    SEND,
    TAKE_BACK,
    TAUGHT,
    TEACH,
    TEACHING,
    TITLE,
    UNTEACH,
    WORDS,
    Decision,
    Press,
)
from bot.intake.pictured import pressed_on
from bot.intake.planned import OPEN, WHEN, WHICH
from generators.draft import Destination, UserId

_PRESSES: Final[Mapping[str, str]] = {
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
_REPLIED: Final[Mapping[str, str]] = {AMENDING: AMENDED, DECLINING: DECLINED, TEACHING: TAUGHT}


@dataclass(frozen=True, slots=True)
class _Sender:
    """Who pressed or sent something, and what opens a form for them."""

    person: UserId
    team: str
    trigger_id: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "_Sender":
        user, trigger = body["user"], str(body.get("trigger_id", ""))
        return cls(UserId(user["id"]), str(user.get("team_id") or ""), trigger)

    def press(self, what: str, request_id: str, here: Destination) -> Press:
        return Press(what, request_id, self.person, here, self.team, self.trigger_id)


@dataclass(frozen=True, slots=True)
class _Form:
    """A form that was sent: its callback id, what it was given, and its fields."""

    name: str
    about: str
    fields: Mapping[str, Any]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "_Form":
        view = body["view"]
        fields = {name: block[name] for name, block in view["state"]["values"].items()}
        return cls(view["callback_id"], str(view.get("private_metadata", "")), fields)

    def typed(self, name: str) -> str:
        return fit(str(self.fields.get(name, {}).get("value") or ""))

    def chosen(self, name: str) -> str:
        option = self.fields.get(name, {}).get("selected_option") or {}
        return str(option.get("value") or "")


def clicked(body: Mapping[str, Any]) -> Decision | Press | None:
    """Return what a button means that asks nothing of a model."""
    action = body["actions"][0] if body.get("actions") else {}
    pressed, request_id = action.get("action_id"), str(action.get("value", ""))
    sender = _Sender.of(body)
    if pressed == APPROVE:
        return Decision(request_id, sender.person, approve=True, team=sender.team)
    if pressed in {TAKE_BACK, DISMISS}:
        approve = pressed == DISMISS
        return Decision(request_id, sender.person, approve, team=sender.team, reported=True)
    here = _here(body)
    if found := pressed_on(body):
        what, picked = found
        ts = str((body.get("message") or {}).get("ts") or "")
        return replace(sender.press(what, picked.request_id, here), ts=ts, said=picked.value)
    return sender.press(_PRESSES[pressed], request_id, here) if pressed in _PRESSES else None


def entered(body: Mapping[str, Any]) -> Press | None:
    """Return what was chosen or typed in the form about schedules; `ts` is the form's id."""
    action: Mapping[str, Any] = body["actions"][0] if body.get("actions") else {}
    if action.get("action_id") not in {WHICH, WHEN}:
        return None
    view, sender = body["view"], _Sender.of(body)
    chosen = (action.get("selected_option") or {}).get("value")
    return Press(
        str(action["action_id"]),
        str(view.get("private_metadata", "")),
        sender.person,
        Destination(channel=sender.person),
        sender.team,
        ts=str(view["id"]),
        said=fit(str(chosen or action.get("value") or "")),
    )


def objected(body: Mapping[str, Any]) -> Press | None:
    """Return what the shortcut of a message means that reports it."""
    if body.get("callback_id") != OBJECT:
        return None
    team = str((body.get("team") or {}).get("id") or "")
    pressed = _Sender.of(body).press("report", "", _here(body))
    return replace(pressed, team=team, ts=str(body["message"]["ts"]))


def submitted(body: Mapping[str, Any]) -> Decision | Press | None:
    """Return what a form holds; None for one that is read elsewhere, or is none of ours."""
    read = _FORMS.get(body["view"].get("callback_id"))
    return None if read is None else read(_Form.of(body), _Sender.of(body))


def _here(body: Mapping[str, Any]) -> Destination:
    """Return where a message stands that was pressed on."""
    channel = str((body.get("channel") or {}).get("id") or "")
    return Destination(channel=channel, thread_ts=(body.get("message") or {}).get("thread_ts"))


def _decided(form: _Form, sender: _Sender) -> Decision:
    return Decision(
        form.about,
        sender.person,
        approve=form.name == EDITING,
        team=sender.team,
        reason=form.chosen(REASON),
        note=form.typed(NOTE),
        edit=form.typed(WORDS) if WORDS in form.fields else None,
        trigger_id=sender.trigger_id,
    )


def _reported(form: _Form, sender: _Sender) -> Press:
    pressed = sender.press("reported", form.about, Destination(channel=sender.person))
    return replace(pressed, trigger_id="", reason=form.chosen(REASON))


def _replied(form: _Form, sender: _Sender) -> Press:
    """Return what was typed instead of a drafted reply, or why it is none."""
    request_id, _, mark = form.about.partition(" ")
    pressed = sender.press(_REPLIED[form.name], request_id, Destination(channel=sender.person))
    return replace(
        pressed,
        reason=form.chosen(REASON) or mark,
        said=form.typed(WORDS),
        title=form.typed(TITLE),
    )


_FORMS: Final[Mapping[str, Callable[[_Form, _Sender], Decision | Press]]] = {
    REJECTING: _decided,
    EDITING: _decided,
    OBJECTING: _reported,
    **dict.fromkeys(_REPLIED, _replied),
}
