"""The gate a module passes before a learner sees it: can its checks be fooled, and do they fail anybody who is right?

| finding | it says |
|---|---|
| instructor | the instructor's own answers get full marks, at every seed |
| blank | the release as it is gets no point |
| mutant NAME | a wrong answer fails the task it is about, and no other |
| alternative NAME | another right answer gets full marks |
| hard-coded TASK | an answer that was right for one seed only fails at a fresh one |
| release | what learners get holds no solution, hidden test or output |
| counts TASK | there are enough mutants and alternatives |
| time, memory | one run of the instructor's answers stays within half the module's limits |
| asserts TASK | the tests cell holds something that can fail |
| liar, subclass, claims TASK | an object that lies in comparisons, or a right form with wrong values, loses points |
| kill rate, false pass, false fail | the label's figures are within its thresholds (`autograders.trust.label`) |
| equivalent KEY | a person's judgement is about a change that is still made |

The last four, and memory, need a thorough check. A module passes if every finding is good. If the instructor's own answers fail, the other answers are not tried. Nothing
here looks at a learner's data.
"""
from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from autograders.assignment import Assignment, from_module
from autograders.batch import grade_bytes
from autograders.pipeline import Graded
from autograders.seeds import Seeds, draw
from autograders.steps.examine import ExaminerLike
from autograders.steps.hardcode import hard_coded
from autograders.trust import pages
from autograders.trust.asserting import checks_nothing
from autograders.trust.kept import sources
from autograders.trust.label import FALSE_FAIL, FALSE_PASS, KILL_RATE, Label
from autograders.trust.liars import KINDS
from autograders.trust.trials import FLAKES, PER_TASK, label_module

if TYPE_CHECKING:
    from curriculum.model import Module

__all__ = ["ALTERNATIVES", "MUTANTS", "Finding", "Report", "check", "leaks"]

MUTANTS, ALTERNATIVES = 4, 2   # of each task, at least
INSTRUCTOR_SEEDS = 5
TIME_SHARE = 0.5               # of the module's limit, that an ordinary run may take


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    passed: bool
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    track: str
    module: str
    version: str
    findings: tuple[Finding, ...]
    sources: str = ""
    label: Label | None = None     # of a thorough check

    @property
    def passed(self) -> bool:
        return bool(self.findings) and all(finding.passed for finding in self.findings)

    def document(self) -> dict[str, Any]:
        return {"track": self.track, "module": self.module, "version": self.version, "passed": self.passed,
                "findings": [asdict(finding) for finding in self.findings], "sources": self.sources,
                "label": self.label.document() if self.label else None}

    def page(self) -> str:
        """The whole report as text, to be kept with the module."""
        return pages.text(self)

    def html(self) -> str:
        return pages.html(self)

    def text(self) -> str:
        """For people: what failed, or one line."""
        bad = [finding for finding in self.findings if not finding.passed]
        head = f"{self.track}/{self.module} {self.version}: "
        if not bad:
            return head + f"all {len(self.findings)} findings are good"
        return head + f"{len(bad)} of {len(self.findings)} findings are not good\n" + "\n".join(
            f"  {finding.name}: {finding.message}" for finding in bad)


def check(module: Module, examiner: ExaminerLike, *, workers: int = 1, seed: int | None = None, thorough: bool = False,
          per_task: int = PER_TASK, flakes: int = FLAKES, progress: Callable[[int, int], None] = lambda done, all: None) -> Report:
    """Examine everything that ``module`` claims. ``seed`` repeats an earlier gate's first seed; ``thorough``
    adds the label, with ``per_task`` generated wrong answers and ``flakes`` runs of the right ones.

    Raises CurriculumError or RecordError if the module cannot be read, and whatever the examiner raises."""
    from curriculum.notebooks import notebook_bytes

    own = secrets.randbits(31) if seed is None else seed
    with from_module(module) as assignment:
        trials = list(_trials(module, assignment, own))

        def run(trial: _Trial) -> list[Finding]:
            for seeds in trial.attempts:
                found = trial.judge(grade_bytes(assignment, notebook_bytes(trial.notebook), examiner, seeds, id=trial.name))
                if all(finding.passed for finding in found):
                    break
            return found

        findings = list(_static(module, assignment))
        first, *others = trials
        findings += run(first)
        if not all(finding.passed for finding in findings if finding.name == first.name):
            others = []  # what wrong answers do means nothing before the right one passes
        with ThreadPoolExecutor(max(1, workers)) as pool:
            for done, found in enumerate(pool.map(run, others), 2):
                findings += found
                progress(done, len(trials))
        label = None
        if thorough and others:
            label = label_module(module, assignment, examiner, own=own, workers=workers, per_task=per_task, flakes=flakes, progress=progress)
            findings += _labelled(module, label)
    return Report(module.track, module.id, module.version, tuple(findings), sources(module), label)


def _labelled(module: Module, label: Label) -> Iterator[Finding]:
    """The label's findings."""
    for kind in KINDS:
        for one in (one for one in label.wrong if one.kind == kind):
            yield Finding(f"{kind} {one.task}", one.killed, "fails" if one.killed else f"{one.what}, and it passes: compare the values themselves")
    rate, wrong, right = label.kill_rate(), label.false_pass, label.right
    if rate.trials:
        yield Finding("kill rate", rate.share >= KILL_RATE, f"{rate}; {KILL_RATE:.0%} are needed. Strengthen the checks that the survivors "
                      "pass, or note in equivalent.toml why nobody could notice the change")
    yield Finding("false pass", wrong.limits[1] <= FALSE_PASS, f"{wrong}; an upper limit of {FALSE_PASS:.0%} is allowed")
    yield Finding("false fail", not right.hits and right.limits[1] <= FALSE_FAIL,
                  f"{right}; none, and an upper limit of {FALSE_FAIL:.0%}, is allowed")
    yield Finding("memory", label.memory_mib is not None, f"passes within {label.memory_mib} MiB" if label.memory_mib else
                  f"the instructor's answers need more than half of {module.limits.assessment_mib} MiB")
    yield from (Finding(f"equivalent {key}", False, "this change is not made any more: take it out of equivalent.toml") for key in label.stale)

@dataclass(frozen=True, slots=True)
class _Trial:
    """A submission, the seeds of its attempts (a further one is made only if the findings of the last are bad), and what is
    to be found. A wrong answer may need a second seed to show; a right one gets no second chance."""

    name: str
    notebook: Any
    attempts: tuple[Seeds, ...]
    judge: Callable[[Graded], list[Finding]]


def _trials(module: Module, assignment: Assignment, own: int) -> Iterator[_Trial]:
    from curriculum import notebooks

    instructor = notebooks.instructor_notebook(module)
    given = notebooks.solutions(instructor)
    right = notebooks.with_solutions(instructor, given)
    one, two, many = draw(own, 0), draw(own, 1), draw(own, INSTRUCTOR_SEEDS - 1)
    yield _Trial("instructor", right, (many,), lambda g: [_full("instructor", g, own), _time(module, g)])
    yield _Trial("blank", notebooks.release(instructor), (one,), _blank)
    for mutant in notebooks.mutants(module):
        yield _Trial(f"mutant {mutant.name}", mutant.submission, (one, two), _Mutant(mutant.name, mutant.task, mutant.why))
    for other in notebooks.alternatives(module):
        name = f"alternative {other.name}"
        yield _Trial(name, other.submission, (draw(own + 1, 0),), lambda g, name=name: [_full(name, g, own + 1)])
    for task in module.tasks:
        cell = assignment.record.ids[task.answers]
        if cell.code and cell.names and not _classes_only(cell.source, cell.names):
            text = hard_coded(assignment.record, task.answers, own)
            notebook = notebooks.with_solutions(instructor, given | {task.answers: text})
            yield _Trial(f"hard-coded {task.grade_id}", notebook, (two,), _HardCoded(task.grade_id))


def _full(name: str, graded: Graded, seed: int) -> Finding:
    lost = [task for task in graded.scored.tasks if not task.manual and task.score < task.max_score]
    if not lost and graded.error is None:
        return Finding(name, True, "full marks")
    where = "; ".join(f"{task.grade_id} {task.score:g} of {task.max_score:g} ({task.status.value}"
                      f"{f' in line {task.line}' if task.line else ''}, runs: {' '.join(run.status.value for run in task.runs)})"
                      for task in lost)
    return Finding(name, False, f"must get full marks, but: {graded.error or where} (first seed {seed})")


def _blank(graded: Graded) -> list[Finding]:
    points = {task.grade_id: task.score for task in graded.scored.tasks if task.score}
    return [Finding("blank", not points, f"no work gets points: {points}; make these checks fail without an answer"
                    if points else "no point")]


def _time(module: Module, graded: Graded) -> Finding:
    longest = max((result.seconds for result in graded.results), default=0.0)
    allowed = TIME_SHARE * module.limits.assessment_seconds
    return Finding("time", longest <= allowed, f"{longest:.1f} s a run, {allowed:g} s is half the limit")


@dataclass(frozen=True, slots=True)
class _Mutant:
    name: str
    task: str
    why: str

    def __call__(self, graded: Graded) -> list[Finding]:
        name = f"mutant {self.name}"
        scores = {task.grade_id: task for task in graded.scored.tasks if not task.manual}
        if scores[self.task].score >= scores[self.task].max_score:
            return [Finding(name, False, f"passes {self.task}, which must fail it ({self.why}); strengthen that check")]
        others = [task.grade_id for task in scores.values() if task.grade_id != self.task and task.score < task.max_score]
        if others:
            return [Finding(name, False, f"also fails {', '.join(others)}: one mistake must cost one task; "
                            "let those checks use given data")]
        return [Finding(name, True, f"fails {self.task} only")]


@dataclass(frozen=True, slots=True)
class _HardCoded:
    task: str

    def __call__(self, graded: Graded) -> list[Finding]:
        task = next(task for task in graded.scored.tasks if task.grade_id == self.task)
        caught = task.score < task.max_score
        return [Finding(f"hard-coded {self.task}", caught, "fails" if caught else
                        "an answer that was right for one seed passes at another; compute the expected answer from SEED")]


def _classes_only(source: str, names: tuple[str, ...]) -> bool:
    import ast

    from autograders.steps.names import parse

    classes = {node.name for node in parse(source).body if isinstance(node, ast.ClassDef)}
    imported = {alias.asname or alias.name.split(".")[0] for node in parse(source).body
                if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}
    return set(names) <= classes | imported


def _static(module: Module, assignment: Assignment) -> Iterator[Finding]:
    from curriculum import notebooks

    found = leaks(assignment.source, notebooks.release_notebook(module))
    yield Finding("release", not found, "; ".join(found) or "holds no solution, hidden test or output")
    wrong = [mutant.task for mutant in notebooks.mutants(module)]
    right = [other.task for other in notebooks.alternatives(module)]
    for task in module.tasks:
        m, a = wrong.count(task.grade_id), right.count(task.grade_id)
        yield Finding(f"counts {task.grade_id}", m >= MUTANTS and a >= ALTERNATIVES,
                      f"{m} mutants ({MUTANTS} are needed), {a} alternatives ({ALTERNATIVES} are needed)")
        cell = assignment.record.ids[task.grade_id]
        if cell.code and checks_nothing(cell.source):
            yield Finding(f"asserts {task.grade_id}", False, "nothing in this tests cell can fail; assert what the answer must be")


def leaks(instructor: Any, release: Any) -> list[str]:
    """What the ``release`` of ``instructor`` gives away, in words. Whole lines and whole regions are compared."""
    found = []
    text = json.dumps(release)
    for marker in ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN", "BEGIN MARK", "END MARK"):
        if marker in text:
            found.append(f"the release holds the marker {marker!r}")
    after = {cell.metadata["nbgrader"]["grade_id"]: cell for cell in release["cells"] if cell.metadata.get("nbgrader")}
    lines = {line.strip() for cell in release["cells"] for line in cell.source.splitlines()}
    for cell in instructor["cells"]:
        marks = cell.metadata.get("nbgrader")
        if not marks:
            continue
        gone = _regions(cell.source, "HIDDEN TESTS")
        shown = [line for line in gone if len(line) >= 12 and line in lines]
        if shown:
            found.append(f"{marks['grade_id']}: the hidden line {shown[0]!r} is in the release")
        if marks.get("solution") and cell.cell_type == "code":
            answer = _regions(cell.source, "SOLUTION") or [line.strip() for line in cell.source.splitlines() if line.strip()]
            kept = after[marks["grade_id"]].source
            if all(line in kept for line in answer):
                found.append(f"{marks['grade_id']}: the release holds the solution")
            elif len(answer) > 2 and all(line in lines for line in answer):
                found.append(f"{marks['grade_id']}: the solution's lines stand elsewhere in the release")
    for cell in release["cells"]:
        if cell.get("outputs") or cell.get("execution_count"):
            found.append("the release holds outputs")
            break
    return found


def _regions(source: str, name: str) -> list[str]:
    """The lines that stand in the regions ``name``, stripped, without empty ones."""
    inside, lines = False, []
    for line in source.splitlines():
        if f"BEGIN {name}" in line:
            inside = True
        elif f"END {name}" in line:
            inside = False
        elif inside and line.strip():
            lines.append(line.strip())
    return lines
