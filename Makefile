# Flux Voice. `make` lists what there is; nothing but Python 3.11-3.13 and Node 20+ is needed.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Any interpreter in range will do: make PYTHON=/path/to/python3.12 run
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
UI := web/ui
NPM := npm --prefix $(UI)
ARGS ?=

INSTALLED := $(VENV)/.installed
NODE_MODULES := $(UI)/node_modules/.installed
PAGE := $(UI)/dist/index.html
UI_SOURCES := $(shell find $(UI) \( -name node_modules -o -name dist \) -prune -o -name '[!.]*' ! -path $(UI) -print 2>/dev/null)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONDONTWRITEBYTECODE # else each server of each test would compile all that it imports anew

.PHONY: help setup run test deploy check check-page check-code soak format browser lock licences screenshots bench compose-check install page clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: install page ## Install what is needed and build the page; `make run` and `make test` do it by themselves

run: install page ## Install what is needed, build the page and start the server on http://127.0.0.1:8080
	@exec $(BIN)/flux-voice serve $(ARGS)

test: install page ## Run every test of server and page; skips are counted (ARGS="-k turns" picks some)
	@$(BIN)/python -m scripts.run_tests $(ARGS)
	@$(NPM) run --silent test

deploy: ## Start the whole box with Docker Compose, as docs/gpu-box.md tells
	@deploy/up

check: check-page check-code ## The gate: format, lint, types, floors, page, no registry addresses

check-page: $(NODE_MODULES)
	$(NPM) run --silent check

check-code: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --num-workers 2 || { test $$? -eq 2 && $(BIN)/mypy; } # 2: its workers missed each other on a busy machine
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q -rN tests/test_house.py

format: install ## Format the code and repair what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

soak: install ## Hold 600 calls, and break one off at every await: what is left, and how memory grows (half an hour)
	$(BIN)/python -m pytest -m soak
	$(BIN)/python -m benchmarks.soak $(ARGS)

browser: ## Install Chromium for the browser tests (Debian; needs root or sudo)
	@scripts/install-browser

lock: install ## Pin the dependencies of pyproject.toml anew
	$(BIN)/python -m scripts.lock

licences: install ## Write docs/licences.md from what is installed
	$(BIN)/python -m scripts.licences

screenshots: install page browser ## Take the pictures of docs/pages.md anew
	$(BIN)/python -m scripts.screenshots $(ARGS)

bench: install page browser ## Hold the 24 spoken conversations of docs/first-conversation.md, then the short forms of docs/benchmarks.md
	$(BIN)/python -m benchmarks.first_conversation $(ARGS)
	$(BIN)/python -m benchmarks.voice_to_voice --turns 10
	$(BIN)/python -m benchmarks.barge_in --short
	$(BIN)/python -m benchmarks.first_turn --starts 1 --turns 3
	$(BIN)/python -m benchmarks.peers --turns 10
	$(BIN)/python -m benchmarks.load --most 2 --together 4
	$(BIN)/python -m benchmarks.turns --short
	$(BIN)/python -m benchmarks.network --short

compose-check: install ## Check Dockerfile.gpu, docker-compose.yml and requirements.gpu.lock as far as can be without an engine
	@$(BIN)/python -m scripts.compose_check

clean: ## Remove what was built and installed here; ./data stays
	rm -rf $(VENV) $(UI)/node_modules $(UI)/dist build dist *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

install: $(INSTALLED)

page: $(PAGE)

$(INSTALLED): requirements.lock pyproject.toml
	@test -x $(BIN)/python || scripts/make-venv $(VENV) $(PYTHON)
	@echo "Installing requirements.lock"
	@scripts/install-pins $(VENV) requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(NODE_MODULES): $(UI)/package.json $(UI)/package-lock.json
	@scripts/check-node
	@echo "Installing the page's packages"
	@$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGE): $(NODE_MODULES) $(UI_SOURCES)
	@scripts/check-node
	@echo "Building the page"
	@$(NPM) run --silent build
	@touch $@
