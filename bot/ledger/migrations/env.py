"""Runs the migrations on the connection that `bot.ledger.schema` hands over."""

from alembic import context
from sqlmodel import SQLModel

import bot.ledger.shelves
import bot.ledger.tables  # noqa: F401 - the import fills SQLModel.metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
