"""Frames between the processes of one run: a 4-byte big-endian length and that many bytes of JSON.

Invariants
- A frame above the limit, JSON that is not, or that nests too deep, and a peer that is gone all raise ChannelError:
  whoever reads cannot go on with that peer.
- NaN is decoded to one object (numpy's, if numpy is loaded), so ``x is np.nan`` holds where it would in one process.
"""
from __future__ import annotations

import json
import socket
import struct
import sys

__all__ = ["MAX_FRAME", "Channel", "ChannelError"]

MAX_FRAME = 32 << 20
_HEAD = struct.Struct(">I")


class ChannelError(Exception):
    """The peer is gone, or what it sent is not a frame."""


class Channel:
    """Frames on a connected stream socket."""

    def __init__(self, peer: socket.socket, limit: int = MAX_FRAME) -> None:
        self.peer, self.limit = peer, limit
        numpy = sys.modules.get("numpy")
        nan = getattr(numpy, "nan", float("nan"))
        constants = {"NaN": nan, "Infinity": float("inf"), "-Infinity": float("-inf")}
        self._decoder = json.JSONDecoder(parse_constant=constants.__getitem__)

    def send(self, message: object) -> None:
        body = json.dumps(message, separators=(",", ":")).encode()
        if len(body) > self.limit:
            raise ChannelError(f"the frame has {len(body)} bytes, {self.limit} are allowed")
        try:
            self.peer.sendall(_HEAD.pack(len(body)) + body)
        except OSError as error:
            raise ChannelError("the peer is gone") from error

    def receive(self) -> object:
        (size,) = _HEAD.unpack(self._read(_HEAD.size))
        if size > self.limit:
            raise ChannelError(f"the frame has {size} bytes, {self.limit} are allowed")
        try:
            return self._decoder.decode(self._read(size).decode())
        except (ValueError, RecursionError, MemoryError) as error:
            raise ChannelError("not a frame") from error

    def _read(self, size: int) -> bytes:
        parts, left = [], size
        while left:
            try:
                part = self.peer.recv(min(left, 1 << 20))
            except OSError as error:
                raise ChannelError("the peer is gone") from error
            if not part:
                raise ChannelError("the peer is gone")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        self.peer.close()
