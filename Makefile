.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 4200
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: help demo up notebook test slow lint clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/.plain: pyproject.toml constraints.txt
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.plain
	$(PIP) --editable '.[dev,hub]'
	touch $@

demo: $(VENV)/.plain  ## analyse the sample articles into data/processed
	$(BIN)/sayso analyze data/raw --lake data/processed --targets data/targets.toml

up: $(VENV)/.plain  ## start server, worker and what prefect.yaml schedules; Ctrl-C stops it (PORT=4200)
	@$(BIN)/python -m sayso.commands.up --port $(PORT)

notebook: $(VENV)/.plain  ## open notebooks/explore.ipynb
	$(PIP) --editable '.[notebook]'
	$(BIN)/jupyter lab notebooks/explore.ipynb

test: $(VENV)/.dev  ## run the tests
	$(BIN)/python -m pytest --cov --cov-report=term --cov-fail-under=90

slow: $(VENV)/.dev  ## run the kill loop and the scheduler, half an hour
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.dev  ## check style, format, types and the order of the floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:  ## remove the environment and the demo's tables
	rm -rf $(VENV) data/processed/*
