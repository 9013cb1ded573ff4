"""The one way in which this side says no to a learner: a code for programs, a message and a next step for people.

A refusal never means that something was lost: whatever had arrived is kept, and the text says what to do now.
"""
from __future__ import annotations

__all__ = ["Refusal"]


class Refusal(Exception):
    """``status`` is the HTTP status that carries it; ``detail`` holds plain values a program may need."""

    def __init__(self, code: str, message: str, next: str = "", status: int = 422, **detail) -> None:
        super().__init__(message)
        self.code, self.message, self.next, self.status, self.detail = code, message, next, status, detail

    def document(self) -> dict:
        return {"error": {"code": self.code, "message": self.message, "next": self.next, **self.detail}}
