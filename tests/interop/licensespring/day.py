"""A day in the life of a license, against a running server:

    python3 day.py input.json

README.md says what the input holds. It prints a line for each step, and ends with 1 at the first thing that is
wrong.
"""

import json
import secrets
import sys
import traceback
import uuid
from datetime import datetime, timedelta, timezone

sys.dont_write_bytecode = True

from client import Client, Wrong, is_time, load_key, must  # noqa: E402

# Capital letters, because signatures are made over small ones.
HARDWARE_ID = f"Python-{str(uuid.uuid4()).upper()}"
ODD_TEXT = "y <&> é \u2028"


def equal(got, want, what):
    must(got == want and type(got) is type(want), f"{what} is {got!r}, want {want!r}")


def is_number(value):
    return type(value) is int


def now():
    return datetime.now(timezone.utc)


class Day:
    def __init__(self, given):
        self.given = given
        self.client = Client(given["base_url"], given["api_key"], given["shared_key"], load_key(given["public_key"]))

    def main(self):
        """The identity fields of the license that most steps are about."""
        return self.key(self.given["product"], self.given["license_key"])

    @staticmethod
    def key(product, license_key):
        return {"product": product, "license_key": license_key, "hardware_id": HARDWARE_ID}

    def leave(self, ask):
        self.client.word(self.client.post("deactivate_license", **ask), "license_deactivated")

    def variable(self, ask, name):
        """What the server has stored under a name, which must be there once."""
        stored = self.client.object(self.client.get("get_device_variables", **ask))
        found = [v for v in stored if v["variable"] == name]
        must(len(found) == 1, f"the variable {name} is there {len(found)} times")
        return found[0]

    def errors(self):
        """The refusals that need no license."""
        c, ask = self.client, self.main()

        def check(client, **changes):
            return client.get("check_license", **{**ask, **changes})

        c.refusal(check(c.but(shared_key="another-shared-key")), "signature_mismatch")
        c.refusal(check(c.but(api_key="no-such-key")), "invalid_api_key")
        c.refusal(check(c.but(date=now() - timedelta(minutes=20))), "date_header_diff")
        c.refusal(check(c.but(anonymous=True)), "missing_headers")
        c.refusal(check(c, product="no-such-product"), "unknown_product")
        c.refusal(check(c, license_key="ZZZZ-ZZZZ-ZZZZ-ZZZZ"), "license_not_found")
        unknown = c.get("no_such_endpoint")
        c.refusal(unknown, "not_found")
        equal(unknown.status, 404, "the status of an unknown path")
        c.refusal(c.ask("POST", "activate_license", body="{", kind="application/json"), "invalid_json")
        c.refusal(c.post_text("activate_offline", ""), "missing_content")

    def product_details(self):
        c, product = self.client, self.given["product"]
        short = c.object(c.get("product_details", product=product))
        equal(short["short_code"], product, "short_code")
        must("latest_version" not in short and "custom_fields" not in short, "what nobody asked for is in product_details")
        long = c.object(c.get("product_details", product=product, include_latest_version="true", include_custom_fields="true"))
        must("latest_version" in long, "latest_version is missing")
        must(isinstance(long.get("custom_fields"), list), "custom_fields is no list")

    def activate(self):
        c, ask = self.client, self.main()
        c.refusal(c.get("versions", **ask), "active_license_required")
        c.refusal(c.get("check_license", **ask), "license_not_active", "device_not_found")
        first = c.object(c.post("activate_license", **ask, hostname="day", app_ver="1.0", is_vm=False))
        equal(first["request"], "activation", "request")
        equal(first["active"], True, "active")
        equal(first["license_key"], ask["license_key"], "license_key")
        equal(first["hardware_id"], HARDWARE_ID, "hardware_id")
        equal(first["product_details"]["short_code"], ask["product"], "product_details.short_code")
        again = c.object(c.post("activate_license", **ask))
        equal(again["times_activated"], first["times_activated"], "times_activated after the second activation")
        equal(again["device_id"], first["device_id"], "device_id after the second activation")

    def check(self):
        c, ask = self.client, self.main()
        said = c.object(c.get("check_license", **ask, include_expired_features="false"))
        equal(said["license_active"], True, "license_active")
        equal(said["license_enabled"], True, "license_enabled")
        equal(said["is_expired"], False, "is_expired")
        must(isinstance(said["product_features"], list), "product_features is no list")
        must(isinstance(c.object(c.get("versions", **ask)), list), "versions is no list")
        if said["license_type"] != "consumption":
            c.refusal(c.post("add_consumption", **ask, consumptions=1), "license_not_consumption")

    def variables(self):
        c, ask = self.client, self.main()
        tracked = c.object(c.post("track_device_variables", **ask, variables={"a": "x", "b": 1}))
        b = next((v for v in tracked if v["variable"] == "b"), None)
        must(b and b["value"] == "1" and is_number(b["created_at"]), f"the variable b came back as {b}")
        c.object(c.post("track_device_variables", **ask, variables={"a": ODD_TEXT}))
        a = self.variable(ask, "a")
        equal(a["value"], ODD_TEXT, "the variable a")
        must(is_time(a["created_at"]) and is_number(a["id"]), f"the variable a came back as {a}")

    def deactivate(self):
        ask = self.main()
        self.leave(ask)
        self.client.refusal(self.client.get("check_license", **ask), "license_not_active", "device_not_found")

    def offline(self):
        c, ask = self.client, self.main()
        wrong = c.but(shared_key="another-shared-key").offline_request("activation", **ask)
        c.refusal(c.post_text("activate_offline", wrong), "signature_mismatch")
        file = c.object(c.post_text("activate_offline", c.offline_request("activation", **ask)))
        equal(file["hardware_id"], HARDWARE_ID, "hardware_id")
        equal(file["license_key"], ask["license_key"], "license_key")
        c.verify_offline(file)
        c.object(c.get("check_license", **ask))
        back = c.offline_request("deactivation", variables={"left": "by file"}, **ask)
        c.word(c.post_text("deactivate_offline", back), "license_deactivated")
        c.refusal(c.get("check_license", **ask), "license_not_active", "device_not_found")
        c.object(c.post("activate_license", **ask))
        equal(self.variable(ask, "left")["value"], "by file", "the variable that came by file")
        self.leave(ask)

    def consumption(self):
        given, c = self.given, self.client
        ask = self.key(given.get("consumption_product") or given["product"], given["consumption_key"])
        before = c.object(c.post("activate_license", **ask))
        equal(before["license_type"], "consumption", "license_type")
        c.object(c.post("add_consumption", **ask))
        after = c.object(c.post("add_consumption", **ask, consumptions=2))
        equal(after["total_consumptions"], before["total_consumptions"] + 3, "total_consumptions")
        if not after["allow_unlimited_consumptions"]:
            most = after["max_consumptions"] + (after["max_overages"] if after["allow_overages"] else 0)
            more = most - after["total_consumptions"] + 1
            c.refusal(c.post("add_consumption", **ask, consumptions=more), "license_not_enough_consumptions")
        if not after["allow_negative_consumptions"]:
            c.refusal(c.post("add_consumption", **ask, consumptions=-1), "negative_consumptions_not_allowed")
        checked = c.object(c.get("check_license", **ask))
        equal(checked["total_consumptions"], after["total_consumptions"], "total_consumptions of check_license")
        self.leave(ask)

    def feature(self):
        given, c = self.given, self.client
        ask = self.key(given.get("feature_product") or given["product"], given.get("feature_key") or given["license_key"])
        c.object(c.post("activate_license", **ask))
        said = c.object(c.get("check_license_feature", **ask, feature=given["feature"]))
        equal(said["code"], given["feature"], "code")
        c.refusal(c.get("check_license_feature", **ask, feature="0"), "invalid_license_feature_code")
        self.leave(ask)

    def floating(self):
        given, c = self.given, self.client
        ask = self.key(given.get("floating_product") or given["product"], given["floating_key"])
        c.object(c.post("activate_license", **ask))
        taken = c.object(c.get("check_license", **ask))
        equal(taken["is_floating_cloud"], True, "is_floating_cloud")
        must(taken["floating_in_use_devices"] >= 1, f"floating_in_use_devices is {taken['floating_in_use_devices']}")
        hours = taken["max_borrow_time"]
        late = (now() + timedelta(hours=hours + 1)).strftime("%Y-%m-%d %H:%M:%S")
        c.refusal(c.post("floating/borrow", **ask, borrowed_until=late), "borrow_until_not_valid")
        lent = c.object(c.post("floating/borrow", **ask, borrowed_until=None))
        must(is_time(lent["borrowed_until"]), f"borrowed_until is {lent['borrowed_until']}")
        ahead = datetime.fromisoformat(lent["borrowed_until"].replace("Z", "+00:00")) - now()
        must(timedelta(0) < ahead <= timedelta(hours=hours, minutes=5), f"borrowed_until is {ahead} ahead, want {hours} hours")
        borrowed = c.object(c.get("check_license", **ask))
        equal(borrowed["is_borrowed"], True, "is_borrowed")
        equal(borrowed["borrowed_until"], lent["borrowed_until"], "borrowed_until of check_license")
        c.word(c.post("floating/release", **ask), "")
        released = c.object(c.get("check_license", **ask))
        equal(released["is_borrowed"], False, "is_borrowed after the release")
        self.leave(ask)

    def user(self):
        given, c = self.given, self.client
        name, password = given["username"], given["password"]
        ask = {"product": given["user_product"], "username": name, "hardware_id": HARDWARE_ID}
        c.refusal(c.post("activate_license", **ask, password=password + "x"))
        first = c.object(c.post("activate_license", **ask, password=password))
        must(first.get("username") and not first.get("license_key"), f"username {first.get('username')}, license_key {first.get('license_key')}")
        must(isinstance(first["user"]["is_initial_password"], bool), "user.is_initial_password is no bool")
        new = "Dy9!" + secrets.token_hex(12)
        c.word(c.post("change_password", username=name, password=password, new_password=new), "password_changed")
        checked = c.object(c.get("check_license", **ask))
        equal(checked["user"]["is_initial_password"], False, "user.is_initial_password after the change")
        c.refusal(c.post("activate_license", **ask, password=password))
        c.object(c.post("activate_license", **ask, password=new))
        self.leave(ask)

    def trial(self):
        c, product = self.client, self.given["trial_product"]
        first = c.object(c.get("trial_key", product=product, hardware_id=HARDWARE_ID))
        equal(first["is_trial"], True, "is_trial")
        equal(first["times_activated"], 0, "times_activated")
        must(first["license"] and first["license"] == first["license_key"], "license and license_key are not the same")
        again = c.object(c.get("trial_key", product=product, hardware_id=HARDWARE_ID))
        equal(sorted(again), ["is_trial", "license", "license_type"], "the members of the second answer")
        equal(again["license"], first["license"], "the license of the second answer")
        ask = self.key(product, first["license"])
        active = c.object(c.post("activate_license", **ask))
        equal(active["is_trial"], True, "is_trial of the activation")
        must(is_time(active["validity_period"]), f"validity_period of a trial is {active['validity_period']}")
        self.leave(ask)


STEPS = [
    ("errors", Day.errors, ["product", "license_key"]),
    ("product_details", Day.product_details, ["product"]),
    ("activate, twice", Day.activate, ["product", "license_key"]),
    ("check, versions", Day.check, ["product", "license_key"]),
    ("device variables", Day.variables, ["product", "license_key"]),
    ("deactivate", Day.deactivate, ["product", "license_key"]),
    ("offline activation and deactivation", Day.offline, ["product", "license_key"]),
    ("consumption", Day.consumption, ["consumption_key"]),
    ("feature", Day.feature, ["feature"]),
    ("floating: check, borrow, release", Day.floating, ["floating_key"]),
    ("user: activate, change password, check", Day.user, ["user_product", "username", "password"]),
    ("trial", Day.trial, ["trial_product"]),
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
