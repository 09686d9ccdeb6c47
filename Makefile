# Licet needs Go, make and git. `make` alone, or `make help`, lists what there is to make.

# RACE says whether tests run under the race detector: auto (where there is a C compiler), on, off.
RACE ?= auto
# PKGS are the packages to test; TESTFLAGS go to go test as they are, for instance -short or -v.
PKGS ?= ./...
TESTFLAGS ?=
# BENCHFLAGS go to licet bench as they are.
BENCHFLAGS ?=

export RACE PKGS TESTFLAGS
.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## list what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: build ## build, and serve a demo on http://127.0.0.1:8080 with its data in ./licet-data
	bin/licet serve --demo

# The version is what the build information says: a tag, or a commit. Nothing is linked in by hand.
.PHONY: build
build: ## build bin/licet: static, stripped
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/licet ./cmd/licet

.PHONY: test
test: postgres node python chromium lint unit ## the one gate: formatting, vet, staticcheck, generated files, all tests on both databases

# The profile of cmd/licet would have everything compiled a second time, and finds no fault. What is compiled here is what the tests
# run as a program.
.PHONY: lint
lint: ## formatting, go vet, staticcheck
	@scripts/gofmt
	CGO_ENABLED=0 GOFLAGS=-pgo=off go vet ./...
	CGO_ENABLED=0 GOFLAGS=-pgo=off go tool -modfile=tools/go.mod staticcheck ./...

# That generated files are fresh is a test as well: see docs below.
.PHONY: unit
unit:
	@scripts/gotest

.PHONY: postgres node python chromium
postgres node python chromium: # what the tests need besides Go
	@scripts/$@

.PHONY: format
format: ## format all Go files, more strictly than gofmt does
	go tool -modfile=tools/go.mod gofumpt -w .

# A generated document is written by the test that compares it: such a test has a name that ends in
# UpToDate, and writes instead of comparing when LICET_UPDATE is 1.
.PHONY: docs
docs: ## write the generated documents anew
	LICET_UPDATE=1 go test -count=1 -run 'UpToDate$$' ./...

.PHONY: bench
bench: build ## measure speed and size on this machine
	bin/licet bench $(BENCHFLAGS)

.PHONY: profile
profile: build ## measure what the server does most, for the compiler; commit the result
	@scripts/profile

.PHONY: clean
clean: ## remove what was built; data stays
	rm -rf bin
