"""What a learner sees, page by page, in a browser without scripts."""
from __future__ import annotations

import json
import re

import pytest

from autograders.intake import content_hash
from hub_config.rpc import RpcError

pytestmark = pytest.mark.usefixtures("rig")


def submit(browser, data: bytes, module: str = "01_totals", name: str = "assessment.ipynb"):
    return browser.fill(f"/courses/counting/{module}/submissions", files={"file": (name, data)})


def test_a_stranger_is_sent_to_sign_in_and_comes_back_to_the_page(browser):
    answer = browser.get("/courses/counting/01_totals?x=1")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=/courses/counting/01_totals%3Fx%3D1")
    there = browser.get(answer.headers["location"])
    back = browser.get(browser.rig.hub.sign_in(there.headers["location"], "lea"))
    assert (back.status_code, back.headers["location"]) == (303, "/courses/counting/01_totals?x=1")
    assert browser.get(back.headers["location"]).status_code == 200


def test_course_page_has_one_way_on_and_each_module_with_its_state(browser, examine, notebook):
    browser.sign_in()
    page = browser.get("/")
    assert page.text.count('class="button main"') == 1 and "Not started" in page.text and "Counting well" in page.text
    assert 'href="/open/counting/01_totals/lesson">Start' in page.text
    assert submit(browser, notebook()).status_code == 303
    page = browser.get("/").text
    assert "Submitted" in page and 'http-equiv="refresh"' in page
    assert 'href="/open/counting/02_means/lesson">Continue' in page
    examine(2)
    page = browser.get("/").text
    assert "Returned" in page and "2 of 5 points" in page and 'href="/courses/counting/01_totals">Continue' in page
    submit(browser, notebook("better"))
    examine(5)
    page = browser.get("/").text
    assert "Graded: passed" in page and "5 of 5 points" in page and "1 of 2 modules passed" in page


def test_receipt_feedback_and_files(browser, portal, examine, notebook):
    browser.sign_in()
    where = submit(browser, notebook()).headers["location"]
    receipt = browser.get(where)
    assert "Waiting for the examiner" in receipt.text and 'http-equiv="refresh" content="5"' in receipt.text
    assert browser.get(where + "/feedback").headers["location"] == where
    envelope = browser.get(where + "/receipt.json")
    assert envelope.json()["receipt"]["learner"] == "lea" and "attachment" in envelope.headers["content-disposition"]
    assert browser.get(where + "/notebook.ipynb").content == notebook()
    examine(2)
    assert "See the feedback" in browser.get(where).text
    page = browser.get(where + "/feedback").text
    assert "2 of 5 points" in page and "mean of &lt;an odd&gt; number of values" in page and "Not yet passed" in page


def test_somebody_elses_submission_does_not_exist(browser, notebook):
    browser.rig.hub.add("mallory")
    browser.sign_in()
    where = submit(browser, notebook()).headers["location"]
    browser.cookies.clear()
    browser.sign_in("mallory")
    for path in ("", "/receipt.json", "/notebook.ipynb", "/feedback"):
        assert browser.get(where + path).status_code == 404


@pytest.mark.parametrize(("name", "data", "words"), [
    ("assessment.ipynb", b"", "The file is empty"),
    ("assessment.ipynb", b"{}", "This is not a notebook"),
    ("picture.png", b"x", "does not end in .ipynb"),
    ("a\u202eb.ipynb", b"x", "holds characters"),
])
def test_a_file_that_is_refused_is_told_why(browser, name, data, words):
    browser.sign_in()
    answer = submit(browser, data, name=name)
    assert answer.status_code == 422 and words in answer.text and "Back to the module" in answer.text


def test_a_file_above_the_bound_is_refused(browser, rig):
    browser.sign_in()
    assert submit(browser, b"x" * ((10 << 20) + 1)).status_code == 413
    assert submit(browser, b"x" * (11 << 20)).status_code == 413


def test_the_certificate_is_asked_for_and_delivered(browser, rig, examine, notebook):
    browser.sign_in()
    assert "Not there yet" in browser.get("/certificates/counting").text
    assert browser.fill("/certificates/counting").status_code == 404
    submit(browser, notebook())
    submit(browser, notebook(module="02_means"), "02_means")
    examine(5)
    assert 'href="/certificates/counting">Get your certificate' in browser.get("/").text
    page = browser.get("/certificates/counting").text
    assert "Lea Moreau" in page and "Issue my certificate" in page
    assert browser.get("/certificates/counting/credential.json").status_code == browser.get("/certificates/counting/qr.svg").status_code == 404
    refused = browser.fill("/certificates/counting")
    assert refused.status_code == 409 and "was not issued" in refused.text
    rig.neighbours.answers["signer", "issue"] = RpcError("unreachable", "gone")
    assert browser.fill("/certificates/counting").status_code == 503
    rig.neighbours.answers["signer", "issue"] = lambda request: {"credential": credential(request["award"])}
    assert browser.fill("/certificates/counting", {"name": "yes"}).headers["location"] == "/certificates/counting"
    assert ("accounts", "consent", {"username": "lea", "version": "name-on-certificate/1"}) in rig.neighbours.asked
    page = browser.get("/certificates/counting").text
    assert "Nobody watched" in page and "Demonstration, not a qualification" in page and "Lea Moreau" in page
    assert browser.get("/certificates/counting/credential.json").json()["id"] == "http://verify.localhost:8000/credentials/1"
    pdf = browser.get("/certificates/counting/certificate.pdf")
    assert pdf.content.startswith(b"%PDF") and pdf.headers["content-type"] == "application/pdf"
    assert re.search(r'<img class="qr" src="/certificates/counting/qr.svg" [^>]*alt="QR code that leads to the public page[^"]*"', page)
    picture = browser.get("/certificates/counting/qr.svg")
    assert picture.headers["content-type"] == "image/svg+xml" and picture.content.startswith(b"<svg ") and len(picture.content) < 10_000
    assert b"style" not in picture.content and b"script" not in picture.content and len(page.encode()) < 50_000
    assert "Certified" in browser.get("/").text
    for state, words in (("valid", None), ("suspended", "This certificate is suspended"), ("revoked", "This certificate has been revoked")):
        rig.neighbours.answers["signer", "awards"] = {"awards": [listed(1, state)]}
        page = browser.get("/certificates/counting").text
        assert words in page if words else "Whoever checks it is told so" not in page


def test_after_a_revocation_the_signer_has_the_last_word(browser, rig, portal, examine, notebook):
    browser.sign_in()
    for module in ("01_totals", "02_means"):
        submit(browser, notebook(module=module), module)
    examine(5)
    signer = rig.neighbours.answers
    signer["signer", "issue"] = lambda request: {"credential": credential(request["award"]), "state": "valid"}
    browser.fill("/certificates/counting")
    signer["signer", "awards"] = {"awards": [listed(1, "valid")]}
    assert "Certified" in browser.get("/").text and "Ask for a new" not in browser.get("/certificates/counting").text
    signer["signer", "awards"] = {"awards": [listed(1, "revoked")]}
    assert "Certified" not in browser.get("/").text and "Get your certificate" in browser.get("/").text
    page = browser.get("/certificates/counting").text
    assert "has been revoked" in page and "Ask for a new certificate" in page and "Issue my certificate" in page
    signer["signer", "issue"] = RpcError("not-earned", "still to be passed: 01_totals")
    assert browser.fill("/certificates/counting").status_code == 409
    signer["signer", "awards"] = RpcError("unreachable", "gone")
    assert "has been revoked" in browser.get("/certificates/counting").text, "what was known stays known"
    signer["signer", "awards"] = {"awards": [listed(1, "revoked")]}
    signer["signer", "issue"] = lambda request: {"credential": credential(request["award"], 2), "state": "valid"}
    assert browser.fill("/certificates/counting").status_code == 303
    signer["signer", "awards"] = {"awards": [listed(1, "revoked"), listed(2, "valid")]}
    assert browser.get("/certificates/counting/credential.json").json()["id"].endswith("/credentials/2")
    assert "Certified" in browser.get("/").text


def test_what_was_issued_elsewhere_is_fetched(browser, rig):
    """By the command line, or before the records were restored from an older backup."""
    browser.sign_in()
    rig.neighbours.answers["signer", "awards"] = {"awards": [listed(1, "revoked"), listed(2, "valid")]}
    rig.neighbours.answers["signer", "credential"] = lambda request: {"credential": credential("counting/lea", int(request["id"]))}
    assert browser.get("/certificates/counting/credential.json").json()["id"].endswith("/credentials/2")
    asked = len(rig.neighbours.asked)
    assert "Ask for a new" not in browser.get("/certificates/counting").text
    assert [op for _, op, _ in rig.neighbours.asked[asked:]] == ["awards"], "it is fetched once"


def listed(number: int, state: str) -> dict:
    return {"id": str(number), "award": "counting/lea", "state": state, "url": f"http://verify.localhost:8000/credentials/{number}"}


def credential(award: str, number: int = 1) -> dict:
    from certification import model

    made = model.achievement(id="http://verify.localhost:8000/achievements/counting/1.0.0", track="counting", name="Counting well",
                             description="Sums and means.", criteria="Pass every module.")
    who = [{"type": "IdentityObject", "hashed": False, "identityHash": "Lea Moreau", "identityType": "name"}]
    return model.credential(
        id=f"http://verify.localhost:8000/credentials/{number}", issuer=model.issuer_profile("did:key:z6Mk", "Regional Statistics Academy"),
        name="Counting well", valid_from="2026-11-23T10:00:00Z", subject=model.subject(made, who), evidence=[], assurance=model.Assurance())


def test_open_leads_into_the_own_server_once_the_kernel_is_there(browser, rig):
    browser.sign_in()
    answer = browser.get("/open/counting/01_totals/assessment")
    assert answer.headers["location"] == "http://hub.localhost:8000/hub/user-redirect/academy/open?track=counting&module=01_totals&kind=assessment"
    assert ("environments", "ensure", {"family": "core"}) in rig.neighbours.asked
    rig.neighbours.answers["environments", "ensure"] = {"state": "installing", "message": "Downloading torch", "megabytes": 250}
    page = browser.get("/open/counting/01_totals/assessment")
    assert page.status_code == 200 and "250 MB" in page.text and 'http-equiv="refresh"' in page.text
    rig.neighbours.answers["environments", "ensure"] = {"state": "failed", "message": "no space", "megabytes": 0}
    assert browser.get("/open/counting/01_totals/assessment").status_code == 503
    assert browser.get("/open/counting/01_totals/exam").status_code == 404


@pytest.mark.parametrize(("role", "words"), [("instructor", "Mean score"), ("certifier", "Certificates by course"), ("operator", "Being examined")])
def test_desks_are_for_their_roles(browser, rig, notebook, examine, role, words):
    browser.sign_in()
    submit(browser, notebook())
    examine(2)
    assert browser.get(f"/desk/{role}").status_code == 404
    browser.cookies.clear()
    rig.hub.add("boss", "learner", role)
    browser.sign_in("boss")
    assert f'href="/desk/{role}"' in browser.get("/").text
    page = browser.get(f"/desk/{role}")
    assert page.status_code == 200 and words in page.text


@pytest.mark.parametrize("path", ["/courses/none", "/courses/counting/none", "/nowhere", "/certificates/none", "/submissions/none"])
def test_what_is_not_there_is_said_in_plain_words(browser, path):
    browser.sign_in()
    answer = browser.get(path)
    assert answer.status_code == 404 and "That did not work" in answer.text and "Traceback" not in answer.text


def test_pages_are_small_and_need_no_script(browser, notebook, examine):
    browser.sign_in()
    where = submit(browser, notebook()).headers["location"]
    sizes = {path: len(browser.get(path).content) for path in ("/", "/courses/counting/01_totals", where)}
    css = re.search(r"/static/academy-\w+\.css", browser.get("/").text)[0]
    examine(2)
    sizes[where + "/feedback"] = len(browser.get(where + "/feedback").content)
    style = browser.get(css)
    assert style.status_code == 200 and "immutable" in style.headers["cache-control"]
    for path, size in sizes.items():
        assert size + len(style.content) < 50_000, path
        assert not re.search(r"<script|<style|\son\w+=|style=", browser.get(path).text)


def test_health_does_not_need_the_hub(browser, rig):
    rig.hub.close()
    assert browser.get("/health").json() == {"status": "ok"}
    there = browser.get("/sign-in")
    assert there.status_code == 303
    rig.hub.open()


def test_language_and_direction(browser, portal, rig, tmp_path):
    from hub_config.portal.messages import Messages

    (tmp_path / "ar.po").write_text('msgid "Modules"\nmsgstr "الوحدات"\n', encoding="utf-8")
    portal.messages = Messages(tmp_path)
    browser.sign_in()
    assert '<html lang="en" dir="ltr">' in browser.get("/").text
    page = browser.get("/", headers={"accept-language": "ar-EG,ar;q=0.9,en;q=0.8"}).text
    assert '<html lang="ar" dir="rtl">' in page and "الوحدات" in page
    assert browser.fill("/language", {"language": "ar", "next": "//evil"}).headers["location"] == "/"
    assert 'dir="rtl"' in browser.get("/").text


def test_receipt_json_is_what_the_records_hold(browser, portal, notebook):
    browser.sign_in()
    where = submit(browser, notebook()).headers["location"]
    kept = portal.exchange.submission("lea", where.rsplit("/", 1)[1]).receipt
    assert json.loads(browser.get(where + "/receipt.json").text) == kept


def test_a_closing_date_is_shown_and_kept_and_the_upload_survives_it(rig, notebook):
    from datetime import datetime, timezone

    from hub_config.portal.app import create_app
    from hub_config.services.portal import assemble
    from tests.hub_config.portal.conftest import Browser

    settings = (rig.state / "settings.toml").read_text()
    rig.settings_toml(settings + '[submission]\ncloses = ["counting/01_totals 2027-01-31T23:59Z"]\n')
    portal = assemble(rig.places, rig.settings())
    try:
        now = [datetime(2027, 1, 31, 23, 59, 59, tzinfo=timezone.utc)]
        object.__setattr__(portal.exchange, "clock", lambda: now[0])
        browser = Browser(create_app(portal), rig)
        browser.sign_in()
        for page in ("/", "/courses/counting/01_totals"):
            text = browser.get(page).text
            assert text.count("Closes on") == 1 and "2027-01-31 23:59 UTC" in text and "Closed on" not in text
        assert "Closes on" not in browser.get("/courses/counting/02_means").text
        assert submit(browser, notebook()).status_code == 303
        now[0] = datetime(2027, 2, 1, tzinfo=timezone.utc)
        assert "Closed on" in browser.get("/").text and "kept, but not taken" in browser.get("/courses/counting/01_totals").text
        late = submit(browser, notebook("later"))
        assert late.status_code == 403 and "closed on 31 January 2027 at 23:59 UTC" in late.text and "submit the same file again" in late.text
        assert portal.exchange.uploads.progress("lea", content_hash(notebook("later"))).complete
        assert submit(browser, notebook()).status_code == 303, "what was taken before keeps its receipt"
    finally:
        portal.exchange.records.close()


def test_a_closing_date_of_no_assessment_is_refused(rig):
    from hub_config.services.portal import assemble
    from hub_config.settings import SettingsError

    settings = (rig.state / "settings.toml").read_text()
    rig.settings_toml(settings + '[submission]\ncloses = ["counting/1_totals 2027-01-31T23:59Z"]\n')
    with pytest.raises(SettingsError, match="names counting/1_totals, which no course pack has"):
        assemble(rig.places, rig.settings())


def test_what_needs_a_person_is_on_the_operators_desk_and_is_examined_again(browser, rig, portal, notebook, examine):
    rig.hub.add("olga", "operator")
    browser.sign_in()
    submit(browser, notebook())
    portal.queue.max_tries = 1
    (job,) = portal.queue.lease("w")
    portal.queue.release(job.lease, "the examiner for <core> does not start")
    assert "With a person" in browser.get("/").text
    assert browser.fill("/desk/operator/retry").status_code == 404
    browser.cookies.clear()
    browser.sign_in("olga", "/desk/operator")
    page = browser.get("/desk/operator").text
    assert "Needs a person" in page and job.submission["id"][:8] in page and "the examiner for &lt;core&gt; does not start" in page
    token = browser.form_token("/desk/operator")
    assert browser.fill("/desk/operator/retry", token="0" * 64).status_code == 403
    assert browser.fill("/desk/operator/retry", token=token).headers["location"] == "/desk/operator"
    assert "Needs a person" not in browser.get("/desk/operator").text
    assert examine(5) == [job.submission["id"]]


def test_the_qr_code_holds_the_address_of_the_public_page():
    import re as regex

    import segno

    from hub_config.portal.credentials import qr

    made = qr({"id": "http://verify.localhost:8000/credentials/1"})
    expected = segno.make("http://verify.localhost:8000/credentials/1", error="m", micro=False)
    size = expected.symbol_size(scale=4, border=4)
    assert regex.match(rb'<svg [^>]*width="%d" height="%d"' % size, made) and made != qr({"id": "http://verify.localhost:8000/credentials/2"})
