# What people do with a checkout of aegis: `make help`.
# `make test PYTHON=python3.13` uses that interpreter, in an environment of its own (.venv-3.13).

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-behaviour test-systemd test-deb man binary deb bench bench-all check docs lock clean

ifeq ($(origin PYTHON),undefined)
VENV := .venv
else
VENV := .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
endif
STAMP := $(VENV)/.stamp
BIN := $(VENV)/bin
RULES := tests/test_layout.py tests/test_floors.py tests/test_docs.py tests/test_doc_examples.py
PYTHONS ?= python3.11 python3.12 python3.13

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(STAMP) ## start a daemon of its own, run four example workflows, leave nothing behind
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/examples/demo/demo.sh

test: $(STAMP) ## all tests (ARGS="-k name" for some)
	@$(BIN)/python -m pytest $(ARGS)

test-all: ## all tests on each Python of PYTHONS that runs here
	@for python in $(PYTHONS); do \
	    if $$python -c '' >/dev/null 2>&1; then \
	        echo "== $$python"; $(MAKE) --no-print-directory test PYTHON=$$python || exit 1; \
	    else echo "== $$python: not here"; fi; \
	done

bench: $(STAMP) ## the table of speed and size, and docs/reference/performance.md (ARGS="--only idle" for one row)
	@$(BIN)/python tests/bench/table.py $(ARGS)

bench-all: $(STAMP) ## the table, then every closer question of tests/bench
	@status=0; for script in table artifacts client containment events history http_api http_fuzz output queries restart \
	    steps webhooks; do \
	    echo "== $$script"; $(BIN)/python tests/bench/$$script.py || status=1; \
	done; exit $$status

test-behaviour: $(STAMP) ## tests that run the real programs (AEGIS_BIN=dist/aegis-linux-x86_64: of the one file)
	@AEGIS_BIN=$(AEGIS_BIN) $(BIN)/python -m pytest tests/behaviour $(ARGS)

test-systemd: $(STAMP) ## the units in a real systemd (root, debootstrap; PACKAGE=x.deb: from that package)
	@PYTHON=$(BIN)/python tests/systemd/run $(PACKAGE)

test-deb: deb ## the package and the one file on a Debian without Python (root, debootstrap)
	@AEGIS_DEB=$$(ls -t dist/aegis_*.deb | head -n 1) AEGIS_BIN=dist/aegis-linux-$$(uname -m) \
	    $(BIN)/python -m pytest tests/packaging/test_debian.py $(ARGS)

check: $(STAMP) ## lint, format, types, import floors, house rules, documents against code
	@status=0; \
	$(BIN)/ruff check --quiet . || status=1; \
	$(BIN)/ruff format --check --quiet . || status=1; \
	$(BIN)/mypy --strict --no-error-summary aegisd aegisctl web/aegis_web || status=1; \
	$(BIN)/lint-imports --no-logo || status=1; \
	$(BIN)/python -m pytest -q $(RULES) || status=1; \
	exit $$status

docs: $(STAMP) ## write the generated pages of docs/reference again
	@$(BIN)/python -m docs.generate

lock: $(STAMP) ## resolve requirements.lock again (ARGS=--upgrade for newer versions)
	@.ci/lock $(BIN)/python $(ARGS)

man: $(STAMP) ## write the manual pages into build/man
	@$(BIN)/python -m docs.generate.man build/man

binary: $(STAMP) ## dist/aegis: a folder with both programs that needs no Python on the host
	@.ci/binary $(BIN)/python

deb: binary ## dist/aegis_VERSION_ARCH.deb, from that folder
	@.ci/deb $(BIN)/python

clean: ## remove everything that make made
	@rm -rf .venv .venv-* build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements.lock pyproject.toml .ci/venv
	@.ci/venv $(VENV) $(PYTHON)
