"""A line between two sockets: TCP or Unix on this side, a Unix socket on the other; slow, lossy, or cut, as the test likes.

A lost segment on a real line is sent again after a pause; a stream socket shows that as a pause, and so does this one.
"""
from __future__ import annotations

import random
import socket
import threading
import time
from pathlib import Path


class Line:
    """``bits``: per second, each way (0: no limit). ``loss``: share of segments that come late. ``cut_after``: bytes sent by
    clients after which a connection is torn down, once for each number in the list."""

    SEGMENT = 1400

    def __init__(self, target: Path, listen: Path | None = None, *, bits: int = 0, loss: float = 0.0, delay: float = 0.3,
                 cut_after: list[int] | None = None, seed: int = 1) -> None:
        self.target, self.bits, self.loss, self.delay = Path(target), bits, loss, delay
        self.cuts, self.connections, self.random = list(cut_after or ()), 0, random.Random(seed)
        if listen is None:
            self._socket = socket.socket()
            self._socket.bind(("127.0.0.1", 0))
            self.port = self._socket.getsockname()[1]
        else:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.bind(str(listen))
        self._socket.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(str(self.target))
            except OSError:
                near.close()
                continue
            cut = self.cuts.pop(0) if self.cuts else None
            for source, sink, end in ((near, far, cut), (far, near, None)):
                threading.Thread(target=self._carry, args=(source, sink, end), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, cut: int | None) -> None:
        carried = 0
        try:
            while data := source.recv(self.SEGMENT):
                if self.bits:
                    time.sleep(len(data) * 8 / self.bits)
                if self.loss and self.random.random() < self.loss:
                    time.sleep(self.delay)
                carried += len(data)
                if cut is not None and carried > cut:
                    for one in (source, sink):
                        one.shutdown(socket.SHUT_RDWR)
                    return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for one in (source, sink):
                one.close()
