"""A credential in words for the certificate's page, its PDF, and the picture that leads to its public page. Everything shown comes out of the credential itself."""
from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

from certification import model

__all__ = ["About", "describe", "pdf", "qr"]

QUESTIONS = {"identity": "Identity", "supervision": "Supervision", "aids": "Aids", "assessment": "Tasks"}


@dataclass(frozen=True, slots=True)
class About:
    """``assurance``: pairs of (question, answer). ``holder`` None: the credential names nobody."""

    id: str
    achievement: str
    summary: str
    issuer: str
    issued: str
    expires: str | None
    holder: str | None
    demonstration: bool
    assurance: tuple[tuple[str, str], ...]


def describe(credential: Mapping) -> About:
    """What ``credential`` says, for people."""
    subject = credential["credentialSubject"]
    achievement, issuer = subject["achievement"], credential["issuer"]
    names = [entry["identityHash"] for entry in model.listed(subject.get("identifier"))
             if entry.get("hashed") is False and entry.get("identityType") == "name"]
    stated = model.assurance_of(credential)
    evidence = [entry for entry in model.listed(credential.get("evidence")) if entry.get("genre") == "assurance"] if stated else []
    return About(
        id=str(credential["id"]), achievement=achievement["name"], summary=achievement.get("description", ""),
        issuer=issuer["name"] if isinstance(issuer, Mapping) else str(issuer), issued=credential["validFrom"],
        expires=credential.get("validUntil"), holder=names[0] if names else None,
        demonstration=model.issuer_id(credential).startswith("did:key:"),
        assurance=tuple((QUESTIONS.get(entry["name"], entry["name"]), entry["narrative"]) for entry in evidence))


def qr(credential: Mapping) -> bytes:
    """The public page's address as a QR code: a small SVG of one path, without style or script."""
    import segno

    buffer = io.BytesIO()
    segno.make(str(credential["id"]), error="m", micro=False).save(
        buffer, kind="svg", border=4, scale=4, dark="#14213d", light="#fff", xmldecl=False, svgclass=None, lineclass=None)
    return buffer.getvalue()


def pdf(credential: Mapping, language: str = "en") -> bytes:
    """The certificate as PDF/A with the credential attached. Raises CertificateError."""
    from certification.certificate import Certificate, render

    about = describe(credential)
    certificate = Certificate(name=about.holder, achievement=about.achievement, summary=about.summary, issuer=about.issuer,
                              issued=about.issued, url=about.id, assurance=about.assurance, demonstration=about.demonstration,
                              expires=about.expires, language=language)
    return render(certificate, json.dumps(credential, ensure_ascii=False, indent=2).encode())
