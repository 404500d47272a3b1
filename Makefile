.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# pyproject.toml says which; asked of the Python that would make the environment, however old that is.
REQUIRES_PYTHON := $(shell sed -n 's/^requires-python = "\(.*\)"/\1/p' pyproject.toml)
define PYTHON_CHECK
import re, sys
least, below = [int(minor) for minor in re.findall(r"3\.(\d+)", sys.argv[1])]
if sys.version_info[0] != 3 or not least <= sys.version_info[1] < below:
    right = ", ".join("3.%d" % minor for minor in range(least, below))
    sys.exit("This is Python %d.%d; needed is one of %s. Name it: make PYTHON=python3.%d %s" % (
        sys.version_info[0], sys.version_info[1], right, min(below - 1, 12), sys.argv[2]))
endef
export PYTHON_CHECK

# A lock is installed once; a changed lock or pyproject.toml installs again. It names every package, so pip adds none.
define install
	@test -x $(BIN)/python || command -v $(PYTHON) >/dev/null || \
		{ echo "There is no $(PYTHON). Name a Python $(REQUIRES_PYTHON): make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -c "$$PYTHON_CHECK" "$(REQUIRES_PYTHON)" "$(MAKECMDGOALS)"
	@echo "Installing the locked dependencies into $(VENV): once, about a minute"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r locks/$(1).txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
endef

$(VENV)/.embedded: locks/embedded.txt pyproject.toml
	$(call install,embedded)

$(VENV)/.dev: locks/dev.txt pyproject.toml
	$(call install,dev)
	@touch $(VENV)/.embedded

.PHONY: up test unit check bench histories lock clean help

up: $(VENV)/.embedded ## Run everything in the foreground; Ctrl-C stops it
	@exec $(BIN)/l1 up

test: $(VENV)/.dev ## Run the whole test suite: two at a time, each against real servers of its own
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder  # what takes longest comes first

# What is ignored has no such test, and takes seconds to import: each process would, before it runs any.
unit: $(VENV)/.dev ## Run the tests that need no server, with fewer generated examples: half a minute
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not servers and not slow" --hypothesis-profile quick \
		--ignore tests/e2e --ignore tests/api/test_schemathesis.py --ignore tests/l1/matching/study/test_kept_back.py

check: $(VENV)/.dev ## Format, lint, types, architecture rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## Benchmarks: a table on screen, JSON in .l1/bench
	$(BIN)/python -m bench

histories: $(VENV)/.dev ## Record the workflow histories that tests replay and that are missing
	$(BIN)/python -m tests.histories.record

lock: ## Pin the dependencies again (needs uv)
	uv pip compile -q pyproject.toml --extra build $(lock_flags) -o locks/server.txt
	uv pip compile -q pyproject.toml --extra build --extra embedded --extra study $(lock_flags) -o locks/embedded.txt
	uv pip compile -q pyproject.toml --all-extras $(lock_flags) -o locks/dev.txt

lock_flags := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

clean: ## Remove the virtual environment and caches; keeps the data in .l1
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache build *.egg-info

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'
