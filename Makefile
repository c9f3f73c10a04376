# Everything starts from a clean checkout with Python 3.11 or newer, make and a network:
#
#   make run     the demo certifier, public site and verifier, until interrupted
#   make test    all tests; parts whose system package is missing are skipped and say what to install
#   make help    the rest
#
# PYTHON=/path/to/python3 chooses the interpreter of a new environment. ARGS='...' is handed to pytest.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
INTEROP := tests/interop
BENCH := bench
# one more than processors: much of a test is waiting
JOBS ?= 3
ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test lint format type bench bench-growth fuzz fuzz-api load costs coverage mutation audit sbom crash-test tamper-test full-disk-test concurrency watch-test partner-test docs screenshots a11y lock upgrade clean

help:
	@echo 'run          make the environment, then serve the demo (ports: LCERT_PUBLIC_PORT, LCERT_VERIFIER_PORT)'
	@echo 'test         all tests; ARGS="-k name" narrows them, LCERT_TEST_ALL=1 turns skips into failures'
	@echo 'lint type    ruff; mypy strict'
	@echo 'format       ruff, writing'
	@echo 'bench        measure this machine and write docs/performance.md; ARGS=verify only rows named so, writing nothing'
	@echo 'bench-growth registries that grow to the sizes in ARGS, measured on both databases, into docs/performance.md'
	@echo 'fuzz         look for inputs that break a promise, for FUZZ_SECONDS (300) in FUZZ_JOBS (2) processes, going on where it ended'
	@echo 'fuzz-api     ask both apps what their OpenAPI documents allow and forbid, FUZZ_EXAMPLES (500) times each address'
	@echo 'load         verify and fetch badges for LOAD_SECONDS (60) while certificates are withdrawn; errors, delays, memory'
	@echo 'costs        time and memory of refusing the largest inputs and every case of the corpus'
	@echo 'coverage     all tests, measured; lines and branches of each room'
	@echo 'mutation     change the verifier a little, again and again, and see whether a test notices; MUTATION_SECONDS (600)'
	@echo 'audit sbom   known vulnerabilities of what is locked; what is in it, as build/sbom/*.cdx.json'
	@echo 'watch-test   follow 1000 changes, and deliver 1000 webhooks, while consumers, workers and receiver are killed'
	@echo 'crash-test   kill the issuer CRASH_KILLS (1000) times on SQLite, CRASH_KILLS_POSTGRESQL (200) on PostgreSQL, and'
	@echo '             look for losses; goes on where the last run ended (about an hour), build/crash keeps the state'
	@echo 'tamper-test  change one thing behind the issuer, TAMPERINGS (1000) times; doctor must find each'
	@echo 'full-disk-test  fill the disks of an issuer to the last byte, on small disks mounted for it (needs leave to mount)'
	@echo 'concurrency  64 clients on PostgreSQL and 8 on SQLite issue, suspend and withdraw for CONCURRENCY_SECONDS (60)'
	@echo 'partner-test a bare install judges a folder of PARTNER_FILES (10000) tokens and badges, with no network'
	@echo 'docs         the documentation as a site in build/docs, after running its commands and examples'
	@echo 'a11y         every page in every state, language and theme, judged by axe-core (needs chromium and npm)'
	@echo 'screenshots  pages as PNG in screenshots/, of the site that `make run` serves elsewhere (needs chromium)'
	@echo 'lock         write requirements/*.txt after a change of pyproject.toml; upgrade: to the newest versions'
	@echo 'clean        remove what can be made again (keeps var/, where demo data lives)'

run: $(VENV)/.server
	@exec $(BIN)/lcert demo

# Compiled before, for where Python may write no bytecode every process that a test starts would compile it all again.
test: $(VENV)/.dev $(INTEROP)/node_modules/.made
	@$(BIN)/python -m compileall -q --invalidation-mode checked-hash keys verifier issuer web tests/support
	@$(BIN)/pytest -n $(JOBS) $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

type: $(VENV)/.dev
	@$(BIN)/mypy

bench: $(VENV)/.bench $(BENCH)/node_modules/.made
	@$(BIN)/python -W ignore -m bench $(ARGS)

bench-growth: $(VENV)/.dev
	@$(BIN)/python -W ignore -m bench.growth $(ARGS)

fuzz: $(VENV)/.fuzz
	@$(BIN)/python scripts/fuzz.py $(ARGS)

fuzz-api: $(VENV)/.dev
	@LCERT_FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-500} LCERT_FUZZ_SEED=$${FUZZ_SEED:-$$(date +%s)} \
	  $(BIN)/pytest -q tests/web/test_api_fuzz.py $(ARGS)

load: $(VENV)/.dev
	@$(BIN)/python scripts/load.py $(ARGS)

costs: $(VENV)/.dev
	@$(BIN)/python scripts/costs.py

# Without the tests that measure milliseconds: a traced program has others.
coverage: $(VENV)/.dev $(INTEROP)/node_modules/.made
	@mkdir -p build/coverage && rm -f build/coverage/data*
	@$(BIN)/coverage run -m pytest -n $(JOBS) --ignore tests/cases/test_costs.py $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage json --quiet -o build/coverage/coverage.json
	@$(BIN)/python scripts/covered.py

mutation: $(VENV)/.dev
	@$(BIN)/python scripts/mutation.py $(ARGS)

audit: $(VENV)/.audit
	@$(BIN)/python scripts/audit.py $(ARGS)

sbom: $(VENV)/.audit
	@mkdir -p build/sbom
	@for name in base server; do \
	  $(BIN)/cyclonedx-py requirements requirements/$$name.txt --pyproject pyproject.toml --output-reproducible \
	    -o build/sbom/$$name.cdx.json && echo "build/sbom/$$name.cdx.json" || exit 1; \
	done

watch-test: $(VENV)/.dev
	@LCERT_TEST_CHANGES=$${CHANGES:-1000} LCERT_TEST_EVENTS=$${EVENTS:-1000} LCERT_TEST_SEED=$${SEED:-$$(date +%s)} \
	  $(BIN)/pytest -v -rP tests/web/test_api_changes.py tests/issuer/test_webhooks_sent.py \
	  -k 'killed_at_random or every_event' $(ARGS)

crash-test: $(VENV)/.dev
	@$(BIN)/python scripts/crash_test.py $(ARGS)

partner-test: $(VENV)/.dev
	@$(BIN)/python -m scripts.partner_test $(ARGS)

tamper-test: $(VENV)/.dev
	@$(BIN)/python scripts/tamper_test.py $(ARGS)

full-disk-test: $(VENV)/.dev
	@$(BIN)/pytest -q -m needs_mount tests/walks/test_full_disk.py $(ARGS)

concurrency: $(VENV)/.dev
	@$(BIN)/python scripts/concurrency.py $(ARGS)

docs: $(VENV)/.docs
	@$(BIN)/pytest -q tests/test_docs.py tests/test_tutorials.py
	@$(BIN)/mkdocs build --quiet --strict
	@echo 'build/docs/index.html'

screenshots: $(VENV)/.dev
	@$(BIN)/python -m scripts.screenshots $(ARGS)

a11y: $(VENV)/.dev $(INTEROP)/node_modules/.made
	@LCERT_A11Y=all $(BIN)/pytest -q tests/browser/test_accessibility.py $(ARGS)

lock: $(VENV)/.dev
	@$(BIN)/python scripts/lock.py

upgrade: $(VENV)/.dev
	@$(BIN)/python scripts/lock.py --upgrade

clean:
	rm -rf $(VENV) build dist lcert.egg-info screenshots $(INTEROP)/node_modules $(BENCH)/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find keys verifier issuer web tests scripts bench -type d -name __pycache__ -prune -exec rm -rf {} +

# A stamp is newer than what its step was made from, so that a second `make run` only starts the program.

$(VENV)/.made:
	@python=$$(sh scripts/find_python.sh) || exit 1; \
	echo "making $(VENV) with $$python"; \
	"$$python" -m venv $(VENV) && touch $@

$(VENV)/.server: $(VENV)/.made requirements/server.txt pyproject.toml
	@echo 'installing what the server needs (pinned, with hashes)'
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/server.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.server requirements/dev.txt
	@echo 'installing what the tests need (pinned, with hashes)'
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.docs: $(VENV)/.dev requirements/docs.txt
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/docs.txt
	@touch $@

$(VENV)/.audit: $(VENV)/.dev requirements/audit.txt
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/audit.txt
	@touch $@

# Atheris has wheels for some Pythons only; without it half of the fuzzing is left out.
$(VENV)/.fuzz: $(VENV)/.dev requirements/fuzz.txt
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements/fuzz.txt || \
	  echo 'Atheris cannot be installed here: fuzzing goes on without it'
	@touch $@

# What others wrote for the same tasks, to be measured beside us; whatever cannot be installed is left out of the table.
$(VENV)/.bench: $(VENV)/.dev requirements/bench.txt
	@echo 'installing the libraries that are measured beside us (pinned, with hashes)'
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bench.txt
	@touch $@

$(BENCH)/node_modules/.made: $(BENCH)/package-lock.json
	@if command -v npm >/dev/null 2>&1; then \
	  (cd $(BENCH) && npm ci --no-audit --no-fund --loglevel=error) && touch $@; \
	else \
	  echo 'npm is missing: what runs on Node is left out of the table'; \
	fi

# Test-only JavaScript. Without npm the tests that need it are skipped and say so.
$(INTEROP)/node_modules/.made: $(INTEROP)/package-lock.json
	@if command -v npm >/dev/null 2>&1; then \
	  echo 'installing the independent JavaScript checkers'; \
	  (cd $(INTEROP) && npm ci --no-audit --no-fund --loglevel=error) && touch $@; \
	else \
	  echo 'npm is missing: the tests that need Node are skipped (install nodejs and npm to run them)'; \
	fi
