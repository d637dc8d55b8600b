# The front door: developers and CI run the same targets.
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
# All Python of ours, for the linter and the type checker.
SOURCES := overlays tests scripts docs benchmarks

.PHONY: help install generate check-generated lint-contract format lint typecheck audit \
	test coverage test-fast test-all test-wheel build package sbom verify-types api-changes \
	demo mock docs mutants soak bench bench-quick bench-bulk bench-mock bench-workers \
	abuse-mock clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

install: $(READY) ## Create the environment, with everything that development needs

$(READY): pyproject.toml scripts/constraints.txt scripts/install
	scripts/install $(PYTHON) $(VENV)
	@touch $@

$(BENCH_READY): pyproject.toml scripts/constraints.txt benchmarks/install
	benchmarks/install $(PYTHON) $(BENCH)
	@touch $@

generate: $(READY) ## Rebuild every derived file: generated client, reference pages, tables
	$(BIN)/python scripts/generate.py write

check-generated: $(READY) ## Fail if a derived file is stale, naming each
	$(BIN)/python scripts/generate.py check

lint-contract: $(READY) ## Check openapi.yaml against our rules
	$(BIN)/openapi-spec-validator openapi.yaml
	$(BIN)/python -m pytest -q tests/contract --ignore=tests/contract/test_schemathesis.py

format: $(READY) ## Format the code and fix what can be fixed automatically
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

lint: $(READY) ## Check style, formatting and imports; print the layout's figures
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python scripts/measure_layout.py

typecheck: $(READY) ## Check the types of everything, strictly
	$(BIN)/mypy

test: lint typecheck check-generated ## Run all that a change must pass, cheapest first
	scripts/test $(BIN) $(if $(CI),--coverage)

coverage: $(READY) ## Run the tests, and fail if they miss too many lines; part of `make test` in CI
	scripts/test $(BIN) --coverage

test-fast: $(READY) ## Run the quick tests: the inner loop
	$(BIN)/python -m pytest -q -n 2 tests/client tests/architecture

test-all: ## Run `make test` on every supported Python that is installed
	scripts/test-all

demo: generate ## Run the client against the mock on a loopback socket
	$(BIN)/python docs/examples/demo.py

mutants: $(READY) ## Break client and mock on purpose; a test must notice each time
	PYTHONPATH=tests $(BIN)/python -m mutants.run

soak: $(READY) ## Kill bulk runs and probes amid faults, many times; nothing may be lost
	$(BIN)/python tests/soak/simulation.py --seeds 1000
	$(BIN)/python tests/soak/soak.py
	PROBE_EXAMPLES=1000 $(BIN)/python -m pytest -q tests/client/probe/test_state_machine.py

spreadsheets: $(READY) ## Open exported files in LibreOffice and save them; needs soffice
	$(BIN)/python scripts/check_spreadsheet.py

bench: $(BENCH_READY) ## Compare the client with its alternatives; writes docs/benchmarks.md
	$(SIDE_BY_SIDE)

bench-quick: $(BENCH_READY) ## The same in short, printed only
	$(SIDE_BY_SIDE) --quick

bench-bulk: $(READY) ## Measure bulk calls against the floor set by latency; takes minutes
	$(BIN)/python benchmarks/bulk.py

bench-mock: $(READY) ## Compare the mock with Prism 5; needs wrk and PRISM=program; 3 minutes
	$(BIN)/python benchmarks/mock_speed.py $(PRISM)

bench-workers: $(READY) ## Measure eight processes under one throttle, with and without Redis
	$(BIN)/python benchmarks/many_workers.py

abuse-mock: $(READY) ## Send two million valid and invalid requests to the mock; needs wrk; 5 minutes
	$(BIN)/python benchmarks/mock_abuse.py

mock: $(READY) ## Run the mock server; prints the lines to paste
	$(BIN)/python -m apple_music_ratings_mock --port 8787

docs: $(READY) ## Build the site in build/site; warnings are errors
	scripts/docs $(BIN) build
	@echo "Open build/site/index.html"

build: $(READY) ## Build wheel and sdist in dist/, verified
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/twine check --strict dist/*
	$(BIN)/python scripts/check_package.py dist

audit: build ## Look for known vulnerabilities of the dependencies; needs the network
	scripts/audit $(BIN) dist

sbom: build ## List what the wheel installs, with every extra, in dist/*.cdx.json
	scripts/sbom $(BIN)/python dist

package: build ## Install the wheel on every Python here and with the lowest versions; use it
	scripts/smoke-all $(BIN) dist

test-wheel: build ## Run the tests against the installed wheel
	scripts/test-wheel dist/*.whl $(BIN)/python

api-changes: $(READY) ## Print what broke in public since the last tag; the changelog must name it
	$(BIN)/python scripts/api_changes.py
	$(BIN)/python scripts/contract_changes.py

verify-types: build ## Check that the built wheel has a type for every public name
	scripts/verify-types $(BIN) dist/*.whl

clean: ## Remove everything that make created
	git clean -fdXq
