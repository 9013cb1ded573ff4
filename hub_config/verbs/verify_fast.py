"""``academy verify`` without Typer: a stranger's check costs no more start-up than the check itself.

Options, output and exit codes are the ones `hub_config.verbs.certification` documents; both call `run` here.
"""
from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["USAGE", "main", "run"]

USAGE = "academy verify FILE|DIRECTORY [--json] [--offline] [--registry FILE] [--status FILE]... [--did FILE]..."
_MARKS = {"pass": "ok", "fail": "FAILED", "unchecked": "not checked"}
_VERDICTS = {
    "valid": "VALID",
    "unknown-issuer": "SIGNED, BUT BY AN ISSUER NOT KNOWN HERE",
    "revoked": "REVOKED by its issuer",
    "suspended": "SUSPENDED by its issuer",
    "expired": "EXPIRED",
    "invalid": "INVALID",
    "unchecked": "COULD NOT BE CHECKED",
}


def main(arguments: Sequence[str]) -> int:
    """Verify as ``arguments`` (without the verb) say; returns the exit code."""
    options: dict[str, list[str]] = {"--registry": [], "--status": [], "--did": []}
    flags = {"--json": False, "--offline": False}
    files: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if word in flags:
            flags[word] = True
        elif name in options and (equals or waiting):
            options[name].append(value if equals else waiting.pop(0))
        elif word == "-" or not word.startswith("-"):
            files.append(word)
        else:
            return _usage(f"{word} needs a file" if name in options else f"no such option: {word}")
    if len(files) != 1:
        return _usage("give one file (or - for standard input)" if not files else "give one file at a time")
    if len(options["--registry"]) > 1:
        return _usage("give one registry")
    return run(files[0], json=flags["--json"], offline=flags["--offline"], registry=next(iter(options["--registry"]), None),
               status=options["--status"], did=options["--did"])


def run(file: str, *, json: bool = False, offline: bool = False, registry: str | None = None, status: Sequence[str] = (),
        did: Sequence[str] = ()) -> int:
    """Verify ``file``, or all in a directory, and print what was found. 0 valid · 1 refused · 2 could not be decided."""
    from certification.errors import CertificationError
    from certification.registry import Registry
    from certification.verify import Verifier

    try:
        known = Registry.load(registry) if registry else None
        lists = [entry for path in status for entry in _several(_read(path), path)]
        documents = {entry["id"]: entry for path in did for entry in _several(_read(path), path)}
        verifier = Verifier(registry=known, status=lists, did_documents=documents, offline=offline)
        if os.path.isdir(file):
            from hub_config.verbs.verify_many import verify_directory

            return verify_directory(file, verifier.verify, _read, _Unreadable, json)
        document = _read(file)
    except _Unreadable as error:
        return _cannot(error.args[0], "check the path", json)
    except CertificationError as error:
        return _cannot(error.message, error.next, json)
    result = verifier.verify(document)
    if json:
        _print_json(result.as_dict())
    else:
        _print(result)
    return result.verdict.exit_code


class _Unreadable(Exception):
    """A file could not be opened."""


def _read(path: str) -> bytes:
    """At most one byte more than a document may have: enough to see that it is too large."""
    from certification.baked import LARGEST_PICTURE

    try:
        if path == "-":
            return sys.stdin.buffer.read(LARGEST_PICTURE + 1)
        with open(path, "rb") as file:
            return file.read(LARGEST_PICTURE + 1)
    except OSError as error:
        raise _Unreadable(f"{path} cannot be read ({error.strerror})") from None


def _several(data: bytes, path: str) -> list[dict]:
    """One document, or a JSON list of them."""
    from certification.document import parse
    from certification.errors import ParseError

    try:
        found = parse(b'{"all":' + data + b"}")["all"] if data.lstrip()[:1] == b"[" else [parse(data)]
    except ParseError as error:
        raise ParseError(f"{path}: {error.message}", error.next) from None
    if not all(isinstance(entry, dict) and isinstance(entry.get("id"), str) for entry in found):
        raise ParseError(f"{path} must hold documents with an id", "give the file as it was published")
    return found


def _print(result) -> None:
    from certification.model import assurance_of

    print(_VERDICTS[result.verdict.value])
    if result.credential is not None:
        achievement = (result.credential.get("credentialSubject") or {}).get("achievement")
        name = achievement.get("name") if isinstance(achievement, dict) else result.credential.get("name")
        if isinstance(name, str):
            print(f"  what      {_plain(name)}")
        print(f"  issuer    {_plain(result.issuer) if result.issuer else 'not known to the registry'}")
        if assurance := assurance_of(result.credential):
            for number, sentence in enumerate(assurance.sentences()):
                print(f"  {'' if number else 'assurance':9} {sentence}")
    for step in result.steps:
        print(f"  {step.name:9} {_MARKS[step.status]}: {_plain(step.message)}")


def _plain(text: str) -> str:
    """Text from a document, without what could steer a terminal or reorder a line."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _print_json(value: dict) -> None:
    from json import dumps

    print(dumps(value, ensure_ascii=True))


def _cannot(message: str, next: str, json: bool) -> int:
    """Nothing was verified at all."""
    if json:
        _print_json({"verdict": "unchecked", "steps": [
            {"name": "files", "status": "unchecked", "message": f"{message}; {next}" if next else message}]})
    else:
        print(f"academy: {_plain(message)}" + (f"\n  next: {_plain(next)}" if next else ""), file=sys.stderr)
    return 2


def _usage(problem: str) -> int:
    print(f"academy: {_plain(problem)}\n  usage: {USAGE}\n  next: academy verify --help", file=sys.stderr)
    return 2
