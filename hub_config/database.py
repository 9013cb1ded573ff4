"""One SQLite file a store: opened, brought to the newest schema, ready for SQLAlchemy.

Rules
- The schema comes from migrations alone, from the first revision on; opening a store runs what is missing.
- Write-ahead log and full synchronisation: what was answered is on the disk. Foreign keys are enforced.
- A store written by a newer version is refused untouched.
"""
from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, create_engine, event

from .errors import AcademyError

__all__ = ["open_database"]


def _pragmas(connection, _record) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def open_database(path: Path, migrations: Path) -> Engine:
    """The engine for ``path``, its schema upgraded by the Alembic scripts in ``migrations``."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _pragmas)
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if present is not None and present not in known:
            raise AcademyError("newer-state", f"{path.name} was written by a newer version (its schema is {present})",
                               "upgrade academy, or restore a backup that this version made")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    path.chmod(0o600)
    return engine
