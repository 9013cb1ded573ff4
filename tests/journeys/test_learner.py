"""A learner earns, in a real browser, a certificate that a stranger can verify."""
from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785
from playwright.sync_api import expect

from certification.keys import public_key
from tests.journeys.learner import (
    MODULE,
    TRACK,
    address,
    answered_notebook,
    answers,
    fill_in,
    open_assessment,
    sign_in,
    submit_in_notebook,
    wait_for_feedback,
)

PAGE_BYTES = 50_000


pytestmark = pytest.mark.journey


def academy(*words: str, check: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run([str(Path(sys.prefix) / "bin/academy"), *words], cwd="/", capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=120)
    assert not check or done.returncode == 0, done.stderr + done.stdout
    return done


def submission_of(page) -> str:
    return page.url.rstrip("/").rpartition("/submissions/")[2].split("/")[0]


@pytest.fixture(scope="module")
def earned(system, browser, tmp_path_factory):
    """The whole way, once: the files the learner takes home, and what was seen on the way."""
    folder = tmp_path_factory.mktemp("earned")
    context = browser.new_context(viewport={"width": 1280, "height": 860}, accept_downloads=True)
    context.set_default_timeout(30_000)
    page, seen = context.new_page(), {"folder": folder}

    sign_in(page, system, "learner")
    seen["first"] = page.inner_text("main")
    page.get_by_role("link", name="Start", exact=True).click()
    page.wait_for_url("**/lesson.ipynb**", timeout=120_000)
    expect(page.locator(".jp-Notebook h1").first).to_be_visible(timeout=60_000)
    seen["lesson"] = page.locator(".jp-Notebook").inner_text()

    open_assessment(page, system)
    seen["release"] = page.locator(".jp-Notebook").inner_text()
    fill_in(page, answers())
    receipt = submit_in_notebook(page)
    seen["receipt page"] = receipt.inner_text("main")
    submission = submission_of(receipt)
    with receipt.expect_download() as download:
        receipt.get_by_role("link", name="Download the receipt").click()
    download.value.save_as(folder / "receipt.json")
    seen["seconds"] = wait_for_feedback(receipt, system, submission)
    seen["feedback"] = receipt.inner_text("main")

    receipt.goto(address(system, "portal.hub.localhost", f"/certificates/{TRACK}"))
    receipt.get_by_label("Write my name").check()
    receipt.get_by_role("button", name="Issue my certificate").click()
    receipt.wait_for_load_state()
    seen["certificate"] = receipt.inner_text("main")
    for words, name in (("Download the PDF", "certificate.pdf"), ("Download the signed file", "credential.json")):
        with receipt.expect_download() as download:
            receipt.get_by_role("link", name=words).click()
        download.value.save_as(folder / name)
    receipt.goto(address(system, "portal.hub.localhost", "/"))
    seen["last"] = receipt.inner_text("main")
    context.close()
    return seen


def test_the_course_page_begins_with_the_lesson(earned):
    assert "Not started" in earned["first"] and "0 of 1 modules passed" in earned["first"]
    assert "District counts with a privacy budget" in earned["lesson"]


def test_the_notebook_handed_out_holds_no_solution_and_no_hidden_test(earned):
    assert "BEGIN SOLUTION" not in earned["release"] and "HIDDEN" not in earned["release"] and "import checks" not in earned["release"]
    for source in answers().values():
        last = [line.strip() for line in source.splitlines() if line.strip().startswith("return ")][-1]
        assert last not in earned["release"]


def test_the_receipt_is_signed_and_says_what_happens_next(earned, system):
    assert "What happens next" in earned["receipt page"]
    envelope = json.loads((earned["folder"] / "receipt.json").read_text())
    known = json.loads((system.state / "public-keys/receipt.json").read_text())["key"]
    assert envelope["key"] == known
    signature = base64.urlsafe_b64decode(envelope["signature"] + "==")
    public_key(known).verify(signature, rfc8785.dumps(envelope["receipt"]))
    assert envelope["receipt"]["learner"] == "learner" and envelope["receipt"]["module"] == MODULE


def test_the_feedback_gives_every_task_its_points(earned):
    assert "20 of 20 points" in earned["feedback"] and earned["feedback"].count("All checks passed.") == 6


def test_the_certificate_bears_the_name_and_its_assurance(earned):
    assert "Demo Learner" in earned["certificate"] and "Demonstration, not a qualification" in earned["certificate"]
    assert "Nobody watched" in earned["certificate"] and "certified" in earned["last"].lower()
    assert (earned["folder"] / "certificate.pdf").read_bytes().startswith(b"%PDF-")


def test_a_stranger_verifies_it_on_the_public_page(earned, system, person):
    for name in ("credential.json", "certificate.pdf"):
        page = person(java_script_enabled=False)
        page.goto(address(system, "verify.localhost"))
        page.set_input_files("input[type=file]", earned["folder"] / name)
        page.locator("form:has(input[type=file]) button").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("demonstration")
        assert "Demo Learner" in page.inner_text("main")


def test_a_changed_score_is_refused_on_the_public_page(earned, system, person, tmp_path):
    credential = json.loads((earned["folder"] / "credential.json").read_text())
    credential["credentialSubject"]["achievement"]["name"] = "Doctor of statistics"
    (tmp_path / "changed.json").write_text(json.dumps(credential))
    page = person()
    page.goto(address(system, "verify.localhost"))
    page.set_input_files("input[type=file]", tmp_path / "changed.json")
    page.locator("form:has(input[type=file]) button").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("Genuine")


def test_the_command_line_agrees(earned, system):
    file, public = earned["folder"] / "credential.json", system.state / "public"
    lists = [word for name in ("revocation-1", "suspension-1") for word in ("--status", str(public / f"status/{name}.json"))]
    known = academy("verify", str(file), "--offline", "--json", "--registry", str(public / "registry.json"), *lists)
    assert json.loads(known.stdout)["verdict"] == "valid"
    unknown = academy("verify", str(file), "--offline", "--json", *lists, check=False)
    assert (unknown.returncode, json.loads(unknown.stdout)["verdict"]) == (2, "unknown-issuer")


def test_a_revoked_certificate_is_refused_everywhere(earned, system, person):
    """Last, for it cannot be undone."""
    ident = json.loads((earned["folder"] / "credential.json").read_text())["id"]
    academy("suspend", ident, "--reason", "under review", "--data", str(system.state))
    page = person()
    page.goto(address(system, "verify.localhost"))
    page.set_input_files("input[type=file]", earned["folder"] / "credential.json")
    page.locator("form:has(input[type=file]) button").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("suspended", ignore_case=True)
    academy("reinstate", ident, "--reason", "review ended", "--data", str(system.state))
    academy("revoke", ident, "--reason", "issued in error", "--data", str(system.state))
    page.goto(address(system, "verify.localhost"))
    page.set_input_files("input[type=file]", earned["folder"] / "credential.json")
    page.locator("form:has(input[type=file]) button").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Withdrawn")


def test_without_javascript_a_file_is_submitted_and_told_apart(system, person, tmp_path):
    """One wrong answer among right ones, from the course page, by an account made on the command line."""
    academy("user", "add", "amina", "--name", "أمينة بن علي", "--role", "learner", "--password-file", str(_password(tmp_path)),
               "--data", str(system.state))
    page = person(java_script_enabled=False)
    sign_in(page, system, "amina", "correct horse battery")
    page.goto(address(system, "portal.hub.localhost", f"/courses/{TRACK}/{MODULE}"))
    wrong = "def noise_scale(epsilon, tables, cap, neighbours):\n    return 1 / epsilon\n"
    page.set_input_files("input[type=file]", answered_notebook(tmp_path / "assessment.ipynb", noise_scale=wrong))
    page.get_by_role("button", name="Submit this file").click()
    page.wait_for_load_state()
    wait_for_feedback(page, system, submission_of(page))
    text = page.inner_text("main")
    assert "18 of 20 points" in text and text.count("All checks passed.") == 5
    assert "count all tables" in text, "the instructor's own sentence for what failed"
    assert "checks.scales" not in text and "Traceback" not in text and "assert " not in text


def _password(folder):
    file = folder / "password"
    file.write_text("correct horse battery\n")
    return file


def test_nbgraders_assignment_list_speaks_to_the_same_records(earned, system, person):
    page = person()
    sign_in(page, system, "learner")
    page.goto(address(system, "hub.localhost", "/hub/user-redirect/tree"))
    page.locator(".lm-MenuBar-itemLabel", has_text="Assignments").click(timeout=60_000)
    page.locator(".lm-Menu-item", has_text="Assignment List").click()
    expect(page.get_by_text("Submitted assignments", exact=True)).to_be_visible(timeout=30_000)
    envelope = json.loads((earned["folder"] / "receipt.json").read_text())
    expect(page.get_by_text(envelope["receipt"]["received"])).to_be_visible(timeout=30_000)


def test_every_page_is_small_and_has_no_script(system, person):
    page, sizes = person(), {}
    sign_in(page, system, "learner")
    page.on("response", lambda answer: sizes.setdefault(answer.url, len(answer.body())) if answer.status == 200 else None)
    for path in ("/", f"/courses/{TRACK}", f"/courses/{TRACK}/{MODULE}", f"/certificates/{TRACK}"):
        sizes.clear()
        page.goto(address(system, "portal.hub.localhost", path))
        assert sum(sizes.values()) <= PAGE_BYTES, sizes
        assert page.locator("script").count() == 0
        assert page.locator("h1").count() == 1 and page.locator("html[lang][dir]").count() == 1
