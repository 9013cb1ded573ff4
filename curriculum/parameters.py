"""Seeds and parameters: what makes one learner's assessment differ from another's, reproducibly.

Rules
- A learner's own seed is an HMAC of who, what and which attempt under the course key: the same for ever, and not to
  be guessed without the key. Seeds lie in 0 … 2**32 - 1, the range every library's generator accepts.
- A seed is published only as a commitment: SHA-256 over a 16-byte salt and the seed in decimal ASCII.
- Parameters are injected as papermill does it: a cell tagged ``injected-parameters`` after the cell tagged
  ``parameters``; one that is already there is replaced; without a ``parameters`` cell it comes first.
"""
from __future__ import annotations

import copy
import hashlib
import hmac
from collections.abc import Mapping

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

__all__ = ["SEED_BITS", "commitment", "inject", "learner_seed"]

SEED_BITS = 32
SALT_BYTES = 16
INJECTED = "injected-parameters"
Value = bool | int | float | str | None


def learner_seed(key: bytes, learner: str, module: str, attempt: int) -> int:
    """The learner's own seed. ``module`` is ``track/module``; the fields are length-prefixed, so none runs into the next."""
    if len(key) < 16:
        raise ValueError("the course key must have at least 16 bytes")
    fields = (b"academy.seed/1", learner.encode(), module.encode(), str(int(attempt)).encode())
    message = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return int.from_bytes(hmac.digest(key, message, "sha256")[: SEED_BITS // 8], "big")


def commitment(salt: bytes, seed: int) -> str:
    """``sha256:`` and hex digest of salt and seed: binding, and hiding while the salt is secret."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"the salt must have {SALT_BYTES} bytes, not {len(salt)}")
    return "sha256:" + hashlib.sha256(salt + str(int(seed)).encode("ascii")).hexdigest()


def inject(notebook: NotebookNode, values: Mapping[str, Value]) -> NotebookNode:
    """A copy of ``notebook`` with ``values`` assigned in an injected cell. The notebook given is left as it is."""
    for name, value in values.items():
        if not name.isidentifier() or not isinstance(value, Value):
            raise ValueError(f"{name!r} = {value!r} cannot be a parameter: a name and a plain value are needed")
    result = copy.deepcopy(notebook)
    cell = new_code_cell("# Parameters\n" + "\n".join(f"{name} = {value!r}" for name, value in values.items()), id=INJECTED)
    cell.metadata["tags"] = [INJECTED]
    if result.get("nbformat_minor", 0) < 5:
        del cell["id"]
    result.cells = [old for old in result.cells if INJECTED not in old.metadata.get("tags", [])]
    after = [index for index, old in enumerate(result.cells) if "parameters" in old.metadata.get("tags", [])]
    result.cells.insert(after[0] + 1 if after else 0, cell)
    return result
