"""What a message may consist of: the arguments that every posting method shares."""

import json

from workspace import checks
from workspace.args import Call
from workspace.text import TEXT_LIMIT, sent
from workspace.wire import Json, SlackError

_METADATA_LIMIT = 16_000
_MOST_ATTACHMENTS = 100


def read(call: Call, *, too_long: str = "msg_blocks_too_long") -> Json:
    """Return text, blocks, attachments and metadata; SlackError when Slack would refuse them."""
    content: Json = {"text": sent(str(call.given.get("text") or ""))}
    markdown = call.given.get("markdown_text")
    if markdown and (call.given.get("text") or call.given.get("blocks")):
        raise SlackError("markdown_text_conflict")
    if markdown:
        content |= _markdown(call, str(markdown), too_long)
    if call.given.get("blocks"):
        content["blocks"] = checks.message_blocks(call.ws, call.given["blocks"], too_long=too_long)
    content |= _attachments(call) | _metadata(call)
    if not any(content.get(part) for part in ("text", "blocks", "attachments")):
        raise SlackError("no_text")
    return content


def check_text(call: Call, most: int = TEXT_LIMIT) -> None:
    """Refuse a text longer than `most` characters: `msg_too_long`."""
    if len(str(call.given.get("text") or "")) > most:
        raise SlackError("msg_too_long")


def _markdown(call: Call, text: str, too_long: str) -> Json:
    part = [{"type": "markdown", "text": text}]
    return {"text": sent(text), "blocks": checks.message_blocks(call.ws, part, too_long=too_long)}


def _attachments(call: Call) -> Json:
    given = call.given.get("attachments")
    if not given:
        return {}
    if not isinstance(given, list) or len(given) > _MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return {"attachments": given}


def _metadata(call: Call) -> Json:
    if not call.given.get("metadata"):
        return {}
    metadata = call.mapping("metadata", "invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_schema")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > _METADATA_LIMIT:
        raise SlackError("metadata_too_large")
    return {"metadata": metadata}
