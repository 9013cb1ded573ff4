"""What the exchange needs of the catalogue: which assessments there are and the notebooks that are handed out.

A notebook that is handed out says in its metadata what it is (``academy``: track, module, version, kind), so that a
learner's tools know where to submit it. Notebooks are made once a version and kept as bytes.
"""
from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from curriculum.catalogue import Catalogue
from curriculum.errors import UnknownNameError
from curriculum.model import Module, Track

from autograders.refusal import Refusal

__all__ = ["KINDS", "Courses"]

KINDS = ("lesson", "assessment")


def _release(module: Module):
    from curriculum.notebooks import release_notebook

    return release_notebook(module)


def _lesson(module: Module):
    from curriculum.notebooks import lesson_notebook

    return lesson_notebook(module)


def _bytes(notebook) -> bytes:
    from curriculum.notebooks import notebook_bytes

    return notebook_bytes(notebook)


@dataclass(slots=True)
class Courses:
    catalogue: Catalogue
    makers: Mapping[str, Callable[[Module], Mapping]] = field(default_factory=lambda: {"lesson": _lesson, "assessment": _release})
    to_bytes: Callable[[Mapping], bytes] = _bytes
    _made: dict = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def track(self, track: str) -> Track:
        try:
            return self.catalogue.track(track)
        except UnknownNameError as error:
            raise Refusal("no-such-course", "There is no such course here.", "Choose one on the course page.", 404) from error

    def module(self, track: str, module: str) -> Module:
        self.track(track)
        try:
            return self.catalogue.module(track, module)
        except UnknownNameError as error:
            raise Refusal("no-such-module", "There is no such module in this course.", "Choose one on the course page.", 404) from error

    def notebook(self, track: str, module: str, kind: str) -> Mapping:
        """The notebook as it is handed out (not to be changed by the caller)."""
        return self._both(track, module, kind)[0]

    def notebook_bytes(self, track: str, module: str, kind: str) -> bytes:
        return self._both(track, module, kind)[1]

    def seeded_bytes(self, track: str, module: str, seed: int) -> bytes:
        """The assessment with one learner's ``seed`` injected after its parameters; as it is if it has none."""
        from nbformat import from_dict

        from curriculum.parameters import inject

        notebook = self.notebook(track, module, "assessment")
        if not any("parameters" in cell["metadata"].get("tags", []) for cell in notebook["cells"]):
            return self.notebook_bytes(track, module, "assessment")
        return self.to_bytes(inject(from_dict(notebook), {"SEED": seed}))

    def _both(self, track: str, module: str, kind: str) -> tuple[Mapping, bytes]:
        found = self.module(track, module)
        if kind not in KINDS:
            raise Refusal("no-such-notebook", "A module has a lesson and an assessment.", "Choose one of them.", 404)
        key = (track, module, found.version, kind)
        with self._lock:
            if key not in self._made:
                notebook = copy.deepcopy(self.makers[kind](found))
                notebook["metadata"]["academy"] = {"track": track, "module": module, "version": found.version, "kind": kind}
                self._made[key] = (notebook, self.to_bytes(notebook))
            return self._made[key]
