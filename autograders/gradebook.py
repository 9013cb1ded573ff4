"""The gradebook: a projection of transcripts into nbgrader's own database, for its tools, exports and manual grading.

Rules
- It proves nothing: awards come from signed transcripts. It can be thrown away and made again from them (`rebuild`).
- Every graded cell gets an explicit result: a score, or None and "needs manual grade" where a person has to score.
- Of a learner's transcripts for one module the one counts that counts for the award: without review before with, the best
  share, of equal ones the earliest.
- What a person wrote (manual scores, extra credit, comments) is kept; if the automatic score under it changes, it is
  marked to be looked at again, as nbgrader does.
- One session and one transaction for a batch: all of it or nothing.
"""
from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from nbgrader.api import (
    Assignment,
    Base,
    Comment,
    Course,
    Grade,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy.orm import Session

from autograders.examination import Status
from autograders.record import Marks, cell_source

__all__ = ["counting", "project", "rebuild"]

Body = Mapping[str, Any]
_LOOK = {Status.DIED.value, Status.NOT_RUN.value}


def counting(bodies: Iterable[Body]) -> list[Body]:
    """For each learner and module the transcript that counts."""
    groups: dict[tuple[str, str, str], list[Body]] = defaultdict(list)
    for body in bodies:
        groups[body["submission"]["learner"], body["assessment"]["track"], body["assessment"]["module"]].append(body)

    def order(body: Body) -> tuple[bool, float, str]:
        share = body["score"] / body["max_score"] if body["max_score"] else 0.0
        return body["needs_review"], -share, body["examined"]

    return [min(group, key=order) for group in groups.values()]


def project(place: Path, course: str, sources: Mapping[str, Mapping[str, Any]], bodies: Iterable[Body]) -> None:
    """Write the counting ones of ``bodies`` into the gradebook at ``place``; ``sources`` are the instructor's notebooks by
    module. Transcripts of a module without a source are left out."""
    engine = create_engine(f"sqlite:///{place}")
    try:
        with Session(engine) as session, session.begin():
            _schema(session)
            _one(session, Course, id=course)
            cells: dict[str, Notebook] = {}
            for body in counting(bodies):
                module = body["assessment"]["module"]
                if module in sources:
                    if module not in cells:
                        cells[module] = _notebook(session, course, module, sources[module])
                    _submission(session, cells[module], body)
    finally:
        engine.dispose()


def rebuild(place: Path, course: str, sources: Mapping[str, Mapping[str, Any]], bodies: Iterable[Body]) -> None:
    """Make the gradebook at ``place`` anew; what persons wrote into the old one is lost."""
    new = place.with_name(place.name + ".new")
    new.unlink(missing_ok=True)
    project(new, course, sources, bodies)
    os.replace(new, place)


def _schema(session: Session) -> None:
    """nbgrader's tables and its note of their version; nbgrader itself would start a program to find that out."""
    connection = session.connection()
    if not inspect(connection).get_table_names():
        Base.metadata.create_all(connection)
        version = ScriptDirectory(ALEMBIC_DIR).get_current_head()
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:version)"), {"version": version})


def _one(session: Session, table: type, **by: Any) -> Any:
    """The row of ``table``, made if it is not there."""
    found = session.scalar(select(table).filter_by(**by))
    if found is None:
        found = table(**by)
        session.add(found)
        session.flush()
    return found


def _notebook(session: Session, course: str, module: str, source: Mapping[str, Any]) -> Notebook:
    """The master notebook and its cells, as they are in ``source`` now."""
    assignment = session.scalar(select(Assignment).filter_by(name=module))
    if assignment is None:
        assignment = Assignment(name=module, course_id=course)
        session.add(assignment)
        session.flush()
    notebook = _one(session, Notebook, name=module, assignment_id=assignment.id)
    notebook.kernelspec = json.dumps(source.get("metadata", {}).get("kernelspec", {}))
    wanted: dict[type, dict[str, dict[str, Any]]] = {GradeCell: {}, SolutionCell: {}, TaskCell: {}, SourceCell: {}}
    for cell in source["cells"]:
        marks = Marks.of(cell)
        if marks.grade_id is None or cell["cell_type"] not in ("code", "markdown"):
            continue
        graded = {"max_score": marks.points, "cell_type": cell["cell_type"]}
        if marks.task:
            wanted[TaskCell][marks.grade_id] = graded
        elif marks.grade:
            wanted[GradeCell][marks.grade_id] = graded
        if marks.solution:
            wanted[SolutionCell][marks.grade_id] = {}
        wanted[SourceCell][marks.grade_id] = {"cell_type": cell["cell_type"], "locked": marks.locked, "source": cell_source(cell)}
    for table, cells in wanted.items():
        _cells(session, table, notebook, cells)
    session.flush()
    session.expire(notebook)
    return notebook


def _cells(session: Session, table: type, notebook: Notebook, wanted: Mapping[str, Mapping[str, Any]]) -> None:
    there = {cell.name: cell for cell in session.scalars(select(table).filter_by(notebook_id=notebook.id))}
    for name, values in wanted.items():
        cell = there.pop(name, None)
        if cell is None:
            session.add(table(name=name, notebook_id=notebook.id, **values))
        else:
            for key, value in values.items():
                setattr(cell, key, value)
    for cell in there.values():  # no longer in the source
        for kind in (Grade, Comment) if table is not SourceCell else ():
            for row in session.scalars(select(kind).filter_by(cell_id=cell.id)):
                session.delete(row)
        session.delete(cell)


def _submission(session: Session, notebook: Notebook, body: Body) -> None:
    """One learner's results in ``notebook``."""
    learner = body["submission"]["learner"]
    _one(session, Student, id=learner)
    handed_in = _one(session, SubmittedAssignment, assignment_id=notebook.assignment_id, student_id=learner)
    handed_in.timestamp = datetime.fromisoformat(body["submission"]["received"].replace("Z", "+00:00")).replace(tzinfo=None)
    submitted = _one(session, SubmittedNotebook, assignment_id=handed_in.id, notebook_id=notebook.id)
    tasks = {task["grade_id"]: task for task in body["tasks"]}
    graded: Sequence[Any] = [*session.scalars(select(GradeCell).filter_by(notebook_id=notebook.id)),
                             *session.scalars(select(TaskCell).filter_by(notebook_id=notebook.id))]
    commented = [*session.scalars(select(SolutionCell).filter_by(notebook_id=notebook.id)),
                 *session.scalars(select(TaskCell).filter_by(notebook_id=notebook.id))]
    for cell in graded:
        _grade(_one(session, Grade, cell_id=cell.id, notebook_id=submitted.id), tasks.get(cell.name), body)
    for cell in commented:
        _one(session, Comment, cell_id=cell.id, notebook_id=submitted.id)


def _grade(grade: Grade, task: Mapping[str, Any] | None, body: Body) -> None:
    """The explicit result of one cell."""
    if task is not None and not task["runs"] and body["error"] is None and body["needs_review"]:
        score, look = None, True                      # a person scores it
    elif task is None or body["error"] is not None:
        score, look = 0.0, True                       # nothing was proven
    else:
        score, look = float(task["score"]), any(run["status"] in _LOOK for run in task["runs"])
    changed = grade.auto_score != score
    grade.auto_score = score
    if grade.manual_score is None:
        grade.needs_manual_grade = look
    elif changed:
        grade.needs_manual_grade = True
