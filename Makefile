# academy: a line for each target; `make help` shows them.
PREFIX ?= $(shell [ "$$(id -u)" = 0 ] && echo /opt/academy || echo "$$HOME/.local/share/academy")
DATA ?=
PORT ?=
PYTHON = /usr/bin/python3
BIN = $(PREFIX)/envs/service/bin
UP = $(if $(DATA),--data $(DATA)) $(if $(PORT),--port $(PORT))

.PHONY: help run install install-tests test bench
.DEFAULT_GOAL := help

help: ## show these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

run: install ## install what is missing, then start the whole system (PORT=8000 DATA=DIR PREFIX=DIR)
	@exec $(BIN)/academy up $(UP)

install: $(PYTHON) ## make the environments and install this project (PREFIX=DIR)
	@$(PYTHON) -B -m hub_config.install --prefix "$(PREFIX)"

install-tests: $(PYTHON) # the same with what the tests need
	@$(PYTHON) -B -m hub_config.install --prefix "$(PREFIX)" --tests

test: install-tests ## run every test: units and laws, attacks, then journeys in a real browser
	@$(BIN)/python -B -m tests.run

bench: install-tests ## measure: figures that the documentation states
	@$(BIN)/python -B -m pytest tests/performance -q -s

$(PYTHON):
	@[ "$$(id -u)" = 0 ] || { echo "first, once, as root: apt-get update && apt-get install -y --no-install-recommends python3 python3-venv bubblewrap"; exit 2; }
	apt-get update -q && apt-get install -y -q --no-install-recommends python3 python3-venv
