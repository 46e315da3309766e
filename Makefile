# `make run` opens the window, `make test` runs the tests; both build .venv/ when the project file changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test test-gpu check screenshots bench science science-tests wheel clean

run: $(STAMP)
	$(BIN)/sslstudio

test: $(STAMP)
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 --dist worksteal -m "not xvfb and not gpu"

test-gpu: $(STAMP)
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -m gpu tests/gpu

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python packaging/science.py --check
	$(BIN)/python packaging/science_tests.py --seeds 3 --check

screenshots: $(STAMP)
	QT_QPA_PLATFORM=offscreen $(BIN)/python packaging/screenshots.py

bench: $(STAMP)
	$(BIN)/python packaging/bench.py

science: $(STAMP)
	$(BIN)/python packaging/science.py --jobs 2

science-tests: $(STAMP)
	$(BIN)/python packaging/science_tests.py --jobs 2

wheel: $(STAMP)
	$(BIN)/python -m build --wheel --outdir dist .

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	touch $(STAMP)
