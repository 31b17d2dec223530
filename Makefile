# Everything runs in .venv, made by the first target that needs it. PYTHON names the interpreter to make it with.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: demo test coverage soak check bench samples docs clean

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -c constraints.txt -e '.[dev]'
	# It asks for an older jsonschema than frictionless does, and works with the newer one.
	$(PIP) install -c constraints.txt --no-deps cffconvert docopt pykwalify ruamel.yaml
	touch $@

demo: $(VENV)/.installed
	$(BIN)/tracekit demo

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# The same, counting which lines run: takes half as long again.
coverage: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --cov=tracekit --cov-report=term

# The lake's tests with twenty times as many kills, sizes and turns.
soak: $(VENV)/.installed-dev
	TRACEKIT_SOAK=20 $(BIN)/python -m pytest -n auto --dist loadscope tests/lake

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar queries
	$(BIN)/python tools/write_docs.py --check
	$(BIN)/python tools/measure_house.py --check

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/arrival.py

samples: $(VENV)/.installed-dev
	$(BIN)/python tools/write_samples.py

docs: $(VENV)/.installed-dev
	$(BIN)/python tools/write_docs.py

clean:
	rm -rf $(VENV) data/demo
