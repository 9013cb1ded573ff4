"""What there is and what was submitted, in the dictionaries that nbgrader's Assignment List reads."""
from __future__ import annotations

from nbgrader.exchange.abc import ExchangeList

from academy_learner.exchange.base import Exchange
from academy_learner.homework import newest

__all__ = ["List"]


class List(Exchange, ExchangeList):
    def list_files(self) -> list[dict]:
        found = [one for one in self.ask(self.gateway.assignments)["assignments"]
                 if self.coursedir is None or self.coursedir.course_id in ("", "*", one["track"])]
        if self.coursedir is not None and self.coursedir.assignment_id not in ("", "*"):
            found = [one for one in found if one["module"] == self.coursedir.assignment_id]
        if self.inbound or self.cached:
            return [self._submitted(one) for one in found if one["submissions"]]
        return [self._released(one) for one in found]

    def remove_files(self) -> list[dict]:
        self.fail("What the academy has given a receipt for is not removed.")

    def _released(self, one: dict) -> dict:
        mine = newest(self.home(), one["track"], one["module"], "assessment")
        folder = str(self.folder(one["track"], one["module"]))
        return {"course_id": one["track"], "assignment_id": one["module"], "status": "released" if mine is None else "fetched", "path": folder,
                "notebooks": [{"notebook_id": "assessment" if mine is None else mine.stem, "path": folder if mine is None else str(mine)}]}

    def _submitted(self, one: dict) -> dict:
        rows = []
        for submission in one["submissions"]:
            place = self.folder(one["track"], one["module"]) / "feedback" / submission["received"]
            there = submission["state"] in ("graded", "returned", "needs_review")
            local = (place / "assessment.html").is_file()
            feedback = {"has_local_feedback": local, "has_exchange_feedback": there, "feedback_updated": False}
            rows.append({
                "course_id": one["track"], "assignment_id": one["module"], "student_id": submission["learner"],
                "timestamp": submission["received"], "status": "submitted", "path": str(place.parent.parent),
                "local_feedback_path": str(place) if local else None, **feedback,
                "notebooks": [{"notebook_id": "assessment", "path": str(place.parent.parent / "assessment.ipynb"),
                               "local_feedback_path": str(place / "assessment.html") if local else None, **feedback}]})
        return {"course_id": one["track"], "student_id": rows[0]["student_id"], "assignment_id": one["module"], "status": "submitted",
                "submissions": rows}
