"""``academy verify DIRECTORY``: every credential below it, one answer a line as soon as it is known.

Rules
- Files that end in .json, .jsonld, .png or .svg, in the order of their names; links, pipes and hidden names are left out.
- A file that cannot be read is ``unchecked``, like everything else that could not be decided; the others are verified all the same.
- Memory does not grow with the number of files. Status lists and DID documents are looked at once.
"""
from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from stat import S_ISREG

__all__ = ["credentials_below", "verify_directory"]

SUFFIXES = (".json", ".jsonld", ".png", ".svg")


def credentials_below(directory: str) -> Iterator[str]:
    """The paths of what may be credentials, in a settled order."""
    for folder, folders, files in os.walk(directory, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.join(folder, name)
            if name.lower().endswith(SUFFIXES) and not name.startswith(".") and S_ISREG(os.lstat(path).st_mode):
                yield path


def verify_directory(directory: str, verify: Callable, read: Callable[[str], bytes], unreadable: type[Exception], json: bool) -> int:
    """Verify all below ``directory`` and print what was found. 0 all valid · 1 one refused · 2 one not decided. Raises ``unreadable`` if there are none."""
    from json import dumps

    counts: Counter[str] = Counter()
    worst = 0
    for path in credentials_below(directory):
        name = os.path.relpath(path, directory)
        try:
            result = verify(read(path))
            answer, code = result.as_dict(), result.verdict.exit_code
        except unreadable as error:
            answer = {"verdict": "unchecked", "steps": [{"name": "files", "status": "unchecked", "message": str(error)}]}
            code = 2
        counts[answer["verdict"]] += 1
        worst = {0: code, 1: 1, 2: code if code == 1 else 2}[worst]
        if json:
            line = dumps({"file": os.fsencode(name).decode("utf-8", "replace"), **answer}, ensure_ascii=True)
        else:
            reason = next((f": {step['message']}" for step in answer["steps"] if step["status"] != "pass"), "")
            line = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in f"{answer['verdict']:14} {name}{reason}")
        print(line, flush=True)
    if not counts:
        raise unreadable(f"{directory} holds no credentials: no file in it ends in {', '.join(SUFFIXES)}")
    if not json:
        print(", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()))
    return worst
