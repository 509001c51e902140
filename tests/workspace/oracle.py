"""Judges the Web API's answers by the published reference of its methods.

Every answer's top level is closed to the keys that the method's page names; named shapes are those
of `definitions`. Where the reference is loose or contradicts itself, a waiver says so in words.
"""

from collections.abc import Callable
from typing import Any

from jsonschema import Draft202012Validator

from tests.workspace.definitions import DEFINITIONS, TEXT, Shape, many, ref

ALWAYS: Shape = {
    "ok": {"const": True},
    "warning": TEXT,
    "response_metadata": {
        "type": "object",
        "properties": {"next_cursor": TEXT, "warnings": many(TEXT), "messages": many(TEXT)},
        "additionalProperties": False,
    },
}


def _of_file(output: Shape) -> None:
    output["properties"]["file"] = ref("file")


def _of_files(output: Shape) -> None:
    output["properties"]["files"]["items"] = ref("file")


def _either_conversation(output: Shape) -> None:
    channel = output["properties"]["channel"]
    channel["anyOf"] = channel.pop("oneOf")


def _bot_token(output: Shape) -> None:
    output["properties"]["token_type"]["enum"].append("bot")


WAIVERS: dict[str, tuple[Callable[[Shape], None], str]] = {
    "conversations.open": (
        _either_conversation,
        "a full conversation matches both halves of its `oneOf`, which would refuse it",
    ),
    "oauth.v2.access": (
        _bot_token,
        "its `token_type` names only granular_bot, its own examples all say bot",
    ),
}
"""How the reference itself is corrected, and why; ten at the most."""
SHARPENED: dict[str, Callable[[Shape], None]] = {
    "files.info": _of_file,
    "files.list": _of_files,
}
"""Where the page only says `{"id"}` and our shape of a file says more."""


class Oracle:
    """Knows every method's page, by its name."""

    def __init__(self, reference: dict[str, dict[str, Any]]) -> None:
        self._reference = reference

    def problems(self, method: str, answer: dict[str, Any]) -> list[str]:
        """Return what is wrong with an answer; [] when the reference allows it."""
        if not answer.get("ok"):
            return self._wrong_refusal(method, answer)
        errors = Draft202012Validator(self.schema(method)).iter_errors(answer)
        return [f"{method}: {error.json_path}: {error.message[:300]}" for error in errors]

    def schema(self, method: str) -> Shape:
        """Return the closed schema of a method's good answer."""
        page = self._reference[method]
        output = _translated(page.get("output") or _of_example(page))
        for corrected in (WAIVERS.get(method, (None, ""))[0], SHARPENED.get(method)):
            if corrected is not None:
                corrected(output)
        options = [_shut(each) for each in output.get("anyOf", [output])]
        return {"$defs": DEFINITIONS, "type": "object", "required": ["ok"], "anyOf": options}

    def _wrong_refusal(self, method: str, answer: dict[str, Any]) -> list[str]:
        code = answer.get("error")
        known = {"ok", "error", "response_metadata", "needed", "provided", "errors", "detail"}
        extra = set(answer) - known
        return [f"{method}: {code} with {extra}"] if extra or not isinstance(code, str) else []


def _of_example(page: dict[str, Any]) -> Shape:
    """Return the keys of the page's example, where it gives no schema."""
    example = page["examples"]["success"]["example"]
    return {"properties": {key: {} for key in example}}


def _shut(output: Shape) -> Shape:
    properties = ALWAYS | output.get("properties", {})
    return output | {"properties": properties, "additionalProperties": False}


def _translated(part: Any) -> Any:
    """Return the page's schema with references in the place of named shapes."""
    if isinstance(part, list):
        return [_translated(each) for each in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("schema"), str) and part["schema"]:
        return ref(part["schema"])
    if isinstance(part.get("pattern"), str) and part.get("type") == "integer":
        part = {key: value for key, value in part.items() if key != "pattern"}
    return {key: _translated(value) for key, value in part.items() if key != "desc"}
