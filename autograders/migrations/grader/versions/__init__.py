"""Alembic migrations of the grader's store."""
