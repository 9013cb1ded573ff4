"""Templates give what the full algorithm gives, byte for byte, over thousands of generated documents; where not certain, nothing."""
from __future__ import annotations

import copy
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from certification import canonical, contexts, model, shapes, status
from certification.canonical import canonize, canonize_in_full, jcs
from certification.errors import CertificationError, ShapeError
from certification.proofs import add_proof, add_proof_to_text
from certification.shapes import Shapes
from certification.verify import Verifier
from tests.certification.kit import ISSUER, LISTS, METHOD, NOW, REGISTRY, SITE, credential, sign

URLS = contexts.OPEN_BADGES_LIST
LETTERS = ["a", "Ünïcode", "\N{BEER MUG}", "%s", "%", '"', "\\", "\n", "\t", "\u2028", " .", "_:c14n0", "<urn:x>", "አማርኛ", "ខ្មែរ", "x" * 90, ""]


def body_of(document: dict) -> dict:
    return {key: value for key, value in document.items() if key not in ("@context", "proof")}


def learnt(*documents: dict) -> Shapes:
    """A cache that has seen ``documents`` often enough."""
    cache = Shapes()
    for document in documents * 2:
        body = body_of(document)
        cache.learn(json.dumps(body, ensure_ascii=False), body, URLS, canonize_in_full(body, URLS), inside=False)
    return cache


def filled(cache: Shapes, document: dict) -> bytes | None:
    return cache.match(json.dumps(body_of(document), ensure_ascii=False), URLS)


def drawn(draw: random.Random) -> dict:
    """A credential of one of many shapes, with texts that are odd, and often equal to one another."""
    def text(few: bool = False) -> str:
        return "".join(draw.choice(LETTERS) for _ in range(draw.choice([1, 2] if few else [1, 2, 3])))

    def iri() -> str:
        return f"{SITE}{draw.choice(['a', 'b', 'c', 'ü', '%25', 'x' * 50])}/{draw.randrange(4)}"

    what = {"id": iri(), "type": ["Achievement"], "name": text(), "description": text(), "criteria": {"narrative": text()}}
    if draw.random() < 0.5:
        what["tag"] = list({text(few=True) for _ in range(draw.randrange(1, 4))})
    if draw.random() < 0.5:
        what["alignment"] = [{"type": ["Alignment"], "targetName": text(few=True), "targetUrl": iri()} for _ in range(draw.randrange(1, 4))]
    if draw.random() < 0.3:
        what["creditsAvailable"] = draw.choice([1, 2.5, 1e21])
    if draw.random() < 0.3:
        what["resultDescription"] = [{"id": iri(), "type": ["ResultDescription"], "name": text(), "resultType": "Status",
                                      "allowedValue": [text(few=True) for _ in range(draw.randrange(3))]}]
    subject = {"type": ["AchievementSubject"], "identifier": [model.identity(text(), salt=text()) for _ in range(draw.randrange(1, 3))],
               "achievement": what}
    if draw.random() < 0.3:
        subject["id"] = iri()
    document = {"@context": list(URLS), "id": iri(), "type": ["VerifiableCredential", "OpenBadgeCredential"],
                "issuer": {"id": iri(), "type": ["Profile"], "name": text()}, "name": text(), "validFrom": "2026-11-23T08:00:00Z",
                "credentialSubject": subject}
    if draw.random() < 0.7:
        document["evidence"] = [{"type": ["Evidence"], "name": text(few=True), "genre": draw.choice(["a", "b"])} for _ in range(draw.randrange(1, 4))]
    if draw.random() < 0.5:
        document["credentialStatus"] = status.entry(iri(), draw.randrange(9), "revocation")
    return document


def varied(draw: random.Random, document: dict) -> dict:
    """The same shape with other texts: equal ones stay equal, but now and then they do not, or two become equal."""
    new: dict[str, str] = {}

    def other(value, key=""):
        if isinstance(value, dict):
            return {name: other(member, name) for name, member in value.items()}
        if isinstance(value, list):
            return [other(member, key) for member in value]
        if not isinstance(value, str) or key in ("@context", "type", "resultType", "statusPurpose", "validFrom"):
            return value
        if draw.random() < 0.01:
            return draw.choice([*new.values(), "x"])
        if value not in new:
            iri = value.startswith("https:")
            new[value] = f"{SITE}{draw.choice(['a', 'ü', '%25'])}/{draw.randrange(10**6)}" if iri else draw.choice(LETTERS) + str(draw.randrange(10**6))
        return new[value]
    return other(document)


def test_thousands_of_documents_equal_to_the_full_algorithm():
    draw = random.Random(20261123)
    cache, matched, refused, total = Shapes(), 0, 0, 0
    for document in (one for _ in range(250) for base in [drawn(draw)] for one in [base, *(varied(draw, base) for _ in range(20))]):
        body, text = body_of(document), json.dumps(body_of(document), ensure_ascii=draw.random() < 0.2)
        found = cache.match(text, URLS)
        total += 1
        try:
            expected = canonize_in_full(body, URLS)
        except ShapeError:
            assert found is None
            refused += 1
            continue
        assert found in (None, expected), document
        matched += found is not None
        cache.learn(text, body, URLS, expected, inside=False)
    assert matched > 2000 and refused > 50 and total > 5000, (matched, refused, total)
    assert len(cache) <= cache.most


@given(st.lists(st.text(max_size=12), min_size=6, max_size=6))
@settings(max_examples=500, deadline=None)
def test_any_texts_in_a_known_shape(texts):
    document = credential(name=texts[0], description=texts[1] or None)
    document["credentialSubject"]["achievement"]["tag"] = [texts[2], texts[3] + "x"]
    document["evidence"][0]["name"] = texts[4]
    body = body_of(document)
    try:
        text = json.dumps(body, ensure_ascii=False)
        expected = canonize_in_full(body, URLS)
    except (ShapeError, UnicodeEncodeError):
        return
    assert CACHE.match(text, URLS) in (None, expected)
    assert CACHE.match(json.dumps(body), URLS) in (None, expected)


CACHE = learnt(credential(description="x"), credential(), credential(name="A name of its own"))
PLAIN = credential(name="A name of its own")


def changed(path: str, value) -> dict:
    document = copy.deepcopy(PLAIN)
    *parents, last = path.split(".")
    found = document
    for parent in parents:
        found = found[int(parent) if parent.isdigit() else parent]
    found[int(last) if last.isdigit() else last] = value
    return document


@pytest.mark.parametrize(("path", "value"), [
    ("name", "Ünïcode \N{BEER MUG}"), ("name", 'say "hello" \\ again\n'), ("name", "100 %s %d %%"), ("name", ""),
    ("credentialSubject.achievement.id", "urn:uuid:1"), ("evidence.0.narrative", "x" * 5000), ("credentialStatus.0.statusListIndex", "7"),
])
def test_other_values_are_filled_in(path, value):
    document = changed(path, value)
    found = filled(CACHE, document)
    assert found == canonize_in_full(body_of(document), URLS)


@pytest.mark.parametrize(("path", "value"), [
    ("id", "no address"), ("id", "_:b0"), ("id", "https://example.org/a b"), ("id", ""),
    ("name", "\x00"), ("name", "\x7f"), ("name", "\x85\x1f"),
    ("name", "urn:academy:shape:0:end\x01"),
    ("credentialSubject.achievement.tag", ["privacy", "privacy"]),
    ("credentialSubject.achievement.tag", ["privacy"]),
    ("credentialSubject.identifier.0.hashed", False),
    ("type", ["VerifiableCredential", "AchievementCredential"]),
    ("evidence.0.type", ["Evidence", "Achievement"]),
    ("evidence.1", {"type": ["Evidence"], "genre": "assurance", "name": "aids", "description": "any",
                    "narrative": "Any aid was allowed, including books, colleagues and software assistants."}),
    ("credentialSubject.achievement.id", f"{SITE}credentials/1"),
    ("issuer.id", f"{SITE}credentials/1"),
    ("grade", "x"), ("name", 1), ("name", None), ("name", ["Output privacy"]),
])
def test_what_is_not_certain_is_left_to_the_full_algorithm(path, value):
    assert filled(CACHE, changed(path, value)) is None


def test_a_tie_falls_back():
    """Two pieces of evidence that become equal have one first-degree hash."""
    two = changed("evidence", [{"type": ["Evidence"], "name": "a", "genre": "x"}, {"type": ["Evidence"], "name": "b", "genre": "y"}])
    tie = copy.deepcopy(two)
    tie["evidence"] = [{"type": ["Evidence"], "name": "a", "genre": "b"}, {"type": ["Evidence"], "name": "b", "genre": "a"}]
    same = copy.deepcopy(two)
    same["evidence"] = [{"type": ["Evidence"], "name": "a", "genre": "y"}] * 2
    cache = learnt(two)
    assert filled(cache, two) == canonize_in_full(body_of(two), URLS)
    assert filled(cache, tie) in (None, canonize_in_full(body_of(tie), URLS))
    assert filled(cache, same) is None
    assert canonize(same) == canonize_in_full(body_of(same), URLS)


def test_equal_texts_belong_to_the_shape():
    shared = changed("credentialSubject.id", PLAIN["id"] + "/x")
    cache = learnt(shared)
    assert filled(cache, changed("credentialSubject.id", PLAIN["id"] + "/y")) is not None
    assert filled(cache, changed("credentialSubject.id", PLAIN["id"])) is None


@pytest.mark.parametrize("text", ["{", '{"name": "a}', '{"name": "a\nb"}', '{"name": "\\x"}', "", '"', "\\"])
def test_broken_texts_have_no_shape(text):
    assert CACHE.match(text, URLS) is None


def test_learnt_at_the_second_sight_and_bounded():
    cache = Shapes(most=5)
    for number in range(40):
        document = changed("credentialSubject.achievement.creditsAvailable", number)
        body = body_of(document)
        text, full = json.dumps(body), canonize_in_full(body, URLS)
        cache.learn(text, body, URLS, full, inside=False)
        assert cache.match(text, URLS) is None
        cache.learn(text, body, URLS, full, inside=False)
        assert cache.match(text, URLS) == full and len(cache) <= 5


def test_only_allow_listed_contexts_and_moderate_sizes():
    body = {"type": ["VerifiableCredential"], "issuer": "urn:x", "credentialSubject": {"id": "urn:y", "grade": "A"}}
    urls = (contexts.CREDENTIALS, contexts.EXAMPLES)
    for kind, size in ((urls, 1), (URLS, shapes.LARGEST)):
        cache = Shapes()
        large = credential(name="x" * size)
        found = body if kind is urls else body_of(large)
        for _ in range(3):
            cache.learn(json.dumps(found), found, kind, canonize_in_full(found, kind), inside=False)
        assert len(cache) == 0


def test_sentinels_are_not_learnt():
    document = changed("name", "urn:academy:shape:1:end")
    assert len(learnt(document)) == 0


def test_a_wrong_template_is_never_kept():
    body = body_of(PLAIN)
    cache = Shapes()
    for _ in range(3):
        cache.learn(json.dumps(body), body, URLS, b"something else", inside=False)
    assert len(cache) == 0


def test_many_threads_share_a_cache():
    cache = Shapes(most=3)
    documents = [body_of(changed("credentialSubject.achievement.creditsAvailable", number)) for number in range(12)]
    expected = [canonize_in_full(body, URLS) for body in documents]

    def work(_) -> bool:
        good = True
        for body, full in zip(documents * 4, expected * 4, strict=True):
            text = json.dumps(body)
            good &= cache.match(text, URLS) in (None, full)
            cache.learn(text, body, URLS, full, inside=False)
        return good

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
    assert len(cache) <= 3


# -- where it is used
def test_signing_the_text_equals_signing_the_document():
    for number in range(5):
        for document in (credential(id=f"{SITE}{number}"), credential(id=f"{SITE}{number}", valid_until=None, status=())):
            text = jcs(document)
            made = add_proof_to_text(text, ISSUER.sign, METHOD, "2026-11-23T08:00:00Z")
            assert made == jcs(add_proof(document, ISSUER.sign, METHOD, "2026-11-23T08:00:00Z"))


def test_signing_a_text_that_is_signed_already_is_refused():
    with pytest.raises(ShapeError, match="has a proof already"):
        add_proof_to_text(jcs(sign(credential())), ISSUER.sign, METHOD, "2026-11-23T08:00:00Z")


def test_the_verifier_says_the_same_with_and_without_the_cache(monkeypatch):
    documents = [json.dumps(sign(credential(id=f"{SITE}{n}"), created=NOW - timedelta(seconds=n)), ensure_ascii=False).encode() for n in range(6)]
    documents += [text.replace(b"Output", b"output", 1) for text in documents] + [text.replace(b'"z', b'"\\u007a', 1) for text in documents]
    documents += [text.replace(b'"proofValue": "z', b'"proofValue": "\\x', 1) for text in documents[:2]]
    with_cache = Verifier(registry=REGISTRY, status=LISTS, now=NOW)
    found = [with_cache.verify(document).as_dict() for document in documents]
    for module in ("certification.canonical", "certification.verify", "certification.proofs"):
        monkeypatch.setattr(f"{module}.SHAPES", Shapes(most=0))
    without = Verifier(registry=REGISTRY, status=LISTS, now=NOW)
    assert [without.verify(document).as_dict() for document in documents] == found
    assert {one["verdict"] for one in found} == {"valid", "invalid"}


def test_an_escaped_control_character_in_a_proof_is_refused_also_when_the_shape_is_known():
    text = json.dumps(sign(credential())).encode()
    verifier = Verifier(registry=REGISTRY, status=LISTS, now=NOW)
    assert [verifier.verify(text).verdict for _ in range(3)] == ["valid"] * 3
    odd = text.replace(b'"proofPurpose": "assertionMethod"', b'"proofPurpose": "assertion\\u0000Method"')
    assert odd != text and verifier.verify(odd).steps[1].status == "fail"


_JSON = st.recursive(st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8),
                     lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4), max_leaves=20)


@given(_JSON)
@settings(max_examples=600, deadline=None)
def test_canonical_json_is_rfc_8785(value):
    try:
        expected = rfc8785.dumps(value)
    except ValueError:
        with pytest.raises(ShapeError, match="canonical JSON"):
            jcs(value)
    else:
        assert jcs(value) == expected


@pytest.mark.parametrize("value", [{1: "x"}, {None: 1}, {"a": b"x"}, {"a": {1, 2}}, {"a": object()}, float("nan"), "\ud800", {"\ud800": 1}, 2**53])
def test_canonical_json_refuses(value):
    with pytest.raises(CertificationError, match="canonical JSON"):
        canonical.jcs(value)


@pytest.mark.parametrize("value", [{"\N{BEER MUG}": 1, "\uff5e": 2}, {"b": 1, "a": {"d": [1.5, 1e21], "c": (1, 2)}}, "\x7f\x1f\u2028\b\f\"\\/", 2**53 - 1])
def test_canonical_json_of_the_corners(value):
    assert jcs(value) == rfc8785.dumps(value)
