"""The catalogue: every track and module of the packs that are named, read from their folders.

A pack is a folder of track folders; a track folder holds track.toml and module folders ``NN_name``, each with a
module.toml, an assessment.py and a lesson.md. Rules:
- Folders whose names begin with ``.`` or ``_`` are passed over; any other folder must be what it should be.
- An unknown key is fatal, with a hint of the likely mistake. So are two tracks of one id.
- Every graded cell of an assessment is a task in module.toml and the other way round; every outcome has a task.
"""
from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .definition import Key, check_table, read_toml
from .errors import DefinitionError, NotebookError, UnknownNameError, did_you_mean
from .model import Alignment, Limits, Module, Outcome, Task, Track
from .outcomes import ModuleRequirement, PassRule

__all__ = ["BUILTIN", "Catalogue", "load_catalogue", "load_module", "load_track"]

BUILTIN = Path(__file__).parent / "tracks"

LEVELS = ("aware", "practitioner", "expert")
COMPETENCIES = tuple(f"C{number}" for number in range(1, 11))
TRACK_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MODULE_ID = re.compile(r"[0-9]{2}_[a-z][a-z0-9_]*")
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")

TRACK_KEYS = {
    "title": Key(str), "summary": Key(str), "version": Key(str), "family": Key(str), "level": Key(str),
    "competencies": Key([str]), "assessment": Key(str), "pass_share": Key(float),
    "prerequisites": Key([str], []), "language": Key(str, "en"), "alignment": Key([dict], []),
}
MODULE_KEYS = {
    "title": Key(str), "summary": Key(str), "version": Key(str), "hours": Key(float), "minutes": Key(int),
    "outcome": Key([dict]), "task": Key([dict]), "preload": Key([str], []), "limits": Key(dict, {}),
    "pass_share": Key(float, None), "prerequisites": Key([str], []), "alignment": Key([dict], []),
    "data_licence": Key(str), "text_licence": Key(str, "CC-BY-4.0"),
}
OUTCOME_KEYS = {"code": Key(str), "verb": Key(str), "text": Key(str), "competency": Key(str)}
TASK_KEYS = {"grade_id": Key(str), "answers": Key(str), "title": Key(str), "outcome": Key(str)}
ALIGNMENT_KEYS = {"framework": Key(str), "code": Key(str), "name": Key(str), "confirmed": Key(bool, False)}
LIMIT_KEYS = {name: Key(int, Limits.__dataclass_fields__[name].default) for name in Limits.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All tracks, by id in the order of the packs."""

    tracks: tuple[Track, ...]

    def track(self, track: str) -> Track:
        for found in self.tracks:
            if found.id == track:
                return found
        raise UnknownNameError(f"no track {track!r}; {did_you_mean(track, [t.id for t in self.tracks])}")

    def module(self, track: str, module: str) -> Module:
        modules = self.track(track).modules
        for found in modules:
            if found.id == module:
                return found
        raise UnknownNameError(f"no module {module!r} in {track!r}; {did_you_mean(module, [m.id for m in modules])}")


def load_catalogue(packs: Iterable[Path] = (BUILTIN,)) -> Catalogue:
    """Read every pack. The first broken file stops it: a half-read catalogue would grade against half a rule."""
    tracks: dict[str, Track] = {}
    for pack in packs:
        if not pack.is_dir():
            raise DefinitionError(f"{pack}: no such folder; name a folder that holds track folders")
        for folder in _folders(pack):
            track = load_track(folder)
            if track.id in tracks:
                raise DefinitionError(f"{folder}: the track {track.id!r} is already in {tracks[track.id].path}; rename one")
            tracks[track.id] = track
    return Catalogue(tuple(tracks.values()))


def load_track(folder: Path) -> Track:
    """One track folder with all its modules."""
    file = folder / "track.toml"
    table = check_table(read_toml(file), TRACK_KEYS, str(file))
    _match(TRACK_ID, folder.name, f"{folder}: a track's folder is named like 'output-privacy'")
    _match(VERSION, table["version"], f"{file}: 'version' is written like 1.0.0")
    _one_of(table["level"], LEVELS, f"{file}: level")
    _one_of(table["assessment"], ("public", "private"), f"{file}: assessment")
    for code in table["competencies"]:
        _one_of(code, COMPETENCIES, f"{file}: competencies")
    _share(table["pass_share"], file)
    modules = tuple(load_module(child, table["family"], table["pass_share"]) for child in _folders(folder))
    if not modules:
        raise DefinitionError(f"{folder}: a track needs at least one module folder, such as 01_first_module")
    rule = PassRule(folder.name, tuple(ModuleRequirement(module.id, module.pass_share) for module in modules))
    return Track(
        id=folder.name, title=table["title"], summary=table["summary"], version=table["version"],
        family=table["family"], level=table["level"], competencies=tuple(table["competencies"]),
        assessment=table["assessment"], modules=modules, pass_rule=rule, path=folder,
        prerequisites=tuple(table["prerequisites"]), alignments=_alignments(table["alignment"], file),
        language=table["language"],
    )


def load_module(folder: Path, family: str, pass_share: float) -> Module:
    """One module folder; ``family`` and ``pass_share`` are its track's."""
    file = folder / "module.toml"
    table = check_table(read_toml(file), MODULE_KEYS, str(file))
    _match(MODULE_ID, folder.name, f"{folder}: a module's folder is named like '01_differential_privacy'")
    _match(VERSION, table["version"], f"{file}: 'version' is written like 1.0.0")
    outcomes = tuple(Outcome(**check_table(entry, OUTCOME_KEYS, f"{file}: outcome")) for entry in table["outcome"])
    for outcome in outcomes:
        _one_of(outcome.competency, COMPETENCIES, f"{file}: outcome {outcome.code}: competency")
    for name in ("lesson.md", "assessment.py"):
        if not (folder / name).is_file():
            raise DefinitionError(f"{folder}: {name} is missing; every module has one")
    share = pass_share if table["pass_share"] is None else table["pass_share"]
    _share(share, file)
    return Module(
        id=folder.name, track=folder.parent.name, title=table["title"], summary=table["summary"],
        version=table["version"], hours=table["hours"], minutes=table["minutes"], family=family, outcomes=outcomes,
        tasks=_tasks(table["task"], outcomes, folder), preload=tuple(table["preload"]),
        limits=Limits(**check_table(table["limits"], LIMIT_KEYS, f"{file}: limits")), pass_share=share, path=folder,
        prerequisites=tuple(table["prerequisites"]), alignments=_alignments(table["alignment"], file),
        data_licence=table["data_licence"], text_licence=table["text_licence"],
    )


def _tasks(entries: list[dict[str, Any]], outcomes: tuple[Outcome, ...], folder: Path) -> tuple[Task, ...]:
    file = folder / "module.toml"
    marked = _marked_cells(folder / "assessment.py")
    codes = [outcome.code for outcome in outcomes]
    tasks: dict[str, Task] = {}
    for entry in entries:
        entry = check_table(entry, TASK_KEYS, f"{file}: task")
        grade_id, answers = entry["grade_id"], entry["answers"]
        if grade_id in tasks:
            raise DefinitionError(f"{file}: the task {grade_id!r} is there twice; remove one")
        if not marked.get(grade_id, {}).get("grade"):
            graded = [name for name, mark in marked.items() if mark.get("grade")]
            raise DefinitionError(f"{file}: assessment.py has no tests cell {grade_id!r}; {did_you_mean(grade_id, graded)}")
        if not marked.get(answers, {}).get("solution"):
            solved = [name for name, mark in marked.items() if mark.get("solution")]
            raise DefinitionError(f"{file}: assessment.py has no solution cell {answers!r}; {did_you_mean(answers, solved)}")
        if entry["outcome"] not in codes:
            raise DefinitionError(f"{file}: task {grade_id!r}: unknown outcome {entry['outcome']!r}; {did_you_mean(entry['outcome'], codes)}")
        tasks[grade_id] = Task(points=marked[grade_id]["points"], **entry)
    for grade_id, mark in marked.items():
        if mark.get("grade") and grade_id not in tasks:
            raise DefinitionError(f"{file}: the graded cell {grade_id!r} of assessment.py has no [[task]]; add one")
    for code in codes:
        if code not in {task.outcome for task in tasks.values()}:
            raise DefinitionError(f"{file}: no task shows the outcome {code!r}; add a task or drop the outcome")
    return tuple(tasks[grade_id] for grade_id, mark in marked.items() if mark.get("grade"))


def _marked_cells(assessment: Path) -> dict[str, dict[str, Any]]:
    """The nbgrader marks of an assessment by grade_id, in order, read from its ``# %%`` lines alone."""
    marked: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(assessment.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("# %%") or "nbgrader=" not in line:
            continue
        try:
            mark, _ = json.JSONDecoder().raw_decode(line, line.index("nbgrader=") + len("nbgrader="))
            grade_id = mark["grade_id"]
        except (ValueError, KeyError):
            raise NotebookError(f"{assessment}:{number}: the nbgrader mark is not a JSON object with a grade_id; correct it") from None
        if grade_id in marked:
            raise NotebookError(f"{assessment}:{number}: the grade_id {grade_id!r} is there twice; rename one")
        marked[grade_id] = mark
    return marked


def _folders(folder: Path) -> list[Path]:
    return sorted(child for child in folder.iterdir() if child.is_dir() and child.name[0] not in "._")


def _alignments(entries: list[dict[str, Any]], file: Path) -> tuple[Alignment, ...]:
    return tuple(Alignment(**check_table(entry, ALIGNMENT_KEYS, f"{file}: alignment")) for entry in entries)


def _match(pattern: re.Pattern[str], text: str, message: str) -> None:
    if not pattern.fullmatch(text):
        raise DefinitionError(f"{message}, not {text!r}")


def _one_of(value: str, known: tuple[str, ...], where: str) -> None:
    if value not in known:
        raise DefinitionError(f"{where}: unknown value {value!r}; {did_you_mean(value, known)}")


def _share(value: float, file: Path) -> None:
    if not 0 < value <= 1:
        raise DefinitionError(f"{file}: 'pass_share' is {value}, but must be above 0 and at most 1")
