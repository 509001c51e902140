"""Arguments of a Web API call, wherever the client put them.

Clients differ: the Python SDK's async client uses the query string or JSON, its sync client a form,
others multipart. All are merged, the body over the query. Only known fields hold JSON inside a
string; decoding any text that begins with a bracket would mangle what people write.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.requests import Request

from workspace.people import Channel, User
from workspace.state import Workspace
from workspace.wire import Json, SlackError

DECODED = frozenset(
    {"blocks", "attachments", "metadata", "view", "files", "chunks", "prompts", "loading_messages"}
    | {"unfurls", "source", "user_auth_blocks", "manifest", "message", "file_ids"}
)
FLAGS = frozenset(
    {"as_user", "exclude_archived", "exclude_muted", "force", "full", "include_all_metadata"}
    | {"include_categories", "include_count", "include_disabled", "include_locale"}
    | {"include_num_members", "include_users", "inclusive", "is_private", "link_names", "mrkdwn"}
    | {"prevent_creation", "reply_broadcast", "return_im", "show_files_hidden_by_limit", "test"}
    | {"unfurl_links", "unfurl_media", "user_auth_required"}
)
NUMBERS = frozenset({"count", "length", "limit", "page", "post_at"})
ARRAYS = frozenset({"files", "loading_messages", "file_ids", "prompts"})
_TRUE = frozenset({"1", "true", "True", "TRUE"})
_FALSE = frozenset({"0", "false", "False", "FALSE", ""})


async def read(request: Request) -> Json:
    """Merge query and body; SlackError `invalid_json` or `invalid_form_data` when unreadable."""
    given: Json = dict(request.query_params)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type == "application/json":
        given |= _object(await request.body())
    elif content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        async with request.form() as form:
            given |= dict(_texts(form.multi_items()))
    return {name: decoded(name, value) for name, value in given.items() if value is not None}


def token(request: Request, given: Json) -> str:
    """Take the token out of the header or the arguments; '' when there is none."""
    argument = str(given.pop("token", ""))
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else argument


def decoded(name: str, value: object) -> object:
    """Decode a known field that holds JSON in a string; leave everything else as it is.

    >>> decoded("blocks", "[]"), decoded("text", "[]")
    ([], '[]')
    """
    if name not in DECODED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def check(given: Json, required: Iterable[str]) -> None:
    """Refuse missing arguments and wrong types: SlackError `invalid_arguments`, all named."""
    problems = [f"missing required field: {name}" for name in required if _is_empty(given, name)]
    problems += [
        f"must be a boolean: {name}" for name in FLAGS & given.keys() if _odd_flag(given[name])
    ]
    problems += [
        f"must be a number: {name}" for name in NUMBERS & given.keys() if _no_number(given[name])
    ]
    problems += [
        f"must be an array: {name}" for name in ARRAYS & given.keys() if _no_array(given[name])
    ]
    if problems:
        raise SlackError("invalid_arguments", [f"[ERROR] {each}" for each in sorted(problems)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One Web API call: who calls, with which arguments. `late_s`, `drop`: faults of effects."""

    ws: Workspace
    caller: User
    given: Json
    late_s: float = 0.0
    drop: bool = False

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string argument; SlackError `invalid_arguments` when a required one lacks."""
        value = self.given.get(name, default)
        if value is None or (value == "" and default is None):
            raise SlackError("invalid_arguments", [f"[ERROR] missing required field: {name}"])
        return str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean, however it was spelled."""
        value = self.given.get(name)
        return default if value is None else value is True or str(value) in _TRUE

    def number(self, name: str, default: int, most: int) -> int:
        """Return a whole number between 1 and `most`."""
        try:
            value = int(self.given.get(name) or default)
        except (TypeError, ValueError) as error:
            raise SlackError("invalid_arguments", [f"[ERROR] not a number: {name}"]) from error
        return max(1, min(value, most))

    def mapping(self, name: str, code: str = "invalid_arguments") -> Json:
        """Return a JSON object; SlackError `code` when it is something else."""
        value = self.given.get(name)
        if not isinstance(value, dict):
            raise SlackError(code)
        return value

    def channel(self, name: str = "channel") -> Channel:
        """Return a channel that the caller may know of; `channel_not_found` otherwise."""
        found = self.ws.directory.channel(self.text(name))
        closed = found is not None and (found.is_im or found.is_private)
        if found is None or (closed and self.caller.id not in found.members):
            raise SlackError("channel_not_found")
        return found

    def own_channel(
        self,
        name: str = "channel",
        *,
        outside: str = "not_in_channel",
        archived: str = "is_archived",
    ) -> Channel:
        """Return a channel that the caller may write in: its own, or, with a scope, a public one.

        SlackError `outside` where the caller is no member and lacks `chat:write.public`, and
        `archived` where nobody may write any more.
        """
        found = self.channel(name)
        may_anywhere = self.caller.is_bot and "chat:write.public" in self.ws.scopes
        if self.caller.id not in found.members and not (may_anywhere and found.is_public):
            raise SlackError(outside)
        if found.is_archived:
            raise SlackError(archived)
        return found

    def user(self, name: str = "user", code: str = "user_not_found") -> User:
        """Return a person by id; SlackError `code` when there is none."""
        found = self.ws.directory.users.get(self.text(name))
        if found is None:
            raise SlackError(code)
        return found


def _is_empty(given: Json, name: str) -> bool:
    return given.get(name) is None or given[name] == ""


def _odd_flag(value: object) -> bool:
    return not isinstance(value, bool) and str(value) not in _TRUE | _FALSE


def _no_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return value != ""
    return isinstance(value, bool)


def _no_array(value: object) -> bool:
    return not isinstance(value, list) and value != ""


def _object(body: bytes) -> Json:
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise SlackError("invalid_json") from error
    if not isinstance(value, dict):
        raise SlackError("json_not_object")
    return value


def _texts(items: Iterable[tuple[str, str | UploadFile]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in items if isinstance(value, str))
