"""A client of the LicenseSpring License API v4 in Python: the standard library, and cryptography for RSA.

It is written from docs/contracts/licensespring-license-api.md alone; comments name its sections. Whatever is
wrong with an answer is raised as Wrong, whose message says what.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import datetime, timezone
from email.utils import format_datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

LICENSES = ("activate_license", "check_license", "activate_bundle", "check_bundle")


class Wrong(Exception):
    """What is wrong with an answer."""


def must(holds, say):
    if not holds:
        raise Wrong(say)


def show(text):
    return text if len(text) <= 300 else text[:300] + "…"


def mac(key, text):
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def load_key(pem):
    return serialization.load_pem_public_key(pem.encode())


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other here, and a wrong one."""

    def redirect_request(self, *args):
        return None


class Answer:
    """What the server answered."""

    def __init__(self, endpoint, asked, res):
        self.endpoint = endpoint
        self.asked = asked
        self.status = res.status
        self.signature = res.headers.get("LicenseSignature")
        self.type = res.headers.get("Content-Type") or ""
        self.raw = res.read()

    @property
    def text(self):
        return self.raw.decode("utf-8")

    @property
    def json(self):
        try:
            return json.loads(self.raw)
        except ValueError:
            raise Wrong(f"{self.status} with a body that is no JSON: {show(self.text)}") from None

    def __str__(self):
        return f"{self.status} {show(self.text)}"


class Client:
    """Signs requests and verifies answers."""

    def __init__(self, base_url, api_key, shared_key, public_key, date=None, anonymous=False):
        self.base = base_url.rstrip("/")
        self.api_key = api_key
        self.shared_key = shared_key
        self.public_key = public_key
        self.date = date  # of the requests; None is now
        self.anonymous = anonymous
        self.opener = urllib.request.build_opener(NoRedirect)

    def but(self, **changes):
        """The same client with something changed, to play a wrong one."""
        same = dict(
            base_url=self.base, api_key=self.api_key, shared_key=self.shared_key,
            public_key=self.public_key, date=self.date, anonymous=self.anonymous,
        )
        return Client(**{**same, **changes})

    def headers(self):
        """§2.1: only the time is signed. The key is spelled as Python spells it, the spaces as the docs do."""
        date = http_date(self.date)
        signature = mac(self.shared_key, f"licenseSpring\ndate: {date}")
        headers = {"Date": date}
        if not self.anonymous:
            headers["Authorization"] = (
                f'algorithm="hmac-sha256", headers="date", signature="{signature}", apiKey="{self.api_key}"'
            )
        return headers

    def ask(self, method, endpoint, query=None, body=None, kind=None, asked=None):
        headers = self.headers()
        if kind:
            headers["Content-Type"] = kind
        url = f"{self.base}/{endpoint}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        data = None if body is None else body.encode()
        req = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with self.opener.open(req, timeout=60) as res:
                return Answer(endpoint, asked, res)
        except urllib.error.HTTPError as err:
            with err:
                return Answer(endpoint, asked, err)

    def get(self, endpoint, **query):
        return self.ask("GET", endpoint, query=query, asked=query)

    def post(self, endpoint, **body):
        return self.ask("POST", endpoint, body=json.dumps(body), kind="application/json", asked=body)

    def post_text(self, endpoint, body):
        return self.ask("POST", endpoint, body=body, kind="text/plain", asked={})

    def object(self, answer):
        """A success that is JSON: every signature holds. Returns what the body says."""
        self._verify_body(answer)
        must(answer.type.startswith("application/json"), f"Content-Type is {answer.type}, want application/json")
        said = answer.json
        for element in said if isinstance(said, list) else [said]:
            if answer.endpoint in LICENSES:
                must(element.get("license_signature"), f"no license_signature: {answer}")
                verify_license(self.public_key, element, answer.asked)
        return said

    def word(self, answer, want):
        """A success that is a bare word, or nothing."""
        self._verify_body(answer)
        must(answer.text == want, f"the body is {show(answer.text)!r}, want {want!r}")

    def _verify_body(self, answer):
        must(answer.status == 200, f"{answer}, want 200")
        must(answer.signature, f"no LicenseSignature: {answer}")
        must(self.shared_key not in answer.text, "the body shows the shared key")
        verify_rsa(self.public_key, answer.raw, answer.signature, "LicenseSignature over the body as sent")

    def refusal(self, answer, *codes):
        """A refusal with one of these codes (§5); any code when none is named."""
        wanted = " or ".join(codes) or "any code"
        must(400 <= answer.status < 500, f"{answer}, want a 4xx with {wanted}")
        must(answer.type.startswith("application/json"), f"Content-Type of an error is {answer.type}, want application/json")
        said = answer.json
        must(isinstance(said, dict) and sorted(said) == ["code", "message", "status"], f"the members of an error: {answer}")
        must(said["status"] == answer.status, f"the error says {said['status']}, HTTP says {answer.status}")
        must(isinstance(said["message"], str) and said["message"], f"the error has no message: {answer}")
        must(not codes or said["code"] in codes, f"the code is {said['code']}, want {wanted}")
        return said

    def offline_request(self, request, variables=None, **identity):
        """The text of an offline request of schema 2 (§8.1) in Python's spelling: with spaces, and with a
        signature of the old schema inside."""
        date = http_date()
        inner = dict(identity)
        if variables is not None:
            inner["variables"] = variables
        who = identity.get("license_key") or identity["username"]
        inner.update(
            sdk_ver="1.0", app_name="day", app_ver="1.0", request_id=str(uuid.uuid4()), request=request,
            schema_version=2, api_key=self.api_key, date=date,
            signature=offline_signature(self.shared_key, date, who, identity["hardware_id"], self.api_key),
        )
        whole = {"request": inner, "signature": mac(self.shared_key, json.dumps(inner))}
        return base64.b64encode(json.dumps(whole).encode()).decode()

    def verify_offline(self, license):
        verify_offline(self.public_key, license, (self.shared_key, self.api_key))


def http_date(at=None):
    return format_datetime(at or datetime.now(timezone.utc), usegmt=True)


def verify_rsa(public_key, raw, signature, what):
    """§3: RSASSA-PKCS1-v1_5 with SHA-256, in base64 with padding on one line."""
    try:
        decoded = base64.b64decode(signature or "-", validate=True)
    except binascii.Error:
        raise Wrong(f"{what} is no base64: {signature}") from None
    try:
        public_key.verify(decoded, raw, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Wrong(f"{what} does not hold") from None


def verify_license(public_key, license, asked):
    """§3.2: the signature in the body, over what was asked and how long it holds."""
    identity = asked.get("license_key")
    if asked.get("username"):
        identity = asked["username"].split("|")[0]
    elif asked.get("id_token") or asked.get("code"):
        identity = license["user"]["email"].split("|")[0]
    validity = license["validity_period"]
    if validity is None:
        validity = ""
    must(validity == "" or is_time(validity), f"validity_period is {validity}")
    text = f"{asked['hardware_id']}#{identity}#{validity}".lower()
    verify_rsa(public_key, text.encode(), license.get("license_signature"), f"license_signature over {text}")


def verify_offline(public_key, license, app=None, refresh=False):
    """§8.3, and with refresh §8.4: the three signatures of a license that travels by file. app is the shared key
    and the API key; without it there is nothing to check the offline_signature with."""
    key, name = license.get("license_key"), license.get("username")
    must(bool(key) != bool(name), f"license_key is {key} and username is {name}, want one of them")
    verify_license(public_key, license, {"hardware_id": license["hardware_id"], "license_key": key, "username": name})
    if app:
        shared_key, api_key = app
        want = offline_signature(shared_key, license["date"], key or name, license["hardware_id"], api_key)
        must(license["offline_signature"] == want, "offline_signature does not hold")
    uncovered = {"license_signature_v2"} if refresh else {"license_signature", "license_signature_v2"}
    covered = {name: value for name, value in license.items() if name not in uncovered}
    text = json.dumps(covered, separators=(",", ":"), ensure_ascii=False)
    verify_rsa(public_key, text.encode(), license.get("license_signature_v2"), "license_signature_v2")


def offline_signature(shared_key, date, identity, hardware_id, api_key):
    return mac(shared_key, "\n".join(["licenseSpring", f"date: {date}", identity, hardware_id, api_key]))


def is_time(text):
    return isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text) is not None
