SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: help test check generated format vet lint race

# TESTFLAGS goes to go test: make test TESTFLAGS='-run TestConformance -v'
TESTFLAGS ?=
PACKAGES  ?= ./...

# The linter has a module file of its own: its 200 dependencies are none of the
# registry's, and the checksums pin it like everything else.
# Its cache is this clone's own: shared, it tells of files in other clones.
GOLANGCI := GOLANGCI_LINT_CACHE=$(CURDIR)/.cache/golangci-lint go tool -modfile=tools/go.mod golangci-lint

# What the tests print is searched for personal numbers, as is what PostgreSQL logs.
SEARCHED := go run ./internal/testkit/searched

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

test: ## Run every test on both engines
	./scripts/test-env $(SEARCHED) go test -timeout 20m $(TESTFLAGS) $(PACKAGES)

check: generated format vet lint race ## Everything that must hold before a change is accepted

generated: ## Generated files are what the generators make now
	./scripts/check-generated

format: ## gofmt has nothing to change
	./scripts/check-format

vet: ## go vet
	go vet $(PACKAGES)

lint: ## The layer rules and the other linters of .golangci.yml
	$(GOLANGCI) run $(PACKAGES)

# modernc.org is C made into Go: one goroutine's memory, reached by addresses. The
# detector and the pointer checks took most of the run's time there. What of ours
# uses a connection is watched, and graph/sqlite tests that it is.
RACE := -race -gcflags='modernc.org/...=-race=false -d=checkptr=0'

# check has vetted them.
race: ## Run every test on both engines with the race detector
	./scripts/test-env $(SEARCHED) go test $(RACE) -vet=off -timeout 20m $(TESTFLAGS) $(PACKAGES)
