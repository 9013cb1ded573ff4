"""JSON-LD in known contexts: the same quads as any JSON-LD program, or an error that names the place."""
from __future__ import annotations

import copy
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certification import contexts
from certification.canonical import canonize, jcs
from certification.errors import DocumentError, ShapeError
from certification.expand import DEEPEST, MOST_QUADS, number_text, quads
from tests.certification.kit import ISSUER, credential

LIST = contexts.OPEN_BADGES_LIST
OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def lines(document: dict) -> set[str]:
    return set(canonize({"@context": list(LIST), **document}).decode().splitlines())


@pytest.mark.parametrize(("document", "expected"), [
    ({"id": "urn:a", "name": "x"}, {'<urn:a> <https://schema.org/name> "x" .'}),
    ({"id": "urn:a", "name": ""}, {'<urn:a> <https://schema.org/name> "" .'}),
    ({"id": "urn:a", "name": 'a"b\\c\n\té'}, {'<urn:a> <https://schema.org/name> "a\\"b\\\\c\\n\\té" .'}),
    ({"id": "urn:a", "type": "Profile"}, {f"<urn:a> <{RDF}type> <{OB}Profile> ."}),
    ({"id": "urn:a", "type": ["AchievementCredential"]}, {f"<urn:a> <{RDF}type> <{OB}OpenBadgeCredential> ."}),
    ({"id": "urn:a", "type": ["urn:own"]}, {f"<urn:a> <{RDF}type> <urn:own> ."}),
    ({"id": "urn:a", "awardedDate": "2026-01-01T00:00:00Z"},
     {f'<urn:a> <{OB}awardedDate> "2026-01-01T00:00:00Z"^^<xsd:dateTime> .'}),
    ({"id": "urn:a", "image": {"id": "urn:b", "type": "Image", "caption": "c"}},
     {f"<urn:a> <{OB}image> <urn:b> .", f"<urn:b> <{RDF}type> <{OB}Image> .", '<urn:b> <https://schema.org/caption> "c" .'}),
    ({"id": "urn:a", "image": "urn:b"}, {f"<urn:a> <{OB}image> <urn:b> ."}),
    ({"id": "urn:a", "type": "Achievement", "creditsAvailable": 1.5, "tag": ["b", "a"]},
     {f"<urn:a> <{RDF}type> <{OB}Achievement> .",
      f'<urn:a> <{OB}creditsAvailable> "1.5E0"^^<https://www.w3.org/2001/XMLSchema#float> .',
      '<urn:a> <https://schema.org/keywords> "a" .', '<urn:a> <https://schema.org/keywords> "b" .'}),
    ({"id": "urn:a", "type": "IdentityObject", "hashed": True},
     {f"<urn:a> <{RDF}type> <{OB}IdentityObject> .",
      f'<urn:a> <{OB}hashed> "true"^^<https://www.w3.org/2001/XMLSchema#boolean> .'}),
    ({"id": "urn:a", "name": True}, {'<urn:a> <https://schema.org/name> "true"^^<http://www.w3.org/2001/XMLSchema#boolean> .'}),
    ({"id": "urn:a", "name": 5}, {'<urn:a> <https://schema.org/name> "5"^^<http://www.w3.org/2001/XMLSchema#integer> .'}),
    ({"id": "urn:a", "_sd": {"b": [1, None], "a": "x"}},
     {f'<urn:a> <https://www.iana.org/assignments/jwt#_sd> "{{\\"a\\":\\"x\\",\\"b\\":[1,null]}}"^^<{RDF}JSON> .'}),
    ({"id": "urn:a", "type": "ResultDescription", "allowedValue": ["B", "A", "B"]},
     {f"<urn:a> <{RDF}type> <{OB}ResultDescription> .", f"<urn:a> <{OB}allowedValue> _:c14n2 .",
      f'_:c14n2 <{RDF}first> "B" .', f"_:c14n2 <{RDF}rest> _:c14n1 .", f'_:c14n1 <{RDF}first> "A" .',
      f"_:c14n1 <{RDF}rest> _:c14n0 .", f'_:c14n0 <{RDF}first> "B" .', f"_:c14n0 <{RDF}rest> <{RDF}nil> ."}),
    ({"id": "urn:a", "type": "ResultDescription", "allowedValue": []},
     {f"<urn:a> <{RDF}type> <{OB}ResultDescription> .", f"<urn:a> <{OB}allowedValue> <{RDF}nil> ."}),
    ({"id": "urn:a", "type": "DataIntegrityProof", "proofPurpose": "assertionMethod"},
     {f"<urn:a> <{RDF}type> <https://w3id.org/security#DataIntegrityProof> .",
      "<urn:a> <https://w3id.org/security#proofPurpose> <https://w3id.org/security#assertionMethod> ."}),
    # A proof of an embedded credential is a graph of its own.
    ({"id": "urn:a", "type": "VerifiableCredential", "proof": {"id": "urn:p", "name": "n"}},
     {f"<urn:a> <{RDF}type> <https://www.w3.org/2018/credentials#VerifiableCredential> .",
      "<urn:a> <https://w3id.org/security#proof> _:c14n0 .", '<urn:p> <https://schema.org/name> "n" _:c14n0 .'}),
])
def test_expands(document, expected):
    assert lines(document) == expected


def test_a_type_scope_ends_at_the_next_object():
    with pytest.raises(ShapeError, match=r"image\.additionalName is not defined"):
        lines({"type": "Profile", "additionalName": "x", "image": {"id": "urn:b", "additionalName": "y"}})


def test_a_property_scope_reaches_into_the_object():
    document = {"id": "urn:a", "type": "BitstringStatusListEntry", "statusMessage": [{"status": "0x0", "message": "fine"}]}
    assert '_:c14n0 <https://www.w3.org/ns/credentials/status#message> "fine" .' in lines(document)


@pytest.mark.parametrize(("document", "message"), [
    ({"nmae": "x"}, r"nmae is not defined by the contexts.*"),
    ({"name": None}, "name is null"),
    ({"name": ["x"]}, "name must be a single value, not a list"),
    ({"name": ["x", "y"]}, "name must be a single value, not a list"),
    ({"name": {}}, "name is an empty object"),
    ({}, "the document is an empty object"),
    ({"alignment": []}, "alignment is an empty list"),
    ({"alignment": {"name": "x"}}, "alignment must be a list"),
    ({"alignment": [[{"name": "x"}]]}, r"alignment\[0\] is a list in a list"),
    ({"alignment": [None]}, r"alignment\[0\] is null"),
    ({"endorsementJwt": ["a", "a"]}, "holds the same value twice"),
    ({"image": "relative/path"}, "image is not an absolute identifier"),
    ({"image": "https://example.org/a b"}, "image is not an absolute identifier"),
    ({"image": "https://example.org/<a>"}, "image is not an absolute identifier"),
    ({"image": 5}, "image must be an identifier"),
    ({"image": True}, "image must be an identifier"),
    ({"image": "_:b0"}, "image is not an absolute identifier"),
    ({"id": "_:b0", "name": "x"}, "id is not an absolute identifier"),
    ({"id": "", "name": "x"}, "id is not an absolute identifier"),
    ({"id": ["urn:a"], "name": "x"}, "id must be an identifier"),
    ({"id": None, "name": "x"}, "id must be an identifier"),
    ({"type": []}, "type must be a name or a list"),
    ({"type": None}, "type must be a name or a list"),
    ({"type": [1]}, "type must be a name or a list"),
    ({"type": ["Profile", "Profile"]}, "type names a type twice"),
    ({"type": ["Nobody"]}, "the type 'Nobody' is not defined"),
    ({"type": ["@id"]}, "the type '@id' is not defined"),
    ({"type": ["Achievement", "Result"]}, "'resultDescription' has two meanings here"),
    ({"@id": "urn:a"}, "JSON-LD keyword '@id'"),
    ({"@type": "Profile"}, "JSON-LD keyword '@type'"),
    ({"@graph": []}, "JSON-LD keyword '@graph'"),
    ({"name": {"@value": "x"}}, "JSON-LD keyword '@value'"),
    ({"name": {"@context": {}, "name": "x"}}, r"name\.@context: a context below the first level"),
    ({"https://schema.org/name": "x"}, "named by an address instead of a term"),
    ({"schema:name": "x"}, "named by an address instead of a term"),
    ({"": "x"}, "is not defined by the contexts"),
    ({"awardedDate": {"name": "x"}}, "awardedDate must be a plain value"),
    ({"type": "VerifiablePresentation", "verifiableCredential": [{"name": "x"}]}, "cannot be used here"),
    ({"type": "VerifiableCredential", "proof": "urn:p"}, "proof must be an object"),
    ({"name": 2**53}, "beyond 2"),
    ({"name": 0.1 + 0.2}, "no single spelling"),
    ({"image": {"id": "urn:a", "name": "x"}, "alignment": [{"id": "urn:a", "name": "y"}]}, "a second time and differently"),
    ({"_sd": {"a": float("nan")}}, "cannot be written as canonical JSON"),
])
def test_refuses(document, message):
    with pytest.raises(ShapeError, match=message):
        quads(LIST, document)


def test_says_what_was_meant():
    with pytest.raises(ShapeError) as caught:
        quads(LIST, {"narative": "x"})
    assert caught.value.next == "did you mean 'narrative'?"


@pytest.mark.parametrize(("depth", "fits"), [(DEEPEST - 1, True), (DEEPEST, True), (DEEPEST + 1, False)])
def test_depth(depth, fits):
    document: dict = {"name": "x"}
    for _ in range(depth):
        document = {"criteria": document, "type": "Achievement"}
    if fits:
        assert quads(LIST, document)
    else:
        with pytest.raises(ShapeError, match="nested more than"):
            quads(LIST, document)


def test_number_of_statements():
    with pytest.raises(ShapeError, match=f"more than {MOST_QUADS} statements"):
        quads(LIST, {"type": "Achievement", "tag": [str(number) for number in range(MOST_QUADS)]})


@pytest.mark.parametrize(("value", "text"), [
    (0, "0"), (-1, "-1"), (5.0, "5"), (2**53 - 1, "9007199254740991"), (-(2**53 - 1), "-9007199254740991"), (1.5, "1.5E0"),
    (0.1, "1.0E-1"), (-0.25, "-2.5E-1"), (1e-6, "1.0E-6"), (9.9e-7, None), (1e-7, None), (123456.789, "1.23456789E5"), (5e-324, None), (-0.0, None),
    (0.30000000000000004, None), (2**53, None), (1e21, None), (1e308, None), (float("nan"), None), (float("inf"), None),
    (2251799813685248.5, None), (float("-inf"), None), (True, "True"),
])
def test_numbers(value, text):
    """Canonical doubles are those of JSON-LD API 8.2.2; what has more than one spelling is refused."""
    if text is None:
        with pytest.raises(ShapeError):
            number_text(value)
    else:
        assert number_text(value)[0] == text


@pytest.mark.parametrize(("value", "text"), [
    ({"b": 1, "a": [True, None, "é\n"]}, b'{"a":[true,null,"\xc3\xa9\\n"],"b":1}'), ({"\ufb33": 1, "\U0001f600": 2}, None), (1.0, b"1")])
def test_jcs(value, text):
    if text is None:  # RFC 8785 3.2.3: names are sorted by UTF-16 code units
        assert jcs(value).decode().index("\U0001f600") < jcs(value).decode().index("\ufb33")
    else:
        assert jcs(value) == text


def test_jcs_refuses_what_json_cannot_carry():
    with pytest.raises(ShapeError, match="canonical JSON"):
        jcs({"a": 2**60})


def _shuffled(value, random_: random.Random):
    """The same JSON with its members in another order, and its sets too."""
    if isinstance(value, dict):
        items = [(key, _shuffled(member, random_)) for key, member in value.items()]
        random_.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        entries = [_shuffled(entry, random_) for entry in value]
        random_.shuffle(entries)
        return entries
    return value


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_does_not_matter(random_):
    document = credential()
    body = {key: value for key, value in document.items() if key != "@context"}
    assert canonize(_shuffled(body, random_), LIST) == canonize(document)


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(st.lists(_TEXT, min_size=1, max_size=6, unique=True), _TEXT, _TEXT, st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=150, deadline=None)
def test_every_changed_value_changes_the_canonical_text(tags, name, other, credits):
    document = credential()
    document["credentialSubject"]["achievement"] |= {"tag": tags, "name": name}
    before = canonize(document)
    changed = copy.deepcopy(document)
    changed["credentialSubject"]["achievement"]["name"] = other
    assert (canonize(changed) == before) == (name == other)
    changed = copy.deepcopy(document)
    changed["credentialSubject"]["achievement"]["tag"] = tags[1:] + [max(tags, key=len) + "x"]
    assert canonize(changed) != before
    changed["credentialSubject"]["achievement"]["creditsAvailable"] = credits
    try:
        assert canonize(changed) != before
    except ShapeError:
        pass


_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
                     lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                         st.sampled_from(["id", "type", "name", "image", "alignment", "@id", "criteria", "achievement", "x"]) | _TEXT,
                         inner, max_size=4), max_leaves=12)


@given(st.dictionaries(st.sampled_from(["id", "type", "name", "issuer", "alignment", "_sd"]), _JSON, max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_json_gives_quads_or_an_error_of_ours(document):
    try:
        assert quads(LIST, document) == quads(LIST, document)
    except DocumentError:
        pass


def test_the_issuer_is_in_what_is_signed():
    assert ISSUER.did.encode() in canonize(credential())
