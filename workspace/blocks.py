"""Block Kit as the platform takes it: limits, ids for what has none, files inside blocks.

Limits are those of docs.slack.dev/reference/block-kit/blocks and /block-elements. It checks what a
bot gets wrong in practice (counts, lengths, missing parts); it is not a complete schema.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from workspace.ids import Ids
from workspace.wire import Json, SlackError

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MARKDOWN_LIMIT = 12_000
ALL_TEXT_LIMIT = 13_200
_ID_LIMIT = 255
_SECTION_TEXT = 3000
_LABEL_TEXT = 2000
_TITLE_TEXT = 150
_OPTION_TEXT = 75
_OPTIONS = 100
_WITH_ACTIONS = frozenset({"actions", "section", "input", "context_actions"})
_FREE = frozenset(
    {"divider", "rich_text", "file", "video", "call", "task_card", "plan", "alert"}
    | {"card", "carousel", "container", "auth_provider", "data_table", "data_visualization"}
)


def check(blocks: object, *, most: int = MESSAGE_BLOCKS) -> list[Json]:
    """Return the blocks when they are well formed; SlackError `invalid_blocks` otherwise."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackError("invalid_blocks_format")
    problems = [f"no more than {most} items allowed [json-pointer:/blocks]"] * (len(blocks) > most)
    for index, block in enumerate(blocks):
        problems += [f"{each} [json-pointer:/blocks/{index}]" for each in _problems(block)]
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(ids) != len(set(ids)):
        problems.append("`block_id` must be unique [json-pointer:/blocks]")
    if problems:
        raise SlackError("invalid_blocks", [f"[ERROR] {each}" for each in problems])
    return blocks


def check_length(blocks: list[Json], too_long: str) -> None:
    """Refuse text that no message can hold: `msg_too_long`, or `too_long` for all together."""
    written = [_text(block.get("text")) for block in blocks if block.get("type") == "markdown"]
    if sum(len(each) for each in written) > MARKDOWN_LIMIT:
        raise SlackError("msg_too_long")
    if sum(len(each) for block in blocks for each in texts(block)) > ALL_TEXT_LIMIT:
        raise SlackError(too_long)


def texts(part: object) -> Iterator[str]:
    """Yield every string under a `text` key, at any depth."""
    if isinstance(part, list):
        for each in part:
            yield from texts(each)
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for each in part.values():
            yield from texts(each)


def named(blocks: list[Json], ids: Ids) -> list[Json]:
    """Return the blocks with a `block_id` and `action_id`s where their author left them out."""
    return [_named(block, ids) for block in blocks]


def elements(block: Json) -> list[Json]:
    """Return a block's interactive parts: elements, an accessory or an input's element."""
    found = [*(block.get("elements") or ()), block.get("accessory"), block.get("element")]
    return [each for each in found if isinstance(each, dict)]


def files_named(part: object) -> Iterator[Json]:
    """Yield every `slack_file` object, at any depth."""
    if isinstance(part, list):
        for each in part:
            yield from files_named(each)
    if isinstance(part, dict):
        if isinstance(part.get("slack_file"), dict):
            yield part["slack_file"]
        for each in part.values():
            yield from files_named(each)


def _named(block: Json, ids: Ids) -> Json:
    block = {**block, "block_id": block.get("block_id") or ids.short()}
    if block["type"] not in _WITH_ACTIONS:
        return block
    if isinstance(block.get("elements"), list):
        block["elements"] = [_with_action(each, ids) for each in block["elements"]]
    for key in ("accessory", "element"):
        if isinstance(block.get(key), dict):
            block[key] = _with_action(block[key], ids)
    return block


def _with_action(element: Json, ids: Ids) -> Json:
    if element.get("type") == "image" or element.get("action_id"):
        return element
    return {**element, "action_id": ids.short()}


def _problems(block: Json) -> Iterator[str]:
    if len(str(block.get("block_id", ""))) > _ID_LIMIT:
        yield f"`block_id` must be at most {_ID_LIMIT} characters"
    kind = block.get("type")
    checker = _CHECKERS.get(str(kind))
    if checker is not None:
        yield from checker(block)
    elif kind not in _FREE:
        yield f"unsupported type: {kind}"


def _text(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("text")
    return value if isinstance(value, str) else ""


def _length(value: object, name: str, most: int) -> Iterator[str]:
    if not 1 <= len(_text(value)) <= most:
        yield f"`{name}` must be 1 to {most} characters"


def _section(block: Json) -> Iterator[str]:
    fields = block.get("fields") or []
    if block.get("text") is None and not fields:
        yield "a section needs `text` or `fields`"
    if block.get("text") is not None:
        yield from _length(block["text"], "text", _SECTION_TEXT)
    if len(fields) > 10:  # noqa: PLR2004  # Slack's limit of section fields
        yield "no more than 10 fields allowed"
    for each in fields:
        yield from _length(each, "fields", _LABEL_TEXT)
    for each in elements(block):
        yield from _element(each)


def _header(block: Json) -> Iterator[str]:
    yield from _length(block.get("text"), "text", _TITLE_TEXT)
    if not isinstance(block.get("text"), dict) or block["text"].get("type") != "plain_text":
        yield "a header's `text` must be plain_text"


def _several(block: Json, most: int) -> Iterator[str]:
    parts = block.get("elements")
    if not isinstance(parts, list) or not 1 <= len(parts) <= most:
        yield f"`elements` must be 1 to {most} items"
        return
    for each in parts:
        yield from _element(each)


def _image(block: Json) -> Iterator[str]:
    yield from _length(block.get("alt_text"), "alt_text", _LABEL_TEXT)
    if not block.get("image_url") and not block.get("slack_file"):
        yield "an image needs `image_url` or `slack_file`"
    if block.get("image_url"):
        yield from _length(block["image_url"], "image_url", _SECTION_TEXT)


def _input(block: Json) -> Iterator[str]:
    yield from _length(block.get("label"), "label", _LABEL_TEXT)
    if not isinstance(block.get("element"), dict):
        yield "an input needs an `element`"
    else:
        yield from _element(block["element"])


def _markdown(block: Json) -> Iterator[str]:
    if not _text(block.get("text")):
        yield "`text` must not be empty"


def _table(block: Json) -> Iterator[str]:
    rows = block.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= 100:  # noqa: PLR2004  # Slack's limit
        yield "`rows` must be 1 to 100 items"
    elif any(len(row) > 20 for row in rows):  # noqa: PLR2004  # Slack's limit of columns
        yield "a row must be at most 20 cells"


def _element(element: object) -> Iterator[str]:
    if not isinstance(element, dict) or not element.get("type"):
        yield "an element needs a `type`"
        return
    if len(str(element.get("action_id", ""))) > _ID_LIMIT:
        yield f"`action_id` must be at most {_ID_LIMIT} characters"
    if element["type"] == "button":
        yield from _button(element)
    if element["type"] == "image":
        yield from _image(element)
    yield from _choices(element)


def _button(element: Json) -> Iterator[str]:
    yield from _length(element.get("text"), "text", _OPTION_TEXT)
    if len(str(element.get("value", ""))) > _LABEL_TEXT:
        yield f"`value` must be at most {_LABEL_TEXT} characters"


def _choices(element: Json) -> Iterator[str]:
    options = element.get("options")
    if options is None:
        return
    if not isinstance(options, list) or not 1 <= len(options) <= _OPTIONS:
        yield f"`options` must be 1 to {_OPTIONS} items"
        return
    for option in options:
        yield from _length(option.get("text"), "text", _OPTION_TEXT)


_CHECKERS: Mapping[str, Callable[[Json], Iterator[str]]] = MappingProxyType(
    {
        "section": _section,
        "header": _header,
        "context": lambda block: _several(block, 10),
        "actions": lambda block: _several(block, 25),
        "context_actions": lambda block: _several(block, 5),
        "image": _image,
        "input": _input,
        "markdown": _markdown,
        "table": _table,
    }
)
