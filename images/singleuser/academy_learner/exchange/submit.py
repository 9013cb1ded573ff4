"""Submitting from nbgrader: the same push, the same receipt as from the notebook's own button."""
from __future__ import annotations

import json

from nbgrader.exchange.abc import ExchangeSubmit

from academy_learner.exchange.base import Exchange
from academy_learner.gateway import read_regular
from academy_learner.homework import newest

__all__ = ["Submit"]


class Submit(Exchange, ExchangeSubmit):
    def copy_files(self) -> None:
        course, assignment = self.wanted()
        path = self.ask(newest, self.home(), course, assignment, "assessment")
        if path is None:
            self.fail("There is no assessment of this module in your home yet. Fetch it first.")
        data = self.ask(read_regular, path)
        done = self.ask(self.gateway.submit, data, course, assignment, path.name)
        receipt = path.parent / "receipts" / f"{done['receipt']['receipt']['attempt']}.json"
        receipt.parent.mkdir(exist_ok=True)
        receipt.write_text(json.dumps(done["receipt"], indent=1) + "\n", encoding="utf-8")
        self.log.info("Submitted: %s; the receipt is %s", done["receipt_url"], receipt)
