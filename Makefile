# make demo     install, load the example story, serve it at http://127.0.0.1:8000 (PORT=... changes it)
# make install  create .venv with the program
# make test     run every test
# make check    check style, types and formatting
# make bench    measure the costs (15 minutes; BENCH='--sizes 10000' takes less)
# make pictures take the pictures of the README (needs Chromium)
PYTHON ?= python3
PORT ?= 8000
BENCH ?=
BIN := .venv/bin

.PHONY: install demo test check bench pictures format clean

install: .venv/.installed
demo: .venv/.installed
	$(BIN)/intellog demo --port $(PORT)

test: .venv/.tested
	$(BIN)/python -m pytest -n auto

check: .venv/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check domain projections service tests
	$(BIN)/mypy

bench: .venv/.benched
	$(BIN)/python -m tests.bench $(BENCH)

pictures: .venv/.tested
	$(BIN)/python -m tests.pictures

format: .venv/.tested
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format domain projections service tests

clean:
	rm -rf .venv build data *.egg-info

.venv/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "intellog needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv
	touch $@

.venv/.installed: .venv/.made pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/.tested: .venv/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

.venv/.benched: .venv/.tested
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	touch $@
