"""``academy grade`` and ``academy check``: the examiner from the command line, without a hub.

Lines of ``academy grade --json``: ``{"submission", "score", "max_score", "tasks": {grade_id: {"score", "max_score", "reason"}},
"needs_review", "error", "transcript"}``, one for each submission, in the order given. Exit codes: 0 all graded, 1 some need
review, 2 some (or all) could not be examined.
"""
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from curriculum.model import Module

__all__ = ["register"]

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
PythonOption = Annotated[Optional[Path], typer.Option("--python", help="The learner environment's interpreter.")]
WorkersOption = Annotated[int, typer.Option("--workers", min=0, help="How many runs at once; 0 is one a core.")]


def grade(
    submissions: Annotated[list[str], typer.Argument(help="Notebooks to grade.", metavar="SUBMISSION.ipynb...")],
    source: Annotated[Path, typer.Option("--source", help="The instructor's nbgrader notebook.")],
    seeds: Annotated[Optional[int], typer.Option("--seeds", min=1, max=20, help="Runs of each submission: the first with the notebook's own SEED, the others with fresh ones.")] = None,
    files: Annotated[Optional[Path], typer.Option("--files", help="A folder of data and helper modules that learners got with the notebook. Default: the notebook's own folder, if it lies in nbgrader's source/.")] = None,
    python: PythonOption = None,
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
) -> int:
    """Grade notebooks against an instructor's nbgrader notebook: learner code isolated, tests apart from it."""
    from autograders.assignment import from_notebook
    from autograders.batch import grade_files
    from autograders.examination import Limits
    from autograders.record import RecordError
    from autograders.seeds import draw
    from hub_config.errors import AcademyError
    from hub_config.settings import load

    settings = load().examiner
    count = settings.seeds if seeds is None else seeds
    limits = Limits(settings.seconds, settings.cell_seconds, settings.memory_mib << 20, settings.processes,
                    settings.file_mib << 20, settings.output_kib << 10)
    workers = workers or settings.parallel
    try:
        with from_notebook(_source(source), name=source.stem, files=files or _course_files(source), limits=limits) as assignment:
            with _examiner(assignment.preload, workers, python) as examiner, _progress(len(submissions), as_json) as advance:
                lines = grade_files(assignment, map(Path, submissions), examiner,
                                    lambda: draw(assignment.declared_seed, count - 1), workers)
                review = failed = False
                for line in lines:
                    typer.echo(json.dumps(line.document) if as_json else _human(line.document))
                    review, failed = review or line.document["needs_review"], failed or line.failed
                    advance()
    except RecordError as error:
        raise AcademyError("source", f"{source}: {error}", "correct the instructor's notebook and grade again") from error
    return 2 if failed else 1 if review else 0


def check(
    module: Annotated[Optional[str], typer.Argument(help="What to check; everything if left out.", metavar="[TRACK[/MODULE]]")] = None,
    data: Annotated[Optional[Path], typer.Option("--data", help="The state directory whose settings name the packs.")] = None,
    seed: Annotated[Optional[int], typer.Option("--seed", min=0, help="Repeat an earlier check's first seed.")] = None,
    lint: Annotated[bool, typer.Option("--lint", help="Only read it: the form of the lesson and of the tasks. Nothing is run.")] = False,
    python: PythonOption = None,
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
) -> int:
    """Check that a module's tests fail what is wrong and pass what is right: mutants, alternatives, blank, hard-coded."""
    from autograders import gate
    from autograders.assignment import preload
    from autograders.record import Record, RecordError
    from curriculum.catalogue import BUILTIN, load_catalogue
    from curriculum.errors import CurriculumError
    from curriculum.notebooks import instructor_notebook
    from hub_config.errors import AcademyError
    from hub_config.settings import load

    settings = load(data)
    packs = ([BUILTIN] if settings.packs.builtin else []) + list(settings.packs.paths)
    workers = workers or settings.examiner.parallel
    passed = True
    try:
        for found in _chosen(load_catalogue(packs), module):
            if lint:
                passed = _lint(found, as_json) and passed
                continue
            wanted = found.preload or preload(Record.of(instructor_notebook(found)))
            with _examiner(wanted, workers, python, found.family) as examiner, _progress(0, as_json) as advance:
                report = gate.check(found, examiner, workers=workers, seed=seed, progress=advance)
            typer.echo(json.dumps(report.document()) if as_json else report.text())
            passed = passed and report.passed
    except (CurriculumError, RecordError) as error:
        raise AcademyError("source", str(error), "correct the module and check it again") from error
    return 0 if passed else 1


def _lint(module: Module, as_json: bool) -> bool:
    """Print what `curriculum.lint` finds; true if it finds nothing."""
    from curriculum.lint import lint

    found = lint(module)
    if as_json:
        typer.echo(json.dumps({"track": module.track, "module": module.id, "version": module.version, "passed": not found,
                               "findings": [asdict(finding) for finding in found]}))
    else:
        head = f"{module.track}/{module.id} {module.version}: "
        typer.echo(head + (f"{len(found)} findings\n" + "\n".join(f"  {one}" for one in found) if found else "nothing to find fault with"))
    return not found


def register(app: typer.Typer) -> None:
    app.command()(grade)
    app.command()(check)


def _source(path: Path) -> dict:
    """The instructor's notebook: trusted, but possibly not what was meant."""
    from autograders.record import RecordError

    try:
        notebook = json.loads(path.read_bytes())
    except OSError as error:
        raise RecordError(f"it cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise RecordError("it is not a notebook: name the .ipynb file that holds the solutions") from error
    if not isinstance(notebook, dict):
        raise RecordError("it is not a notebook: name the .ipynb file that holds the solutions")
    return notebook


def _course_files(source: Path) -> Path | None:
    """nbgrader's rule: everything in ``source/ASSIGNMENT/`` but the notebooks was released with it."""
    folder = source.absolute().parent
    return folder if folder.parent.name == "source" else None


@contextmanager
def _examiner(preload: tuple[str, ...], workers: int, python: Path | None, family: str | None = None) -> Iterator:
    from autograders.environment import learner_environment
    from autograders.examiner import open_examiner

    with open_examiner(learner_environment(_interpreter(python, family), preload), workers=workers) as examiner:
        yield examiner


def _interpreter(python: Path | None, family: str | None) -> Path:
    """The interpreter asked for, or the track family's, or the notebook environment's, or our own."""
    import sys

    from hub_config.errors import AcademyError
    from hub_config.settings import places

    if python is not None:
        if not python.is_file():
            raise AcademyError("not-installed", f"there is no interpreter {python}", "name the environment's bin/python")
        return python.absolute()
    here = places()
    for environment in ([here.track_envs / family] if family else []) + [here.notebook_env]:
        if (environment / "bin/python").is_file():
            return environment / "bin/python"
    return Path(sys.executable)


def _chosen(catalogue, name: str | None):
    if name is None:
        return [module for track in catalogue.tracks for module in track.modules]
    track, _, module = name.partition("/")
    return [catalogue.module(track, module)] if module else list(catalogue.track(track).modules)


@contextmanager
def _progress(total: int, as_json: bool) -> Iterator:
    """A bar on standard error, if a person watches."""
    import sys

    if as_json or not sys.stderr.isatty():
        yield lambda *state: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("examining"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("examining", total=total or None)
        yield lambda *state: bar.update(task, completed=state[0], total=state[1]) if state else bar.advance(task)


def _human(line: dict) -> str:
    """One submission for people: the score, and each task that lost points."""
    name = line["submission"].encode("unicode_escape").decode() if not line["submission"].isprintable() else line["submission"]
    text = f"{name}: {line['score']:g} of {line['max_score']:g}" + (", needs review" if line["needs_review"] else "")
    if line["error"]:
        text += f"\n  {line['error']}"
    for grade_id, task in line["tasks"].items():
        if task["score"] < task["max_score"] and line["transcript"] is not None:
            text += f"\n  {grade_id}: {task['score']:g} of {task['max_score']:g} ({task['reason']})"
    return text
