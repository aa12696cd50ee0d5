# Needs Python 3.11 or newer, git and make; everything else goes into .venv.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PATH := $(CURDIR)/$(BIN):$(PATH)

# The first of these that is new enough makes the environment.
CANDIDATES := $(PYTHON) python3.13 python3.12 python3.11 python3.14
NEW_ENOUGH := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))

.PHONY: help demo demo-fraud test test-whole twins matrix hosts quick lint bench clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
	  awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

$(STAMP): pyproject.toml orchestrator/version.py
	@set -e; found=; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  for one in $(CANDIDATES); do \
	    if "$$one" -c '$(NEW_ENOUGH)' 2>/dev/null; then found=$$one; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "Python 3.11 or newer with venv is needed; name one: make PYTHON=/path/to/python3.12" >&2; \
	    exit 1; \
	  fi; \
	  "$$found" -m venv --clear $(VENV); \
	fi; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'; \
	touch $@

demo: $(STAMP) ## Run a story on a new repository and use the result; FRAMEWORK=flask for the one with Google
	@$(BIN)/python stories/demo $(if $(FRAMEWORK),--framework $(FRAMEWORK))

demo-fraud: $(STAMP) ## Show that published faulty code and a sabotaged pattern are refused
	@$(BIN)/python stories/fraud/run.py

lint: $(STAMP) ## Style, format and types
	$(BIN)/ruff check . stories/demo
	$(BIN)/ruff format --check . stories/demo
	$(BIN)/mypy orchestrator
	$(BIN)/mypy stories/demo
	$(BIN)/mypy stories/fraud/run.py
	@set -e; for skill in skills/*/skill.py; do \
	  [ -e "$$skill" ] || continue; echo "mypy $$skill"; $(BIN)/mypy "$$skill"; done

test: lint ## What each landing must pass: lint, types, tests
	$(BIN)/python -m pytest -n 2 -q -m "not whole"

test-whole: lint ## All tests: every example, both sample stories, a cell of the matrix as well
	$(BIN)/python -m pytest -n 2 -q

twins: $(STAMP) ## Break the generated module in every way we know; the attack must notice each
	PYTHONPATH=.:tests/templates $(BIN)/python tests/twins

matrix: $(STAMP) ## Try the module in all pairs of its choices; goes on where it was stopped
	PYTHONPATH=.:tests:tests/templates $(BIN)/python tests/matrix $(CELLS)

hosts: $(STAMP) ## Take host repositories of every shape through add, edit, upgrade and removal
	PYTHONPATH=.:tests:tests/templates $(BIN)/python tests/shapes $(SHAPES)

quick: $(STAMP) ## The unit tests only
	$(BIN)/python -m pytest -n 2 -q -m "not slow"

bench: $(STAMP) ## Measure, as ratios to a yardstick
	@set -e; for one in benchmarks/bench_*.py; do echo "== $$one"; $(BIN)/python "$$one"; done

clean: ## Remove what make created
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .coverage .matrix .hosts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
