"""The printed certificate: one PDF/A-3 page, the credential inside, every script right, nothing that is not signed."""
import json
import re
import shutil
import subprocess

import pytest

from certification.certificate import Certificate, CertificateError, attached, day, qr_svg, render, right_to_left

CREDENTIAL = json.dumps({"id": "https://academy.example/credentials/1", "name": "x" * 3000}).encode()
ASSURANCE = (("Identity", "A named office vouched for the learner's identity."), ("Supervision", "Nobody watched."),
             ("Aids", "Any aid was allowed."), ("Assessment", "The assessments are public."))


def certificate(**changes) -> Certificate:
    given = {"name": "Amina Wanjirũ Diallo", "achievement": "Output Privacy", "summary": "Publishes counts under a privacy budget.",
             "issuer": "UN Regional Hub", "issued": "2026-11-23T10:00:00Z", "url": "https://academy.example/credentials/3f2a",
             "assurance": ASSURANCE, "demonstration": False}
    return Certificate(**(given | changes))


def squeeze(text: str) -> str:
    """Without spaces and case: letter-spaced labels come out of a PDF with gaps."""
    return "".join(text.lower().split())


def text_of(pdf: bytes, tmp_path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext (poppler-utils)")
    (tmp_path / "c.pdf").write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", str(tmp_path / "c.pdf"), "-"], capture_output=True, text=True, check=True).stdout


def test_it_is_one_page_of_pdf_a_3a_with_the_credential_inside():
    pdf = render(certificate(), CREDENTIAL)
    assert re.search(rb"<pdfaid:part>3</pdfaid:part>", pdf)
    assert re.search(rb"<pdfaid:conformance>A</pdfaid:conformance>", pdf)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
    assert attached(pdf) == CREDENTIAL
    assert len(pdf) < 250_000


def test_the_same_credential_gives_the_same_bytes():
    assert render(certificate(), CREDENTIAL) == render(certificate(), CREDENTIAL)


def test_it_says_who_what_when_how_and_where_to_check(tmp_path):
    text = text_of(render(certificate(expires="2029-11-23T10:00:00Z"), CREDENTIAL), tmp_path)
    for words in ("Amina Wanjirũ Diallo", "Output Privacy", "23 November 2026", "23 November 2029", "UN Regional Hub", "Nobody watched.",
                  "https://academy.example/credentials/3f2a", "Valid until"):
        assert squeeze(words) in squeeze(text)
    assert "emonstration" not in text


def test_a_demonstration_says_so_twice(tmp_path):
    text = text_of(render(certificate(demonstration=True), CREDENTIAL), tmp_path)
    assert "Demonstration, not a qualification" in text


def test_a_withheld_name_is_not_made_up(tmp_path):
    text = text_of(render(certificate(name=None), CREDENTIAL), tmp_path)
    assert "whose name is withheld" in text


@pytest.mark.parametrize("length", [0, 399, 400, 401, 5000])
def test_the_longest_texts_stay_on_one_page(length, tmp_path):
    pdf = render(certificate(
        demonstration=True, expires="2029-11-23T10:00:00Z", name="Wolfeschlegelsteinhausenbergerdorff " * 3,
        achievement="Machine Learning for the Classification of Occupations and Products in National Statistical Offices of Small Island States",
        summary=("Publishes regional counts under a privacy budget. " * 100)[:length], url="https://a-very-long-domain.example.org/academy/" + "a" * 80,
        issuer="Demonstration Academy for Official Statistics of the Least Developed Countries and Small Island States"), CREDENTIAL)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
    assert ("…" in text_of(pdf, tmp_path)) is (length > 400)


@pytest.mark.parametrize("name", [
    "أمينة عبد الرحمن", "ሰላማዊት ኃይለ", "王小明", "ខ្មែរ សុខា", "देवी शर्मा", "Ольга Петрова", "Ελένη Παππά", "ʻAna Tupou", "N'Gör Ďuriš",
    "x" * 120, "A", "Nguyễn Thị Hồng Ánh"])
def test_names_of_the_world_are_printed_or_refused_never_boxes(name, tmp_path):
    try:
        pdf = render(certificate(name=name), CREDENTIAL)
    except CertificateError as error:
        assert "no installed font has" in str(error)
        assert "fonts-noto" in error.next
        assert any(ord(letter) > 0x590 for letter in name), "Latin, Greek and Cyrillic come with typst"
    else:
        assert attached(pdf) == CREDENTIAL


@pytest.mark.parametrize("name", ["أمينة عبد الرحمن", "ខ្មែរ សុខា", "देवी शर्मा"])
def test_fonts_that_are_installed_with_the_package_suffice_for(name):
    render(certificate(name=name), CREDENTIAL)


def test_a_letter_without_a_font_is_an_error_that_names_the_package():
    with pytest.raises(CertificateError, match="no installed font has") as caught:
        render(certificate(name="Amina \U000E1234"), CREDENTIAL)
    assert "fonts-noto-core" in caught.value.next


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\n", "\x00"])
def test_letters_that_print_something_else_are_refused(letter):
    with pytest.raises(CertificateError, match="cannot stand on a certificate"):
        render(certificate(name=f"Amina{letter}Diallo"), CREDENTIAL)


@pytest.mark.parametrize("name", ['#read("/etc/passwd")', "*bold* _x_ $y$ @z <a> // c", "\\u{41} `raw`", '"]; #import "x"'])
def test_a_name_is_data_and_never_markup(name, tmp_path):
    assert name.split()[0] in text_of(render(certificate(name=name), CREDENTIAL), tmp_path).replace("\u00a0", " ")


@pytest.mark.parametrize(("text", "answer"), [("أمينة", True), ("Amina", False), ("", False), ("123 أ", True), ("(א", True), ("1. A", False)])
def test_direction_is_that_of_the_first_strong_letter(text, answer):
    assert right_to_left(text) is answer


def test_days_are_written_out():
    assert day("2026-02-01T00:00:00Z") == "1 February 2026"


def test_the_code_holds_the_address():
    svg = qr_svg("https://academy.example/credentials/3f2a")
    assert svg.startswith(b"<svg")
    assert qr_svg("https://academy.example/credentials/3f2b") != svg


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"%PDF /Type /EmbeddedFile", b"/Type /EmbeddedFile stream\nnot zlib endstream"])
def test_a_pdf_without_a_credential_has_none(data):
    assert attached(data) is None


def test_an_attachment_that_unpacks_beyond_bounds_is_not_taken():
    import zlib

    bomb = zlib.compress(b"{" + b" " * (8 << 20))
    assert attached(b"/Type /EmbeddedFile stream\n" + bomb + b"\nendstream") is None
