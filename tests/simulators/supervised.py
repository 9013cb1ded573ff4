"""A supervisor over simulated services, in a process of its own: ``python -m tests.simulators.supervised DIRECTORY TABLE``.

TABLE is JSON: [{"name", "after", "options"}]. It prints ``ready`` when everything is, and what the supervisor says.
"""
from __future__ import annotations

import json
import sys
from pathlib import Path

from hub_config.errors import AcademyError
from hub_config.process import PATH, Process, answers, as_root
from hub_config.supervisor import Supervisor


def main(directory: Path, table: list[dict]) -> int:
    simulator = str(Path(__file__).with_name("service.py"))

    def process(row: dict) -> Process:
        argv = as_root([sys.executable, simulator, row["name"], str(directory), *row.get("options", [])])
        return Process(row["name"], argv, {"PATH": PATH}, directory, lambda: answers(directory / f"{row['name']}.sock"),
                       tuple(row.get("after", ())))

    def say(text: str) -> None:
        print(text, flush=True)

    supervisor = Supervisor([process(row) for row in table], directory, log_bytes=20_000, keep=1, say=say,
                            restarted={row["name"]: (lambda name=row["name"]: say(f"restarted {name}")) for row in table},
                            before_stop=[lambda: say("stopping")])
    try:
        supervisor.run(lambda: say("all ready"))
    except AcademyError as error:
        print(f"{error.code}: {error.message}", flush=True)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
