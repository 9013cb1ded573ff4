"""The documentation names every setting, verb and error code, its links lead somewhere, and its commands exist.

``python -m tests.test_docs`` writes docs/settings.md and docs/command-line.md anew from the source.
"""
from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from hub_config import cli, errors
from hub_config.settings import explain

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
RAISED = {"AcademyError", "RpcError", "AccountsError", "Refusal"}
CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def settings_page() -> str:
    lines = ["# Settings", "",
             "Copy what you want to change to `STATE/settings.toml`, or set `ACADEMY_<SECTION>_<KEY>` in the environment of",
             "`academy up`. Later ones win: this table, the hub's profile (`hub_config/hubs/`), `STATE/settings.toml`, the environment.",
             "An unknown key is refused, with the likely one. `academy settings` shows what is in force and where it came from."]
    section = ""
    for one in explain(None, {}):
        if one.section != section:
            section = one.section
            lines += ["", f"## [{section}]", "", "| key | default | what it is for |", "|---|---|---|"]
        lines.append(f"| `{one.key}` | `{json.dumps(one.default)}` | {one.sentence} |")
    return "\n".join(lines) + "\n"


def commands() -> list[tuple[str, object]]:
    """(words, command) of every verb, those of groups included."""
    import typer

    found = []

    def walk(words: str, command) -> None:
        below = getattr(command, "commands", None)
        if below is None:
            found.append((words, command))
        else:
            for name, inner in sorted(below.items()):
                walk(f"{words} {name}".strip(), inner)
    walk("", typer.main.get_command(cli.build()))
    return found


def command_page() -> str:
    lines = ["# The command line", "",
             "Exit codes: 0 done · 1 checked and failed, or some need a person · 2 could not be done. Every verb has `--json`;",
             "errors name the next step ([codes](errors.md)). `.venv/bin/academy` in a clone, or `PREFIX/envs/service/bin/academy`."]
    for words, command in commands():
        lines += ["", f"## academy {words}", "", " ".join((command.help or "").split()), ""]
        for parameter in command.params:
            if parameter.name == "help":
                continue
            option = parameter.param_type_name == "option"
            name = ", ".join(f"`{text}`" for text in parameter.opts) if option else f"`{parameter.name.upper()}`"
            about = " ".join((getattr(parameter, "help", None) or "").split())
            lines.append(f"- {name}{': ' + about if about else ''}")
    return "\n".join(lines) + "\n"


GENERATED = {DOCS / "settings.md": settings_page, DOCS / "command-line.md": command_page}


def codes() -> set[str]:
    """Every code that our sources raise."""
    found = set(errors.CODES)
    for package in ("hub_config", "autograders"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED and node.args:
                    for text in ast.walk(node.args[0]):
                        if isinstance(text, ast.Constant) and isinstance(text.value, str) and CODE.fullmatch(text.value):
                            found.add(text.value)
    from certification import errors as certification

    classes = [getattr(certification, name) for name in certification.__all__]
    return found | {one.code for one in classes}


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_generated_pages_are_up_to_date(path):
    assert path.read_text(encoding="utf-8") == GENERATED[path](), "write it anew: python -m tests.test_docs"


def test_every_error_code_is_explained():
    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    assert not sorted(code for code in codes() if f"`{code}`" not in text)


def test_every_verb_speaks_json():
    assert not [words for words, command in commands() if not any("--json" in parameter.opts for parameter in command.params)]


def test_every_verb_says_what_it_does():
    assert not [words for words, command in commands() if not command.help]


def test_commands_in_the_text_exist():
    known = {words for words, _ in commands()} | {words.split()[0] for words, _ in commands()}
    for page in PAGES:
        for words in re.findall(r"`academy ([a-z-]+(?: (?:add|list|password|roles|identity|remove)\b)?)", page.read_text(encoding="utf-8")):
            assert words in known, (page.name, words)


def test_make_targets_in_the_text_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))) <= targets


def test_settings_in_the_text_exist():
    known = {f"{one.section}.{one.key}" for one in explain(None, {})}
    sections = {name.split(".")[0] for name in known}
    for page in PAGES:
        for name in re.findall(r"`([a-z_]+\.[a-z_]+)(?: =[^`]*)?`", page.read_text(encoding="utf-8")):
            if name.split(".")[0] in sections and not name.endswith((".toml", ".py", ".md")):
                assert name in known, (page.name, name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_picture_has_words():
    for page in PAGES:
        for alt in re.findall(r"!\[([^\]]*)\]\(", page.read_text(encoding="utf-8")):
            assert len(alt.split()) >= 4, page


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=lambda page: page.name)
def test_a_decision_is_short_and_names_its_price(page):
    text = page.read_text(encoding="utf-8")
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", page.name)
    for heading in ("## Context", "## Decision", "## Good", "## Bad", "## Refused"):
        assert heading in text
    assert len(text.split()) < 400


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(page.name[:4]) for page in sorted((DOCS / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_readme_is_one_page():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 80


if __name__ == "__main__":
    for path, page in GENERATED.items():
        path.write_text(page(), encoding="utf-8")
