"""Runs on the connection that `autograders.store.upgrade` hands over; there is no configuration file."""
from alembic import context

from autograders.store import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata,
                  transaction_per_migration=False, render_as_batch=True)
context.run_migrations()
