"""What the Python apps of the scenario say, so that each has only its own way to say it."""

from typing import Any

Json = dict[str, Any]

PIECES = ("**一** ", "two ", "ثلاثة ", "4️⃣")
TOO_SHORT = "太短 ⚠️"
FILE: Json = {
    "filename": "结果.txt",
    "title": "结果 🎁",
    "content": "第一行 🧾 مرحبا\nsecond\n",
    "initial_comment": "Here it is",
}


def heard(text: str) -> str:
    """Answer a mention with what follows it."""
    return "Heard: " + text.partition("> ")[2]


def more(text: str) -> str:
    """Answer a message of a thread."""
    return "More: " + text.removeprefix("more ")


def described(name: str, sha256: str) -> str:
    """Say what file was read."""
    return f"Got {name}: {sha256}"


def approved(user: str) -> str:
    """Say who pressed the button."""
    return f"Approved by <@{user}> ✅"


def modal(channel: str) -> Json:
    """Return the modal that asks for a note for a channel."""
    field = {"type": "plain_text_input", "action_id": "text", "multiline": True}
    label = {"type": "plain_text", "text": "Note"}
    return {
        "type": "modal",
        "callback_id": "note",
        "private_metadata": channel,
        "title": {"type": "plain_text", "text": "备注"},
        "submit": {"type": "plain_text", "text": "OK"},
        "blocks": [{"type": "input", "block_id": "note", "label": label, "element": field}],
    }


def note(text: str) -> Json:
    """Return the message of a note, with its button."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    label = {"type": "plain_text", "text": "Approve 👍", "emoji": True}
    button = {"type": "button", "action_id": "approve", "text": label, "style": "primary"}
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"*Note:* {escaped}"}}
    actions = {"type": "actions", "block_id": "decision", "elements": [button]}
    return {"text": f"Note: {escaped}", "blocks": [section, actions]}
