"""Blocks that show data: tables and charts.

docs.slack.dev/reference/block-kit/blocks/table-block, data-table-block, data-visualization-block.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from workspace.block_kit.rich_text import RICH_TEXT
from workspace.block_kit.rules import (
    Also,
    Problem,
    Problems,
    Rule,
    Shape,
    array,
    enum,
    flag,
    kinds,
    number,
    string,
    thing,
)
from workspace.wire import Json

_COLUMNS = 20
_SHORT, _LABEL = string(20), string(50)
_CELLS: Mapping[str, Shape] = MappingProxyType(
    {
        "raw_text": Shape({"type": string(), "text": string()}, ("text",)),
        "raw_number": Shape({"type": string(), "value": number(), "text": string()}, ("value",)),
        "rich_text": RICH_TEXT,
    }
)
_CELL = kinds(lambda: _CELLS)
_SETTING = thing(Shape({"align": enum("left", "center", "right"), "is_wrapped": flag()}))


def written(part: object) -> Iterator[str]:
    """Yield every string under a `text` key, at any depth."""
    waiting = [part]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if isinstance(each.get("text"), str):
                yield each["text"]
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def _at_most(most: int) -> Also:
    """All cells of a table together hold at most `most` characters."""

    def check(value: Json, at: str) -> Problems:
        got = sum(map(len, written(value["rows"])))
        if got > most:
            rule = {"type": "max_length", "expected": most, "got": got}
            yield Problem(f"must be less than {most + 1} characters", f"{at}/rows", rule)

    return check


def _nullable(rule: Rule) -> Rule:
    def check(value: object, at: str) -> Problems:
        if value is not None:
            yield from rule(value, at)

    return check


def _rectangular(value: Json, at: str) -> Problems:
    rows = value["rows"]
    if any(len(row) != len(rows[0]) for row in rows):
        yield Problem("rows must have the same number of cells", f"{at}/rows", {"type": "rows"})
    if any(cell["type"] == "rich_text" for cell in rows[0]):
        yield Problem("unsupported type: rich_text", f"{at}/rows/0", {"type": "enum"})
    if value.get("row_header_column_index", 0) >= len(rows[0]):
        where = f"{at}/row_header_column_index"
        yield Problem(f"must be at most {len(rows[0]) - 1}", where, {"type": "maximum"})
    yield from _at_most(20_000)(value, at)


def _block(required: str, also: Also | None = None, **fields: Rule) -> Shape:
    common = {"type": string(), "block_id": string(255, least=0)}
    return Shape(common | fields, tuple(required.split()), also)


TABLE = _block(
    "rows",
    _at_most(10_000),
    rows=array(array(_CELL, 1, _COLUMNS), 1, 100),
    column_settings=array(_nullable(_SETTING), 0, _COLUMNS),
)
DATA_TABLE = _block(
    "rows caption",
    _rectangular,
    caption=string(),
    rows=array(array(_CELL, 1, _COLUMNS), 2, 201),
    page_size=number(1, 100, whole=True),
    row_header_column_index=number(0, whole=True),
)


def _drawn(value: Json, at: str) -> Problems:
    """Series have names of their own and exactly one point for each category."""
    names = [each["name"] for each in value["series"]]
    if len(set(names)) != len(names):
        yield Problem("series names must be unique", f"{at}/series", {"type": "unique_items"})
    wanted = sorted(value["axis_config"]["categories"])
    for index, each in enumerate(value["series"]):
        if sorted(point["label"] for point in each["data"]) != wanted:
            where = f"{at}/series/{index}/data"
            yield Problem("labels must match `axis_config.categories`", where, {"type": "labels"})


def _positive(value: Json, at: str) -> Problems:
    for index, each in enumerate(value["segments"]):
        if each["value"] <= 0:
            yield Problem("must be more than 0", f"{at}/segments/{index}/value", {"type": "min"})


_POINT = thing(Shape({"label": _SHORT, "value": number()}, ("label", "value")))
_SERIES = thing(Shape({"name": _SHORT, "data": array(_POINT, 1, 20)}, ("name", "data")))
_AXES = thing(
    Shape(
        {"categories": array(_SHORT, 1, 20), "x_label": _LABEL, "y_label": _LABEL}, ("categories",)
    )
)
_PLOT = Shape(
    {"type": string(), "series": array(_SERIES, 1, 12), "axis_config": _AXES},
    ("series", "axis_config"),
    _drawn,
)
_CHARTS: Mapping[str, Shape] = MappingProxyType(
    {
        "pie": Shape(
            {"type": string(), "segments": array(_POINT, 1, 12)}, ("segments",), _positive
        ),
        "bar": _PLOT,
        "area": _PLOT,
        "line": _PLOT,
    }
)
DATA_VISUALIZATION = _block("title chart", title=_LABEL, chart=kinds(lambda: _CHARTS))
