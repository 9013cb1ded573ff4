"""The scored notebook: what the learner submitted in the instructor's frame, with an explicit result in every graded cell.

nbgrader reads scores out of outputs and fails open: a graded cell without output gets full points, any text on stderr
gives 0. So every tests cell here carries exactly one output that `nbgrader.utils.determine_grade` reads as the score that
was given: the points as a result, or for 0 an error that holds the feedback's sentences and nothing else.

Invariants
- No output of the submission is kept: none of it was made by the examination.
- Hidden tests' regions are kept out of this notebook; its tests cells hold what the release held.
"""
from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from autograders.examination import CellKind
from autograders.record import Marks, Record, cell_source
from autograders.steps.score import Scored
from autograders.submission import Submission
from autograders.transcript import plain

__all__ = ["notebook", "result", "stamp", "without_hidden_tests"]

_BEGIN, _END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"


def result(score: float, status: str, messages: list[str]) -> dict[str, Any]:
    """The one output of a graded cell."""
    text = "\n".join(messages)
    if score > 0:
        return {"output_type": "execute_result", "execution_count": None, "metadata": {},
                "data": {"text/plain": repr(float(score))}}
    return {"output_type": "error", "ename": status, "evalue": text, "traceback": messages or [status]}


def without_hidden_tests(source: str) -> str:
    """``source`` as it was released (nbgrader's rule: whole lines, from BEGIN to END). An open region hides the rest."""
    kept, hidden = [], False
    for line in source.split("\n"):
        if _BEGIN in line:
            hidden = True
        elif _END in line:
            hidden = False
        elif not hidden:
            kept.append(line)
    return "\n".join(kept)


def stamp(cell: dict[str, Any], task: Mapping[str, Any]) -> None:
    """Write the result of ``task`` (of a feedback document) into its tests cell."""
    cell["execution_count"] = None
    cell["outputs"] = [result(task["score"], task["status"], list(task["messages"]))]


def notebook(source: Mapping[str, Any], submission: Submission | None, record: Record, scored: Scored,
             feedback: Mapping[str, Any]) -> dict[str, Any]:
    """An nbformat 4 notebook: the instructor's cells, the learner's answers and own cells, the results."""
    originals = source.get("cells", [])
    answers = {cell.grade_id: cell.source for cell in (submission.cells if submission else ()) if cell.grade_id}
    told = {task["grade_id"]: task for task in feedback["tasks"]}
    known = record.ids
    own = _own_cells(originals, submission)
    made: list[dict[str, Any]] = list(own.get(-1, ()))
    for index, original in enumerate(originals):
        cell = copy.deepcopy(dict(original))
        text, found = cell_source(cell), known.get(Marks.of(cell).grade_id)
        if found is not None and found.kind is CellKind.SOLUTION:
            text = answers.get(found.id, "")
        elif found is not None and found.kind is CellKind.TESTS:
            text = without_hidden_tests(text)
        cell["source"] = text
        if cell.get("cell_type") == "code":
            cell["execution_count"], cell["outputs"] = None, []
            if found is not None and found.kind is CellKind.TESTS:
                stamp(cell, told[found.id])
        made += [cell, *own.get(index, ())]
    metadata = copy.deepcopy(dict(source.get("metadata", {})))
    metadata["academy"] = {**metadata.get("academy", {}), "score": plain(scored.score), "max_score": plain(scored.max_score),
                           "needs_review": bool(feedback["needs_review"]), "note": feedback["note"]}
    return {"nbformat": 4, "nbformat_minor": int(source.get("nbformat_minor", 4)), "metadata": metadata, "cells": made}


def _own_cells(originals: list[Mapping[str, Any]], submission: Submission | None) -> dict[int, list[dict[str, Any]]]:
    """The cells the learner added, after the instructor's cell that they follow (-1: before all)."""
    by_id = {Marks.of(cell).grade_id: index for index, cell in enumerate(originals) if Marks.of(cell).grade_id}
    by_key = {cell["id"]: index for index, cell in enumerate(originals) if isinstance(cell.get("id"), str)}
    by_text = {cell_source(cell).strip(): index for index, cell in reversed(list(enumerate(originals)))}
    added: dict[int, list[dict[str, Any]]] = {}
    anchor = -1
    for cell in submission.cells if submission else ():
        index = by_id.get(cell.grade_id, by_key.get(cell.key, by_text.get(cell.source.strip())))
        if index is not None:
            anchor = index
        elif "injected-parameters" not in cell.tags and cell.source.strip():
            new: dict[str, Any] = {"cell_type": "code" if cell.code else "markdown", "metadata": {"tags": ["learner"]},
                                   "source": cell.source}
            if cell.code:
                new |= {"execution_count": None, "outputs": []}
            if any("id" in original for original in originals):
                new["id"] = f"learner-{sum(map(len, added.values())) + 1}"
            added.setdefault(anchor, []).append(new)
    return added
