"""What is asked about pictures: by buttons under one, by its shortcut, by a form, by a file. Pure.

Like `bot.intake.following`: requests of their own, with ids of their own.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid5

from bot.intake.escaped import fit, plain
from bot.intake.following import OF, request_of
from bot.settings import Verb
from generators.draft import Destination, Request, UserId

PREFIX: Final = "picture_"
"""How the buttons' ids begin."""
DELETE, CHANGE = f"{PREFIX}delete", f"{PREFIX}change"
"""What is pressed to delete an answer, and to be shown the form."""
SOURCE: Final = "picture_source"
"""The shortcut of a message."""
EDITING: Final = "picture_editing"
"""The form's callback id."""
WORDS, MASK = "words", "mask"
"""The form's fields."""
ASK, RETOUCH, ORIGIN = "ask", "retouch", "origin"
"""Verbs: what is asked without any, what changes pictures, what says where one is from."""
DO, CELL, FILES, AT = "do", "cell", "files", "at"
"""Flags that name what to do, the picture of several, uploads, our message; none can be typed."""
REROLL: Final = "reroll"
SAID: Final = "said"
"""What to do where plain words in a thread were understood as a change of our picture there."""
_ASKING: Final = frozenset({"upscale", "vary", "cutout", REROLL, "info"})
_PRESSING: Final[Mapping[str, str]] = {"delete": DELETE, "change": CHANGE}
_NAMES: Final = re.compile(
    r"\.(?:png|jpe?g|webp|gif|bmp|tiff?|hei[cf]|avif|svg|psd)$", re.IGNORECASE
)
_IDS: Final = UUID("7b2f6d0e-5a35-4a0f-9e1c-4d1a8f6a2c11")
_QUESTION: Final = re.compile(
    r"^\W*(?:what|why|how|when|where|who|whose|which|is|are|was|were|does|do|did|explain|describe)"
    r"(?![a-z])|什么|为什么|为何|怎么|怎样|如何|谁|哪|多少|几点|是不是|[吗呢][?？]?\s*$",
    re.IGNORECASE,
)
_WISH: Final = re.compile(
    r"^\W*(?:can|could|would|will) you(?![a-z])|^\W*please(?![a-z])"
    r"|能不能|可以|能否|能把|请把|帮我|改成|换成|变成",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Picked:
    """What a button under a picture says: what to do, and with which answer's picture."""

    act: str
    verb: str
    request_id: str
    cell: str = ""

    @property
    def value(self) -> str:
        """The button's value, which `read` understands.

        >>> read(Picked("vary", "imagine", "00ff", "2").value)
        Picked(act='vary', verb='imagine', request_id='00ff', cell='2')
        """
        return f"{self.act}/{self.verb}/{self.request_id}/{self.cell}"

    @property
    def flags(self) -> dict[str, str]:
        """The flags that name the picture."""
        return {OF: self.request_id, **({CELL: self.cell} if self.cell else {})}


def read(value: str) -> Picked:
    """Read a button's value. Raises ValueError for one that is none of ours."""
    act, verb, request_id, cell = value.split("/")
    if not re.fullmatch(r"[0-9a-f]{1,32}", request_id) or not re.fullmatch(r"[0-9]{0,2}", cell):
        raise ValueError(value)
    return Picked(act, verb, request_id, cell)


def asked_of(body: Mapping[str, Any], verbs: Mapping[str, Verb]) -> Request | None:
    """Return what a press of a button under a picture asks; None for any other press.

    Raises ValueError for a value that is none of ours.
    """
    chosen = _chosen(body)
    picked = None if chosen is None else read(str(chosen.get("value", "")))
    if chosen is None or picked is None or picked.act not in _ASKING:
        return None
    verb = {REROLL: picked.verb, "info": ORIGIN}.get(picked.act, RETOUCH)
    if verb not in verbs:
        return None
    label = fit(str((chosen.get("text") or {}).get("text", "")))
    private = picked.act == "info"
    flags = picked.flags if private else {DO: picked.act, **picked.flags}
    return request_of(body, (verb, label), flags, private=private)


def pressed_on(body: Mapping[str, Any]) -> tuple[str, Picked] | None:
    """Return which press it is that asks nothing yet, and of what; None for any other.

    Raises ValueError for a value that is none of ours.
    """
    chosen = _chosen(body)
    if chosen is None:
        return None
    picked = read(str(chosen.get("value", "")))
    what = _PRESSING.get(picked.act)
    return None if what is None else (what, picked)


def shown_picture(body: Mapping[str, Any], verbs: Mapping[str, Verb]) -> Request | None:
    """Return what the shortcut asks that tells where a picture is from; None for any other."""
    if body.get("callback_id") != SOURCE or ORIGIN not in verbs:
        return None
    message: Mapping[str, Any] = body["message"]
    ids = pictures_of(message)
    flags = {FILES: " ".join(ids)} if ids else {AT: str(message["ts"])}
    return request_of(body, (ORIGIN, ""), flags, private=True)


def wished(body: Mapping[str, Any], verbs: Mapping[str, Verb]) -> Request | None:
    """Return what the form asks in which a change is described; None for any other form.

    Raises ValueError for one that is not ours any more.
    """
    view = body["view"]
    if view.get("callback_id") != EDITING or RETOUCH not in verbs:
        return None
    who = UserId(body["user"]["id"])
    value, channel, thread = str(view.get("private_metadata", "")).split(" ")
    fields = {name: block[name] for name, block in view["state"]["values"].items()}
    masks = [str(file["id"]) for file in (fields.get(MASK) or {}).get("files") or ()]
    team = str(body["user"].get("team_id") or (body.get("team") or {}).get("id") or "")
    flags = {DO: "edit", **read(value).flags, **({FILES: " ".join(masks)} if masks else {})}
    return Request(
        id=uuid5(_IDS, f"{team}:{view['id']}"),
        verb=RETOUCH,
        prompt=plain(fit(str((fields.get(WORDS) or {}).get("value") or ""))).strip(),
        user=who,
        team=team,
        flags=flags,
        reply_to=Destination(channel=channel, thread_ts=thread),
    )


def with_pictures(request: Request, event: Mapping[str, Any], verbs: Mapping[str, Verb]) -> Request:
    """Return a request with the pictures that its message brought; words alone then change them."""
    ids = pictures_of(event)
    if not ids:
        return request
    if request.verb == ASK and RETOUCH in verbs and not is_question(request.prompt):
        request = replace(request, verb=RETOUCH)
    if not verbs[request.verb].pictures:
        return request
    return replace(request, flags={**request.flags, FILES: " ".join(ids)})


def pictures_of(message: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of a message's files that are, or say they are, pictures."""
    files: Iterable[Mapping[str, Any]] = message.get("files") or ()
    return tuple(str(file["id"]) for file in files if file.get("id") and _is_picture(file))


def is_question(prompt: str) -> bool:
    """Tell whether words ask for an answer, and not for a change.

    >>> [is_question(said) for said in ("What is CIDR?", "make it night", "can you make it red?")]
    [True, False, False]
    """
    if _WISH.search(prompt):
        return False
    return bool(_QUESTION.search(prompt)) or prompt.rstrip().endswith(("?", "？"))


def _chosen(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the button, or the line of the menu, that was pressed under a picture."""
    action: Mapping[str, Any] = body["actions"][0] if body.get("actions") else {}
    if not str(action.get("action_id", "")).startswith(PREFIX):
        return None
    chosen: Mapping[str, Any] = action.get("selected_option") or action
    return chosen


def _is_picture(file: Mapping[str, Any]) -> bool:
    kind = str(file.get("mimetype") or "")
    return kind.startswith("image/") or bool(_NAMES.search(str(file.get("name") or "")))
