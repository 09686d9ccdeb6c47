"""A day in the life of an application, against a running server:

    python3 day.py input.json

README.md says what the input holds. It prints a line for each step, and ends with 1 at the first thing that is
wrong.
"""

import json
import secrets
import sys
import traceback

sys.dont_write_bytecode = True

from client import Client, Seller, Wrong, holds, load_key, mac, must  # noqa: E402

HWID = f"python-{secrets.token_hex(12)}"
OTHER_HWID = f"python-{secrets.token_hex(12)}"
ODD_TEXT = "y <&> é \u2028 /"


def equal(got, want, what):
    must(got == want and type(got) is type(want), f"{what} is {got!r}, want {want!r}")


class Day:
    def __init__(self, given):
        self.given = given
        self.app = Client(given)
        self.who = {"username": f"py{secrets.token_hex(4)}", "pass": " p&ss <b>é "}

    def session(self):
        """A session of its own for the same app."""
        return self.app.but().init()

    def login(self, client, **changes):
        return client.ask("login", **{**self.who, "hwid": HWID, **changes})

    def vectors(self):
        """The vectors of the contract (§3.2, §3.3), so that what follows proves something."""
        key = load_key("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
        body = b'{"success":true,"code":68,"message":"Session is validated.","nonce":"00000000-0000-4000-8000-000000000000","role":"not_checked","ownerid":"abcdefghij"}'
        signature = (
            "5a29044d39660efff03bd798c9f75c540e3412babc3b04de01f20363ee087aaa"
            "4e218a71c4ecb01745852ba0e0a3351902bceecc1a152e6f7b25e546e7cc3808"
        )
        must(holds(key, "1700000000", body, signature), "the vector does not hold")
        must(not holds(key, "1700000001", body, signature), "the vector holds at another time")
        secret, body = "a" * 64, b'{"success":true}'
        equal(mac(secret, body), "ad8c2f7b86eb72359cb5d756caf7588bd137b70325f83800172602c17a031c84", "the HMAC by the secret")
        session = mac(f"0123456789abcdef-{secret}", body)
        equal(session, "bfc6a81460e2ae0d2ef77b8d847adadf03025e314d50352b7d52f78270712829", "the HMAC of a session")

    def strangers(self):
        """§4: what is refused before there is a session."""
        app = self.app
        unknown = app.ask("init", name="no such application", ver=app.version)
        app.verify(unknown)
        equal(unknown.text, "KeyAuth_Invalid", "the answer to a name that nobody has")
        for missing, text in (("name", "No app name specified."), ("ownerid", "No OwnerID specified.")):
            answer = app.ask("init", **{missing: None})
            app.verify(answer)
            must(answer.json["success"] is False and answer.json["message"].startswith(text), f"no {missing}: {answer}")
        equal(type(app.refused(app.ask("init", ver="0.0"), "invalidver")["download"]), str, "the type of download")
        app.refused(app.ask("check", sessionid="0123456789abcdef"), "Session not found")
        app.refused(app.ask("no_such_type"), "The value inputted for type paramater was not found")

    def by_query(self):
        """C60: the fields may stand in the address."""
        self.app.but().init(query=True)

    def license_login(self):
        app, key = self.app.init(), self.given["license_keys"][0]
        app.refused(app.ask("check"), "Session is not validated")
        app.refused(app.ask("license", key="NO-SUCH-KEY", hwid=HWID), "Invalid license key")
        info = app.user(app.ask("license", key=key, hwid=HWID, code=""))
        equal(info["username"], key, "username")
        equal(info["hwid"], HWID, "hwid")
        equal(info["subscriptions"][0]["key"], key, "the key of the subscription")
        equal(info["subscriptions"][0]["subscription"], "default", "the name of the subscription")

    def check(self):
        equal(self.app.done(self.app.ask("check"), "Session is validated.")["role"], "not_checked", "role")

    def tampered(self):
        """A body or a time that is not the signed one does not pass."""
        app = self.app
        answer = app.ask("check")
        app.done(answer)
        for changes in (
            {"raw": answer.raw.replace(b"not_checked", b"developer")},
            {"timestamp": str(int(answer.timestamp) - 1)},
            {"signature": ("01" if answer.signature.startswith("00") else "00") + answer.signature[2:]},
        ):
            try:
                app.done(answer.but(**changes))
            except Wrong:
                continue
            raise Wrong(f"{list(changes)} may be another")

    def variable(self):
        app = self.app
        must(app.done(app.ask("var", varid="motd"))["message"], "motd is empty")
        app.refused(app.ask("var", varid="no such variable"), "Variable not found.")

    def log(self):
        self.app.done(self.app.ask("log", message="a day in Python: <&> é", pcuser="python"))

    def same_machine(self):
        again, key = self.session(), self.given["license_keys"][0]
        again.refused(again.ask("license", key=key, hwid=OTHER_HWID), "HWID doesn't match. Ask for a HWID reset")
        again.refused(again.ask("license", key=key), "Force HWID is enabled")
        again.user(again.ask("license", key=key, hwid=HWID + "\n"))

    def register(self):
        fresh, key = self.session(), self.given["license_keys"][1]
        info = fresh.user(fresh.ask("register", **self.who, key=key, hwid=HWID, email="py@licet.example"))
        equal(info["username"], self.who["username"], "username")
        fresh.done(fresh.ask("check"))
        taken = fresh.ask("register", **self.who, key=self.given["license_keys"][2], hwid=HWID)
        fresh.refused(taken, "Username already taken, choose a different one")
        fresh.refused(fresh.ask("license", key=key, hwid=HWID), "License key has already been used")

    def login_by_name(self):
        app = self.app.init()
        app.refused(self.login(app, **{"pass": "another"}), "Password does not match.")
        app.refused(self.login(app, hwid=OTHER_HWID), "HWID doesn't match.")
        app.user(self.login(app))
        app.done(app.ask("check"))

    def upgrade(self):
        app, fresh = self.app, self.session()
        before = app.user(self.login(app))["subscriptions"][0]
        key = self.given["license_keys"][2]
        fresh.refused(fresh.ask("upgrade", username="all", key=key), "Invalid username")
        fresh.done(fresh.ask("upgrade", username=self.who["username"], key=key), "Upgraded successfully")
        fresh.refused(fresh.ask("check"), "Session is not validated")
        after = app.user(self.login(app))["subscriptions"][0]
        must(int(after["expiry"]) > int(before["expiry"]), f"the expiry is {after['expiry']}, before the upgrade {before['expiry']}")

    def user_variable(self):
        app = self.app
        app.done(app.ask("setvar", var="a", data=ODD_TEXT), "Successfully set variable")
        equal(app.done(app.ask("getvar", var="a"))["response"], ODD_TEXT, "the variable a")
        app.refused(app.ask("setvar", var="a", data="x" * 501), "Variable data must be 500 characters or less")
        equal(app.done(app.ask("getvar", var="a"))["response"], ODD_TEXT, "the variable a after a refusal")
        app.refused(app.ask("getvar", var="b"), "Variable not found for user")

    def seller(self):
        key, fresh = Seller(self.given).license(), self.session()
        fresh.user(fresh.ask("license", key=key, hwid=HWID))

    def logout(self):
        app = self.app
        app.done(app.ask("logout"), "Successfully logged out.")
        app.refused(app.ask("check"), "Session not found")

    def legacy(self):
        """§3.2: the older dialect, whose answers are signed with a secret."""
        older = self.app.but(api="1.2").init()
        older.refused(older.ask("check"), "Session is not validated")
        equal(older.user(self.login(older))["username"], self.who["username"], "username")
        older.done(older.ask("check"))


STEPS = [
    ("vectors of the contract", Day.vectors, []),
    ("strangers", Day.strangers, []),
    ("by the address", Day.by_query, []),
    ("license login", Day.license_login, ["license_keys"]),
    ("check", Day.check, ["license_keys"]),
    ("tampered answers", Day.tampered, ["license_keys"]),
    ("variable", Day.variable, ["license_keys"]),
    ("log", Day.log, ["license_keys"]),
    ("the same machine", Day.same_machine, ["license_keys"]),
    ("register", Day.register, ["license_keys"]),
    ("login", Day.login_by_name, ["license_keys"]),
    ("upgrade", Day.upgrade, ["license_keys"]),
    ("variable of the user", Day.user_variable, ["license_keys"]),
    ("seller", Day.seller, ["seller_key"]),
    ("logout", Day.logout, ["license_keys"]),
    ("API 1.2", Day.legacy, ["secret", "legacy"]),
]


def run(path):
    with open(path, encoding="utf-8") as f:
        day = Day(json.load(f))
    for name, step, needs in STEPS:
        absent = [key for key in needs if not day.given.get(key)]
        if absent:
            print(f"skipped: {name}: the input has no {' and no '.join(absent)}", flush=True)
            continue
        try:
            step(day)
        except Exception as err:  # A field that is missing, or no connection, is wrong too.
            line = next(f.lineno for f in traceback.extract_tb(err.__traceback__) if f.name == step.__name__)
            what = str(err) if isinstance(err, Wrong) else repr(err)
            sys.exit(f"FAILED: {name}, line {line} of day.py: {what}")
        print(f"ok: {name}", flush=True)


if __name__ == "__main__":
    run(sys.argv[1])
