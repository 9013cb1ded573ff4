"""A small service for the supervisor's tests: listens on a Unix socket, notes its starts, and misbehaves when told to.

``python service.py NAME DIRECTORY [--die AFTER] [--deaf] [--child] [--shout BYTES]``
"""
from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--die", type=float, help="end with code 3 after so many seconds")
    parser.add_argument("--die-once", action="store_true", help="only the first time")
    parser.add_argument("--deaf", action="store_true", help="do not end at TERM")
    parser.add_argument("--child", action="store_true", help="leave a grandchild that has left the session")
    parser.add_argument("--shout", type=int, default=0, help="bytes to write to the log")
    chosen = parser.parse_args()
    starts = chosen.directory / f"{chosen.name}.starts"
    with starts.open("a") as file:
        file.write(f"{os.getpid()} {time.monotonic()} {os.getuid()} {sorted(os.getgroups())} {sorted(os.environ)}\n")
    if chosen.deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if chosen.child:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
        (chosen.directory / f"{chosen.name}.child").write_text(str(child.pid))
    for _ in range(chosen.shout // 1000):
        sys.stdout.write("x" * 999 + "\n")
    sys.stdout.flush()
    path = chosen.directory / f"{chosen.name}.sock"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        if chosen.die is not None and not (chosen.die_once and len(starts.read_text().splitlines()) > 1):
            time.sleep(chosen.die)
            sys.exit(3)
        while True:
            peer, _ = server.accept()
            peer.close()


if __name__ == "__main__":
    main()
