"""After the receipt nothing is lost: whatever is killed while a submission is examined, one verdict is recorded."""
from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.learner import MODULE, TRACK, address, answered_notebook, sign_in, wait_for_feedback

pytestmark = pytest.mark.journey
LEARNER = "tomasi"


@pytest.fixture(scope="module")
def signed_in(system, browser, tmp_path_factory):
    password = tmp_path_factory.mktemp("secret") / "password"
    password.write_text("correct horse battery\n")
    subprocess.run([str(Path(sys.prefix) / "bin/academy"), "user", "add", LEARNER, "--role", "learner", "--password-file", str(password),
                    "--data", str(system.state)], check=True, capture_output=True, timeout=60)
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(30_000)
    page = context.new_page()
    sign_in(page, system, LEARNER, "correct horse battery")
    yield page
    context.close()


def submit(page, system, path) -> str:
    page.goto(address(system, "portal.hub.localhost", f"/courses/{TRACK}/{MODULE}"))
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Submit this file").click()
    page.wait_for_url("**/submissions/**")
    return page.url.rstrip("/").rpartition("/submissions/")[2].split("/")[0]


def verdicts(system, submission: str) -> int:
    """How many verdicts the records hold: read from the store itself, as no user can."""
    with sqlite3.connect(f"file:{system.state}/portal/records.sqlite?mode=ro", uri=True) as store:
        return store.execute("select count(*) from verdicts where submission = ?", (submission,)).fetchone()[0]


@pytest.mark.parametrize("killed", [("grader",), ("portal",), ("launcher", "grader"), ("hub", "proxy", "gateway")], ids="+".join)
def test_one_verdict_after_a_kill(system, signed_in, tmp_path, killed):
    notebook = answered_notebook(tmp_path / "assessment.ipynb", accept=f"def accept(requests, budget):\n    return {list(killed)!r}\n")
    submission = submit(signed_in, system, notebook)
    seen = len(system.lines)
    for name in killed:
        os.kill(system.service(name), signal.SIGKILL)
    for name in killed:
        system.wait_for(f"{name} ready", seconds=60, since=seen)
    wait_for_feedback(signed_in, system, submission)
    assert "17 of 20 points" in signed_in.inner_text("main")
    assert verdicts(system, submission) == 1


def test_the_same_file_again_is_the_same_submission(system, signed_in, tmp_path):
    """Idempotent by content hash: a second click on Submit, or a repeated request, is no second attempt."""
    notebook = answered_notebook(tmp_path / "assessment.ipynb", accept="accept = None\n")
    assert submit(signed_in, system, notebook) == submit(signed_in, system, notebook)


def test_the_public_page_works_with_the_hub_and_the_portal_off(system):
    for name in ("hub", "portal"):
        os.kill(system.service(name), signal.SIGSTOP)
    try:
        assert system.get("verify.localhost") == 200
    finally:
        for name in ("hub", "portal"):
            os.kill(system.service(name), signal.SIGCONT)
