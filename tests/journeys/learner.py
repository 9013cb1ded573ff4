"""What a learner does in a browser, step by step; every step waits for what the learner would wait for."""
from __future__ import annotations

import re
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from curriculum.catalogue import load_catalogue
from curriculum.notebooks import instructor_notebook, notebook_bytes, release_notebook, solutions, with_solutions
from curriculum.parameters import inject
from tests.journeys.whole import System

__all__ = ["MODULE", "TRACK", "answered_notebook", "answers", "fill_in", "open_assessment", "sign_in", "submit_in_notebook", "wait_for_feedback"]

TRACK, MODULE = "output-privacy", "01_differential_privacy"
FEEDBACK_SECONDS = 120  # the browser's patience on a busy machine, not the service level


def module():
    return load_catalogue().module(TRACK, MODULE)


def answers(**other: str) -> dict[str, str]:
    """The source of every solution cell, by grade_id: the instructor's, or what ``other`` says."""
    return solutions(instructor_notebook(module())) | other


def answered_notebook(path: Path, **other: str) -> Path:
    """The assessment with these answers, as a file to upload."""
    path.write_bytes(notebook_bytes(with_solutions(instructor_notebook(module()), answers(**other))))
    return path


def address(system: System, host: str, path: str = "/") -> str:
    return f"http://{host}:{system.port}{path}"


def sign_in(page: Page, system: System, name: str, password: str | None = None) -> None:
    """By keyboard alone: the first field has the focus."""
    page.goto(f"http://127.0.0.1:{system.port}/")
    expect(page.get_by_label("Username")).to_be_focused()  # given by the page, a moment after it is there
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password or system.password(name))
    page.keyboard.press("Enter")
    page.wait_for_url("**//portal.hub.localhost**")


def open_assessment(page: Page, system: System) -> None:
    page.goto(address(system, "portal.hub.localhost", f"/courses/{TRACK}/{MODULE}"))
    page.get_by_role("link", name="Open the assessment").click()
    page.wait_for_url("**/notebooks/**", timeout=90_000)
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Submit")).to_be_visible(timeout=30_000)


def fill_in(page: Page, sources: dict[str, str]) -> None:
    """Type the answers into their cells, as the release orders them."""
    for number, cell in enumerate(inject(release_notebook(module()), {"SEED": 0}).cells):  # as handed out: with a seed
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if cell.metadata.get("nbgrader", {}).get("solution"):
            place = page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{number}']")
            place.scroll_into_view_if_needed()
            place.locator(".cm-content").click()
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(sources[grade_id])


def submit_in_notebook(page: Page) -> Page:
    """Press Submit, confirm, and follow the link to the receipt, which opens in a new window."""
    page.get_by_role("button", name="Submit").first.click()
    page.locator(".jp-Dialog").get_by_role("button", name="Submit").click()
    link = page.locator(".jp-Dialog").get_by_role("link", name=re.compile("receipt"))
    expect(link).to_be_visible(timeout=60_000)
    with page.context.expect_page() as opened:
        link.click()
    receipt = opened.value
    receipt.wait_for_load_state()
    return receipt


def wait_for_feedback(page: Page, system: System, submission: str) -> float:
    """Seconds until the feedback page is there; the page itself renews without script."""
    begin = time.monotonic()
    while time.monotonic() - begin < FEEDBACK_SECONDS:
        page.goto(address(system, "portal.hub.localhost", f"/submissions/{submission}"))
        link = page.locator("main a[href$='/feedback']")
        if link.count():
            seconds = time.monotonic() - begin
            link.first.click()
            page.wait_for_load_state()
            return seconds
        page.wait_for_timeout(500)
    raise AssertionError(f"no feedback after {FEEDBACK_SECONDS} s: {page.inner_text('main')}")
