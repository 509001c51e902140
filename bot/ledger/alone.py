"""One bot on a SQLite file; on PostgreSQL there may be several.

SQLite writes one transaction at a time and knows one machine; a second bot there would slow both
down and gain nothing, and on two machines that share a folder it would lose data.
"""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper

from sqlalchemy import URL

from bot.ledger.database import DatabaseRefused, file_of

LOOK_AGAIN_S = 0.05


@contextmanager
def alone(url: str | URL, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold a SQLite file as the one bot on it; any other database may have several.

    The lock is a `flock`, which ends with the process, however that ends. Raises DatabaseRefused
    when somebody else still holds it after `wait_s`.
    """
    file = file_of(url)
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f"{file.name}.lock").open("a+", encoding="utf-8") as lock:
        if not _locked(lock, wait_s):
            raise DatabaseRefused(
                f"{_holder(lock)} is at work on {file}, and SQLite is for one: stop it first, or "
                "keep the ledger in PostgreSQL (database_url), where several share the work."
            )
        _sign(lock)
        yield


def _locked(lock: TextIOWrapper, wait_s: float) -> bool:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(LOOK_AGAIN_S)
        else:
            return True


def _sign(lock: TextIOWrapper) -> None:
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on {socket.gethostname()}")
    lock.flush()


def _holder(lock: TextIOWrapper) -> str:
    lock.seek(0)
    said = lock.read(200).strip()
    return f"Another bot ({said})" if said else "Another bot"
