"""What a command beside the bot is lent: the ledger, unlocked."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from bot.ledger import opening
from bot.ledger.database import opened
from bot.ledger.keys import Keys
from bot.ledger.masters import MasterFile
from bot.ledger.schema import upgrade
from bot.settings import Settings


@contextmanager
def unlocked(settings: Settings) -> Iterator[tuple[Engine, Keys]]:
    """Lend a command the database, of the newest schema, and its keys.

    Raises DatabaseRefused, KeysUnusable.
    """
    with opened(settings.database) as database:
        yield database, keys_of(settings, database)


def keys_of(settings: Settings, database: Engine, *, resident: bool = False) -> Keys:
    """Bring a database to the newest schema; return its keys. Raises KeysUnusable."""
    upgrade(database, resident=resident)
    given = settings.master_keys.get_secret_value()
    return opening.keys_of(database, given, MasterFile(settings.master_key_path))
