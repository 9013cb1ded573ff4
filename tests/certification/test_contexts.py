"""The generated contexts equal the published ones, and nothing else is accepted."""
from __future__ import annotations

import re

import pytest

from certification import contexts
from certification.errors import ContextError, UnsupportedContextError

# SHA-256 of the published context: its parsed JSON written compact with sorted keys.
PUBLISHED = {
    "https://www.w3.org/ns/credentials/v2": "b463c8d6a066214123ddd9827b135e1b50e1fc73322cc52a9b12a4f1fc7d86cf",
    "https://w3id.org/security/data-integrity/v2": "7ba3c50acf2689d5e07927267343eb353249c7c22a9f2d00307cc970e855e305",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": "04b1136ddc4eda9a8966bc7ef182789f233a26739473140ef75d6968c29a2966",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": "15f4c347c6fe4380d9b6b93795859e33747ef48d5c55b91a71c52fb51c7bcbd7",
}
V2, OB, EXT = contexts.OPEN_BADGES_LIST


@pytest.mark.parametrize("url", PUBLISHED)
def test_equals_the_published_context(url):
    assert contexts.digest(url) == PUBLISHED[url]


def test_every_list_is_of_contexts_with_a_published_digest():
    assert {url for urls in contexts.LISTS for url in urls} == set(PUBLISHED)


@pytest.mark.parametrize("urls", sorted(contexts.LISTS))
def test_accepted(urls):
    assert contexts.context_list({"@context": list(urls)}) == urls


@pytest.mark.parametrize(("found", "message"), [
    (None, "must be a list"),
    (V2, "must be a list"),
    ([], "not in this order or number"),
    ({"@vocab": "https://example.org/"}, "must be a list"),
    ([OB, V2, EXT], "not in this order"),
    ([V2, EXT, OB], "not in this order"),
    ([V2, OB, EXT, EXT], "not in this order or number"),
    ([V2, OB, EXT, {"@vocab": "https://example.org/"}], "entry 4 is an inline context"),
    ([V2, [OB], EXT], "entry 2 is an inline context"),
    ([V2, OB, EXT, None], "entry 4 is an inline context"),
    ([V2, OB, EXT, "https://example.org/context"], "entry 4 is not a context this verifier knows"),
    ([V2, OB + "#", EXT], "entry 2 is not a context"),
    ([V2.replace("https", "http")], "entry 1 is not a context"),
    ([V2 + "/"], "entry 1 is not a context"),
    (["https://www.w3.org/2018/credentials/v1", "https://example.org/context"], "entry 1 is not a context"),
])
def test_refused(found, message):
    with pytest.raises(ContextError, match=re.escape(message)) as caught:
        contexts.context_list({"@context": found})
    assert not isinstance(caught.value, UnsupportedContextError)


@pytest.mark.parametrize("url", sorted(contexts.NOT_CARRIED))
def test_a_published_context_that_is_not_carried_cannot_be_checked(url):
    with pytest.raises(UnsupportedContextError, match="does not carry"):
        contexts.context_list({"@context": [V2, url]})
