"""W3C RDFC-1.0 test suite: every canonical text, every map of names, and the graph that must be refused."""
from __future__ import annotations

import hashlib
import random
import time

import pytest

from certification.errors import ComplexityError
from certification.expand import Quad
from certification.rdfc import canonical_names, canonical_nquads
from tests.conformance import independent, standards
from tests.conformance.nquads import read

SUITES = {"copied": standards.COPIED / "rdf-canon"}
if standards.whole():
    SUITES["published"] = standards.whole() / "rdf-canon"
CASES = [pytest.param(path, entry, id=f"{name}-{entry['id'][1:]}") for name, path in SUITES.items()
         for entry in standards.load(path / "manifest.jsonld")["entries"]]
HASHES = {"SHA256": hashlib.sha256, "SHA384": hashlib.sha384}


@pytest.mark.parametrize(("path", "entry"), CASES)
def test_rdf_canon(path, entry):
    quads = read((path / entry["action"]).read_text(encoding="utf-8"))
    hash_ = HASHES[entry.get("hashAlgorithm", "SHA256")]
    if entry["type"] == "rdfc:RDFC10NegativeEvalTest":
        start = time.process_time()
        with pytest.raises(ComplexityError, match="too alike"):
            canonical_nquads(quads, hash=hash_)
        assert time.process_time() - start < 5
    elif entry["type"] == "rdfc:RDFC10MapTest":
        names = {blank[2:]: name[2:] for blank, name in canonical_names(quads, hash=hash_).items()}
        assert names == standards.load(path / entry["result"])
    else:
        assert canonical_nquads(quads, hash=hash_) == (path / entry["result"]).read_text(encoding="utf-8")


def test_nothing_is_left_out():
    counts = {name: len(standards.load(path / "manifest.jsonld")["entries"]) for name, path in SUITES.items()}
    assert counts["copied"] == 28 and counts.get("published", 86) == 86


def graphs(count: int):
    """Small graphs of unnamed nodes that look alike, where everything depends on the search; the same in every run."""
    draw = random.Random(20261123)
    nodes = [f"_:{letter}" for letter in "abcdef"]
    for _ in range(count):
        yield [Quad(draw.choice(nodes), draw.choice(["<urn:p>", "<urn:q>"]), draw.choice([*nodes, "<urn:x>", '"x"']),
                    draw.choice(["", "", "_:a", "_:g"])) for _ in range(draw.randint(1, 8))]


def test_same_as_digital_bazaar_for_any_graph():
    peer = independent.bazaar_program("canonize.mjs")
    try:
        for quads in graphs(1500):
            assert canonical_nquads(quads) == peer.tell("".join(f"{' '.join(filter(None, quad))} .\n" for quad in quads)), quads
    finally:
        peer.close()
