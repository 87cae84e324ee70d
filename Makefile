# The everyday commands; `make` alone lists them.
# They need make and Python 3.11 to 3.13 with pip; everything else goes into $(VENV).

PYTHON ?= python3
VENV ?= .venv-test
ARGS ?=
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt

export TF_CPP_MIN_LOG_LEVEL ?= 3

.DEFAULT_GOAL := help
.PHONY: help setup tools test test-light lint format check-all clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo '  VENV=DIR     the virtual environment, made when it is not there ($(VENV))'
	@echo '  PYTHON=EXE   the Python that makes it ($(PYTHON))'
	@echo '  ARGS="..."   more arguments for pytest, as in: make test ARGS="tests/runs -k lock"'

setup: $(VENV)/.dev-installed  ## make the environment, with everything that a change needs

test: $(VENV)/.test-installed  ## run all tests
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

test-light: $(VENV)/.test-installed  ## run the tests that take seconds
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" $(ARGS)

tools: $(VENV)/.test-installed  ## make what the tests of the web targets need; they are skipped without
	$(BIN)/python -m kerascfg doctor --make litert_js
	$(BIN)/python -m kerascfg doctor --make tfjs

lint: $(VENV)/.dev-installed  ## check style, format and types; changes nothing
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m pyright --pythonpath $(BIN)/python

format: $(VENV)/.dev-installed  ## format the code and sort its imports
	$(BIN)/python -m ruff check --fix --quiet .
	$(BIN)/python -m ruff format .

check-all: lint test  ## what CI checks: lint, then all tests

clean:  ## remove the environment and all caches
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that is there is taken as it is. Debian's Python can lack `ensurepip`; its pip
# then installs the environment's own.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo 'expected Python 3.11 to 3.13. Received: PYTHON=$(PYTHON). Name one: make PYTHON=python3.11'; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) || \
	  { $(PYTHON) -m venv --clear --without-pip $(VENV) && \
	    $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	@touch $@

$(VENV)/.test-installed: $(VENV)/.made pyproject.toml constraints.txt
	$(INSTALL) -e '.[test]'
	@touch $@

$(VENV)/.dev-installed: $(VENV)/.test-installed
	$(INSTALL) -e '.[dev]'
	$(BIN)/python -m kerascfg schema
	@touch $@
