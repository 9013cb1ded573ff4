from __future__ import annotations

import pytest

from curriculum.reading import code_lines, folded, headings, ninetieth, prose, sentences, words


@pytest.mark.parametrize(("text", "count"), [
    ("", 0), ("one", 1), ("It's 1,000 well-known words.", 4), ("a b", 2), ("– — …", 0), ("état général", 2), ("x = 1", 2),
])
def test_words(text, count):
    assert len(words(text)) == count


@pytest.mark.parametrize(("markdown", "text"), [
    ("a <b>c</b>", "a  c "),
    ("see [the page](https://example.org/long/path)", "see the page"),
    ("![a bar chart](x.png)", "a bar chart"),
    ("with $e^{x}$ and $$a\nb$$", "with  formula  and  formula "),
    ("open\n<details><summary>A</summary>\n\nfolded\n\n</details>\nafter", "open\n\nafter"),
    ("x\n```python\ncode here\n```\ny", "x\n\ny"),
])
def test_prose(markdown, text):
    assert prose(markdown) == text


@pytest.mark.parametrize(("text", "count"), [
    ("One two. Three four? Five six.", 3), ("A whole line without an end", 1), ("- item one\n- item two", 0), ("# A heading\n\nA sentence.", 1),
    ("About 3.5 percent of e.g. cases.", 1), ("First part: Second part.", 2),
])
def test_sentences(text, count):
    assert len(sentences(text)) == count


def test_folded_blocks_and_headings():
    assert folded("<details><summary>A. x</summary>\n\n why <b>so</b>\n</details>") == [("A. x", "why  so")]
    assert headings("# One\n\ntext\n\n### Two words\n```\n# no heading\n```\n") == [(1, "One"), (3, "Two words")]


@pytest.mark.parametrize(("values", "result"), [([], 0), ([7], 7), ([1, 1], 1), (list(range(1, 12)), 10)])
def test_ninetieth(values, result):
    assert ninetieth(values) == result


def test_code_lines():
    assert code_lines("# comment\n\nx = 1  # why\n    # more\ny = 2") == 2
