"""The learner's server as it is: opening an assessment, the Submit button, the page without it, nbgrader's Assignment List."""
from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.simulators.notebook import CHROMIUM, FLAGS, NotebookServer, notebook_python

pytestmark = [pytest.mark.journey, pytest.mark.slow]
ASSESSMENT = "academy/open?track=counting&module=01_totals&kind=assessment"


@pytest.fixture(scope="module")
def one_server(shared_rig):
    notebook_python()
    home = shared_rig.folder / "home"
    home.mkdir()
    running = NotebookServer(home, shared_rig.places.socket("portal"), shared_rig.hub.token("lea"))
    yield running
    running.close()


@pytest.fixture
def server(one_server):
    """The one server of this module, with an empty home."""
    for path in one_server.home.iterdir():
        if not path.name.startswith("."):
            shutil.rmtree(path)
    return one_server


@pytest.fixture
def browser_page():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: the test extra")
    if not CHROMIUM.exists():
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser.new_page(viewport={"width": 1280, "height": 800})
        browser.close()


def test_open_submit_receipt(server, rig, browser_page):
    page = browser_page
    page.goto(server.with_token(ASSESSMENT))
    assert page.url == server.url("notebooks/counting/01_totals/assessment.ipynb")
    button = page.get_by_role("button", name="Submit")
    button.wait_for(timeout=60_000)
    button.focus()
    page.keyboard.press("Enter")  # no mouse needed
    page.get_by_text("Submit this assessment?").wait_for()
    page.get_by_role("button", name="Not yet").click()
    listed = rig.request("GET", "/exchange/assignments", headers={"Authorization": "token " + rig.hub.token("lea")})[2]
    assert json.loads(listed)["assignments"][0]["submissions"] == []
    button.click()
    page.locator(".jp-Dialog").get_by_role("button", name="Submit").click()
    page.get_by_text("Your work has arrived").wait_for(timeout=30_000)
    link = page.get_by_role("link", name="See the receipt and the feedback").get_attribute("href")
    assert link.startswith("http://portal.hub.localhost:8000/submissions/")
    assert page.evaluate("document.activeElement.textContent") == "See the receipt and the feedback"


def test_a_lesson_has_no_submit_button_and_lab_has_one_for_assessments(server, browser_page):
    page = browser_page
    page.goto(server.with_token("academy/open?track=counting&module=01_totals&kind=lesson"))
    page.locator(".jp-NotebookPanel-toolbar").wait_for(timeout=60_000)
    page.locator("p", has_text="A total is a sum").wait_for(timeout=30_000)
    assert page.locator(".academy-submit").count() == 0
    page.goto(server.url(ASSESSMENT))
    page.goto(server.url("lab/tree/counting/01_totals/assessment.ipynb"))
    page.locator(".academy-submit").wait_for(timeout=60_000)


def test_the_interface_holds_nothing_that_does_not_work_here(server, browser_page):
    """No plugin fails, no empty menu and nothing for instructors, no debugger; what was handed out is trusted."""
    page, said = browser_page, []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(server.with_token(ASSESSMENT))
    page.locator(".academy-submit").wait_for(timeout=60_000)
    page.get_by_text("Trusted", exact=True).wait_for(timeout=30_000)
    menus = page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
    assert "Kernel" in menus and not {"Nbgrader", "Assignments"} & set(menus)
    assert page.locator(".jp-DebuggerBugButton").count() == 0 and page.get_by_role("button", name="Validate").count() == 1
    page.goto(server.url("tree"))
    page.locator(".lm-MenuBar-itemLabel", has_text="Assignments").click(timeout=60_000)
    assert [text for text in page.locator(".lm-Menu-itemLabel").all_inner_texts() if text] == ["Assignment List"]
    page.locator(".lm-Menu-item", has_text="Assignment List").click()
    page.get_by_text("Downloaded assignments", exact=True).wait_for(timeout=30_000)
    assert not [text for text in said if "failed to activate" in text]


def test_a_notebook_from_elsewhere_is_not_trusted_by_itself(server, browser_page):
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<b>from elsewhere</b>"}}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "execution_count": 1, "outputs": [output]}
    (server.home / "mine").mkdir()
    (server.home / "mine/other.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}))
    browser_page.goto(server.with_token("notebooks/mine/other.ipynb"))
    browser_page.get_by_text("Not Trusted", exact=True).wait_for(timeout=60_000)


def test_a_refusal_is_shown_in_the_dialog(server, rig, browser_page):
    page = browser_page
    page.goto(server.with_token(ASSESSMENT))
    page.locator(".academy-submit").wait_for(timeout=60_000)
    path = server.home / "counting/01_totals/assessment.ipynb"
    broken = json.loads(path.read_bytes())
    broken["cells"] = broken["cells"][:-1]
    path.write_text(json.dumps(broken))
    page.reload()
    page.get_by_role("button", name="Submit").wait_for(timeout=60_000)
    page.get_by_role("button", name="Submit").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Submit").click()
    page.get_by_text("These cells of the assessment are missing: test_mean").wait_for(timeout=30_000)


def test_the_page_that_submits_without_a_script(server, browser_page):
    page = browser_page
    page.goto(server.with_token("academy/submit?track=counting&module=01_totals"))
    assert "no assessment of this module in your home yet" in page.content()
    page.goto(server.url(ASSESSMENT))
    page.goto(server.url("academy/submit?track=counting&module=01_totals"))
    with page.expect_request(lambda request: "/submissions/" in request.url) as sent:
        page.get_by_role("button", name="Submit").click()
    assert sent.value.url.startswith("http://portal.hub.localhost:8000/submissions/")


def test_a_form_without_the_servers_own_token_is_refused(server, browser_page):
    page = browser_page
    page.goto(server.with_token(ASSESSMENT))
    answer = page.request.post(server.url("academy/submit"), form={"path": "counting/01_totals/assessment.ipynb"})
    assert answer.status == 403


def test_nbgraders_assignment_list_works_over_the_exchange(server, rig, browser_page):
    page = browser_page
    page.goto(server.with_token("api"))

    def ask(method: str, path: str, **form):
        token = next((c["value"] for c in page.context.cookies() if c["name"] == "_xsrf"), "")
        headers = {"Authorization": f"token {server.secret}", "X-XSRFToken": token}
        answer = page.request.get(server.url(path), params=form, headers=headers) if method == "GET" else page.request.post(server.url(path), form=form, headers=headers)
        return answer.json()

    assert ask("GET", "courses") == {"success": True, "value": ["counting"]}
    listed = ask("GET", "assignments", course_id="counting")
    assert listed["success"] and [one["status"] for one in listed["value"] if one["status"] != "submitted"] == ["released", "released"]
    fetched = ask("POST", "assignments/fetch", course_id="counting", assignment_id="02_means")["value"]
    fetched = [one for one in fetched if one["status"] != "submitted"]
    assert [(one["assignment_id"], one["status"]) for one in fetched] == [("01_totals", "released"), ("02_means", "fetched")]
    assert fetched[1]["notebooks"][0]["path"] == "counting/02_means/assessment.ipynb"
    submitted = ask("POST", "assignments/submit", course_id="counting", assignment_id="02_means")
    assert submitted["success"], submitted
    (mine,) = [one for one in submitted["value"] if (one["assignment_id"], one["status"]) == ("02_means", "submitted")]
    assert mine["submissions"][0]["student_id"] == "lea" and (server.home / "counting/02_means/receipts/1.json").exists()
    grade(rig)
    ask("POST", "assignments/fetch_feedback", course_id="counting", assignment_id="02_means")
    (page_of_feedback,) = (server.home / "counting/02_means/feedback").glob("*/assessment.html")
    assert "Say what the sum is" in page_of_feedback.read_text()


def test_releasing_and_collecting_say_where_it_is_done(server):
    for verb, words in (("release_assignment", "course pack"), ("collect", "collected by the academy")):
        done = subprocess.run([notebook_python(), "-m", "nbgrader", verb, "01_totals", "--course", "counting"], cwd=server.home, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"HOME": str(server.home), "PATH": "/usr/bin:/bin"}, timeout=60)
        assert done.returncode != 0 and words in done.stdout


def grade(rig) -> None:
    from hub_config import rpc

    where = rig.places.socket("records")
    feedback = {"tasks": [{"grade_id": "test_total", "title": "The total", "score": 0, "max_score": 2, "status": "failed", "messages": ["Say what the sum is"]}],
                "score": 0, "max_score": 5, "needs_review": False, "note": ""}
    for job in rpc.call(where, "lease", worker="w", limit=50)["jobs"]:
        rpc.call(where, "finish", lease=job["lease"], submission=job["submission"]["id"], assessment_version="1.0.0", examiner_version="1",
                 verdict={"feedback": feedback, "transcript_hash": "sha256:" + "0" * 64})
