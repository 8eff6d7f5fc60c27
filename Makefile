# Escalation. `make run` serves the demonstration, `make test` runs the tests; both install what they need into .venv.
# Options: PORT=8001, DATABASE_URL=..., REDIS_URL=... for run; ARGS="-k words" for test; PYTHON=python3.12 for both.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
STACK := $(BIN)/python -m escalation.devstack
BUILD := $(BIN)/python frontend/build.py
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help run test check fix bench nightly pages requirements faults record offline mutate scan assets lock reset install install-dev

help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

run: install ## Serve the demonstration on http://127.0.0.1:8000 (PORT=8001 for another port)
	@$(BUILD)
	@exec $(STACK) --with-parent run

test: install-dev ## Run all tests on servers of their own (ARGS="-k words" for some of them)
	@$(BUILD)
	@exec $(STACK) --with-parent test -n 2 --dist loadgroup $(ARGS)

check: install-dev ## Format, lint, types, imports, templates, migrations
	@$(BUILD)
	@exec $(STACK) --with-parent check

fix: install-dev ## Format code and templates, mend simple lint
	@exec $(STACK) fix

bench: install-dev ## Measure speed on servers of its own, and print the table
	@$(BUILD)
	@$(STACK) --with-parent shell -- $(BIN)/python -m tests.bench $(ARGS)
	@$(if $(ARGS),,$(BIN)/python -m tests.bench.rights --keep)

nightly: install-dev ## The long versions: 2,000 walks, 400 projections, 1,000 tables attacked, 10,000 guesses (about two hours)
	@$(BUILD)
	@WALKS=2000 DATES=400 $(STACK) --with-parent test tests/procedures/test_walk_at_random.py \
		tests/procedures/test_dates_agree.py -n 2 -q -o faulthandler_timeout=0 $(ARGS)
	@DISCLOSURE_TABLES=1000 REPORT_CASES=9000 $(STACK) --with-parent test tests/reports/test_disclosure.py \
		tests/reports/test_same_figures.py -n 2 -q -s $(ARGS)
	@GRANT_STEPS=10000 GUESSES=10000 ORACLE_PAIRS=2000 $(STACK) --with-parent test \
		tests/accounts/test_grants_at_random.py tests/sign_in/test_guessing.py tests/sign_in/test_no_oracle.py \
		tests/access/test_same_everywhere.py -n 2 -q -o faulthandler_timeout=0 $(ARGS)
	@BOX_PAYLOADS=60 $(STACK) --with-parent test tests/access/test_every_box.py \
		tests/sign_in/test_device_forms.py -n 2 -q -s -o faulthandler_timeout=0 $(ARGS)

pages: install-dev ## Write docs/pages.md and the picture of README anew, and pictures of key pages to .dev/pictures (ten minutes)
	@$(BUILD)
	@PICTURES=$(CURDIR)/.dev/pictures $(STACK) --with-parent test tests/walk/table.py tests/walk/tour.py \
		-n 2 -q -o faulthandler_timeout=0 $(ARGS)

requirements: ## Write the table of requirements anew: where each is held, and by which test
	@$(PYTHON) -m escalation.devstack.requirements

faults: install-dev ## Kill, stop and freeze its processes, and write what came of it to docs/faults.md
	@$(BUILD)
	@exec $(STACK) --with-parent shell -- $(BIN)/python -m tests.faults $(ARGS)

record: install-dev ## Tamper, rewrite and forget in full counts, and write what was found to docs/record.md
	@$(BUILD)
	@exec $(STACK) --with-parent shell -- $(BIN)/python -m tests.record $(ARGS)

offline: install-dev ## Run the tests in a network of their own, and count what is sent elsewhere (Linux, as root; ARGS as for test)
	@$(BUILD)
	@exec unshare -n $(BIN)/python -m tests.offline $(STACK) --with-parent test -n 2 --dist loadgroup $(ARGS)

mutate: install-dev ## Change the policies in hundreds of ways; the table of rights must notice each (about an hour)
	@rm -rf mutants && mkdir -p .dev
	@ACCESS_LOOKS=$(CURDIR)/.dev/looks.pickle $(STACK) test tests/access/test_policy_table.py -q
	@$(BIN)/pip install -q "mutmut>=3.8,<4"
	@ACCESS_LOOKS=$(CURDIR)/.dev/looks.pickle SECRET_KEY=mutants DATABASE_URL=postgres://nobody@127.0.0.1:1/none \
		DJANGO_SETTINGS_MODULE=escalation.settings nice $(BIN)/mutmut run --max-children 2
	@$(BIN)/mutmut results

scan: install ## Look for holes: bandit over the code, wapiti and sqlmap over a demonstration (ARGS="--code-only")
	@$(BUILD)
	@$(PYTHON) -m venv .dev/scan
	@.dev/scan/bin/pip install -q "bandit>=1.9,<2" "wapiti3>=3.2.3,<4" "sqlmap>=1.10,<2" \
		"detect-secrets>=1.5,<2" "pip-audit>=2.9,<3" "cyclonedx-bom>=7,<8"
	@.dev/scan/bin/python -m tests.scan.supplied
	@.dev/scan/bin/python -m tests.scan $(ARGS)

assets: install ## Build styles and scripts, when they changed
	@$(BUILD)

reset: install ## Throw the local demonstration data away
	@exec $(STACK) reset

lock: install ## Write requirements*.txt anew from pyproject.toml
	@exec $(BIN)/python -m escalation.devstack.lock

install:
	@$(PYTHON) -m escalation.devstack.install requirements.txt

install-dev:
	@$(PYTHON) -m escalation.devstack.install requirements-dev.txt
