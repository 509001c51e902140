import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.life.logs import FIELDS, LIBRARY, LINES, configure, last_words
from bot.settings import SettingsError
from generators.logs import Told

ours = logging.getLogger("bot.test")
CANARY = "zebra-canary-4f1d"


Lines = Callable[[], list[dict[str, Any]]]


class Colour(Enum):
    RED = 1


def broken(error: Exception) -> None:
    raise error


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root, bot = logging.getLogger(), logging.getLogger("bot")
    before = root.handlers[:], root.level, bot.level
    hooks = sys.excepthook, threading.excepthook
    yield
    root.handlers[:], root.level, bot.level = before
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    configure("json")

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return read


def test_a_line_is_json_with_the_fields_that_are_listed(lines: Lines) -> None:
    ours.warning(
        "%(request)s waits %(wait_s)s s: %(code)s",
        {"request": "req_0a1b2c3d", "wait_s": 2.5, "code": "internal_error"},
    )
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line.pop("at"))
    assert line == {
        "level": "warning",
        "logger": "bot.test",
        "event": "req_0a1b2c3d waits 2.5 s: internal_error",
        "request": "req_0a1b2c3d",
        "wait_s": 2.5,
        "code": "internal_error",
    }


def test_a_field_that_is_not_listed_is_not_told(lines: Lines) -> None:
    ours.warning("%(prompt)s by %(user)s", {"prompt": CANARY, "user": CANARY})
    (line,) = lines()
    assert line["event"] == "… by …"
    assert CANARY not in str(line)


def test_text_without_a_name_is_not_told_and_numbers_are(lines: Lines) -> None:
    ours.warning("%s after %d and %.2f s", CANARY, 3, 0.5)
    assert lines()[0]["event"] == "… after 3 and 0.5 s"


@pytest.mark.parametrize("value", ["two words", "为什么", "a\nb", "x" * 81, "", b"bytes", object()])
def test_a_listed_field_holds_no_prose(lines: Lines, value: object) -> None:
    ours.warning("%(code)s", {"code": value})
    assert lines()[0]["code"] == "…"


def test_of_an_error_only_its_type_and_where_it_came_through_are_told(lines: Lines) -> None:
    try:
        broken(ValueError(CANARY))
    except ValueError as error:
        ours.exception("%(check)s broke: %(error)s", {"check": "links", "error": error})
    (line,) = lines()
    assert line["event"] == "links broke: ValueError"
    assert line["error"] == "ValueError"
    assert re.fullmatch(r"test_logs\.py:\d+ broken", line["frames"][-1])
    assert CANARY not in str(line)


def test_enums_and_ids_are_told_and_sentences_to_an_operator_too(lines: Lines) -> None:
    ours.warning("%(state)s %(request)s", {"state": Colour.RED, "request": UUID(int=1)})
    ours.warning("%(error)s", {"error": SettingsError("The setting x is wrong.")})
    first, second = lines()
    assert (first["state"], first["request"]) == ("RED", str(UUID(int=1)))
    assert second["event"] == "The setting x is wrong."


def test_a_sentence_of_ours_is_told_where_it_says_that_it_is_one(lines: Lines) -> None:
    ours.error("%(reason)s", {"reason": Told("The model cannot be loaded.")})
    ours.error("%(reason)s", {"reason": CANARY + " in prose"})
    assert [line["event"] for line in lines()] == ["The model cannot be loaded.", "…"]


def test_a_library_says_only_that_it_has_something_to_say(lines: Lines) -> None:
    logging.getLogger("slack_sdk.web").error("body: %s", CANARY, extra={"code": CANARY})
    try:
        broken(ConnectionError(CANARY))
    except ConnectionError:
        logging.getLogger("aiohttp.client").exception(CANARY)
    first, second = lines()
    assert (first["logger"], first["event"]) == ("slack_sdk.web", LIBRARY)
    assert (second["level"], second["error"]) == ("error", "ConnectionError")
    assert CANARY not in str([first, second])


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234-5678-abcDEF",
        "xapp-1-A1-2-abc",
        "xoxe.xoxp-1-abc",
        "https://hooks.slack.com/services/T1/B2/abc",
        "Bearer abc.def-ghi",
    ],
)
def test_what_looks_like_a_token_is_hidden_wherever_it_stands(lines: Lines, secret: str) -> None:
    ours.warning("%(code)s", {"code": secret})
    ours.warning(f"fixed by mistake {secret}")
    assert "abc" not in str(lines())


def test_no_field_has_a_secret_s_name() -> None:
    assert not [name for name in FIELDS if re.search("token|secret|password|key|prompt", name)]


def test_structlog_s_own_loggers_come_out_the_same_way(lines: Lines) -> None:
    wrapped = structlog.wrap_logger(
        logging.getLogger("bot.other"),
        processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    wrapped.warning("it waits", request="req_1", prompt=CANARY, token="xoxb-1")
    (line,) = lines()
    assert (line["event"], line["request"]) == ("it waits", "req_1")
    assert CANARY not in str(line)
    assert "xoxb" not in str(line)


def test_for_people_it_is_a_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure("text")
    ours.warning("%(request)s waits", {"request": "req_1"})
    said = capsys.readouterr().err
    assert said.endswith(" warning bot.test: req_1 waits\n")
    configure("json")
    ours.warning("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_auto_is_json_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    configure("auto")
    ours.warning("x")
    assert json.loads(capsys.readouterr().err)["event"] == "x"


def test_libraries_are_quiet_and_our_steps_are_told(lines: Lines) -> None:
    logging.getLogger("openai").info("hidden")
    logging.getLogger("slack_bolt").warning("hidden")
    ours.info("shown")
    ours.debug("hidden")
    assert [line["event"] for line in lines()] == ["shown"]


def test_what_nobody_caught_tells_no_more(lines: Lines) -> None:
    last_words()
    try:
        broken(ValueError(CANARY))
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
        given = threading.ExceptHookArgs((ValueError, error, error.__traceback__, None))
        threading.excepthook(given)
    told = lines()
    assert [line["error"] for line in told] == ["ValueError", "ValueError"]
    assert CANARY not in str(told)


@given(st.text(), st.dictionaries(st.text(max_size=9), st.text() | st.integers(), min_size=1))
def test_no_argument_whatever_it_is_gets_out_by_itself(text: str, args: dict[str, Any]) -> None:
    shown = LINES.formatter(structlog.processors.JSONRenderer())
    named = {name: f"{value} {CANARY} {text}" for name, value in args.items()}
    named |= dict.fromkeys(FIELDS, f"{CANARY} {text}")
    blanks = " ".join(f"%({name})s" for name in FIELDS)
    record = logging.LogRecord("bot.x", logging.ERROR, "", 0, blanks, (named,), None)
    assert CANARY not in shown.format(record)
    record = logging.LogRecord("bot.x", logging.ERROR, "", 0, "%s %r", (CANARY, text), None)
    assert CANARY not in shown.format(record)
