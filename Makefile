# make demo     install, load the example story, serve it at http://127.0.0.1:8000 (PORT=... changes it)
# make install  create .venv with the program
# make test     run every test
# make wheel    build the wheel that pipx and uvx install, in dist
# make check    check style, types and formatting
# make bench    measure the costs (15 minutes; BENCH='--sizes 10000' takes less)
# make pins     write the pinned versions and their hashes again, after pyproject.toml changed
# make mutants  change the rules in every small way and see which change no test notices (a day)
# make reference write docs/reference and docs/problems.md again, after the program changed
# make pictures take the pictures of the README (needs Chromium)
PYTHON ?= python3
PORT ?= 8000
BENCH ?=
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check

.PHONY: install demo test wheel check bench pins mutants pictures reference format clean

install: .venv/.installed
demo: .venv/.installed
	$(BIN)/intellog demo --port $(PORT)

test: .venv/.tested
	$(BIN)/python -m pytest -n auto

wheel: .venv/.installed
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

check: .venv/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check domain projections service tests
	$(BIN)/mypy

bench: .venv/.benched
	$(BIN)/python -m tests.bench $(BENCH)

mutants: .venv/.tested
	$(INSTALL) mutmut
	$(BIN)/mutmut run

pictures: .venv/.tested
	$(BIN)/python -m tests.pictures

reference: .venv/.tested
	$(BIN)/python -m tests.reference

format: .venv/.tested
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format domain projections service tests

clean:
	rm -rf .venv build dist data mutants *.egg-info

.venv/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "intellog needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv
	touch $@

.venv/.installed: .venv/.made pyproject.toml requirements/program.txt
	$(INSTALL) --require-hashes -r requirements/program.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	touch $@

.venv/.tested: .venv/.installed requirements/test.txt
	$(INSTALL) --require-hashes -r requirements/test.txt
	touch $@

.venv/.benched: .venv/.tested requirements/bench.txt
	$(INSTALL) --require-hashes -r requirements/bench.txt
	touch $@

# Every file of every pinned distribution with its hash, for all platforms and Pythons from 3.11 on.
# A pin stays as it is unless UPGRADE=--upgrade.
PINS := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(UPGRADE)
PINS += --no-annotate --no-header

pins: .venv/.made
	$(INSTALL) uv
	$(PINS) --group build pyproject.toml -o requirements/program.txt
	$(PINS) --group build --extra test -c requirements/program.txt pyproject.toml -o requirements/test.txt
	$(PINS) --group build --extra excel --extra mcp --extra otel --extra postgres --extra time \
	  -c requirements/test.txt pyproject.toml -o requirements/container.txt
	$(PINS) --group build --extra bench -c requirements/test.txt pyproject.toml -o requirements/bench.txt
