"""The examiner: learner code in L, tests in T, verdicts over a pipe that only T holds.

`open_examiner` starts both fork servers once; `Examiner.examine` makes one isolated pair of processes for each run.
"""
from __future__ import annotations

from .supervisor import Examiner, ExaminerError, open_examiner

__all__ = ["Examiner", "ExaminerError", "open_examiner"]
