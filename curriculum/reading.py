"""Measures of a text as its reader meets it: words, sentences, lines of code, headings.

Rules
- Prose is what is read in the flow: folded answers (``<details>``), fenced code, HTML tags and link targets do not
  count; a formula counts as one word, a piece of inline code as its words.
- A line of code is one that is neither empty nor only a comment.
"""
from __future__ import annotations

import re
from statistics import quantiles

__all__ = ["code_lines", "folded", "headings", "ninetieth", "prose", "sentences", "words"]

FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
FENCED = re.compile(r"^```.*?^```[ \t]*$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*$", re.MULTILINE)
WORD = re.compile(r"[^\W_][\w’'.,:-]*[\w]|[^\W_]")


def prose(markdown: str) -> str:
    """The running text of a Markdown cell."""
    text = FENCED.sub("", FOLDED.sub("", markdown))
    text = re.sub(r"\$\$.+?\$\$|\$[^$\n]+\$", " formula ", text, flags=re.DOTALL)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"<[^>]+>", " ", text)


def words(text: str) -> list[str]:
    return WORD.findall(text)


def sentences(text: str) -> list[str]:
    """Sentences of running text; list items and headings are no sentences."""
    lines = (line for line in text.splitlines() if not re.match(r"\s*([-*+]|\d+\.|#|\|)\s", line))
    joined = re.sub(r"[*_`]", "", "\n".join(lines))
    parts = re.split(r"(?<=[.?!:])\s+(?=[A-Z0-9])|\n\s*\n", joined)
    return [part.strip() for part in parts if len(words(part)) > 1]


def folded(markdown: str) -> list[tuple[str, str]]:
    """Summary and content of each folded block."""
    blocks = []
    for block in FOLDED.findall(markdown):
        summary = re.search(r"<summary>(.*?)</summary>", block, re.DOTALL)
        rest = re.sub(r"<summary>.*?</summary>", "", block, flags=re.DOTALL)
        blocks.append((summary[1].strip() if summary else "", re.sub(r"<[^>]+>", " ", rest).strip()))
    return blocks


def headings(markdown: str) -> list[tuple[int, str]]:
    """Level and text of each heading."""
    return [(len(marks), text) for marks, text in HEADING.findall(FENCED.sub("", markdown))]


def code_lines(source: str) -> int:
    return sum(1 for line in source.splitlines() if line.strip() and not line.strip().startswith("#"))


def ninetieth(values: list[int]) -> float:
    """The 90th percentile; the value itself if there is one only."""
    return quantiles(values, n=10, method="inclusive")[-1] if len(values) > 1 else float(values[0] if values else 0)
