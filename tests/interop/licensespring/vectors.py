"""Verifies what a server has signed, without asking it:

    python3 vectors.py vectors.json

README.md says what the file holds. It ends with 1 at the first vector that does not hold.
"""

import json
import sys

sys.dont_write_bytecode = True

from client import Wrong, load_key, must, verify_license, verify_offline, verify_rsa  # noqa: E402


def check(vector):
    key, body = load_key(vector["public_key"]), vector["body"]
    if vector.get("header_signature"):
        verify_rsa(key, body.encode(), vector["header_signature"], "header_signature over the body")
    if body[:1] not in ("{", "["):
        return
    said = json.loads(body)
    if vector.get("kind"):
        app = (vector["shared_key"], vector["api_key"]) if vector.get("shared_key") else None
        verify_offline(key, said, app, refresh=vector["kind"] == "refresh")
        return
    for license in said if isinstance(said, list) else [said]:
        if isinstance(license, dict) and license.get("license_signature"):
            verify_license(key, license, vector["request"])


def run(path):
    with open(path, encoding="utf-8") as f:
        vectors = json.load(f)
    must(vectors, "there are no vectors")
    for i, vector in enumerate(vectors):
        try:
            check(vector)
        except Exception as err:  # A field that is missing is wrong too.
            sys.exit(f"FAILED: vector {i}: {err if isinstance(err, Wrong) else repr(err)}")
    print(f"ok: {len(vectors)} vectors")


if __name__ == "__main__":
    run(sys.argv[1])
