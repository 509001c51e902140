"""A rotation that takes its time: `python -m tests.bot.ledger.rotating URL FILE`.

It wraps one key at a time, says a line after each, and waits for one.
"""

import sys
from pathlib import Path

from bot.ledger import rotation
from bot.ledger.database import opened
from bot.ledger.keys import Keys
from bot.ledger.masters import MasterFile


def main(url: str, path: str) -> None:
    """Rotate until killed."""
    file = MasterFile(Path(path))
    masters = file.read()
    assert masters is not None
    rotation.BATCH = 1  # pyrefly: ignore[bad-assignment] - one at a time
    rotation.time.sleep = _said  # pyrefly: ignore[bad-assignment] - between two transactions
    with opened(url) as database:
        rotation.rotate(database, Keys(masters, file))


def _said(_: float) -> None:
    sys.stdout.write("one\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])
