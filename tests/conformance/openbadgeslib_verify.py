"""openbadgeslib as a verifier on standard input: a request a line, {"credential"}; an answer a line, {"verified", "error"}.

Run by the interpreter that has openbadgeslib[ldp]. Takes the file of the certificate authority to trust. The library itself
refuses loopback addresses, so the download is handed in. It checks the proof of a status list only if that is a JWT, so the
bits of ours are read and their proof is not checked here (Digital Bazaar's verifier does both).
"""
import json
import ssl
import sys
import urllib.request

from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError

trust = ssl.create_default_context(cafile=sys.argv[1])


def download(url, *args, **options):
    with urllib.request.urlopen(url, timeout=5, context=trust) as answer:
        return answer.read()


for line in sys.stdin:
    credential = json.loads(line)["credential"]
    try:
        hosted = credential["credentialStatus"][0]["id"].startswith("https://localhost:")
        OB3LdpVerifier().verify(credential, check_status=hosted, verify_status_list=False, download=download)
        answer = {"verified": True, "error": None}
    except OB3VerificationError as error:
        answer = {"verified": False, "error": str(error)}
    print(json.dumps(answer), flush=True)
