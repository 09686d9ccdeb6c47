"""A client of the KeyAuth door in Python: the standard library, and cryptography for Ed25519.

It is written from docs/contracts/keyauth.md alone; comments name its sections. Whatever is wrong with an answer
is raised as Wrong, whose message says what.
"""

import copy
import hashlib
import hmac
import json
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Wrong(Exception):
    """What is wrong with an answer."""


def must(holds, say):
    if not holds:
        raise Wrong(say)


def show(text):
    return text if len(text) <= 300 else text[:300] + "…"


def load_key(text):
    """§3.3: 32 bytes in hexadecimal digits."""
    must(re.fullmatch("[0-9a-f]{64}", text), f"the public key is {text}, want 64 hexadecimal digits")
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def holds(key, timestamp, raw, signature):
    """§3.3: whether the key has signed the timestamp and then the body."""
    try:
        key.verify(bytes.fromhex(signature), timestamp.encode() + raw)
    except InvalidSignature:
        return False
    return True


def mac(key, raw):
    """§3.2"""
    return hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other here, and a wrong one."""

    def redirect_request(self, *args):
        return None


OPENER = urllib.request.build_opener(NoRedirect)


def fetch(request):
    try:
        return OPENER.open(request, timeout=60)
    except urllib.error.HTTPError as err:
        return err


class Answer:
    """What the server answered."""

    def __init__(self, asked, res):
        self.asked = asked
        self.status = res.status
        self.type = res.headers.get("Content-Type")
        self.timestamp = res.headers.get("x-signature-timestamp") or ""
        self.signature = res.headers.get("x-signature-ed25519") or ""
        self.older = res.headers.get("signature")
        self.raw = res.read()

    def but(self, **changes):
        """The same answer with something changed."""
        same = copy.copy(self)
        vars(same).update(changes)
        return same

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
    """Asks, and verifies every answer."""

    def __init__(self, given):
        self.base = given["base_url"]
        self.api = "1.3"
        self.name = given["name"]
        self.ownerid = given["ownerid"]
        self.secret = given.get("secret")
        self.version = given["version"]
        self.public_key = load_key(given["public_key"])
        self.sessionid = None
        self.enckey = None

    def but(self, **changes):
        """The same app with something changed, and without a session."""
        same = copy.copy(self)
        vars(same).update({"sessionid": None, "enckey": None, **changes})
        return same

    def ask(self, kind, query=False, **fields):
        """The fields go into the body, or with query=True into the address."""
        given = {"type": kind, "sessionid": self.sessionid, "name": self.name, "ownerid": self.ownerid, **fields}
        form = urllib.parse.urlencode({name: value for name, value in given.items() if value is not None})
        url = f"{self.base}/api/{self.api}/"
        req = urllib.request.Request(f"{url}?{form}") if query else urllib.request.Request(url, data=form.encode())
        with fetch(req) as res:
            return Answer(kind, res)

    def verify(self, answer):
        """§3.1, §3.2, §3.3: what holds for every answer."""
        must(answer.status == 200, f"{answer}, want 200")
        if self.api == "1.2":
            key = self.secret if answer.asked == "init" else f"{self.enckey}-{self.secret}"
            want = mac(key, answer.raw)
            must(answer.older == want, f"signature is {answer.older}, want {want}: {answer}")
            return
        must(re.fullmatch("[0-9]{10}", answer.timestamp), f"x-signature-timestamp is {answer.timestamp}")
        must(re.fullmatch("[0-9a-f]{128}", answer.signature), f"x-signature-ed25519 is {answer.signature}")
        must(holds(self.public_key, answer.timestamp, answer.raw, answer.signature), f"the signature does not hold: {answer}")
        off = abs(time.time() - int(answer.timestamp))
        must(off <= 25, f"x-signature-timestamp is {off} seconds away")

    def envelope(self, answer):
        """§3.5: what every answer of the application has."""
        self.verify(answer)
        must(answer.type == "application/json; charset=utf-8", f"Content-Type is {answer.type}")
        said = answer.json
        must(type(said.get("success")) is bool, f"success is {said.get('success')!r}")
        must(type(said.get("message")) is str, f"message is {said.get('message')!r}")
        if self.api == "1.2":
            return said
        code = said.get("code")
        must(type(code) is int and (code == 68) == said["success"], f"code is {code!r} with success {said['success']}")
        must(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", said.get("nonce", "")), f"nonce is {said.get('nonce')!r}")
        must(said.get("ownerid") == self.ownerid, f"ownerid is {said.get('ownerid')!r}, want {self.ownerid}")
        return said

    def done(self, answer, message=None):
        """A success with this message; None is any."""
        said = self.envelope(answer)
        right = said["success"] and (message is None or said["message"] == message)
        must(right, f"{answer.asked}: {answer}, want success: {message or 'any message'}")
        return said

    def refused(self, answer, message):
        """A refusal whose message begins so."""
        said = self.envelope(answer)
        must(not said["success"] and said["message"].startswith(message), f"{answer.asked}: {answer}, want a refusal: {message}")
        return said

    def init(self, query=False, **fields):
        """§6"""
        if self.api == "1.2":
            self.enckey = secrets.token_hex(16)
        answer = self.ask("init", query, **{"ver": self.version, "enckey": self.enckey, **fields})
        said = self.done(answer, "Initialized")
        must(type(said.get("sessionid")) is str and said["sessionid"], f"sessionid is {said.get('sessionid')!r}")
        must(type(said.get("newSession")) is bool, f"newSession is {said.get('newSession')!r}")
        for name in ("numUsers", "numOnlineUsers", "numKeys", "version", "customerPanelLink"):
            must(type(said["appinfo"].get(name)) is str, f"appinfo.{name} is {said['appinfo'].get(name)!r}")
        self.sessionid = said["sessionid"]
        return self

    def user(self, answer, message="Logged in!"):
        """§8: the info of somebody who has signed in."""
        info = self.done(answer, message)["info"]
        for name in ("username", "ip", "createdate", "lastlogin"):
            must(type(info.get(name)) is str, f"info.{name} is {info.get(name)!r}")
        must(info["hwid"] is None or type(info["hwid"]) is str, f"info.hwid is {info['hwid']!r}")
        must(info["subscriptions"], f"info.subscriptions is {info['subscriptions']!r}")
        for held in info["subscriptions"]:
            must(type(held["subscription"]) is str, f"a subscription is {held}")
            must(held["key"] is None or type(held["key"]) is str, f"a subscription is {held}")
            must(type(held["expiry"]) is str and int(held["expiry"]) > time.time(), f"an expiry is {held['expiry']!r}")
            must(type(held["timeleft"]) is int and held["timeleft"] > 0, f"a timeleft is {held['timeleft']!r}")
        return info


class Seller:
    """§11: the Seller API, which signs nothing."""

    def __init__(self, given):
        self.url = f"{given['base_url']}/api/seller/"
        self.key = given["seller_key"]

    def ask(self, kind, **fields):
        form = urllib.parse.urlencode({"sellerkey": self.key, "type": kind, **fields})
        with fetch(urllib.request.Request(f"{self.url}?{form}")) as res:
            return res.status, res.read().decode("utf-8")

    def license(self):
        """A license of level 1 for one day."""
        status, text = self.ask("add", expiry="1", level="1", amount="1", mask="PY-****-****")
        must(status == 200, f"seller add: {status} {show(text)}")
        said = json.loads(text)
        must(said["success"] is True and re.fullmatch("PY-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}", said["key"]), f"seller add: {show(text)}")
        return said["key"]
