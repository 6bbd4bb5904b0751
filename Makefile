# Two commands on a fresh machine: `make demo`, `make test`. They need python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.PHONY: demo test test-long lint format bench docs clean

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ecs-audit needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -c 'import weasyprint' 2>/dev/null || echo "No PDF can be written, as Pango is missing: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 (or brew install pango)"
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime ## audit the bundled sample account into ecs-audit-out/
	$(BIN)/python -m auditor demo

test: $(VENV)/.dev ## every rule's cases and what the program does, with nothing but Python
	$(BIN)/python -m pytest -n auto -m "not long"

test-long: $(VENV)/.dev ## what takes longer: browsers, PDFs, servers, mutants, kills, repeated audits
	$(BIN)/python -m pytest -n auto -m long

lint: $(VENV)/.dev ## formatting, types, imports, SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 rules auditor/views

format: $(VENV)/.dev ## mend what the linters can mend
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/sqlfluff fix --quiet --processes 2 rules auditor/views

bench: $(VENV)/.dev ## figures of this machine; see bench/README.md
	$(BIN)/python -m bench.secrets.bench
	$(BIN)/python -m bench.iam
	$(BIN)/python -m bench.reports --quick

docs: $(VENV)/.dev ## generated pages of rules and schema
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) ecs-audit-out dist
