# `make help` lists the targets. Everything that is made goes into .venv/, node_modules/ and static/build/.

PYTHON ?=
VENV_PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help
help: ## List what `make` can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: ## Make .venv with everything that running and testing need
	@python="$$(PYTHON='$(PYTHON)' sh scripts/find_python.sh)" && "$$python" scripts/venv.py dev
