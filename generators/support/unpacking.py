"""`python -m generators.support.unpacking html|pdf`: a file on stdin, JSON on stdout.

The file is hostile: it is read in a process of its own, with little memory, time and nothing else,
so that a page or a PDF that swells or never ends costs its reader and not whoever started it.
"""

import io
import json
import logging
import resource
import sys
from collections.abc import Callable
from typing import Final

from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PyPdfError

from generators.support.markup import TooDeepError, markdown_of

MEMORY_MAX_BYTES: Final = 1024 * 2**20
CPU_S: Final = 30
PAGES_MAX: Final = 2_000
TEXT_MAX_CHARS: Final = 2_000_000

Unpacked = tuple[str, str]
"""A title, perhaps empty, and a text."""


class NotTakenError(ValueError):
    """The file is whole but cannot be used; the message says why."""


def html(content: bytes) -> Unpacked:
    """Return what a page says; raise `NotTakenError`."""
    try:
        return markdown_of(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotTakenError("not UTF-8 text") from error
    except TooDeepError as error:
        raise NotTakenError(str(error)) from error


def pdf(content: bytes) -> Unpacked:
    """Return the text of a PDF's pages; raise `NotTakenError`, or what pypdf raises."""
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise NotTakenError("it is encrypted; save it without a password")
    if len(reader.pages) > PAGES_MAX:
        raise NotTakenError(f"more than {PAGES_MAX} pages")
    text = ""
    for page in reader.pages:
        text = f"{text}\n\n{page.extract_text()}".strip()
        if len(text) > TEXT_MAX_CHARS:
            raise NotTakenError(f"more than {TEXT_MAX_CHARS} characters")
    if not text:
        raise NotTakenError("no text in it; perhaps its pages are pictures: export them with text")
    return str((reader.metadata or {}).get("/Title") or "").strip(), text


FORMS: Final[dict[str, Callable[[bytes], Unpacked]]] = {"html": html, "pdf": pdf}


def told(form: str, content: bytes) -> dict[str, str]:
    """Return {"title", "text"} or {"why"}: why the file cannot be taken, in words."""
    try:
        title, text = FORMS[form](content)
    except NotTakenError as error:
        return {"why": str(error)}
    except (MemoryError, LimitReachedError):
        return {"why": "it swells to more than may be read"}
    except (PyPdfError, ArithmeticError, LookupError, OSError, RecursionError) as error:
        return {"why": f"it is broken ({type(error).__name__})"}
    except (AttributeError, AssertionError, NotImplementedError, TypeError, ValueError) as error:
        # what pypdf raises where an object of a damaged file is not what its place asks for
        return {"why": f"it is broken ({type(error).__name__})"}
    return {"title": title, "text": text}


def main() -> None:
    """Read stdin, under limits that this process sets itself."""
    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found = json.dumps(told(sys.argv[1], sys.stdin.buffer.read()))
    sys.stdout.write(found)


if __name__ == "__main__":
    main()
