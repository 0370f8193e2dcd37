# `make help` lists the targets. All that is made goes into .venv/, node_modules/ and static/build/.

PYTHON ?=
CHROMIUM ?=
ARGS ?=
# Tests mostly wait for programs that sleep: two processes take half the time of one, on two cores.
WORKERS ?= 2
VENV_PYTHON := .venv/bin/python
FIND_PYTHON := python="$$(PYTHON='$(PYTHON)' sh scripts/find_python.sh)"
.DEFAULT_GOAL := help

.PHONY: help
help: ## List what `make` can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Variables: PYTHON=python3.12 (the interpreter of .venv), CHROMIUM=/path (for the tests), ARGS=... (for run and test), WORKERS=2 (processes of the tests)"

.PHONY: install
install: ## Make .venv with everything that running and testing need
	@$(FIND_PYTHON) && "$$python" scripts/setup_venv.py dev

.PHONY: run
run: ## Set up what is missing, then serve http://127.0.0.1:5000
	@$(FIND_PYTHON) && "$$python" scripts/setup_venv.py run
	@$(VENV_PYTHON) scripts/front.py
	@exec $(VENV_PYTHON) app.py $(ARGS)

.PHONY: front
front: install ## Build the page into static/build/
	@$(VENV_PYTHON) scripts/front.py

.PHONY: check
check: install ## Format, lint, types and generated files, without running a test
	@sh scripts/check.sh

.PHONY: test
test: check front ## Everything: checks, JavaScript tests, Python tests, the page in a real Chromium
	@$(VENV_PYTHON) scripts/front.py npm test --silent
	@chromium="$$(CHROMIUM='$(CHROMIUM)' $(VENV_PYTHON) scripts/find_chromium.py)" \
		&& $(VENV_PYTHON) scripts/transparency.py --short \
		&& $(VENV_PYTHON) scripts/find_servers.py \
		&& CHROMIUM="$$chromium" $(VENV_PYTHON) -m pytest -n $(WORKERS) $(ARGS)

.PHONY: transparency
transparency: install ## CPython's own tests, plain and traced, on every installed Python (an hour and more)
	@$(VENV_PYTHON) scripts/transparency.py $(ARGS)

.PHONY: fuzz
fuzz: front ## 100,000 cases of bad input for everything that takes any (three hours; --cases 2000: ten minutes); ARGS=--help
	@$(VENV_PYTHON) scripts/fuzz.py $(ARGS)

.PHONY: lessons
lessons: front ## Every lesson five times on every installed Python and once in the browser
	@$(VENV_PYTHON) -m concurrency_lab lessons check
	@$(VENV_PYTHON) -m pytest tests/lessons --lesson-repeats 5 $(ARGS)
	@chromium="$$(CHROMIUM='$(CHROMIUM)' $(VENV_PYTHON) scripts/find_chromium.py)" \
		&& CHROMIUM="$$chromium" $(VENV_PYTHON) -m pytest tests/browser/test_runs.py -k recorded --every-lesson

.PHONY: bench
bench: front ## Measure what the design promises (benchmarks/)
	@chromium="$$(CHROMIUM='$(CHROMIUM)' $(VENV_PYTHON) scripts/find_chromium.py)" \
		&& missed="" && for benchmark in benchmarks/bench_*.py; do \
			echo "== $$benchmark"; CHROMIUM="$$chromium" $(VENV_PYTHON) $$benchmark || missed="$$missed $$benchmark"; done; \
		if [ -n "$$missed" ]; then echo "A promise was missed in:$$missed" >&2; exit 1; fi

.PHONY: audit
audit: install ## Ask PyPI and npm whether anything that is pinned has a known vulnerability
	@$(VENV_PYTHON) scripts/audit.py

.PHONY: faults
faults: front ## Do every fault to a real server, 20 times, in both layers of containment (the better part of an hour)
	@$(VENV_PYTHON) scripts/faults.py $(ARGS)

.PHONY: gallery
gallery: front ## Pictures of five lessons in every theme, language and size, into build/gallery/
	@chromium="$$(CHROMIUM='$(CHROMIUM)' $(VENV_PYTHON) scripts/find_chromium.py)" \
		&& CHROMIUM="$$chromium" $(VENV_PYTHON) scripts/gallery.py $(ARGS)

.PHONY: native
native: install ## Build the probes' C part for every Python that is installed (make install: for that of .venv)
	@$(VENV_PYTHON) -c "from tests.pythons import PYTHONS; print(*PYTHONS.values(), sep='\n')" \
		| xargs $(VENV_PYTHON) -m concurrency_lab.probes.native.build

.PHONY: golden
golden: front ## Rewrite the generated files, the golden traces and the kept pictures; look at the difference before committing
	@$(VENV_PYTHON) -m concurrency_lab.trace.generate
	@$(VENV_PYTHON) -m tests.golden.make
	@chromium="$$(CHROMIUM='$(CHROMIUM)' $(VENV_PYTHON) scripts/find_chromium.py)" \
		&& CHROMIUM="$$chromium" $(VENV_PYTHON) -m tests.browser.pictures.make

.PHONY: clean
clean: ## Remove all that was made, but not the recorded runs in data/
	@rm -rf .venv node_modules static/build concurrency_lab/probes/native/*.so .pytest_cache .mypy_cache .ruff_cache test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Removed .venv, node_modules, static/build and the caches; recorded runs in data/ are still there."
