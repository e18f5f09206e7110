# What one does daily. `make run` and `make test` do all the set-up on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed
TEST := $(VENV)/.installed-test
DEV := $(VENV)/.installed-dev
MODULES := node_modules/.installed

.PHONY: run check format test test-all bench bench-gpu record pictures clean
run: $(RUN)
	$(BIN)/python app.py $(ARGS)

# Ruff's lint and format and mypy, as pyproject.toml sets them; then the browser's modules: lint, types and unit tests.
# `make format` mends what can be mended without thought.
check: $(DEV) $(MODULES)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m playground.web.constants
	npm run --silent lint
	npm run --silent types
	npm run --silent test

format: $(DEV)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Two test processes; `make test WORKERS=0` runs all in one, as a debugger wants it.
WORKERS ?= 2
test: $(TEST)
	.ci/browser
	.ci/nginx
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile $(ARGS)

# The rest, after `make test`: the browser on story, workshops and sharing, fuzzing, load, soak, a clean install.
test-all: test
	$(BIN)/python -m pytest -q -m long -n $(WORKERS) --dist loadfile --ignore tests/long $(ARGS)
	$(BIN)/python -m pytest -q -m long tests/long $(ARGS)

bench: $(TEST)
	@.ci/browser >&2
	@$(BIN)/python -m playground.bench $(ARGS)

# Installs nothing: any Python with torch and transformers does, where there is a CUDA device.
bench-gpu:
	@$(firstword $(wildcard $(BIN)/python) $(PYTHON)) -m playground.bench.gpu $(ARGS)

# What quotes the twins and is made anew when others ship: the recorded races, and the pictures of README.md.
record: $(RUN)
	$(BIN)/python -m playground race --json assets/traces/first.json "$$($(BIN)/python -m playground.catalog.records)"
	$(BIN)/python -m playground.bench.scenes

# The verdict of the recorded race in the words of today, where only those changed: its passes and times stay.
judge: $(RUN)
	$(BIN)/python -m playground.estimates.judged_again assets/traces/first.json assets/traces/scenes/*.json

pictures: $(TEST)
	.ci/browser
	$(BIN)/python -m playground.bench.pictures

$(RUN): requirements.txt constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt -r requirements.txt
	touch $@

$(TEST): $(RUN) requirements-test.txt
	$(BIN)/python -m pip install -q -c constraints.txt -r requirements-test.txt
	touch $@

$(DEV): $(TEST) requirements-dev.txt  # mypy reads playwright's types
	$(BIN)/python -m pip install -q -c constraints.txt -r requirements-dev.txt
	touch $@

$(MODULES): package.json package-lock.json
	@command -v npm >/dev/null || { echo "make check needs node 18.18 or newer with npm for the browser's code, which only developers do." \
	  "Install both (on Debian: apt-get install nodejs npm, or .ci/node) and run again." >&2; exit 1; }
	npm ci --silent
	touch $@

clean:
	rm -rf $(VENV) node_modules assets/generated
