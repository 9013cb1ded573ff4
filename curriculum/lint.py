"""Lint of a module: the form of its lesson (rules 1 to 10) and of its assessment (A1 to A3), accessibility (H, M).

 1 Markdown cells: median at most 70 words, none above 250      6 sentences: median at most 18 words, 90 % at most 30
 2 at most 300 words between two code cells                     7 four plots or more: title, axes, alt text, text after
 3 code cells: 90 % at most 15 lines, none above 25, 3 in a row 8 something to do every 400 words, four times at least
 4 first code within 200 words, first picture within 400        9 5-9 headings of 7 words, sections of 400; data, sources
 5 25-60 cells, at most 1,900 words                            10 numbers printed not typed, seeds, words, exercises, quiz
 H one first-level heading, no level skipped, every picture described      M licences, prerequisites, no outputs
 A1 a task's text: its parts in order, 30-110 words     A2 the points stated are the points given
 A3 every assert has a message

Whether checks can be fooled, and whether there are enough wrong and right answers to try, is the gate's business.
A rule may be set aside for one cell, with a reason: the cell's metadata ``lint: "10: the reason"``.
"""
from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from nbformat import NotebookNode

from . import marking, notebooks, reading
from .model import Module

__all__ = ["Finding", "lint"]

ACTION = re.compile(r"\*\*(predict|try it|exercise|question|check)\b", re.IGNORECASE)
RESULT = re.compile(r"(?<![\w.])\d+(?:\.\d+)?\s?%|(?<![\w.-])\d+\.\d+(?![\w.])")
FORBIDDEN = re.compile(r"\b(obviously|just|trivial|trivially|simply|of course|as is well known)\b", re.IGNORECASE)
UNSEEDED = re.compile(r"default_rng\(\s*\)|np\.random\.(?!default_rng|Generator|SeedSequence)\w+\(|(?<![\w.])random\.\w+\(|random_state=None")
PARTS = ("Input", "Do", "Output", "Edge cases", "Example", "Points")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken, where (a cell's id or the file), and what to change."""

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"[{self.rule}] {self.where}: {self.message}"


def lint(module: Module) -> list[Finding]:
    """Every finding on the module's lesson and assessment; an empty list is what a released module has."""
    lesson, assessment = notebooks.lesson_notebook(module), notebooks.instructor_notebook(module)
    set_aside = {(cell.id, str(cell.metadata["lint"]).split(":")[0]) for cell in lesson.cells if ":" in str(cell.metadata.get("lint", ""))}
    found = [*_cells(lesson), *_flow(lesson), *_plots(lesson), *_sections(lesson), *_claims(lesson), *_practice(lesson),
             *_accessible(lesson), *_described(module), *_tasks(module, assessment)]
    return [finding for finding in found if (finding.where, finding.rule) not in set_aside]


def _texts(lesson: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in lesson.cells if cell.cell_type == "markdown"]


def _codes(lesson: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in lesson.cells if cell.cell_type == "code"]


def _count(cell: NotebookNode) -> int:
    return len(reading.words(reading.prose(cell.source)))


def _cells(lesson: NotebookNode) -> Iterator[Finding]:
    """Rules 1, 3, 5, 6: sizes."""
    counts = {cell.id: _count(cell) for cell in _texts(lesson)}
    if counts and median(counts.values()) > 70:
        yield Finding("1", "lesson", f"the median Markdown cell has {median(counts.values()):.0f} words; keep it to 70")
    yield from (Finding("1", name, f"{count} words; split the cell at 250") for name, count in counts.items() if count > 250)
    lines = {cell.id: reading.code_lines(cell.source) for cell in _codes(lesson)}
    if reading.ninetieth(list(lines.values())) > 15:
        yield Finding("3", "lesson", f"the longest tenth of the code cells begins at {reading.ninetieth(list(lines.values())):.0f} lines; keep it to 15")
    yield from (Finding("3", name, f"{count} lines; split the cell at 25") for name, count in lines.items() if count > 25)
    if not 25 <= len(lesson.cells) <= 60:
        yield Finding("5", "lesson", f"{len(lesson.cells)} cells; a lesson has 25 to 60")
    if (total := sum(counts.values())) > 1900:
        yield Finding("5", "lesson", f"{total} words; a lesson has at most 1,900")
    lengths = [len(reading.words(sentence)) for cell in _texts(lesson) for sentence in reading.sentences(reading.prose(cell.source))]
    if lengths and (median(lengths) > 18 or reading.ninetieth(lengths) > 30):
        yield Finding("6", "lesson", f"sentences have a median of {median(lengths):.0f} words and 90 % up to {reading.ninetieth(lengths):.0f}; keep to 18 and 30")


def _flow(lesson: NotebookNode) -> Iterator[Finding]:
    """Rules 2, 3 (in a row), 4, 8: the order of text, code, pictures and things to do."""
    since_code = since_action = read = in_a_row = actions = 0
    first_code = first_picture = None
    for cell in lesson.cells:
        if cell.cell_type == "code":
            first_code = read if first_code is None else first_code
            if _is_plot(cell) and first_picture is None:
                first_picture = read
            in_a_row, since_code = in_a_row + 1, 0
            if in_a_row == 4:
                yield Finding("3", cell.id, "the fourth code cell in a row; say in between what is seen")
            continue
        in_a_row = 0
        count = _count(cell)
        read, since_code, since_action = read + count, since_code + count, since_action + count
        if since_code > 300 and "quiz" not in cell.metadata.get("tags", []):
            yield Finding("2", cell.id, f"{since_code} words since the last code cell; keep it to 300")
        if since_action > 400:
            yield Finding("8", cell.id, f"{since_action} words since there was something to do; ask for a prediction or an edit")
        if found := ACTION.findall(cell.source):
            actions, since_action = actions + len(found), 0
    if first_code is None or first_code > 200:
        yield Finding("4", "lesson", f"the first code comes after {first_code} words; run something within 200")
    if first_picture is None or first_picture > 400:
        yield Finding("4", "lesson", f"the first picture comes after {first_picture} words; show one within 400")
    if actions < 4:
        yield Finding("8", "lesson", f"{actions} things to do; a lesson has at least four")


def _is_plot(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and any(name == "show" for name, _ in _calls(cell.source))


def _calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    """Name and node of each call; IPython's own lines are passed over."""
    plain = "\n".join("pass" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    for node in ast.walk(ast.parse(plain)):
        if isinstance(node, ast.Call):
            yield (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")), node


def _plots(lesson: NotebookNode) -> Iterator[Finding]:
    """Rule 7."""
    plots = 0
    for index, cell in enumerate(lesson.cells):
        if cell.cell_type != "code":
            continue
        names = [name for name, _ in _calls(cell.source)]
        if "show" not in names:
            if {"plot", "bar", "barh", "hist", "scatter", "step", "imshow"} & set(names):
                yield Finding("7", cell.id, "a plot without show(title, x, y, alt=…): give it labels and a description")
            continue
        plots += 1
        for name, call in _calls(cell.source):
            if name == "show":
                yield from _labelled(cell, call)
        if index + 1 == len(lesson.cells) or lesson.cells[index + 1].cell_type != "markdown":
            yield Finding("7", cell.id, "no text follows the plot; say what is seen and what follows")
    if plots < 4:
        yield Finding("7", "lesson", f"{plots} plots; a lesson has at least four")


def _labelled(cell: NotebookNode, call: ast.Call) -> Iterator[Finding]:
    """One call ``show(title, x, y, alt=…)``: three labels, units in brackets, a description."""
    labels = [_constant(argument) for argument in call.args]
    if len(labels) != 3 or not all(labels):
        yield Finding("7", cell.id, "show needs a title and a label for each axis")
    elif not all(re.search(r"\(.+\)", label) for label in labels[1:]):
        yield Finding("7", cell.id, "each axis label ends with its unit in brackets, as in 'error (persons)'")
    alt = "".join(_constant(keyword.value) for keyword in call.keywords if keyword.arg == "alt")
    if not 15 <= (count := len(reading.words(alt))) <= 40:
        yield Finding("7", cell.id, f"the description has {count} words; say kind, axes and shape in 15 to 40")


def _constant(node: ast.expr) -> str:
    """The fixed text in an expression."""
    return "".join(part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _sections(lesson: NotebookNode) -> Iterator[Finding]:
    """Rule 9."""
    text = "\n\n".join(cell.source for cell in _texts(lesson))
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    if not 5 <= len(sections) - 1 <= 9:
        yield Finding("9", "lesson", f"{len(sections) - 1} sections; a lesson has 5 to 9")
    for section in sections[1:]:
        title = section.splitlines()[0]
        if len(reading.words(title)) > 7:
            yield Finding("9", title, "a heading has at most 7 words")
        if (count := len(reading.words(reading.prose(section)))) > 400:
            yield Finding("9", title, f"{count} words in the section; split it at 400")
    if not re.search(r"^- ", sections[0], re.MULTILINE):
        yield Finding("9", "lesson", "no list of objectives before the first section")
    if not re.search(r"^- ", sections[-1], re.MULTILINE):
        yield Finding("9", "lesson", "no list of claims in the last section")
    sources = re.search(r"\*\*Sources?:\*\*(.*?)(\n\n|\Z)", text, re.DOTALL)
    if not sources or len(re.findall(r"\b(?:19|20)\d\d\b", sources[1])) < 2:
        yield Finding("9", "lesson", "at least two sources with their years, after **Sources:**")
    if not re.search(r"\*\*Data:\*\*", text):
        yield Finding("9", "lesson", "say after **Data:** where the data come from, their year and licence")


def _claims(lesson: NotebookNode) -> Iterator[Finding]:
    """Rule 10: numbers, seeds, words."""
    for index, cell in enumerate(lesson.cells):
        if cell.cell_type == "code":
            if found := UNSEEDED.search(cell.source):
                yield Finding("10", cell.id, f"{found[0]!r} draws without a seed; use a seeded generator")
            continue
        text = re.sub(r"`[^`]*`|CC BY \d\.\d", "", reading.prose(cell.source))
        if found := FORBIDDEN.search(text):
            yield Finding("10", cell.id, f"the word {found[0]!r}; say what is meant, or leave it out")
        if "!" in text:
            yield Finding("10", cell.id, "an exclamation mark; end the sentence with a full stop")
        guarded = index + 1 < len(lesson.cells) and "assert " in lesson.cells[index + 1].source
        practice = "quiz" in cell.metadata.get("tags", []) or re.search(r"\*\*(Exercise|Question)", cell.source)
        if not guarded and not practice and (found := RESULT.search(text)):
            yield Finding("10", cell.id, f"the number {found[0]!r} is typed; print it, or let the next cell assert it")


def _practice(lesson: NotebookNode) -> Iterator[Finding]:
    """Rule 10: exercises and quiz."""
    questions = 0
    for cell in _texts(lesson):
        for exercise in re.findall(r"\*\*Exercise.*?(?=\n\n|\Z)", cell.source, re.DOTALL):
            if not 30 <= (count := len(reading.words(exercise))) <= 110 or "`" not in exercise:
                yield Finding("10", cell.id, f"the exercise has {count} words; it needs 30 to 110 and the name of its result as code")
        for question in re.split(r"(?=\*\*Question)", cell.source)[1:]:
            questions += 1
            options = reading.folded(question)
            if not 3 <= len(options) <= 5:
                yield Finding("10", cell.id, f"{len(options)} options; a question has 3 to 5")
            for option, feedback in options:
                if not 15 <= len(reading.words(feedback)) <= 45:
                    yield Finding("10", cell.id, f"the feedback on {option!r} has {len(reading.words(feedback))} words; give 15 to 45")
            if sum(feedback.startswith("Right") for _, feedback in options) != 1 and "several answers" not in cell.source:
                yield Finding("10", cell.id, "exactly one option's feedback begins with 'Right', unless several answers are announced")
    if not 3 <= questions <= 8:
        yield Finding("10", "lesson", f"{questions} quiz questions; a lesson has 3 to 8")


def _accessible(lesson: NotebookNode) -> Iterator[Finding]:
    """Rule H."""
    levels = [(level, text) for cell in _texts(lesson) for level, text in reading.headings(cell.source)]
    if [level for level, _ in levels].count(1) != 1 or not levels or levels[0][0] != 1:
        yield Finding("H", "lesson", "exactly one first-level heading, at the top")
    for (before, _), (level, text) in zip(levels, levels[1:], strict=False):
        if level > before + 1:
            yield Finding("H", text, f"the heading goes from level {before} to {level}; do not skip one")
    for cell in _texts(lesson):
        if re.search(r"!\[\s*\]\(|<img(?![^>]*\balt=\"[^\"]+\")", cell.source):
            yield Finding("H", cell.id, "a picture without a description")


def _described(module: Module) -> Iterator[Finding]:
    """Rule M."""
    if not module.data_licence or not module.text_licence:
        yield Finding("M", "module.toml", "name the licences of data and text")
    if not module.prerequisites:
        yield Finding("M", "module.toml", "say what a learner must know already: prerequisites")
    if not 20 <= module.minutes <= 45:
        yield Finding("M", "module.toml", f"{module.minutes} minutes of reading; a lesson takes 20 to 45")


def _tasks(module: Module, assessment: NotebookNode) -> Iterator[Finding]:
    """Rules A1 to A3."""
    text = None
    by_answer = {task.answers: task for task in module.tasks}
    for cell in assessment.cells:
        marks = marking.mark(cell)
        if cell.cell_type == "markdown":
            text = cell.source
        elif marks.get("solution") and text is not None and marks["grade_id"] in by_answer:
            task, where = by_answer[marks["grade_id"]], marks["grade_id"]
            places = [text.find(f"**{part}**") for part in PARTS]
            if -1 in places or places != sorted(places):
                yield Finding("A1", where, "the task's text needs, in this order: " + ", ".join(PARTS))
            if not 30 <= (count := len(reading.words(re.sub(r"`[^`]*`", "code", reading.prose(text))))) <= 110:
                yield Finding("A1", where, f"the task's text has {count} words, a piece of code being one; give 30 to 110")
            if not re.search(rf"\*\*Points\*\*: {task.points:g}\b", text):
                yield Finding("A2", where, f"the text must state the points: **Points**: {task.points:g}")
        elif marks.get("grade"):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Assert) and not (isinstance(node.msg, ast.Constant) and 6 <= len(reading.words(str(node.msg.value))) <= 30):
                    yield Finding("A3", marks["grade_id"], f"line {node.lineno}: an assert needs a fixed message of 6 to 30 words: what is expected, where to look")
