"""HTML and PDF files, read by a process of their own that has little to lose."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final, Literal

from generators.support.fields import UnreadableError

WAIT_S: Final = 120
"""The reader stops itself after some seconds of processor time; this is for one that hangs."""

_ROOT: Final = Path(__file__).parents[2]

Form = Literal["html", "pdf"]


def unpacked(form: Form, content: bytes) -> tuple[str, str]:
    """Return a file's title, perhaps empty, and its text; raise `UnreadableError`."""
    command = [sys.executable, "-m", "generators.support.unpacking", form]
    try:
        done = subprocess.run(  # noqa: S603 - our own module; the file goes in by stdin
            command, input=content, capture_output=True, check=True, env=_bare(), timeout=WAIT_S
        )
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise UnreadableError("it takes more time or memory than a file may") from error
    if "why" in found:
        raise UnreadableError(found["why"])
    return found["title"], found["text"]


def _bare() -> dict[str, str]:
    """Return the environment of the reader: where our modules are, and no secret."""
    kept = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV") if name in os.environ}
    return {**kept, "PYTHONPATH": str(_ROOT), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}
