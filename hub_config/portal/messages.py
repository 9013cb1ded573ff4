"""Languages: gettext-style catalogues, one ``<language>.po`` a language in ``messages/``; English is the text itself.

Rules
- A message without a translation is shown in English. Only languages with a catalogue are offered.
- The choice is: what the person chose (cookie), then the browser's list, then the hub's language.
- Direction is a property of the language's script, and of nothing else.
"""
from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Language", "Messages", "read_po"]

FOLDER = Path(__file__).parent / "messages"
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
NAMES = {"en": "English", "fr": "Français", "ar": "العربية", "es": "Español", "pt": "Português", "ru": "Русский", "zh": "中文",
         "dv": "ދިވެހި", "fa": "فارسی", "ur": "اردو", "he": "עברית"}


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def dir(self) -> str:
        return "rtl" if self.code.split("-")[0] in RIGHT_TO_LEFT else "ltr"

    @property
    def name(self) -> str:
        return NAMES.get(self.code, self.code)

    def gettext(self, message: str) -> str:
        return self.texts.get(message) or message

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.gettext(one if number == 1 else many)


def read_po(text: str) -> dict[str, str]:
    """msgid → msgstr of a .po file; plural forms 0 and 1 stand for msgid and msgid_plural. Fuzzy entries do not count."""
    found: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        if re.search(r"^#,.*\bfuzzy\b", block, re.M):
            continue
        entry: dict[str, str] = {}
        key = None
        for line in block.splitlines():
            if match := re.match(r'(msgid_plural|msgid|msgstr(?:\[\d\])?)\s+(".*")\s*$', line):
                key = match[1]
                entry[key] = ast.literal_eval(match[2])
            elif key and line.startswith('"'):
                entry[key] += ast.literal_eval(line)
        if entry.get("msgid"):
            found[entry["msgid"]] = entry.get("msgstr", entry.get("msgstr[0]", ""))
            if "msgid_plural" in entry:
                found[entry["msgid_plural"]] = entry.get("msgstr[1]", entry.get("msgstr[0]", ""))
    return {key: value for key, value in found.items() if value}


class Messages:
    """All catalogues of a folder. ``default`` is the hub's language."""

    def __init__(self, folder: Path = FOLDER, default: str = "en") -> None:
        self.languages = {"en": Language("en")}
        for path in sorted(folder.glob("*.po")):
            self.languages[path.stem] = Language(path.stem, read_po(path.read_text(encoding="utf-8")))
        self.default = self.languages.get(default, self.languages["en"])

    def choose(self, chosen: str | None, accepted: str | None) -> Language:
        """The language for a request: ``chosen`` is the cookie's, ``accepted`` the Accept-Language header."""
        if chosen in self.languages:
            return self.languages[chosen]
        wanted = []
        for number, part in enumerate((accepted or "")[:500].split(",")):
            code, _, weight = part.strip().partition(";q=")
            try:
                wanted.append((-float(weight or 1), number, code.split("-")[0].lower()))
            except ValueError:
                continue
        for _, _, code in sorted(wanted):
            if code in self.languages:
                return self.languages[code]
        return self.default
