"""A signed credential, changed in every way we know that some verifier has accepted: always invalid, at the right step."""
from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certification import contexts
from certification.multibase import base58_decode, base58_encode
from tests.certification.kit import ISSUER, METHOD, SITE, STRANGER, check, credential, failed, sign, signed

V2, OB, EXT = contexts.OPEN_BADGES_LIST
RAW = json.dumps(signed())


def put(path: str, value) -> Callable[[dict], None]:
    """Set the member at ``path`` (dots; numbers index lists)."""
    def change(document) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            document = document[int(parent) if parent.isdigit() else parent]
        document[int(last) if last.isdigit() else last] = value

    return change


def drop(path: str) -> Callable[[dict], None]:
    def change(document) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            document = document[int(parent) if parent.isdigit() else parent]
        del document[int(last) if last.isdigit() else last]

    return change


def wrap(path: str) -> Callable[[dict], None]:
    """Put the value at ``path`` into a list: the same RDF, another JSON."""
    def change(document) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            document = document[parent]
        document[last] = [document[last]]

    return change


def both(*changes: Callable[[dict], None]) -> Callable[[dict], None]:
    def change(document) -> None:
        for each in changes:
            each(document)

    return change


def swap_signature(document: dict) -> None:
    document["proof"][0]["proofValue"] = sign(credential(name="Other"))["proof"][0]["proofValue"]


def flip_bit(document: dict) -> None:
    raw = bytearray(base58_decode(document["proof"][0]["proofValue"][1:]))
    raw[0] ^= 1
    document["proof"][0]["proofValue"] = "z" + base58_encode(bytes(raw))


def add_order(document: dict) -> None:
    """Add the group order to the signature's scalar: the malleable form of RFC 8032 that a verifier must refuse."""
    raw = base58_decode(document["proof"][0]["proofValue"][1:])
    scalar = int.from_bytes(raw[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    document["proof"][0]["proofValue"] = "z" + base58_encode(raw[:32] + scalar.to_bytes(32, "little"))


def add_bad_proof(document: dict) -> None:
    document["proof"].append(document["proof"][0] | {"created": "2026-11-23T07:00:00Z"})


def foreign_key(document: dict) -> None:
    document["proof"] = sign({key: value for key, value in document.items() if key != "proof"}, STRANGER)["proof"]


SUBJECT, WHAT = "credentialSubject", "credentialSubject.achievement"
TAMPERINGS: dict[str, tuple[Callable[[dict], None], str, str]] = {
    # values
    "another title": (put("name", "Doctor of Statistics"), "signature", "changed after it was signed"),
    "another achievement": (put(f"{WHAT}.name", "Doctor"), "signature", "changed after"),
    "another track": (put(f"{WHAT}.humanCode", "official-statistics"), "signature", "changed after"),
    "a changed score": (put("evidence.0.narrative", "10 of 10 points"), "signature", "changed after"),
    "another transcript": (put("evidence.0.digestMultibase", "uEiAAAA"), "signature", "changed after"),
    "better assurance": (put("evidence.1.description", "checked-in-person"), "signature", "changed after"),
    "another learner": (put(f"{SUBJECT}.identifier.0.identityHash", "sha256$00"), "signature", "changed after"),
    "another salt": (put(f"{SUBJECT}.identifier.0.salt", "00"), "signature", "changed after"),
    "an identity no longer hashed": (put(f"{SUBJECT}.identifier.0.hashed", False), "signature", "changed after"),
    "a subject id added": (put(f"{SUBJECT}.id", "did:example:me"), "signature", "changed after"),
    "longer validity": (put("validUntil", "2999-01-01T00:00:00Z"), "signature", "changed after"),
    "no end of validity": (drop("validUntil"), "signature", "changed after"),
    "an earlier start": (put("validFrom", "2020-01-01T00:00:00Z"), "signature", "changed after"),
    "the same moment in another spelling": (put("validFrom", "2026-11-23T08:00:00+00:00"), "signature", "changed after"),
    "another id": (put("id", f"{SITE}credentials/2"), "signature", "changed after"),
    "no id": (drop("id"), "signature", "changed after"),
    "a type less": (put("type", ["VerifiableCredential"]), "signature", "changed after|not defined"),
    "a type more": (put("type", ["VerifiableCredential", "OpenBadgeCredential", "EndorsementCredential"]), "signature", "changed after"),
    "evidence removed": (drop("evidence.0"), "signature", "changed after"),
    "all evidence removed": (drop("evidence"), "signature", "changed after"),
    "evidence twice": (lambda d: d["evidence"].append(dict(d["evidence"][1])), "signature", "changed after"),
    "no status": (drop("credentialStatus"), "signature", "changed after"),
    "one status less": (drop("credentialStatus.0"), "signature", "changed after"),
    "another status index": (put("credentialStatus.0.statusListIndex", "5"), "signature", "changed after"),
    "another status list": (put("credentialStatus.0.statusListCredential", "https://example.org/s"), "signature", "changed after"),
    "no schema": (drop("credentialSchema"), "signature", "changed after"),
    "a tag more": (lambda d: d[SUBJECT]["achievement"]["tag"].append("x"), "signature", "changed after"),
    "another alignment": (put(f"{WHAT}.alignment.0.targetName", "x"), "signature", "changed after"),
    "unicode that looks the same": (put("name", "Output\N{NO-BREAK SPACE}privacy"), "signature", "changed after"),
    "a number for a text": (put(f"{WHAT}.version", 1), "signature", "changed after"),
    "a text for a truth value": (put(f"{SUBJECT}.identifier.0.hashed", "True"), "signature", "changed after"),
    # issuer and key
    "another issuer name": (put("issuer.name", "University of Somewhere"), "signature", "changed after"),
    "another issuer": (put("issuer.id", STRANGER.did), "signature", "not of the issuer"),
    "issuer without a profile": (put("issuer", ISSUER.did), "signature", "changed after"),
    "signed by a stranger": (foreign_key, "signature", "not of the issuer"),
    "a stranger's key named": (put("proof.0.verificationMethod", f"{STRANGER.did}#{STRANGER.multikey}"), "signature", "not of the issuer"),
    "a key named as an address": (put("proof.0.verificationMethod", "https://example.org/key"), "signature", "not of the issuer"),
    "a key of no fragment": (put("proof.0.verificationMethod", ISSUER.did), "signature", "must name one key"),
    # proof
    "no proof": (drop("proof"), "signature", "is not signed"),
    "no proofs": (put("proof", []), "signature", "is not signed"),
    "a null proof": (put("proof", None), "signature", "is not signed"),
    "a signature of another document": (swap_signature, "signature", "changed after"),
    "a flipped bit": (flip_bit, "signature", "changed after"),
    "a malleable signature": (add_order, "signature", "changed after"),
    "a second bad proof": (add_bad_proof, "signature", "proof 2 does not fit"),
    "a second empty proof": (lambda d: d["proof"].append({}), "signature", "proof 2 has an unknown"),
    "a proof of another purpose": (put("proof.0.proofPurpose", "authentication"), "signature", "not made to assert"),
    "another time of signing": (put("proof.0.created", "2026-11-22T08:00:00Z"), "signature", "changed after"),
    "no time of signing": (drop("proof.0.created"), "signature", "changed after"),
    "an expired proof": (put("proof.0.expires", "2026-01-01T00:00:00Z"), "signature", "expired on"),
    "a proof with an unsigned remark": (put("proof.0.comment", "trust me"), "signature", "not part of a proof"),
    "a proof with its own context": (put("proof.0.@context", [V2]), "signature", "context of its own"),
    "base64url multibase": (put("proof.0.proofValue", "u" + "A" * 86), "signature", "base58-btc"),
    "an unknown cryptosuite": (put("proof.0.cryptosuite", "none"), "signature", "unknown type or cryptosuite"),
    # contexts
    "an appended context": (lambda d: d["@context"].append("https://example.org/context"), "contexts", "entry 4 is not a context"),
    "an inline context": (lambda d: d["@context"].append({"@vocab": "https://example.org/"}), "contexts", "inline context"),
    "a context instead of the list": (put("@context", V2), "contexts", "must be a list"),
    "contexts in another order": (put("@context", [V2, EXT, OB]), "contexts", "order"),
    "a context less": (put("@context", [V2, OB]), "shape", "not defined"),
    "no contexts": (drop("@context"), "contexts", "must be a list"),
    "a nested context": (put(f"{WHAT}.@context", {"name": "https://example.org/name"}), "shape", "below the first level"),
    "a null nested context": (put(f"{SUBJECT}.@context", None), "shape", "below the first level"),
    # other spellings and members outside the signature
    "an undefined member": (put("grade", "A+"), "shape", "grade is not defined"),
    "an undefined member deep inside": (put(f"{WHAT}.honours", True), "shape", "honours is not defined"),
    "a member of another type's scope": (put("issuer.achievement", "x"), "shape", r"issuer\.achievement is not defined"),
    "a member named by its address": (lambda d: d.update({"https://schema.org/name": "x"}), "shape", "named by an address"),
    "a keyword": (put(f"{SUBJECT}.@id", "did:example:me"), "shape", "JSON-LD keyword"),
    "a value object": (put("name", {"@value": "Output privacy"}), "shape", "JSON-LD keyword"),
    "a set object": (put(f"{WHAT}.tag", {"@set": ["privacy", "dp"]}), "shape", "must be a list"),
    "an included node": (put("@included", [{"id": "urn:x"}]), "shape", "JSON-LD keyword"),
    "a wrapped name": (wrap("name"), "shape", "single value, not a list"),
    "a wrapped issuer": (wrap("issuer"), "shape", "issuer must be an identifier"),
    "a wrapped date": (wrap("validUntil"), "shape", "validUntil is not a time"),
    "a wrapped subject": (wrap(SUBJECT), "shape", "one object"),
    "a wrapped achievement": (wrap(WHAT), "shape", "must be an Achievement"),
    "a wrapped criterion": (wrap(f"{WHAT}.criteria"), "shape", "single value, not a list"),
    "an unwrapped list": (lambda d: put(f"{WHAT}.alignment", d[SUBJECT]["achievement"]["alignment"][0])(d), "shape", "must be a list"),
    "a repeated tag": (lambda d: d[SUBJECT]["achievement"]["tag"].append("dp"), "shape", "same value twice"),
    "a repeated type": (lambda d: d["type"].append("OpenBadgeCredential"), "shape", "names a type twice"),
    "a null member": (put("description", None), "shape", "description is null"),
    "an empty list": (put("endorsement", []), "shape", "empty list"),
    "an empty object": (put("image", {}), "shape", "empty object"),
    "a list in a list": (lambda d: d["evidence"].append([]), "shape", "list in a list"),
    "a relative address": (put("evidence.0.id", "transcript"), "shape", "not an absolute identifier"),
    "a blank node name": (put("evidence.0.id", "_:b0"), "shape", "not an absolute identifier"),
    "another learner under the same id": (both(put(f"{SUBJECT}.id", f"{SITE}credentials/1")), "shape", "second time and differently"),
    "a control character": (put("name", "Output privacy\x00"), "json", r"U\+0000"),
    "a lone surrogate": (put("name", "Output privacy\ud800"), "json", r"U\+D800"),
    "not a number": (put(f"{WHAT}.creditsAvailable", float("nan")), "json", "no single spelling|NaN"),
    "a number beyond exactness": (put(f"{WHAT}.creditsAvailable", 2**60), "json", "beyond 2"),
    "very deep nesting": (put(f"{WHAT}.image", json.loads('{"image":' * 50 + '"urn:x"' + "}" * 50)), "shape", "levels deep"),
    # presentations
    "wrapped into a presentation": (
        lambda d: (d.update({"verifiableCredential": [dict(d)], "type": ["VerifiablePresentation"]})), "shape", "must name VerifiableCredential"),
}

# The same ways in the text itself, where a JSON parser could hide them.
TEXTS: dict[str, tuple[Callable[[str], str], str, str]] = {
    "a member given twice": (lambda text: text.replace('"name": ', '"name": "Doctor", "name": ', 1), "json", "given twice"),
    "a member given twice, escaped": (lambda text: text.replace('"validUntil": ', '"valid\\u0055ntil": "2999-01-01T00:00:00Z", "validUntil": ', 1),
                                      "json", "given twice"),
    "NaN": (lambda text: text[:-1] + ', "x": NaN}', "json", "NaN is not a JSON number"),
    "cut off": (lambda text: text[:-20], "json", "not JSON"),
    "a second document": (lambda text: text + text, "json", "not JSON"),
    "10 MB of it": (lambda text: text[:-1] + ', "x": "' + "x" * 10_000_000 + '"}', "size", "10,00"),
    "in a list": (lambda text: f"[{text}]", "json", "not a JSON object"),
}


def test_there_are_enough_of_them():
    assert len(TAMPERINGS) + len(TEXTS) >= 80


def test_untouched_it_is_valid():
    assert check(signed()).verdict == check(RAW).verdict == check(RAW.encode()).verdict == "valid"


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampered_is_invalid(name):
    change, step, message = TAMPERINGS[name]
    document = signed()
    change(document)
    assert document != signed()
    result = check(document)
    assert result.verdict == "invalid" and result.verdict.exit_code == 1
    assert result.credential is None and result.issuer is None
    at, said = failed(result)
    assert at in step.split("|"), said
    assert re.search(message, said), said


@pytest.mark.parametrize("name", TEXTS)
def test_tampered_text_is_invalid(name):
    change, step, message = TEXTS[name]
    result = check(change(RAW).encode())
    assert result.verdict == "invalid"
    at, said = failed(result)
    assert at == step and message in said


def _leaves(value, path=()):
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member, (*path, key))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _leaves(member, (*path, number))
    else:
        yield path


LEAVES = [path for path in _leaves(signed()) if path[0] != "@context"]


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("change", ["append", "remove"])
def test_no_single_value_can_be_changed_or_removed(path, change):
    document = signed()
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    if change == "remove":
        del holder[path[-1]]
    else:
        old = holder[path[-1]]
        holder[path[-1]] = not old if isinstance(old, bool) else f"{old}x"
    assert check(document).verdict == "invalid"


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_byte_of_the_text_can_be_changed_to_another_meaning(data):
    raw = bytearray(RAW.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    result = check(bytes(raw))
    try:
        same = json.loads(bytes(raw)) == signed()
    except ValueError:
        same = False
    assert (result.verdict == "valid") == same


def test_what_the_name_of_the_method_is_worth():
    assert METHOD.partition("#")[0] == signed()["issuer"]["id"]
