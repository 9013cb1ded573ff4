"""From passed modules to a credential: the portal asks the signer for an award, by its id, and keeps a copy of the answer.

The portal's records only say when it is worth asking. The signer decides, from transcripts that the grader signed.
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

__all__ = ["Awards"]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Awards:
    exchange: Exchange
    ask: Callable[..., dict]
    _asking: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def credential(self, learner: str, track: str) -> dict | None:
        """The credential of this award, if there is one: the kept copy, or a new one from the signer. Raises RpcError."""
        found = self.exchange.courses.track(track)
        with self.exchange.records.read() as session:
            progress = track_progress(session, found, learner)
        if progress.credential is not None:
            return json.loads(progress.credential.document)
        return self._issue(learner, track) if progress.earned else None

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
        credential = answer.get("credential", answer)
        text = json.dumps(credential, ensure_ascii=False)
        with self.exchange.records.write() as session:
            session.merge(Credential(award=f"{track}/{learner}", learner=learner, track=track, document=text,
                                     received=rfc3339(datetime.now(timezone.utc))))
        return credential
