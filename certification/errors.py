"""What can go wrong in certification, as one tree. Each error says what was found and what to do next.

    CertificationError
    ├── DocumentError            the document itself cannot be accepted
    │   ├── ParseError           not JSON as RFC 8259 and I-JSON (RFC 7493) have it, or too large
    │   │   └── UnsupportedFormatError   a credential in another format than this version reads
    │   ├── ContextError         a context, or an order of contexts, that is not on the list
    │   │   └── UnsupportedContextError  a published context that this version does not carry
    │   └── ShapeError           a member that is undefined, misplaced or not in canonical form
    ├── ComplexityError          canonicalisation would need more work than is allowed
    ├── KeyFileError             a private key file that cannot be used
    ├── SignatureError           a signature or proof that does not hold
    │   └── UnsupportedProofError    a proof of a kind this verifier cannot check: not false, not true
    ├── IdentifierError          a DID that is malformed or does not name the key
    ├── StatusError              a status list or entry that is wrong
    ├── RegistryError            a registry file that cannot be used
    ├── EvidenceError            a transcript that does not hold
    └── UnreachableError         something that had to be fetched could not be: nothing was decided

`UnsupportedFormatError`, `UnsupportedContextError`, `UnsupportedProofError` and `UnreachableError` mean "could not check"; every other one means
"checked, and refused".
"""
from __future__ import annotations

import re

__all__ = ["CertificationError", "ComplexityError", "ContextError", "DocumentError", "EvidenceError", "IdentifierError",
           "KeyFileError", "ParseError", "RegistryError", "ShapeError", "SignatureError", "StatusError",
           "UnreachableError", "UnsupportedContextError", "UnsupportedFormatError", "UnsupportedProofError"]


class CertificationError(Exception):
    """``str()`` is the diagnosis; ``next`` is the next step, a sentence for a person (may be empty); ``code`` is the
    error's name for programs (``key-file`` for KeyFileError)."""

    code = "certification"

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__.removesuffix("Error")).lower()

    def __init__(self, message: str, next: str = "") -> None:
        super().__init__(message)
        self.message, self.next = message, next

    @property
    def advice(self) -> str:
        """Diagnosis and next step in one text."""
        return f"{self.message}; {self.next}" if self.next else self.message


class DocumentError(CertificationError):
    pass


class ParseError(DocumentError):
    pass


class UnsupportedFormatError(ParseError):
    pass


class ContextError(DocumentError):
    pass


class UnsupportedContextError(ContextError):
    pass


class ShapeError(DocumentError):
    pass


class ComplexityError(CertificationError):
    pass


class KeyFileError(CertificationError):
    pass


class SignatureError(CertificationError):
    pass


class UnsupportedProofError(SignatureError):
    pass


class IdentifierError(CertificationError):
    pass


class StatusError(CertificationError):
    pass


class RegistryError(CertificationError):
    pass


class EvidenceError(CertificationError):
    pass


class UnreachableError(CertificationError):
    pass
