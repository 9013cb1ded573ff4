"""``make test``: the stages, in order. ``python -m tests.run [STAGE...] [-- PYTEST ARGUMENTS]``

    unit       units and the laws of the house, two at a time          attacks   everything marked as an attack
    journeys   people's ways through the real system, in a browser     conformance, images: other verifiers, the learner's side

Every stage runs even if an earlier one failed; the exit code says whether any did.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["STAGES", "main"]

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("journeys", "performance", "conformance")
STAGES = {
    "unit": ["-n", "2", "--dist", "loadfile", "-m", "not attack and not journey", *(f"--ignore=tests/{name}" for name in HEAVY), "tests"],
    "attacks": ["-n", "2", "--dist", "loadfile", "-m", "attack", *(f"--ignore=tests/{name}" for name in HEAVY), "tests"],
    "conformance": ["tests/conformance"],
    "journeys": ["tests/journeys"],
}
NOTHING_COLLECTED = 5


def main(arguments: Sequence[str]) -> int:
    cut = list(arguments).index("--") if "--" in arguments else len(arguments)
    stages, more = list(arguments[:cut]), list(arguments[cut + 1:])
    unknown = set(stages) - set(STAGES)
    if unknown:
        print(f"unknown stage: {', '.join(sorted(unknown))}; there are {', '.join(STAGES)}", file=sys.stderr)
        return 2
    failed = []
    begin = time.monotonic()
    for stage in stages or STAGES:
        print(f"== {stage}", flush=True)
        started = time.monotonic()
        # one order of sets for all workers: the names of tests must be the same in each
        code = subprocess.run([sys.executable, "-m", "pytest", "-q", "--durations=5", *STAGES[stage], *more], cwd=ROOT,
                              stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONHASHSEED": "0"}).returncode
        if code not in (0, NOTHING_COLLECTED):
            failed.append(stage)
        print(f"== {stage}: {'failed' if stage in failed else 'passed'} in {time.monotonic() - started:.0f} s", flush=True)
    shutil.rmtree(ROOT / ".pytest_cache", ignore_errors=True)
    print(f"== {'FAILED: ' + ', '.join(failed) if failed else 'all passed'} in {time.monotonic() - begin:.0f} s, "
          f"{os.cpu_count()} cores", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
