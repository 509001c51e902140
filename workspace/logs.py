"""Log lines that tell nothing of what people say: who reports, what kind of error, and where.

The workspace has no line of its own but for errors that nobody expected; the rest is of libraries,
and nobody knows what they put into their words.
"""

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from types import TracebackType

from typing_extensions import override

SAID = "a library reports something"
ENDED = "an error that nobody caught"
_FRAMES = 12


class Line(logging.Formatter):
    """Makes a record a line of JSON, or one for people; its message is left out."""

    def __init__(self, *, is_json: bool) -> None:
        """Take the form."""
        super().__init__()
        self._is_json = is_json

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        error = record.exc_info[1] if record.exc_info else None
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": ENDED if record.name == __name__ else SAID,
        }
        if error is not None:
            line |= {"error": type(error).__name__, "frames": _frames(error)}
        if self._is_json:
            return json.dumps(line)
        return " ".join(str(value) for value in line.values())


def configure(form: str) -> None:
    """Send all logs to stderr: `json`, `text`, or `auto`, which is text on a terminal."""
    handler = logging.StreamHandler()
    handler.setFormatter(Line(is_json=form == "json" or (form == "auto" and not _watched())))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _watched() -> bool:
    return sys.stderr.isatty()


def _frames(error: BaseException) -> list[str]:
    through = extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in through]


def _uncaught(kind: type[BaseException], error: BaseException, _at: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger(__name__).critical(ENDED, exc_info=error)


def _uncaught_in_thread(given: threading.ExceptHookArgs) -> None:
    logging.getLogger(__name__).critical(ENDED, exc_info=given.exc_value)
