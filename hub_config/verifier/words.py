"""What the verify page says: each verdict and step in plain words, with the next step. Data only."""
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEMONSTRATION", "MARKS", "STEPS", "VERDICTS", "Words"]


@dataclass(frozen=True, slots=True)
class Words:
    """``kind`` is the look: good, care or bad. Never a bare yes: ``means`` says what was found, ``next`` what to do."""

    kind: str
    title: str
    means: str
    next: str


VERDICTS = {
    "valid": Words("good", "Genuine and in force",
                   "The certificate is unchanged since an issuer known here signed it, and the issuer has not withdrawn it.",
                   "Compare the name with the person who showed it to you, and read below how it was earned."),
    "unknown-issuer": Words("care", "Unchanged, but the issuer is not known here",
                            "The signature holds, but this page does not know whether the signer is who they say they are.",
                            "Ask the institution itself, by a way you already trust, whether this identifier is theirs."),
    "revoked": Words("bad", "Withdrawn by its issuer",
                     "The certificate was genuine once. The issuer has revoked it: it does not count any more.",
                     "Do not rely on it. The holder can ask the issuer for the reason."),
    "suspended": Words("care", "Suspended for now",
                       "The certificate is genuine, but the issuer has suspended it: it does not count until that is lifted.",
                       "Check again later, or ask the issuer when the matter will be decided."),
    "expired": Words("care", "Expired", "The certificate is genuine, but the time it was issued for is over.",
                     "Ask the holder for a renewed certificate."),
    "invalid": Words("bad", "Not a valid certificate",
                     "What you gave here was changed after it was signed, was never signed, or is not a certificate.",
                     "Ask the holder for the original file. If it stays so, ask the institution named on it."),
    "unchecked": Words("care", "Could not be checked completely",
                       "Something needed for the check was not at hand. That says nothing against the certificate.",
                       "See below what is missing, then try again later or with the verifier of its issuer."),
}
DEMONSTRATION = Words("care", "Genuine, but only a demonstration",
                      "The certificate is unchanged since this hub's demonstration issuer signed it. It shows how certificates work "
                      "and is not a qualification.",
                      "Do not accept it as a proof of competence.")
STEPS = {
    "size": "Size", "json": "File", "contexts": "Vocabulary", "shape": "Form", "signature": "Signature", "time": "Dates",
    "status": "Not withdrawn", "issuer": "Issuer",
}
MARKS = {"pass": "Holds", "fail": "Fails", "unchecked": "Not checked"}
