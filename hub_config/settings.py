"""Settings: the only reader of configuration files and of the environment.

Four layers, later ones win: ``settings.toml`` beside this module (every default with its sentence) · ``hubs/<profile>.toml``
(what differs between regional hubs) · ``STATE/settings.toml`` (the operator's) · ``ACADEMY_<SECTION>_<KEY>``.

Invariants
- An unknown section or key is fatal and names the likely one; so is a value of another type or out of range.
- `Settings` is frozen. Nothing in it is a secret: secrets are files of their owning service (`hub_config.tree`).
- An address beyond loopback without https is refused here, so no caller can forget to.

Errors: SettingsError (code ``settings``), a `hub_config.errors.AcademyError`.
"""
from __future__ import annotations

import difflib
import ipaddress
import json
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub_config.errors import AcademyError
from hub_config.places import Places
from hub_config.sections import (
    BOUNDS, SECTIONS, Environments, Examiner, Hub, Learner, Logs, Packs, Settings, Signer, SignIn, Submission, Web)

__all__ = ["DEFAULTS", "HUBS", "Environments", "Examiner", "Explained", "Hub", "Learner", "Logs", "Packs", "Settings",
           "SettingsError", "SignIn", "Signer", "Submission", "Web", "environment", "explain", "installer_environment",
           "is_loopback", "load", "places", "state_directory"]

DEFAULTS = Path(__file__).with_name("settings.toml")
HUBS = Path(__file__).with_name("hubs")
PREFIX = "ACADEMY_"
STATE = "ACADEMY_STATE"  # where the state lies, for programs that take no arguments of ours (jupyterhub)


class SettingsError(AcademyError):
    """A setting that cannot be used: says where it stands and what to write instead."""

    def __init__(self, message: str, next: str) -> None:
        super().__init__("settings", message, next)


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting as `academy settings` shows it: ``origin`` is the layer that decided."""

    section: str
    key: str
    value: object
    default: object
    sentence: str
    origin: str


CHOOSE_HTTPS = ("set web.bind to 127.0.0.1, or put an https reverse proxy in front (docs/reverse-proxy.md) and set "
                "web.https to true")


def environment() -> dict[str, str]:
    """What a service inherits from the environment of `academy up`: our own settings, language and time zone."""
    return {name: value for name, value in os.environ.items() if name.startswith(PREFIX) or name in ("LANG", "LC_ALL", "TZ")}


def installer_environment() -> dict[str, str]:
    """What a package installer needs besides: where this machine gets packages from."""
    names = ("PIP_", "SSL_CERT_", "REQUESTS_CA_BUNDLE")
    proxies = ("http_proxy", "https_proxy", "no_proxy")
    return {name: value for name, value in os.environ.items() if name.startswith(names) or name.lower() in proxies}


def state_directory() -> Path | None:
    """ACADEMY_STATE, for a program whose arguments are not ours."""
    return Path(os.environ[STATE]) if os.environ.get(STATE) else None


def places(state: Path | None = None, prefix: Path | None = None) -> Places:
    """The places of this installation: the prefix is where the running interpreter's environment lies."""
    environment_ = Path(sys.prefix).resolve()  # .venv in a clone is a link to it
    if prefix is None and environment_.parent.name == "envs":
        prefix = environment_.parent.parent
    return Places.default(prefix=prefix, state=None if state is None else Path(state).absolute())


def load(state: Path | None = None, overrides: Mapping[str, str] | None = None) -> Settings:
    """The settings in force for the hub whose state lies at ``state`` (None: defaults and environment only).

    ``overrides`` replaces the environment (tests, the command line). Raises SettingsError.
    """
    values = {section: {} for section in SECTIONS}
    for one in explain(state, overrides):
        values[one.section][one.key] = one.value
    settings = Settings(**{name: kind(**values[name]) for name, kind in SECTIONS.items()})
    _check(settings)
    return settings


def explain(state: Path | None = None, overrides: Mapping[str, str] | None = None) -> list[Explained]:
    """Every setting with its value, its sentence and the layer it came from, in the order of settings.toml."""
    defaults, sentences = _read(DEFAULTS), _sentences(DEFAULTS.read_text(encoding="utf-8"))
    own = Path(state) / "settings.toml" if state is not None else None
    operator = _read(own) if own is not None and own.exists() else {}
    variables = _from_environment(environment() if overrides is None else overrides, defaults)
    profile = defaults["hub"]["profile"]
    for layer, where in ((operator, str(own)), (variables, "the environment")):
        _known(layer, defaults, where)
        profile = layer.get("hub", {}).get("profile", profile)
    regional_file = HUBS / f"{profile}.toml"
    if not re.fullmatch(r"[a-z0-9-]+", str(profile)) or not regional_file.is_file():
        known = sorted(path.stem for path in HUBS.glob("*.toml"))
        raise SettingsError(f"there is no hub profile {profile!r}", _hint(str(profile), known, "set hub.profile to"))
    regional = _read(regional_file)
    _known(regional, defaults, f"hubs/{profile}.toml")
    result = []
    for section, keys in defaults.items():
        for key, default in keys.items():
            value, origin = default, "default"
            for layer, name in ((regional, f"hubs/{profile}.toml"), (operator, str(own)), (variables, "environment")):
                if key in layer.get(section, {}):
                    value, origin = _typed(section, key, layer[section][key], default, name), name
            result.append(Explained(section, key, value if not isinstance(value, list) else tuple(value), default,
                                    sentences[section, key], origin))
    return result


def _read(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}", "correct that line") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}", "see who owns it: it must be readable by all services") from error


def _sentences(text: str) -> dict[tuple[str, str], str]:
    """The comment above each key."""
    found, section, comment = {}, "", []
    for line in text.splitlines():
        if line.startswith("["):
            section, comment = line.strip("[] "), []
        elif line.startswith("#"):
            comment.append(line.lstrip("# "))
        elif "=" in line:
            found[section, line.split("=")[0].strip()] = " ".join(comment)
            comment = []
    return found


def _from_environment(variables: Mapping[str, str], defaults: dict) -> dict:
    """ACADEMY_WEB_PORT=8001 → {"web": {"port": 8001}}. Text stays text where the default is text; the rest is JSON."""
    result: dict[str, dict] = {}
    for name, text in variables.items():
        if not name.startswith(PREFIX) or name == STATE:
            continue
        rest = name[len(PREFIX):].lower()
        section = next((s for s in defaults if rest.startswith(s + "_")), None)
        if section is None:
            raise SettingsError(f"the environment sets {name}, which is no setting",
                                _hint(rest.split("_")[0], list(defaults), "sections are", PREFIX))
        key = rest[len(section) + 1:]
        value: object = text
        if not isinstance(defaults[section].get(key, ""), str):
            try:
                value = json.loads(text)
            except ValueError as error:
                raise SettingsError(f"{name}={text!r} is not a value for {section}.{key}",
                                    f"write it as in {json.dumps(defaults[section][key])}") from error
        result.setdefault(section, {})[key] = value
    return result


def _hint(word: str, known: list[str], otherwise: str, prefix: str = "") -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {prefix + (near[0].upper() if prefix else near[0])!r}?" if near else f"{otherwise} {', '.join(known)}"


def _known(layer: dict, defaults: dict, where: str) -> None:
    for section, keys in layer.items():
        if section not in defaults:
            raise SettingsError(f"{where} has an unknown section [{section}]", _hint(section, list(defaults), "sections are"))
        if not isinstance(keys, dict):
            raise SettingsError(f"{where} sets {section!r}, which is a section", f"write [{section}] and its keys below")
        for key in keys:
            if key not in defaults[section]:
                elsewhere = [f"{s}.{key}" for s in defaults if key in defaults[s]]
                hint = (f"did you mean {elsewhere[0]!r}?" if elsewhere
                        else _hint(key, list(defaults[section]), f"keys of [{section}] are"))
                raise SettingsError(f"{where} has an unknown key {section}.{key}", hint)


def _typed(section: str, key: str, value: object, default: object, where: str) -> object:
    """``value`` if it is of the default's type and within bounds. A whole number is never a truth value."""
    name = f"{section}.{key}"
    wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list of texts"}[type(default)]
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    right = type(value) is type(default) and (not isinstance(value, list) or all(isinstance(v, str) for v in value))
    if not right:
        raise SettingsError(f"{where}: {name} is {value!r}", f"{name} is {wanted}, as in {json.dumps(default)}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = BOUNDS.get((section, key), (1, 1 << 31))
        if not low <= value <= high:
            raise SettingsError(f"{where}: {name} is {value}", f"{name} lies between {low} and {high}")
    return value


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _check(settings: Settings) -> None:
    """What no single value shows."""
    web = settings.web
    if not is_loopback(web.bind) and not web.https:
        raise SettingsError(f"web.bind is {web.bind}: passwords would cross the network in clear text", CHOOSE_HTTPS)
    for name in ("domain", "learner_domain"):
        host = getattr(web, name)
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host):
            raise SettingsError(f"web.{name} is {host!r}", "write a lower-case host name without scheme, port or slash")
    if web.https and web.domain == web.learner_domain:
        raise SettingsError("web.learner_domain equals web.domain: a hostile notebook could act as its reader",
                            "give learners' notebooks a domain of their own, not below web.domain (docs/reverse-proxy.md)")
    try:
        settings.submission.closing
    except ValueError as error:
        raise SettingsError(f"submission.closes: {error}",
                            'write one text for each assessment: "TRACK/MODULE 2027-01-31T23:59Z", the time in UTC') from error
    if web.public_url and not re.fullmatch(r"https?://[^/\s]+(/[^\s]*)?", web.public_url):
        raise SettingsError(f"web.public_url is {web.public_url!r}", 'write a full address such as "https://academy.example.org"')
