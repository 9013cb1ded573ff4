"""From passed modules to a credential: the portal asks the signer for an award, by its id, and keeps a copy of the answer.

The portal's records only say when it is worth asking. The signer decides, from transcripts that the grader signed, and has
the last word: what it says now replaces the kept copy, which is shown alone only while the signer does not answer.
"""
from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone

from autograders.exchange import Exchange
from autograders.progress import track_progress
from autograders.receipt import rfc3339
from autograders.records import Credential

from hub_config.rpc import RpcError

__all__ = ["Awards", "Current"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Current:
    """The newest credential of an award and its state: valid, suspended, revoked; None if the signer does not say."""

    document: dict | None
    state: str | None


@dataclass(slots=True)
class Awards:
    exchange: Exchange
    ask: Callable[..., dict]
    _asking: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def credential(self, learner: str, track: str) -> dict | None:
        """The credential of this award: the one there is, or a new one if it is worth asking the signer. Raises RpcError.

        After a revocation it is worth asking again: the signer knows which work counts no more.
        """
        found = self.exchange.courses.track(track)
        now = self.current(learner, track)
        if now.document is not None and now.state != "revoked":
            return now.document
        with self.exchange.records.read() as session:
            earned = track_progress(session, found, learner).earned
        return self._issue(learner, track) if earned else now.document

    def current(self, learner: str, track: str) -> Current:
        """What the signer says now, kept; the kept copy if it does not answer."""
        award = f"{track}/{learner}"
        with self.exchange.records.read() as session:
            kept = session.get(Credential, award)
        document = None if kept is None else json.loads(kept.document)
        try:
            listed = [one for one in self.ask("signer", "awards", learner=learner, timeout=5.0)["awards"] if one["award"] == award]
            if not listed:
                return Current(document, None)
            newest = listed[-1]
            if document is None or document["id"] != newest["url"]:
                document = self.ask("signer", "credential", id=newest["id"], timeout=5.0)["credential"]
                self._keep(learner, track, document, newest["state"])
            elif kept.state != newest["state"]:
                self._keep(learner, track, document, newest["state"])
            return Current(document, newest["state"])
        except RpcError as error:
            log.warning("the signer does not say what it has issued: %s", error.code)
            return Current(document, None if kept is None else kept.state)

    def later(self, learner: str, track: str) -> threading.Thread | None:
        """Ask in the background, if it is worth asking and the learner has already agreed to be named; nobody waits.

        Otherwise the learner asks on the certificate's page, and says there whether the name may stand on it.
        """
        award = f"{track}/{learner}"
        with self._lock:
            if award in self._asking:
                return None
            self._asking.add(award)

        def run() -> None:
            try:
                if self.ask("accounts", "profile", username=learner).get("consent"):
                    self.credential(learner, track)
            except RpcError as error:
                log.warning("the signer did not issue an award: %s", error.code)
            except Exception:
                log.exception("asking for an award failed")
            finally:
                with self._lock:
                    self._asking.discard(award)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _issue(self, learner: str, track: str) -> dict:
        answer = self.ask("signer", "issue", award=f"{track}/{learner}")
        self._keep(learner, track, answer["credential"], answer.get("state", "valid"))
        return answer["credential"]

    def _keep(self, learner: str, track: str, credential: dict, state: str) -> None:
        text = json.dumps(credential, ensure_ascii=False)
        with self.exchange.records.write() as session:
            session.merge(Credential(award=f"{track}/{learner}", learner=learner, track=track, document=text, state=state,
                                     received=rfc3339(datetime.now(timezone.utc))))
