"""Schema migrations, one folder of Alembic scripts a store."""
