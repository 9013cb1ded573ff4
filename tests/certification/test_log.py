"""The log against vectors of RFC 6962 / Certificate Transparency and its own rules."""
import hashlib
import itertools

import pytest

from certification import keys
from certification.log import Log, LogError, leaf, open_checkpoint, root_of, verify_inclusion
from certification.multibase import decode_public

# The eight leaves and roots that the Certificate Transparency projects test with (RFC 6962 hashing).
LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
KEY = keys.generate(bytes(32))
RAW = bytes.fromhex("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29")


def data(number):
    return hashlib.sha256(str(number).encode()).digest()


@pytest.fixture
def make(tmp_path):
    opened = []

    def new(origin="log.example/academy"):
        while opened:
            opened.pop().close()
        opened.append(Log(tmp_path / "log", origin, KEY.sign, RAW))
        return opened[-1]

    return new


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size):
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 255, 256, 257])
def test_every_leaf_is_proven_and_no_other(make, size):
    log = make()
    log.append(*(data(n) for n in range(size)))
    root = open_checkpoint(log.checkpoint(), RAW).root
    for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        proof = log.inclusion(data(index))
        assert proof.index == index
        verify_inclusion(proof.leaf, index, size, proof.path, root)
        for wrong in ((data("other"), index, size, proof.path, root), (proof.leaf, index, size, proof.path, data("root")),
                      (proof.leaf, index, size, (*proof.path, data(1)), root),
                      (proof.leaf, size, size, proof.path, root), (proof.leaf, -1, size, proof.path, root)):
            with pytest.raises(LogError, match="does not lead|too long|outside"):
                verify_inclusion(*wrong)
        for k in range(len(proof.path)):
            with pytest.raises(LogError, match="does not lead|too long"):
                verify_inclusion(proof.leaf, index, size, proof.path[:k] + proof.path[k + 1:], root)


def test_appending_again_changes_nothing(make):
    log = make()
    assert log.append(data(1), data(2), data(1)) == [0, 1, 0]
    note = log.checkpoint()
    assert log.append(data(2)) == [1]
    assert log.checkpoint() == note
    assert make().checkpoint() == note


def test_a_torn_record_is_cut_off(make, tmp_path):
    make().append(data(1))
    with open(tmp_path / "log/leaves", "ab") as file:
        file.write(b"half a leaf")
    log = make()
    assert log.size == 1
    assert log.append(data(2)) == [1]
    assert make().size == 2


@pytest.mark.parametrize("harm", [
    lambda leaves: leaves[:64], lambda leaves: leaves[32:], lambda leaves: bytes(32) + leaves[32:],
    lambda leaves: leaves[32:64] + leaves[:32] + leaves[64:]], ids=["rolled back", "first gone", "rewritten", "swapped"])
def test_a_rollback_or_rewrite_is_refused(make, tmp_path, harm):
    log = make()
    log.append(data(1), data(2), data(3))
    log.checkpoint()
    file = tmp_path / "log/leaves"
    file.write_bytes(harm(file.read_bytes()))
    with pytest.raises(LogError, match="do not fit its own checkpoint"):
        make()


def test_a_checkpoint_holds_only_under_its_key(make):
    log = make()
    log.append(data(1))
    note = log.checkpoint()
    checkpoint = open_checkpoint(note, RAW)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == ("log.example/academy", 1, root_of([data(1)]))
    with pytest.raises(LogError, match="not signed by the log's key"):
        open_checkpoint(note, decode_public(keys.generate(bytes([1] * 32)).multikey))
    with pytest.raises(LogError, match="signature of the checkpoint is wrong"):
        open_checkpoint(note.replace("\n1\n", "\n2\n", 1), RAW)
    for broken in ("", "x", note.replace("\n\n", "\n"), note.replace("\n1\n", "\n01\n", 1), note.replace("\n1\n", "\n-1\n", 1),
                   note.split("\n\n")[0] + "\n\n", note.replace("— ", "- ")):
        with pytest.raises(LogError, match="not a checkpoint|not signed"):
            open_checkpoint(broken, RAW)


def test_the_verifier_key_is_that_of_signed_note(make):
    name, digest, key = make().vkey().split("+", 2)
    assert name == "log.example/academy"
    assert len(digest) == 8
    assert key.startswith("AT")  # base64 of 0x01 and the key


def test_tiles_hold_the_tree(make):
    log = make()
    log.append(*(data(n) for n in range(600)))
    tiles = log.tiles()
    assert set(tiles) == {"tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/000",
                          "tile/entries/001", "tile/entries/002.p/88"}
    assert len(tiles["tile/0/000"]) == 256 * 32
    hashes = b"".join(tiles[f"tile/0/{name}"] for name in ("000", "001", "002.p/88"))
    assert hashes[:32] == hashlib.sha256(b"\0" + data(0)).digest()
    assert tiles["tile/1/000.p/2"][:32] == root_of([data(n) for n in range(256)])
    entries = tiles["tile/entries/000"]
    assert entries[:34] == b"\0\x20" + data(0)
    assert set(log.tiles(since=512)) == {"tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88"}


@pytest.mark.parametrize(("size", "name"), [(256, "tile/0/000"), (1, "tile/0/000.p/1"), (257, "tile/0/001.p/1")])
def test_tile_names(make, size, name):
    log = make()
    log.append(*(data(n) for n in range(size)))
    assert name in log.tiles()


def test_a_leaf_hides_what_it_stands_for():
    leaves = {leaf(bytes([salt] * 16), document) for salt, document in itertools.product((1, 2), (b"a", b"b"))}
    assert len(leaves) == 4
    assert leaf(b"\1" * 16, b"a") == hashlib.sha256(b"\1" * 16 + hashlib.sha256(b"a").digest()).digest()
