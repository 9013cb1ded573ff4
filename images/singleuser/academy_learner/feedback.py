"""The feedback on a submission as a page of its own, for nbgrader's Assignment List. No scripts, nothing from elsewhere."""
from __future__ import annotations

from html import escape

__all__ = ["feedback_page"]

STATUS = {"passed": "Passed", "partial": "Partly solved", "failed": "Not yet right", "error": "Your code stopped with an error",
          "timeout": "Your code took too long", "memory": "Your code needed too much memory", "died": "Your code ended the program",
          "not_run": "Could not be examined"}


def feedback_page(title: str, submission: dict, feedback: dict) -> str:
    tasks = "".join(
        f"<h2>{escape(str(task.get('title') or task['grade_id']))}</h2><p><b>{escape(STATUS.get(task['status'], task['status']))}</b>: "
        f"{task['score']:g} of {task['max_score']:g} points</p>" + "".join(f"<p>{escape(str(text))}</p>" for text in task.get("messages", ()))
        for task in feedback["tasks"])
    head = f"{escape(title)}: attempt {submission['attempt']}"
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{head}</title></head>'
            f'<body style="font:1rem/1.6 sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem"><h1>{head}</h1>'
            f"<p><b>{feedback['score']:g} of {feedback['max_score']:g} points</b></p>{tasks}</body></html>\n")
