"""Log lines that cannot tell content: an allow-list of fields, and never an exception's text.

Our modules log a fixed sentence with named blanks, `log.warning("%(request)s waits: %(code)s",
{...})`. A blank is filled only if its name is listed here and its value looks like an id, a number
or a code. Of an exception only its type and its frames are told. A library's lines are replaced by
its name, their level and one phrase, because nobody knows what it puts into them.
"""

import logging
import re
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Literal, TextIO
from uuid import UUID

import structlog
from structlog.types import EventDict, Processor, WrappedLogger
from typing_extensions import override

Format = Literal["auto", "json", "text"]

FIELDS = frozenset(
    {
        "attempt",
        "channel",
        "check",
        "code",
        "count",
        "error",
        "frames",
        "method",
        "model",
        "outcome",
        "part",
        "port",
        "reason",
        "request",
        "setting",
        "stage",
        "state",
        "status",
        "task",
        "verb",
        "wait_s",
    }
)
"""Names of what may be told. None of them ever holds what somebody wrote."""
LIBRARY = "a library reports something"
_SHAPE = re.compile(r"[!-~]{1,80}")
_FRAME = re.compile(r"[\w.-]+:\d+ [\w.<>]+", re.ASCII)
_BLANK = re.compile(r"%\((\w+)\)[sdf]|%[.\d]*[sdfr]")
_SECRET = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe\.[\w.-]+|hooks\.slack\.com/\S*|(?i:bearer)\s+[\w.~+/=-]+"
)
_HIDDEN = "[redacted]"
_SECRET_NAMES = re.compile(r"token|secret|password|authorization|api_?key|cookie", re.IGNORECASE)
_UNKNOWN = "…"
_FRAMES = 12


class Told(str):
    """A sentence of ours for an operator, which holds nothing of what people say."""

    __slots__ = ()


class Console(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at that moment."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.stream = sys.stderr
        super().emit(record)


def configure(shape: Format, lines: "Lines", loud: str) -> None:
    """Send all logs of this process to stderr: as JSON lines, or for people.

    `loud` are the modules whose steps are told, too; of the rest only warnings are.
    """
    is_json = shape == "json" or (shape == "auto" and not sys.stderr.isatty())
    shown: Processor = structlog.processors.JSONRenderer(ensure_ascii=False) if is_json else _plain
    console = Console()
    console.setFormatter(lines.formatter(shown))
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not isinstance(each, Console)]
    root.addHandler(console)
    root.setLevel(logging.WARNING)
    logging.getLogger(loud).setLevel(logging.INFO)


def quiet(name: str) -> None:
    """Let a library speak of errors only."""
    logging.getLogger(name).setLevel(logging.ERROR)


def last_words() -> None:
    """Let nothing but these lines tell of warnings and of errors that nobody caught."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What a process may tell of itself."""

    ours: tuple[str, ...]
    """The packages whose sentences are fixed."""
    plain: tuple[type[BaseException], ...] = ()
    """Errors whose text is a sentence of ours for an operator."""

    def formatter(self, shown: Processor) -> logging.Formatter:
        """Return what makes a log record a line, whoever wrote it."""
        steps: list[Processor] = [
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", key="at"),
            self.allowed,
            redacted,
            shown,
        ]
        return structlog.stdlib.ProcessorFormatter(
            processors=steps, use_get_message=False, pass_foreign_args=True
        )

    def allowed(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Keep of a record what may be told, and nothing that is not listed."""
        kept = {name: event[name] for name in ("at", "level", "logger")}
        if str(event["logger"]).partition(".")[0] in self.ours:
            args = self._sentences(event.get("positional_args", event))
            kept |= {"event": _sentence(str(event["event"]), args), **_fields(args)}
        else:
            kept["event"] = LIBRARY
        return kept | _trouble(event.get("exc_info"))

    def _sentences(self, args: object) -> object:
        if not isinstance(args, Mapping):
            return args
        return {
            name: Told(value) if isinstance(value, self.plain) else value
            for name, value in args.items()
        }


def redacted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide what looks like a token, and whatever stands under a secret's name."""
    return {name: _redacted(name, value) for name, value in event.items()}


def _redacted(name: str, value: object) -> object:
    if _SECRET_NAMES.search(name):
        return _HIDDEN
    if isinstance(value, list):
        return [_redacted(name, each) for each in value]
    return _SECRET.sub(_HIDDEN, value) if isinstance(value, str) else value


def _sentence(fixed: str, args: object) -> str:
    """Fill the blanks of a fixed sentence with what may be told."""
    fields = _fields(args)
    unnamed = iter(args if isinstance(args, tuple) else ())

    def filled(blank: re.Match[str]) -> str:
        return str(fields.get(blank[1], _UNKNOWN) if blank[1] else _unnamed(next(unnamed, None)))

    return _BLANK.sub(filled, fixed)


def _fields(args: object) -> dict[str, object]:
    if not isinstance(args, Mapping):
        return {}
    return {name: _value(value) for name, value in args.items() if name in FIELDS}


def _value(value: object) -> object:
    """Return a value as it may be told: numbers, ids and codes; of an error its type."""
    match value:
        case None | bool() | int() | float():
            return value
        case Told():
            return str(value)
        case BaseException():
            return type(value).__name__
        case Enum():
            return value.name
        case list():
            return [each for each in value if _FRAME.fullmatch(str(each))]
        case _:
            text = str(value) if isinstance(value, str | UUID) else ""
            return text if _SHAPE.fullmatch(text) else _UNKNOWN


def _unnamed(value: object) -> object:
    """Return a value without a name, of which nobody knows what it is, if it is no text."""
    return _UNKNOWN if isinstance(value, str) else _value(value)


def _trouble(given: object) -> dict[str, object]:
    """Return an exception's type and where it came through; never what it says."""
    error = given[1] if isinstance(given, tuple) else given
    if not isinstance(error, BaseException):
        return {}
    return {"error": type(error).__name__, "frames": frames(error)}


def frames(error: BaseException) -> list[str]:
    """Return where an exception came through, innermost last, without a line of source."""
    through = extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in through]


def _plain(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Return a line for people."""
    line = f"{event['at']} {event['level']} {event['logger']}: {event['event']}"
    if "error" in event and "frames" in event:
        line += f" ({event['error']})" + "".join(f"\n  {at}" for at in event["frames"])
    return line


def _uncaught(kind: type[BaseException], error: BaseException, _at: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical("the process ends with an error", exc_info=error)


def _uncaught_in_thread(given: threading.ExceptHookArgs) -> None:
    logging.getLogger(__name__).critical("a thread ended with an error", exc_info=given.exc_value)
