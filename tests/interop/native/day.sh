#!/bin/sh
# A day with the native API, with curl: from a new product to a revoked license. URL is where the server is, TOKEN a token that may
# manage, SINK an address that takes webhooks. Node.js reads the JSON, and verifies what is signed with libraries that know nothing of
# Licet: run `npm ci` in this folder first.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# call METHOD PATH [BODY] prints the answer, and fails with it unless the status is one of success.
call() {
	if [ $# -gt 2 ]; then set -- "$1" "$2" -d "$3"; else set -- "$1" "$2"; fi
	method=$1 path=$2
	shift 2
	curl -sS --fail-with-body -X "$method" -H "Authorization: Bearer $TOKEN" "$@" "$URL/v1$path"
}

# member PATH prints one member of the JSON on its standard input.
member() { node -pe "JSON.parse(require('fs').readFileSync(0, 'utf8')).$1"; }

# expect WHAT WANT GOT
expect() { [ "$2" = "$3" ] || { echo "$1: $3, want $2" >&2; exit 1; }; echo "$1: $3"; }

code=app-$(date +%s)-$$
machine=machine-A

endpoint=$(call POST /webhook-endpoints "{\"url\":\"$SINK\",\"description\":\"the day's sink\",\"kinds\":[\"product.*\",\"policy.*\",\"license.*\",\"device.*\"]}")
echo "$endpoint" | member secret >"$STATE/secret"

call POST /products "{\"code\":\"$code\",\"name\":\"My App\"}" >"$STATE/product"
call POST "/products/$code/policies" '{"code":"pro","terms":{"type":"subscription","duration":"12mo","activations":2}}' >"$STATE/policy"
call POST /licenses "{\"product\":\"$code\",\"policy\":\"pro\",\"amount\":3}" >"$STATE/licenses"
key=$(member licenses[0].key <"$STATE/licenses")
echo "made $(member licenses.length <"$STATE/licenses") licenses, the first is $key"

claim="{\"key\":\"$key\",\"product\":\"$code\",\"hardware_id\":\"$machine\"}"
expect "before the activation" device_unknown "$(call POST /validate "$claim" | member code)"
call POST /activations "$claim" >"$STATE/activation"
expect "after it" true "$(call POST /validate "$claim" | member valid)"

call POST /license-files "$claim" | member file >"$STATE/file.jws"
node "$here/verify-file.mjs" "$URL/.well-known/jwks.json" "$STATE/file.jws" "$code" "$machine"

call POST "/licenses/$key/revoke?product=$code" '{"reason":"the day is over"}' >/dev/null
verdict=$(call POST /validate "$claim")
expect "after the revocation" license_revoked "$(echo "$verdict" | member code)"
expect "and it" false "$(echo "$verdict" | member valid)"
