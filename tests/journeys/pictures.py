"""The README's pictures, from the real system: ``python -m tests.journeys.pictures`` writes docs/images/{course,certificate}.png."""
from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.journeys.conftest import CHROMIUM_FLAGS
from tests.journeys.learner import MODULE, TRACK, address, answered_notebook, sign_in, wait_for_feedback
from tests.journeys.whole import System

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
PERSON, NAME, PASSWORD = "salote", "Salote Tuilagi", "a picture of the system"


def main() -> None:
    with System() as system, sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        secret = Path(folder) / "password"
        secret.write_text(PASSWORD)
        subprocess.run([str(Path(sys.prefix) / "bin/academy"), "user", "add", PERSON, "--name", NAME, "--role", "learner",
                        "--password-file", str(secret), "--data", str(system.state)], check=True, cwd="/", capture_output=True)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*CHROMIUM_FLAGS, "--no-sandbox"])
        page = browser.new_context(viewport={"width": 1100, "height": 720}, accept_downloads=True).new_page()
        sign_in(page, system, PERSON, PASSWORD)
        wrong = "def accept(requests, budget):\n    return [True for request in requests]\n"
        for sources in ({"accept": wrong, "release": "release = None", "recover": "recover = None"}, {}):
            page.goto(address(system, "portal.hub.localhost", f"/courses/{TRACK}/{MODULE}"))
            page.set_input_files("input[type=file]", answered_notebook(Path(folder) / "assessment.ipynb", **sources))
            page.get_by_role("button", name="Submit this file").click()
            page.wait_for_url("**/submissions/**")
            wait_for_feedback(page, system, page.url.rpartition("/submissions/")[2].split("/")[0])
            if sources:
                page.goto(address(system, "portal.hub.localhost", f"/courses/{TRACK}"))
                page.screenshot(path=IMAGES / "course.png")  # while something remains to be done
        page.goto(address(system, "portal.hub.localhost", f"/certificates/{TRACK}"))
        page.get_by_label("Write my name").check()
        page.get_by_role("button", name="Issue my certificate").click()
        page.wait_for_load_state()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the PDF").click()
        download.value.save_as(Path(folder) / "certificate.pdf")
        subprocess.run(["pdftoppm", "-r", "80", "-png", "-singlefile", str(Path(folder) / "certificate.pdf"), str(IMAGES / "certificate")], check=True)
        browser.close()


if __name__ == "__main__":
    main()
