# Everything a developer does, each in one command. `make help` lists it.
# Needs python3 (3.11 or newer), its venv module, and make; the rest it installs into .venv by itself.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# tox tests on every Python that it finds; where pyenv has further ones, they stand last on the path.
export PATH := $(PATH):$(subst $(eval ) ,:,$(sort $(wildcard $(HOME)/.pyenv/versions/3.1[1-3].*/bin)))
TOX := $(RUN) -m tox run

.DEFAULT_GOAL := help
.PHONY: help demo test fast lint type layers docs container pkg bench bench-keep dev format clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.installed ## see a rule fire: a simulated flat, the real driver, about a minute
	@$(VENV)/bin/interlock demo

test: $(VENV)/.tox ## everything that CI runs: lint, types, layers, docs, container, packaging, tests
	@$(TOX)

fast: $(VENV)/.tox ## the quick tests, under ten seconds
	@$(TOX) -e fast

lint: $(VENV)/.tox ## ruff: style and formatting
	@$(TOX) -e lint

type: $(VENV)/.tox ## mypy, strict
	@$(TOX) -e type

layers: $(VENV)/.tox ## import-linter: who may import whom
	@$(TOX) -e layers

docs: $(VENV)/.tox ## build the documentation into site-html, strictly
	@$(TOX) -e docs

container: $(VENV)/.tox ## lint the Dockerfile and the compose example
	@$(TOX) -e container

pkg: $(VENV)/.tox ## build the wheel, install it beside a stranger's driver, run it
	@$(TOX) -e pkg

bench: $(VENV)/.tox ## the benchmarks, a quarter of an hour: what became better or worse
	@$(TOX) -e bench

bench-keep: $(VENV)/.tox ## the same and a simulated year, and keep the numbers for docs/explanation/performance.md
	@$(TOX) -e bench -- --keep

dev: $(VENV)/.dev ## put pytest, ruff, mypy, mkdocs and towncrier into .venv as well

format: $(VENV)/.dev ## let ruff format the code and mend what it can
	@$(RUN) -m ruff check --fix --quiet
	@$(RUN) -m ruff format --quiet

clean: ## remove everything that was made, .venv included
	rm -rf $(VENV) .tox dist site-html .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find engine plugins tests docs bench -name __pycache__ -type d -prune -exec rm -rf {} +

# Shows what a command says only where it fails; Ctrl-C is one line instead of its traceback.
quietly = log=$$(mktemp); trap 'rm -f $$log; echo; echo "stopped: run it again to go on"; exit 130' INT; \
  $(1) > $$log 2>&1 || { code=$$?; cat $$log >&2; rm -f $$log; exit $$code; }; rm -f $$log

# Each stamp is made again when pyproject.toml changes; otherwise nothing is asked of the network.

$(VENV)/.created:
	@command -v $(PYTHON) > /dev/null || { echo "$(PYTHON) is missing: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$$($(PYTHON) --version) is too old: Interlock needs 3.11 or newer (make PYTHON=python3.12 …)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
	  { echo "$(PYTHON) has no venv module: apt-get install python3-venv"; exit 1; }
	@echo "setting up $(VENV)"
	@$(call quietly,$(PYTHON) -m venv $(VENV))
	@$(call quietly,$(RUN) -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1')
	@touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml
	@echo "installing interlock into $(VENV)"
	@$(call quietly,$(RUN) -m pip install --quiet --disable-pip-version-check --editable .)
	@touch $@

$(VENV)/.tox: $(VENV)/.installed
	@echo "installing tox into $(VENV)"
	@$(call quietly,$(RUN) -m pip install --quiet --disable-pip-version-check --group tox)
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo "installing the development tools into $(VENV)"
	@$(call quietly,$(RUN) -m pip install --quiet --disable-pip-version-check --group dev)
	@touch $@
