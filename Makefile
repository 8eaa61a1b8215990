# Each target sets up its own environment; it only needs Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: bench demo docs fuzz test sdks lint types clean

$(BIN)/mockbw: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(BIN)/pytest: pyproject.toml | $(BIN)/mockbw
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

demo: $(BIN)/mockbw  ## a demonstration, in under a minute
	$(BIN)/mockbw demo

test: $(BIN)/pytest  ## everything that CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2

fuzz: $(BIN)/pytest  ## the property tests with fresh seeds and many examples, for longer
	MOCKBW_HYPOTHESIS=fuzz $(BIN)/pytest --timeout=1800 --numprocesses 2 tests/core tests/scenario tests/journal tests/config tests/server/control/test_fuzz.py tests/server/platform/test_conformance.py

sdks: $(BIN)/pytest  ## the platform's own SDKs that cannot be installed with the tests
	$(BIN)/python -m pip install --quiet --target build/sdk14 'bandwidth-sdk==14.*'
	npm install --silent --prefix build/node bandwidth-sdk
	MOCKBW_SDK14=$(CURDIR)/build/sdk14 MOCKBW_NODE_SDK=$(CURDIR)/build/node $(BIN)/pytest tests/system/sdk

docs: $(BIN)/pytest  ## the site, in build/site; a broken link is an error
	$(BIN)/python docs/make_architecture.py
	$(BIN)/python docs/make_configuration.py
	$(BIN)/python docs/make_library.py > docs/library.md
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(BIN)/pytest  ## writes docs/performance.md; peers are measured when npm can install them
	-npm install --no-audit --no-fund --prefix benchmarks/.peers @stoplight/prism-cli @mockoon/cli mountebank wiremock
	$(BIN)/python -m benchmarks

lint: $(BIN)/pytest
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(BIN)/pytest
	$(BIN)/mypy

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
