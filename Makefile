# The two commands of the README: `make run` and `make test`. Each does the set-up it needs.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
AREA ?= example-area
WORKERS ?= 2
UV := 0.13.9
# Compiled modules are kept even where the environment says not to: without them every start of `caselink` compiles
# some 1,500 modules again, which is a quarter of a small night.
export PYTHONDONTWRITEBYTECODE :=
# The peer of the linkage benchmark, in an environment of its own: no dependency of the product.
SPLINK := 5.0.0

AXE := tests/integration/browser/vendor

.PHONY: setup run browser test coverage test-deep check bench canary docs clean lock

STYLE := caseload/web/static/vendor/.fetched

setup: .venv/.ready $(STYLE)

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Caselink needs Python 3.11 to 3.13") if not (3, 11) <= sys.version_info[:2] < (3, 14) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(BIN)/python -m linkage.warm_up
	$(BIN)/python -m caseload.web.assets
	$(BIN)/caselink doctor --flow
	touch .venv/.ready

# The pages' style. A machine without a network is told, and the next `make` tries again.
$(STYLE): caseload/web/assets.py | .venv/.ready
	$(BIN)/python -m caseload.web.assets
	@if [ -f $@ ]; then touch $@; fi

run: setup
	@if [ ! -f $(AREA)/caselink.toml ]; then $(BIN)/caselink init $(AREA) --example; fi
	$(BIN)/caselink run --direct --project $(AREA)

# What the browser tests drive: Debian's Chromium, and the accessibility checker. CASELINK_CHROMIUM names another Chromium.
browser: setup
	@if [ -z "$$CASELINK_CHROMIUM" ] && ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get install -y -q --no-install-recommends chromium || { apt-get update -q && apt-get install -y -q --no-install-recommends chromium; }; fi
	$(BIN)/python -m caseload.web.assets --axe $(AXE)

TESTS := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: setup browser
	$(TESTS) -m "not deep"

# The same tests, measured: a night takes half as long again, so this is not run on every change but before an issue is resolved.
coverage: setup browser
	$(TESTS) -m "not deep" --cov --cov-report=term:skip-covered --cov-fail-under=95

test-deep: setup browser
	$(TESTS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/wall -q

bench: setup .venv-bench/.ready
	$(BIN)/python -m benchmarks.nhs_numbers --numbers 5000000 --json
	$(BIN)/python -m benchmarks.pseudonyms --ids 1000000 --json
	$(BIN)/python -m benchmarks.night --people 20000 --json
	$(BIN)/python -m benchmarks.linkage --people 100000 --against splink --json

.venv-bench/.ready: Makefile
	$(PYTHON) -m venv .venv-bench
	$(BIN)/uv pip install --quiet --python .venv-bench/bin/python splink==$(SPLINK) duckdb==2.0.1
	touch .venv-bench/.ready

# A small area full of marked identifiers, nights good and bad, and a search of every byte they left behind.
canary: setup
	$(BIN)/python -m tests.canary

docs: setup
	$(BIN)/python -m pipelines.reference_pages

lock:
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock

clean:
	rm -rf .venv .venv-bench build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov $(AREA) $(AXE) caseload/web/static/vendor
