"""What a message may consist of: the arguments that every posting method shares."""

import json
from dataclasses import dataclass

from workspace import checks, text
from workspace.args import Call
from workspace.state import Workspace
from workspace.text import TEXT_LIMIT, sent
from workspace.wire import Json, SlackError

TRUNCATED = "message_truncated"
_CUSTOMIZE = "chat:write.customize"
_METADATA_LIMIT = 16_000
_EVENT_TYPE_LIMIT = 255
_MOST_ATTACHMENTS = 100


@dataclass(frozen=True, slots=True)
class Codes:
    """The error codes in which methods differ: for text that is too long, for bad attachments."""

    too_long: str = "msg_blocks_too_long"
    attachments: str = "invalid_arguments"


def read(
    call: Call,
    *,
    too_long: str = "msg_blocks_too_long",
    attachments: str = "invalid_arguments",
) -> Json:
    """Return text, blocks, attachments and metadata; SlackError when Slack would refuse them."""
    return made(call.ws, call.given, Codes(too_long, attachments)) | metadata(call.given)


def made(ws: Workspace, given: Json, codes: Codes | None = None) -> Json:
    """Return the content of a message out of its arguments, without metadata."""
    codes = codes or Codes()
    content: Json = {"text": _text(ws, given)}
    markdown = given.get("markdown_text")
    if markdown and (given.get("text") or given.get("blocks")):
        raise SlackError("markdown_text_conflict")
    if markdown:
        part = [{"type": "markdown", "text": str(markdown)}]
        content["text"] = sent(str(markdown))
        content["blocks"] = checks.message_blocks(ws, part, too_long=codes.too_long)
    if given.get("blocks"):
        content["blocks"] = checks.message_blocks(ws, given["blocks"], too_long=codes.too_long)
    content |= _attachments(ws, given, codes)
    if not content["text"].strip() and not content.get("blocks") and not content.get("attachments"):
        raise SlackError("no_text")
    return content


def check_text(call: Call, most: int = TEXT_LIMIT) -> None:
    """Refuse a text longer than `most` characters: `msg_too_long`."""
    if len(str(call.given.get("text") or "")) > most:
        raise SlackError("msg_too_long")


def truncation(call: Call) -> Json:
    """Return the warning that a text of more than 40,000 characters was cut; {} when it was not."""
    if len(str(call.given.get("text") or "")) <= TEXT_LIMIT:
        return {}
    return {"warning": TRUNCATED, "response_metadata": {"warnings": [TRUNCATED]}}


def custom_author(call: Call) -> Json:
    """Return the name and icon that a call gives the app; `missing_scope` without the scope."""
    names = ("username", "icon_emoji", "icon_url")
    given = {name: str(call.given[name]) for name in names if call.given.get(name)}
    if not given or not call.caller.is_bot:
        return {}
    if _CUSTOMIZE not in call.ws.scopes:
        provided = ",".join(sorted(call.ws.scopes))
        raise SlackError("missing_scope", more={"needed": _CUSTOMIZE, "provided": provided})
    icons = {"image_64": given["icon_url"]} if "icon_url" in given else {}
    icons |= {"emoji": given["icon_emoji"]} if "icon_emoji" in given else {}
    author: Json = {"subtype": "bot_message"}
    author |= {"username": given["username"]} if "username" in given else {}
    return author | ({"icons": icons} if icons else {})


def _text(ws: Workspace, given: Json) -> str:
    """Return the text as it is stored; `parse` full links names as if a person had typed it."""
    written = str(given.get("text") or "")
    if given.get("parse") == "full":
        return text.typed(text.unescape(written[:TEXT_LIMIT]), ws.directory)
    return sent(written)


def _attachments(ws: Workspace, given: Json, codes: Codes) -> Json:
    parts = given.get("attachments")
    if not parts:
        return {}
    if not isinstance(parts, list) or not all(isinstance(each, dict) for each in parts):
        raise SlackError(codes.attachments)
    if len(parts) > _MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return {"attachments": [_attachment(ws, each, i, codes) for i, each in enumerate(parts)]}


def _attachment(ws: Workspace, part: Json, index: int, codes: Codes) -> Json:
    """Return an attachment with its number, and its blocks checked and named."""
    numbered = {"id": index + 1, "fallback": "[no preview available]", **part}
    if not part.get("blocks"):
        return numbered
    at = f"/attachments/{index}/blocks"
    named = checks.message_blocks(ws, part["blocks"], too_long=codes.too_long, at=at)
    return numbered | {"blocks": named}


def metadata(given: Json) -> Json:
    """Return the metadata: an event's, or the entities of Work Objects."""
    metadata = given.get("metadata")
    if not metadata:
        return {}
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    has_entities = isinstance(metadata.get("entities"), list)
    if not has_entities or "event_type" in metadata:
        _check_event(metadata)
    if len(json.dumps(metadata)) > _METADATA_LIMIT:
        raise SlackError("metadata_too_large")
    return {"metadata": metadata}


def _check_event(metadata: Json) -> None:
    kind = metadata.get("event_type")
    if not isinstance(kind, str) or not 1 <= len(kind) <= _EVENT_TYPE_LIMIT:
        raise SlackError("invalid_metadata_schema")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
