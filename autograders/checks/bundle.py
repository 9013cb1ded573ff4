"""What T finds on its path besides the learner environment: the module's own helpers and these building blocks.

T's interpreter does not hold the academy. So the folder handed to it as instructor files carries ``checks.py`` (and
``data/``) of the module and a copy of this package below ``autograders/``, nothing else.
"""
from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["instructor_files"]

BLOCKS = Path(__file__).parent


def instructor_files(module: Path, into: Path) -> Path:
    """Fill the folder ``into`` for the module folder ``module`` and return it."""
    blocks = into / "autograders" / "checks"
    blocks.mkdir(parents=True, exist_ok=True)
    (into / "autograders" / "__init__.py").write_text("")
    for source in sorted(BLOCKS.glob("*.py")):
        if source.name != Path(__file__).name:
            shutil.copyfile(source, blocks / source.name)
    if (module / "checks.py").is_file():
        shutil.copyfile(module / "checks.py", into / "checks.py")
    if (module / "data").is_dir():
        shutil.copytree(module / "data", into / "data", dirs_exist_ok=True)
    return into
