"""The journal: complete lines or none, one writer, nothing altered unseen."""
import os
import signal
import subprocess
import sys

import pytest

from certification.journal import Journal, JournalError


def test_it_gives_back_what_it_took(tmp_path):
    journal = Journal(tmp_path / "journal")
    journal.append({"kind": "issue", "index": 7}, {"kind": "status", "value": True})
    head = journal.head
    journal.close()
    again = Journal(tmp_path / "journal")
    assert again.entries == [{"kind": "issue", "index": 7}, {"kind": "status", "value": True}]
    assert again.head == head
    assert list(again.of_kind("status")) == [{"kind": "status", "value": True}]
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o600


def test_only_one_process_writes(tmp_path):
    journal = Journal(tmp_path / "journal")
    with pytest.raises(JournalError, match="open in another process"):
        Journal(tmp_path / "journal")
    journal.close()
    Journal(tmp_path / "journal").close()


@pytest.mark.parametrize("cut", [1, 2, 30, 64, 65, 66])
def test_a_torn_last_line_is_cut_off(tmp_path, cut):
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.append({"n": 1})
    whole = path.stat().st_size
    journal.append({"n": 2})
    journal.close()
    os.truncate(path, whole + cut)
    journal = Journal(path)
    assert journal.entries == [{"n": 1}]
    journal.append({"n": 3})
    journal.close()
    assert Journal(path).entries == [{"n": 1}, {"n": 3}]


@pytest.mark.parametrize("harm", [
    lambda lines: [lines[0].replace(b'"n":1', b'"n":9'), *lines[1:]],
    lambda lines: lines[1:],
    lambda lines: [lines[0], lines[2]],
    lambda lines: [lines[1], lines[0], lines[2]],
    lambda lines: [lines[0], lines[0], *lines[1:]],
    lambda lines: [b"", *lines],
    lambda lines: [lines[0], b"\xff" * 64 + b" {}", *lines[1:]],
], ids=["edited", "first deleted", "middle deleted", "swapped", "repeated", "empty line", "not text"])
def test_an_altered_history_is_refused(tmp_path, harm):
    path = tmp_path / "journal"
    journal = Journal(path)
    for n in (1, 2, 3):
        journal.append({"n": n})
    journal.close()
    lines = path.read_bytes().split(b"\n")[:-1]
    path.write_bytes(b"\n".join(harm(lines)) + b"\n")
    with pytest.raises(JournalError, match="does not fit its digest"):
        Journal(path)


def test_a_full_disk_records_nothing(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "journal")
    journal.append({"n": 1})
    head = journal.head

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("certification.journal.os.fsync", full)
    with pytest.raises(JournalError, match="cannot be written"):
        journal.append({"n": 2})
    monkeypatch.undo()
    assert journal.head == head
    journal.append({"n": 3})
    journal.close()
    assert Journal(tmp_path / "journal").entries == [{"n": 1}, {"n": 3}]


def test_a_killed_writer_leaves_whole_lines(tmp_path):
    program = ("import sys; from pathlib import Path; from certification.journal import Journal\n"
               "journal = Journal(Path(sys.argv[1])); n = 0\n"
               "while True:\n    journal.append({'n': n}); n += 1; print(n, flush=True)\n")
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "journal")], stdout=subprocess.PIPE) as writer:
        for _ in range(20):
            said = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        said = max([said, *map(int, writer.stdout.read().split())])
    entries = Journal(tmp_path / "journal").entries
    assert [entry["n"] for entry in entries] == list(range(len(entries)))
    assert len(entries) >= said
