"""Calls between our processes: who may call what, bounds, and errors that tell nothing they should not."""
from __future__ import annotations

import os
import time
import socket
import struct

import pytest

from hub_config import rpc
from hub_config.rpc import Operation, RpcError, Server, call

ME, ELSE = os.geteuid(), os.geteuid() + 12345


@pytest.fixture
def served(tmp_path):
    """A server with the given operations; returns its path."""
    servers = []

    def start(**operations: Operation):
        servers.append(Server(tmp_path / "s.sock", operations, timeout=2).start())
        return tmp_path / "s.sock"

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize("value", ["", "x", "\u00e9\u4e2d\U0001f600", "a" * 100_000, None, 0, [1, {"b": []}]])
def test_values_cross_unchanged(served, value):
    path = served(echo=Operation(lambda caller, request: {"value": request["value"]}, (ME,)))
    assert call(path, "echo", value=value) == {"value": value}


def test_the_caller_is_known_by_its_uid(served):
    path = served(who=Operation(lambda caller, request: {"uid": caller.uid, "pid": caller.pid}, (ME,)))
    assert call(path, "who") == {"uid": ME, "pid": os.getpid()}


@pytest.mark.parametrize("op", ["unknown", "", "_answer", "__init__"])
def test_an_unknown_operation_is_refused(served, op):
    with pytest.raises(RpcError, match="may not do that") as refused:
        call(served(), op)
    assert refused.value.code == "refused"


@pytest.mark.skipif(ME == 0, reason="root may always call")
def test_another_uid_learns_nothing_more(served):
    path = served(secret=Operation(lambda caller, request: {}, (ELSE,)))
    with pytest.raises(RpcError, match="may not do that"):
        call(path, "secret")


@pytest.mark.skipif(ME != 0, reason="needs root to take another uid")
@pytest.mark.parametrize("uid, code", [(61001, "allowed"), (61002, "refused")])
def test_each_uid_gets_what_it_is_open_to(served, uid, code):
    path = served(op=Operation(lambda caller, request: {}, (61001,)))
    for folder in [path, *path.parents]:
        if folder != folder.parent and str(folder) != "/tmp":
            folder.chmod(0o777)
    child = os.fork()
    if child == 0:
        os.setgid(uid)
        os.setuid(uid)
        try:
            call(path, "op")
            os._exit(0)
        except RpcError as error:
            os._exit(1 if error.code == "refused" else 2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == (0 if code == "allowed" else 1)


def test_a_refusal_keeps_code_message_and_next(served):
    def refuse(caller, request):
        raise RpcError("late", "it is too late", "ask again tomorrow")
    with pytest.raises(RpcError, match="it is too late") as refused:
        call(served(op=Operation(refuse, (ME,))), "op")
    assert (refused.value.code, refused.value.next) == ("late", "ask again tomorrow")


def test_a_bug_tells_nothing_of_its_text(served):
    def fail(caller, request):
        raise KeyError("a secret")
    with pytest.raises(RpcError, match="the service failed") as refused:
        call(served(op=Operation(fail, (ME,))), "op")
    assert refused.value.code == "internal" and "secret" not in str(refused.value)


def test_nobody_there_is_unreachable(tmp_path):
    with pytest.raises(RpcError, match="does not answer") as refused:
        call(tmp_path / "absent.sock", "op")
    assert refused.value.code == "unreachable" and "doctor" in refused.value.next


def raw(path, data: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(5)
        peer.connect(str(path))
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
        try:
            return peer.recv(10)
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("data", [
    b"", b"\0\0", struct.pack(">I", 5) + b"ab", struct.pack(">I", rpc.MAX_FRAME + 1), struct.pack(">I", 3) + b"{{{",
    struct.pack(">I", 2) + b"[]", struct.pack(">I", 1) + b"\xff", b"GET / HTTP/1.1\r\n\r\n",
])
def test_a_bad_frame_ends_its_connection_and_no_other(served, data):
    path = served(op=Operation(lambda caller, request: {"fine": True}, (ME,)))
    assert raw(path, data) == b""
    assert call(path, "op") == {"fine": True}


def test_descriptors_travel_and_unwanted_ones_are_closed(served, tmp_path):
    (tmp_path / "f").write_text("content")
    path = served(op=Operation(lambda caller, request: {"_fds": [os.open(tmp_path / "f", os.O_RDONLY)]}, (ME,)))
    [fd] = call(path, "op", want_fds=True)["_fds"]
    assert os.read(fd, 10) == b"content"
    os.close(fd)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        call(path, "op")
    until = time.monotonic() + 5  # the server closes its own copies after it has answered
    while len(os.listdir("/proc/self/fd")) > before + 1 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(os.listdir("/proc/self/fd")) <= before + 1
