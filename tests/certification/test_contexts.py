"""The generated contexts equal the published ones, and nothing else is accepted."""
from __future__ import annotations

import re

import pytest

from certification import contexts
from certification.errors import ContextError, UnsupportedContextError

# SHA-256 of the published context: its parsed JSON written compact with sorted keys.
PUBLISHED = {
    "https://www.w3.org/2018/credentials/v1": "b01e671e873981f19a9102a9a57f666dbcaeb31b99e3e124378d143e71549247",
    "https://www.w3.org/ns/credentials/v2": "b463c8d6a066214123ddd9827b135e1b50e1fc73322cc52a9b12a4f1fc7d86cf",
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json": "2c54acaa1cffda2420be32ab61f0a2082051211131c6337686f36f2537aa859b",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json": "8bb2354552b70cbdf2066f6d3e24bc5c2be2619145737580ad2aebdc366e77d5",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json": "bdd1d11a55a660322f24660862a1d430ee80cce584465f750909daa43684357c",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": "04b1136ddc4eda9a8966bc7ef182789f233a26739473140ef75d6968c29a2966",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": "15f4c347c6fe4380d9b6b93795859e33747ef48d5c55b91a71c52fb51c7bcbd7",
    "https://w3id.org/security/data-integrity/v1": "9505bf85338a4c2121ad03992ac90061bc85d43bcfa34d9d47b779381cf08b5f",
    "https://w3id.org/security/data-integrity/v2": "7ba3c50acf2689d5e07927267343eb353249c7c22a9f2d00307cc970e855e305",
    "https://w3id.org/security/suites/ed25519-2020/v1": "fb517f09d990829aed734c9bad8cbbb2ac3d5063b865c7e3d81f246074bf5691",
    "https://w3id.org/vc/status-list/2021/v1": "9768f9aa81ab6c3e2ad96b2d669eaba67afe13fff0140a853f1e3d313fab13b6",
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
    (["https://www.w3.org/2018/credentials/v1", "https://example.org/context"], "entry 2 is not a context"),
    ([V2, contexts.EXAMPLES], "entry 2 is not a context"),
    ([V2, '{"@vocab": "https://example.org/"}'], "entry 2 is not a context"),
    ([V2, "https://www.w3.org/2018/credentials/v1"], "not in this order or number"),
    ([V2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"], "not in this order or number"),
    (["https://www.w3.org/2018/credentials/v1", V2], "not in this order or number"),
    (["https://www.w3.org/2018/credentials/v1", EXT], "not in this order or number"),
    ([EXT], "not in this order or number"),
])
def test_refused(found, message):
    with pytest.raises(ContextError, match=re.escape(message)) as caught:
        contexts.context_list({"@context": found})
    assert not isinstance(caught.value, UnsupportedContextError)


@pytest.mark.parametrize("url", sorted(contexts.NOT_CARRIED))
def test_a_published_context_that_is_not_carried_cannot_be_checked(url):
    with pytest.raises(UnsupportedContextError, match="does not carry"):
        contexts.context_list({"@context": [V2, url]})
