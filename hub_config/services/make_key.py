"""Make a service's key if it has none, as that service, and print its did:key. Started once by `hub_config.tree`."""
from __future__ import annotations

import sys
from pathlib import Path

from certification.keys import load_or_create


def main(path: str) -> int:
    sys.stdout.write(load_or_create(Path(path)).did + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
