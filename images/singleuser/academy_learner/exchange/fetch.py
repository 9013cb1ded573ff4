"""Fetching an assignment and the feedback on its submissions."""
from __future__ import annotations

from nbgrader.exchange.abc import ExchangeFetchAssignment, ExchangeFetchFeedback

from academy_learner.exchange.base import Exchange
from academy_learner.feedback import feedback_page
from academy_learner.homework import fetch
from academy_learner.trust import trust

__all__ = ["FetchAssignment", "FetchFeedback"]


class FetchAssignment(Exchange, ExchangeFetchAssignment):
    """Puts the assessment in its place; what is there already stays as it is."""

    def copy_files(self) -> None:
        course, assignment = self.wanted()
        path = self.ask(fetch, self.home(), self.gateway, course, assignment, "assessment", trust)
        self.log.info("Fetched as: %s", path)


class FetchFeedback(Exchange, ExchangeFetchFeedback):
    """Writes a small page for each submission that has feedback: ASSIGNMENT/feedback/TIME/assessment.html."""

    def copy_files(self) -> None:
        course, assignment = self.wanted()
        gateway = self.gateway
        for one in self.ask(gateway.assignments)["assignments"]:
            if (one["track"], one["module"]) != (course, assignment):
                continue
            for submission in one["submissions"]:
                feedback = self.ask(gateway.submission, submission["id"])["feedback"]
                if feedback is not None:
                    place = self.folder(course, assignment) / "feedback" / submission["received"]
                    place.mkdir(parents=True, exist_ok=True)
                    (place / "assessment.html").write_text(feedback_page(one["title"], submission, feedback), encoding="utf-8")
                    self.log.info("Fetched feedback: %s", place)
