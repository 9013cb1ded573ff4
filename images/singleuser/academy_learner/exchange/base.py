"""What all exchange classes share: the gateway, and where an assignment lies."""
from __future__ import annotations

import os
from pathlib import Path

from nbgrader.exchange.abc import Exchange as NbgraderExchange
from traitlets import Bool, Unicode

from academy_learner.gateway import ExchangeRefusal, Gateway

__all__ = ["Exchange"]


class Exchange(NbgraderExchange):
    path_includes_course = Bool(True, help="An assignment lies in COURSE/ASSIGNMENT.").tag(config=True)
    root = Unicode("", help="Not used: there is no shared folder. Formgrader asks for it.").tag(config=True)

    @property
    def gateway(self) -> Gateway:
        return Gateway(patience=60)

    def home(self) -> Path:
        return Path(os.path.abspath(self.assignment_dir))

    def folder(self, course_id: str, assignment_id: str) -> Path:
        return self.home() / course_id / assignment_id if self.path_includes_course else self.home() / assignment_id

    def ask(self, work, *arguments, **named):
        """``work(...)``; what the academy refuses becomes nbgrader's own error, in the academy's words."""
        try:
            return work(*arguments, **named)
        except ExchangeRefusal as refusal:
            self.fail(f"{refusal.message} {refusal.next}".strip())

    def wanted(self) -> tuple[str, str]:
        course, assignment = self.coursedir.course_id, self.coursedir.assignment_id
        if not course or not assignment:
            self.fail("Name the course and the assignment: --course TRACK --assignment MODULE")
        return course, assignment

    def init_src(self) -> None:
        pass

    def init_dest(self) -> None:
        pass

    def copy_files(self) -> None:
        pass
