"""Runs the accounts store's migrations on the connection that the service hands over."""
from alembic import context

from hub_config.accounts import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata,
                  render_as_batch=True, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
