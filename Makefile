# The front door: every habit is a target, and CI calls nothing else.
# `make` alone prints the targets.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := $(VENV)-bench
BENCH_READY := $(BENCH)/.ready
SIDE_BY_SIDE = PYTHONPATH=benchmarks $(BENCH)/bin/python -m side_by_side \
	--without-extras $(BENCH)/plain
PRISM ?= node_modules/.bin/prism
# Everything ours that a type checker or a linter reads.
SOURCES := overlays tests scripts docs benchmarks

.PHONY: help install generate check-generated lint-contract format lint typecheck \
	test test-fast test-all demo mutants soak bench bench-quick bench-bulk bench-mock \
	bench-workers abuse-mock mock docs build \
	package verify-types clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

install: $(READY) ## Make the environment with everything development needs

$(READY): pyproject.toml scripts/constraints.txt scripts/install
	scripts/install $(PYTHON) $(VENV)
	@touch $@

$(BENCH_READY): pyproject.toml scripts/constraints.txt benchmarks/install
	benchmarks/install $(PYTHON) $(BENCH)
	@touch $@

generate: $(READY) ## Rebuild every derived file: generated client, reference pages, tables
	$(BIN)/python scripts/generate.py write

check-generated: $(READY) ## Fail if a derived file is stale, naming the first one
	$(BIN)/python scripts/generate.py check

lint-contract: $(READY) ## Check openapi.yaml against our rules
	$(BIN)/openapi-spec-validator openapi.yaml
	$(BIN)/python -m pytest -q tests/contract --ignore=tests/contract/test_schemathesis.py

format: $(READY) ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

lint: $(READY) ## Check style, formatting and import directions
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python scripts/measure_layout.py

typecheck: $(READY) ## Check types, strictly
	$(BIN)/mypy

test: lint typecheck check-generated ## All that a change must pass
	scripts/test $(BIN)

test-fast: $(READY) ## The quick part of the tests, for the inner loop
	$(BIN)/python -m pytest -q -n 2 tests/client tests/architecture

test-all: ## The tests on every supported Python that is installed
	scripts/test-all

demo: generate ## Show the client at work, against the mock on a loopback socket
	$(BIN)/python docs/examples/demo.py

mutants: $(READY) ## Break mock and client on purpose; every break must turn a test red
	$(BIN)/python tests/mutants/run.py

soak: $(READY) ## Kill bulk runs amid faults, many times, and see that nothing is lost
	$(BIN)/python tests/soak/soak.py

bench: $(BENCH_READY) ## The client beside what one would use instead; writes docs/benchmarks.md
	$(SIDE_BY_SIDE)

bench-quick: $(BENCH_READY) ## The same in short, printed and not written
	$(SIDE_BY_SIDE) --quick

bench-bulk: $(READY) ## Bulk work beside the floor that latency sets; takes minutes
	$(BIN)/python benchmarks/bulk.py

bench-mock: $(READY) ## The mock beside Prism 5; needs wrk and PRISM=its program; takes 3 minutes
	$(BIN)/python benchmarks/mock_speed.py $(PRISM)

bench-workers: $(READY) ## Eight processes under one throttle, with a limiter in Redis and without
	$(BIN)/python benchmarks/many_workers.py

abuse-mock: $(READY) ## Two million requests, ordinary and bad, at the mock; needs wrk; takes 5 minutes
	$(BIN)/python benchmarks/mock_abuse.py

mock: $(READY) ## Run the mock server; prints lines to paste
	$(BIN)/python -m apple_music_ratings_mock --port 8787

docs: $(READY) ## Build the site in build/site; a warning is an error
	scripts/docs $(BIN) build
	@echo "Open build/site/index.html"

build: $(READY) ## Wheel and sdist, in dist/, verified
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/twine check --strict dist/*
	$(BIN)/python scripts/check_package.py dist

package: build ## Install what was built, on every Python here and with the lowest versions; use it
	scripts/smoke-all $(BIN) dist

verify-types: build ## See that the built wheel tells every public type
	scripts/verify-types $(BIN) dist/*.whl

clean: ## Remove what make made
	git clean -fdXq
