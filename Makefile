# make run    sets up and starts everything           PORT=8000 DATA_DIR=var EXAMPLE=1
# make test   sets up and runs every test             STRICT=1: nothing may be skipped
# make lint   style, types, layers
# make bench  ratios against named limits             HOSTS=5000 or 1000,10000  ARGS='--databases sqlite,postgresql'
# make lock   new lock files from requirements/*.in
# make clean  removes what make made (not DATA_DIR)

PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= var
EXAMPLE ?= 1
HOSTS ?= 5000
# One more than there are cores: tests wait a good deal for the processes that they start.
JOBS ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)")
BIN = .venv/bin

export PORT DATA_DIR

.PHONY: run test lint bench lock clean runtime dev

run: runtime
	@EXAMPLE=$(EXAMPLE) exec $(BIN)/python manage.py up

test: dev
	@env -u DATA_DIR -u PORT $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy kb incidents
	$(BIN)/lint-imports
	env -u DATA_DIR $(BIN)/python manage.py makemigrations --check --dry-run

bench: dev
	@env -u DATA_DIR -u PORT $(BIN)/python -m tests.bench --hosts $(HOSTS) $(ARGS)

runtime:
	@$(PYTHON) kb/operations/bootstrap.py runtime

dev:
	@$(PYTHON) kb/operations/bootstrap.py dev

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/runtime.lock requirements/runtime.in
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/dev.lock requirements/dev.in

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
