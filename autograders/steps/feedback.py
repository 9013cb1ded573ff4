"""Feedback: what the learner is told, chosen from texts that were written before the submission existed.

Rules
- A message is a constant of the instructor's record: the message of the ``assert`` or ``raise`` at the failing line, or
  the ``msg`` / ``err_msg`` of the call there. An f-string or a variable is not a constant: it is left out.
- To it comes one fixed sentence for the status. Nothing that L or T wrote at run time is ever shown: no value, no
  output, no traceback, no other line of a test.
"""
from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from autograders.examination import Status
from autograders.record import Record
from autograders.steps.names import RecordSyntaxError, parse
from autograders.steps.score import Scored, TaskScore
from autograders.transcript import plain

__all__ = ["SENTENCES", "constant_message", "feedback", "messages", "sentence"]

SENTENCES: Mapping[Status, str] = {
    Status.PASSED: "All checks passed.",
    Status.PARTIAL: "A part of the checks passed.",
    Status.FAILED: "A check did not hold.",
    Status.ERROR: "Your code raised an error, or what it gave could not be read by the checks.",
    Status.TIMEOUT: "Your code took longer than it may.",
    Status.MEMORY: "Your code used more memory than it may.",
    Status.DIED: "The run ended before the checks could finish; a person will look at it.",
    Status.NOT_RUN: "The checks could not run.",
}
REVIEW = "A person will score this answer."
BLANK = "There is no answer here."
SEEDS = "It holds for your own data, but not for other data: compute the answer from the parameters."
MAX_MESSAGE = 500


def feedback(record: Record, scored: Scored, titles: Mapping[str, str], note: str | None) -> dict[str, Any]:
    """The document that is delivered to the learner."""
    return {
        "tasks": [
            {"grade_id": task.grade_id, "title": titles.get(task.grade_id, task.grade_id), "score": plain(task.score),
             "max_score": plain(task.max_score), "status": task.status.value, "messages": messages(record, task)}
            for task in scored.tasks
        ],
        "score": plain(scored.score), "max_score": plain(scored.max_score), "needs_review": scored.needs_review,
        "note": note or "",
    }


def messages(record: Record, task: TaskScore) -> list[str]:
    """The sentences for one task."""
    if task.manual:
        return [REVIEW if task.needs_review else BLANK]
    found = [sentence(task)]
    own = task.runs[0].status if task.runs else None
    if task.status in (Status.FAILED, Status.PARTIAL) and own is Status.PASSED:
        found.append(SEEDS)
    if task.status is Status.FAILED and task.line:
        text = constant_message(record.ids[task.grade_id].source, task.line)
        if text:
            found.append(text)
    return found


def sentence(task: TaskScore) -> str:
    return SENTENCES[task.status]


def constant_message(source: str, line: int) -> str | None:
    """The constant text that the instructor wrote for a failure at ``line`` (1-based) of ``source``."""
    try:
        tree = parse(source)
    except RecordSyntaxError:
        return None
    statements = [node for node in ast.walk(tree)
                  if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)]
    if not statements:
        return None
    # the innermost statement: the one that begins last
    statement = max(statements, key=lambda node: (node.lineno, node.col_offset))
    if isinstance(statement, ast.Assert):
        return _text(statement.msg)
    if isinstance(statement, ast.Raise) and isinstance(statement.exc, ast.Call) and statement.exc.args:
        return _text(statement.exc.args[0])
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        for keyword in statement.value.keywords:
            if keyword.arg in ("msg", "err_msg"):
                return _text(keyword.value)
    return None


def _text(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip():
        return node.value.strip()[:MAX_MESSAGE]
    return None
