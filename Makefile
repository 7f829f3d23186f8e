# Every command that a developer or a visitor needs. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
DEV := .venv/.ready-dev
# No address of an index is written into the locks: they hold for any mirror.
LOCKED := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q

.PHONY: help setup demo test check format docs bench lock clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 24

setup: $(STAMP) ## prepare .venv; .venv/bin/tocsin is then the program

$(STAMP): requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tocsin needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 setup"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "$(PYTHON) has no venv module: install it (Debian: apt install python3-venv)"; exit 1; }
	@echo "Installing Tocsin's locked dependencies into .venv ..."
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install -q --no-deps -e .
	@# pip compiles what it installs, and leaves alone what stays where it is: each start would compile that anew, where nothing may be written.
	@$(BIN)/python -m compileall -q src
	@touch $@

$(DEV): $(STAMP) requirements/dev.txt
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(STAMP) ## play the seed's story with the town, then stay up (Ctrl-C ends it)
	@$(BIN)/tocsin demo

test: $(DEV) ## run the tests
	@$(BIN)/pytest -n 2

check: $(DEV) ## all that CI runs: format, lint, types, the import rule, the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: $(DEV) ## format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(DEV) ## make docs/reference anew from the code
	$(BIN)/python tools/make_reference.py

bench: $(STAMP) ## the benchmarks, quick: each prints a table
	$(BIN)/python bench/incidents.py --quick
	$(BIN)/python bench/oncall.py --quick
	$(BIN)/python bench/paging.py --quick
	$(BIN)/python bench/schema.py --quick
	$(BIN)/python bench/procedures.py --quick

lock: $(DEV) ## lock the dependencies of pyproject.toml anew
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile pyproject.toml $(LOCKED) -o requirements/run.txt
	$(BIN)/uv pip compile pyproject.toml --group dev -c requirements/run.txt $(LOCKED) -o requirements/dev.txt

clean: ## remove .venv and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
