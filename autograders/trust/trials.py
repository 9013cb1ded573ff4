"""Trying the answers: every wrong one against its task, every right one again and again.

Rules
- Only one answer differs from the instructor's. A run ends with the task's tests cell. The other tasks' tests are left out where the
  instructor's answers pass without them: a thousand runs cost little.
- A wrong answer passes if it has full marks at three seeds, as a certified verdict needs. Its run may take ten times what the
  instructor's takes; running out of time or memory is a failure.
- The instructor's answers are run ``flakes`` times whole (every seed three times), the alternatives at three seeds.
- Memory: the smallest of the limit's half, quarter, eighth and sixteenth under which the instructor's answers pass.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autograders.assignment import Assignment
from autograders.examination import Cell, CellKind, Limits, RunResult
from autograders.seeds import draw
from autograders.steps.examine import ExaminerLike
from autograders.steps.names import parse
from autograders.steps.parameterise import runs
from autograders.steps.rebuild import rebuild
from autograders.submission import Submission
from autograders.trust.asserting import assertions
from autograders.trust.generated import choose, generate
from autograders.trust.label import Label, Rate, Wrong
from autograders.trust.liars import KINDS, liar

if TYPE_CHECKING:
    from curriculum.model import Module

__all__ = ["FLAKES", "PER_TASK", "Answer", "label", "label_module"]

PER_TASK = 20     # generated wrong answers
FLAKES = 15
SEEDS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to try: ``source`` stands in the solution cell ``cell`` of ``task``."""

    task: str
    cell: str
    kind: str
    name: str
    what: str
    source: str
    equivalent: str = ""


def label_module(module: Module, assignment: Assignment, examiner: ExaminerLike, *, own: int, workers: int = 1, per_task: int = PER_TASK,
                 flakes: int = FLAKES, progress: Callable[[int, int], None] = lambda done, all: None) -> Label:
    """The label of a module of the curriculum, its own mutants and alternatives included."""
    from autograders.trust.judged import judged
    from curriculum import notebooks

    said = judged(module)
    wrong = [Answer(one.task, one.answers, "mutant", one.name, one.why, one.source) for one in notebooks.mutants(module)]
    right = [Answer(one.task, one.answers, "alternative", one.name, one.why, one.source) for one in notebooks.alternatives(module)]
    pairs = [(task.grade_id, task.answers) for task in module.tasks]
    return label(assignment, pairs, examiner, own=own, wrong=wrong, right=right, judged=said, workers=workers, per_task=per_task,
                 flakes=flakes, progress=progress)


def label(assignment: Assignment, pairs: Sequence[tuple[str, str]], examiner: ExaminerLike, *, own: int, wrong: Iterable[Answer] = (),
          right: Iterable[Answer] = (), judged: dict[str, str] | None = None, workers: int = 1, per_task: int = PER_TASK,
          flakes: int = FLAKES, progress: Callable[[int, int], None] = lambda done, all: None) -> Label:
    """Try everything on the tasks ``pairs``: (tests cell, solution cell)."""
    from nbformat import from_dict

    from curriculum.notebooks import solutions, with_solutions

    source = from_dict(dict(assignment.source))
    given = solutions(source)
    bench = _Bench(assignment, examiner, rebuild(assignment.record, Submission.of(with_solutions(source, given))).cells)
    seeds = draw(own, SEEDS - 1).values
    points = {cell.id: cell.points for cell in assignment.record.tasks}
    many = [seed for seed in draw(own, max(flakes // 3, 1) - 1).values for _ in range(3)]
    with ThreadPoolExecutor(max(1, workers)) as pool:
        whole = list(pool.map(lambda seed: bench.run(bench.cells, seed, assignment.limits), many))
        seconds = max((result.seconds for result in whole), default=0.0)
        bench.patience = replace(assignment.limits, seconds=min(assignment.limits.seconds, 5 + 10 * seconds),
                                 cell_seconds=min(assignment.limits.cell_seconds, 5 + 10 * seconds))
        tasks = [task for task, _ in pairs if points[task] > 0]
        bench.alone = {task for task, ok in zip(tasks, pool.map(lambda task: bench.lasts(task, seeds[0]), tasks), strict=True) if ok}
        lost = sum(verdict.score < verdict.max_score for result in whole for verdict in result.verdicts if verdict.id in tasks)
        tried = len(whole) * len(tasks)
        answers, stale = [*wrong], dict(judged or {})
        for task, cell in pairs:
            if task in tasks and assignment.record.ids[cell].code:
                answers += _made(assignment, task, cell, given[cell], per_task, judged or {}, stale)
        done = iter(range(1, len(answers) + 1))

        def attempt(answer: Answer) -> Wrong:
            found = bench.attempt(answer, seeds)
            progress(next(done), len(answers))
            return found
        ends = list(pool.map(attempt, [one for one in answers if one.task in tasks]))
        for verdicts in pool.map(lambda answer: [bench.score(answer, seed) for seed in seeds], [one for one in right if one.task in tasks]):
            lost += sum(verdict is None or verdict.score < verdict.max_score for verdict in verdicts)
            tried += len(verdicts)
    memory = bench.memory(own, tasks)
    return Label(tuple(ends), Rate(lost, tried), seconds, memory, tuple(_idle(assignment, tasks, ends)), tuple(stale))


def _made(assignment: Assignment, task: str, cell: str, given: str, most: int, judged: dict[str, str], stale: dict[str, str]) -> Iterable[Answer]:
    """Generated answers and liars; what a person has judged does not count towards ``most``."""
    made = generate(given)
    known = [one for one in made if one.key in judged]
    for one in known:
        stale.pop(one.key, None)
    for one in [*known, *choose([one for one in made if one.key not in judged], most)]:
        yield Answer(task, cell, "generated", one.key, f"{one.kind} in line {one.line}: {one.what}", one.source, judged.get(one.key, ""))
    names = assignment.record.ids[cell].names
    if names:
        for kind in KINDS:
            yield Answer(task, cell, kind, kind, f"every answer is a {kind}" if kind != "claims" else "right types, wrong values",
                         liar(given, names, kind))


def _idle(assignment: Assignment, tasks: list[str], ends: list[Wrong]) -> Iterable[tuple[str, int, str]]:
    for task in tasks:
        texts = assertions(assignment.record.ids[task].source)
        hit = {one.line for one in ends if one.task == task and one.line}
        yield from ((task, line, text) for line, text in sorted(texts.items()) if line not in hit)


class _Bench:
    def __init__(self, assignment: Assignment, examiner: ExaminerLike, cells: tuple[Cell, ...]) -> None:
        self.assignment, self.examiner, self.cells = assignment, examiner, cells
        self.alone: set[str] = set()
        self.patience = assignment.limits

    def run(self, cells: tuple[Cell, ...], seed: int, limits: Limits) -> RunResult:
        one = self.assignment
        (run,) = runs(one.record, cells, [seed], one.instructor_files, one.shared_files)
        return self.examiner.examine(run, limits)

    def cut(self, task: str, alone: bool, answer: Answer | None = None) -> tuple[Cell, ...]:
        made = []
        for cell in self.cells:
            if answer is not None and cell.id == answer.cell and cell.kind is CellKind.SOLUTION:
                cell = replace(cell, submitted=answer.source)
            if cell.id == task or not (alone and cell.kind is CellKind.TESTS):
                made.append(cell)
            if cell.id == task:
                break
        return tuple(made)

    def lasts(self, task: str, seed: int) -> bool:
        """Whether the instructor's answers pass ``task`` without the other tests."""
        verdict = _verdict(self.run(self.cut(task, True), seed, self.patience), task)
        return verdict is not None and verdict.score >= verdict.max_score

    def score(self, answer: Answer, seed: int):
        return _verdict(self.run(self.cut(answer.task, answer.task in self.alone, answer), seed, self.patience), answer.task)

    def attempt(self, answer: Answer, seeds: Sequence[int]) -> Wrong:
        if not _reads(answer.source):
            return Wrong(answer.task, answer.kind, answer.name, answer.what, True, "not Python", None, answer.equivalent)
        for seed in seeds:
            verdict = self.score(answer, seed)
            if verdict is None or verdict.score < verdict.max_score:
                return Wrong(answer.task, answer.kind, answer.name, answer.what, True, verdict.status.value if verdict else "not_run",
                             verdict.line if verdict else None, answer.equivalent)
        return Wrong(answer.task, answer.kind, answer.name, answer.what, False, "passed", None, answer.equivalent)

    def memory(self, seed: int, tasks: list[str]) -> int | None:
        least = None
        for part in (2, 4, 8, 16):
            share = self.assignment.limits.memory_bytes // part
            result = self.run(self.cells, seed, replace(self.assignment.limits, memory_bytes=share))
            if any((v := _verdict(result, task)) is None or v.score < v.max_score for task in tasks):
                break
            least = share >> 20
        return least


def _verdict(result: RunResult, task: str):
    found = [verdict for verdict in result.verdicts if verdict.id == task]
    return found[0] if len(found) == 1 else None


def _reads(source: str) -> bool:
    try:
        parse(source)
    except ValueError:
        return False
    return True
