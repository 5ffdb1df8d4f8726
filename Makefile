# The two commands of the README: `make demo` and `make test`. Everything they need is installed into .venv.
PYTHON ?= python3
# So many files of tests run at a time: half of them wait, for browsers and for servers.
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check audit format lock clean

demo: $(VENV)/ready  ## set everything up and rehearse the embedded shop
	@$(BIN)/simulator doctor --fix
	@$(BIN)/simulator run journeys --profile demo

test: $(VENV)/dev-ready  ## install what the tests need, where that is allowed, and run them
	@$(BIN)/simulator doctor --fix || echo "there is no browser: tests that need one are skipped, each by its name"
	@$(BIN)/python -m tests.servers.install
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: $(VENV)/dev-ready  ## lint, format, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py
	@$(MAKE) --no-print-directory audit

audit: $(VENV)/dev-ready  ## known vulnerabilities of the locked dependencies, where the database can be reached
	@$(BIN)/python -m tests.audit

format: $(VENV)/dev-ready
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock:  ## resolve the dependencies of pyproject.toml anew; needs uv
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --group build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --group build --group dev --all-extras -c requirements.lock pyproject.toml -o requirements-dev.lock

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV) || { apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/ready: $(VENV)/bin/python requirements.lock
	@echo "installing the locked dependencies into $(VENV)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev-ready: $(VENV)/ready requirements-dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
