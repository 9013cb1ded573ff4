"""What instructors do elsewhere with these commands, and where it is done here. Nothing of it works from a learner's server."""
from __future__ import annotations

from nbgrader.exchange.abc import ExchangeCollect, ExchangeReleaseAssignment, ExchangeReleaseFeedback

from academy_learner.exchange.base import Exchange

__all__ = ["Collect", "ReleaseAssignment", "ReleaseFeedback"]


class ReleaseAssignment(Exchange, ExchangeReleaseAssignment):
    def copy_files(self) -> None:
        self.fail("Assessments are released with their course pack: put the module into a pack and run academy check.")


class ReleaseFeedback(Exchange, ExchangeReleaseFeedback):
    def copy_files(self) -> None:
        self.fail("Feedback is released by the examiner as soon as a submission is examined.")


class Collect(Exchange, ExchangeCollect):
    def copy_files(self) -> None:
        self.fail("Submissions are collected by the academy when they arrive.")
