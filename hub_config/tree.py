"""The state directory: its tree, owners, version, secrets and published keys. Made by `academy up` before anything starts.

Invariants
- STATE and STATE/run are 0711: everyone may pass, nobody may list. A store is 0700, its owner's. A socket directory is
  0750 with the group of its callers; the gateway's alone is 0755, because learners' sandboxes see it.
- A secret is 64 random hex digits in ``secrets.json`` (0600) of the store that uses it. Two stores that share one hold
  the same value; a value that exists is never changed.
- A private key is made by a process with its owner's uid and never read by anyone else; its did:key is published in
  STATE/public-keys.
- A directory of a newer version, or one that holds other things, is left alone.

    prepare(places) -> Prepared
"""
from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hub_config.errors import AcademyError
from hub_config.places import CALLERS, SERVICES, Places
from hub_config.process import as_service

__all__ = ["KEYS", "SECRETS", "VERSION", "Prepared", "check_version", "prepare", "read_secret", "write_private"]

VERSION = 1
# published name -> (owner, file in the owner's store)
KEYS = {"receipt": ("portal", "receipt.pem"), "transcript": ("grader", "transcript.pem")}
# store -> {key in its secrets.json: name of the secret}; the same name is the same value
SECRETS = {
    "hub": {"cookie_secret": "cookie", "proxy_token": "proxy", "portal_token": "portal", "supervisor_token": "supervisor"},
    "proxy": {"proxy_token": "proxy"},
    "portal": {"api_token": "portal", "cookie_key": "portal-cookie", "seeds": "seeds"},
    "grader": {"seeds": "seeds"},
}
OPERATORS_OWN = {"settings.toml", "lost+found", "lock"}  # may lie in a state directory before its first start


@dataclass(frozen=True, slots=True)
class Prepared:
    new: bool  # the state directory was made just now


def check_version(state: Path) -> bool:
    """True for a state directory of ours, False for an absent or empty one. Raises newer-state or not-a-state."""
    file = state / "version.json"
    try:
        version = int(json.loads(file.read_text(encoding="utf-8"))["state"])
    except FileNotFoundError:
        if state.is_dir() and {path.name for path in state.iterdir()} - OPERATORS_OWN:
            raise AcademyError("not-a-state", f"{state} holds files, but is no state directory of ours",
                               "name an empty or a new directory: academy up --data DIR") from None
        return False
    except (ValueError, KeyError, TypeError) as error:
        raise AcademyError("not-a-state", f"{file} cannot be read", "restore it from a backup: academy restore FILE") from error
    if version > VERSION:
        raise AcademyError("newer-state", f"{state} has version {version}, this academy understands up to {VERSION}",
                           "install the newer academy again, or restore an older backup elsewhere: academy restore FILE --data DIR")
    return True


def prepare(places: Places) -> Prepared:
    """Make whatever is missing; change nothing that is there except modes and owners."""
    known = check_version(places.state)
    places.state.parent.mkdir(parents=True, exist_ok=True)
    if places.separate_uids:
        _reachable(places.state.parent)
    directory(places.state, 0o711)
    if not known:
        write(places.state / "version.json", {"state": VERSION}, 0o644)
    for name in SERVICES:
        directory(places.store(name), 0o700, places.uid(name), places.uid(name) if places.separate_uids else None)
    directory(places.state / "log", 0o700)
    directory(places.public, 0o755, places.uid("signer"))
    directory(places.state / "public-keys", 0o755)
    directory(places.state / "run", 0o711)
    for name in CALLERS:
        owner = None if name == "launcher" else places.uid("portal" if name == "records" else name)
        directory(places.state / "run" / name, 0o750, owner, places.socket_group(name))
    directory(places.state / "run" / "gateway", 0o755, places.uid("gateway"))
    directory(places.track_envs, 0o755, places.uid("environments"))
    _secrets(places)
    for name, (owner, file) in KEYS.items():
        _publish(places, name, owner, places.store(owner) / file)
    return Prepared(new=not known)


def read_secret(places: Places, store: str, key: str) -> str:
    """One secret of ``store``, for the store's owner. Raises no-secrets."""
    file = places.store(store) / "secrets.json"
    try:
        return json.loads(file.read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AcademyError("no-secrets", f"{file} cannot be read, or lacks {key}", "start the academy with: academy up") from error


def directory(path: Path, mode: int, uid: int | None = None, gid: int | None = None) -> None:
    """``path`` with exactly this mode and owner (None: as it is). Never a link in its place."""
    try:
        path.mkdir(mode=0o700, parents=not path.parent.exists())
    except FileExistsError:
        if path.is_symlink():
            raise AcademyError("not-a-state", f"{path} is a symbolic link", "replace it by the directory itself") from None
    os.chown(path, -1 if uid is None else uid, -1 if gid is None else gid)
    os.chmod(path, mode)


def write(path: Path, content: dict, mode: int, uid: int | None = None) -> None:
    """Write ``content`` as JSON in one step: a reader sees the old file or the new one."""
    write_private(path, json.dumps(content, indent=1) + "\n", mode, uid)


def write_private(path: Path, text: str, mode: int = 0o600, uid: int | None = None) -> None:
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(fd)
        os.fchmod(fd, mode)
        if uid is not None:
            os.fchown(fd, uid, uid if os.geteuid() == 0 else -1)
    os.replace(new, path)


def _reachable(parent: Path) -> None:
    """Services with uids of their own must be able to pass every directory above the state."""
    for directory_ in (parent, *parent.parents):
        if not directory_.stat().st_mode & 0o001:
            raise AcademyError("not-allowed", f"the services cannot pass {directory_}, which only its owner may enter",
                               f"keep the state elsewhere (academy up --data DIR), or: chmod o+x {directory_}")


def _secrets(places: Places) -> None:
    existing: dict[str, dict[str, str]] = {}
    values: dict[str, str] = {}
    for store, keys in SECRETS.items():
        file = places.store(store) / "secrets.json"
        existing[store] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        for key, name in keys.items():
            if key in existing[store]:
                values.setdefault(name, existing[store][key])
    for store, keys in SECRETS.items():
        wanted = existing[store] | {key: values.setdefault(name, secrets.token_hex(32)) for key, name in keys.items()}
        if wanted != existing[store]:
            write(places.store(store) / "secrets.json", wanted, 0o600, places.uid(store))


def _publish(places: Places, name: str, owner: str, key: Path) -> None:
    target = places.state / "public-keys" / f"{name}.json"
    if target.exists():
        return
    argv = as_service(places, owner, [str(places.service_python), "-P", "-m", "hub_config.services.make_key", str(key)])
    made = subprocess.run(argv, cwd=places.store(owner), env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if made.returncode:
        raise AcademyError("service-failed", f"the {name} key could not be made: {made.stderr.strip()[-300:]}", "academy doctor")
    write(target, {"key": made.stdout.strip()}, 0o644)


def free_bytes(path: Path) -> int:
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free
