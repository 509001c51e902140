import json
import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from workspace import logs

CANARY = "canary-words-2207"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before, hooks = (root.handlers[:], root.level), (sys.excepthook, threading.excepthook)
    root.handlers[:] = []
    served = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error")]
    kept = [(one.handlers[:], one.propagate) for one in served]
    for one in served:  # a server in this process may have set them up as it likes
        one.handlers.clear()
        one.propagate = True
    yield
    for one, (handlers, propagate) in zip(served, kept, strict=True):
        one.handlers[:], one.propagate = handlers, propagate
    root.handlers[:], root.level = before
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)


def broken() -> None:
    raise ValueError(CANARY)


def test_of_a_line_only_who_and_what_error_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    try:
        broken()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("in %s", CANARY)
    logging.getLogger("uvicorn.error").info("hidden")
    (line,) = [json.loads(one) for one in capsys.readouterr().err.splitlines()]
    assert (line["level"], line["logger"], line["event"]) == ("error", "uvicorn.error", logs.SAID)
    assert line["error"] == "ValueError"
    assert line["frames"][-1].startswith("test_logs.py:")
    assert CANARY not in str(line)


@pytest.mark.parametrize("form", ["auto", "text"])
def test_what_nobody_caught_tells_no_more(capsys: pytest.CaptureFixture[str], form: str) -> None:
    logs.configure(form)
    try:
        broken()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
        given = threading.ExceptHookArgs((ValueError, error, error.__traceback__, None))
        threading.excepthook(given)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    said = capsys.readouterr().err
    assert said.count("ValueError") == said.count(logs.ENDED) == 2
    assert CANARY not in said
    assert said.startswith("{") == (form == "auto")
