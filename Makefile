# `make up` and `make test` are all a newcomer needs; `make` lists the rest.
PYTHON ?= python3
PIPENV_VERSION := 2026.10.3
PIPENV := PIPENV_VENV_IN_PROJECT=1 PIPENV_IGNORE_VIRTUALENVS=1 PIPENV_VERBOSITY=-1 .build/pipenv/bin/pipenv
# The tools of the audit, in .build/audit; pipenv takes it for the virtual environment that one is in.
AUDIT_PIPENV := VIRTUAL_ENV=$(CURDIR)/.build/audit PIPENV_PIPFILE=assurance/audit/Pipfile PIPENV_VERBOSITY=-1 .build/pipenv/bin/pipenv
# The stack on cdktf's fork, in .build/fork, likewise.
FORK_PIPENV := VIRTUAL_ENV=$(CURDIR)/.build/fork PIPENV_PIPFILE=assurance/fork/Pipfile PIPENV_VERBOSITY=-1 .build/pipenv/bin/pipenv
RUN := .venv/bin/python
# What brings the stack into the embedded AWS: our loader, or the terraform or tofu on the PATH (ENGINE=terraform).
ENGINE ?= loader
STACK := cdktf.out/stacks/serverless

.DEFAULT_GOAL := help
# $(call install_with_dots,COMMAND,LOG): a dot every two seconds, and the end of the log if it fails.
install_with_dots = $(1) > $(2) 2>&1 & pid=$$!; while kill -0 $$pid 2> /dev/null; do printf .; sleep 2; done; echo; \
  wait $$pid || { tail -20 $(2); echo "Installing failed: the whole log is $(2)"; exit 1; }

.PHONY: help install up down watch logs synth bootstrap preflight outputs openapi picture test e2e lint format bench audit proof fork lock clean

help: ## list the commands
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## (.*)/make \1|\2/' | column -t -s '|'

install: .venv/.installed ## the pinned packages of Pipfile.lock, Node included, into .venv

.venv/.installed: Pipfile.lock Makefile
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, and $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	@echo "Installing the packages of Pipfile.lock into .venv (a minute or two, once)"
	@$(PYTHON) -m venv .build/pipenv || { echo "python3 -m venv failed: install it first (on Debian: apt install python3-venv)"; exit 1; }
	@.build/pipenv/bin/pip install --quiet --disable-pip-version-check pipenv==$(PIPENV_VERSION)
	@test -x $(RUN) || $(PYTHON) -m venv .venv
	@# Modules are compiled when they are imported: of the provider bindings' 2,211 the stack uses some fifty.
	@$(call install_with_dots,$(PIPENV) sync --categories "packages dev-packages" --extra-pip-args=--no-compile,.build/install.log)
	@touch $@

.build/audit/.installed: assurance/audit/Pipfile.lock | install
	@echo "Installing the tools of the audit, those of assurance/audit/Pipfile.lock, into .build/audit (a minute, once)"
	@$(PYTHON) -m venv --clear .build/audit
	@$(call install_with_dots,$(AUDIT_PIPENV) sync --extra-pip-args=--no-compile,.build/audit.log)
	@touch $@

.build/fork/.installed: assurance/fork/Pipfile.lock | install
	@echo "Installing cdktf's fork, of assurance/fork/Pipfile.lock, into .build/fork (half a minute and 490 MB, once)"
	@$(PYTHON) -m venv --clear .build/fork
	@$(call install_with_dots,$(FORK_PIPENV) sync --extra-pip-args=--no-compile,.build/fork.log)
	@touch $@

up: synth ## boot the embedded AWS, load the stack into it, drive requests through it; ENGINE=terraform applies it
	@$(RUN) -m sandbox up --engine $(ENGINE)

down: install ## stop the embedded AWS
	@$(RUN) -m sandbox down

watch: install ## with the stack up: what is saved under handlers/ runs at the next invocation
	@$(RUN) -m sandbox watch

logs: install ## with the stack up: follow the functions' logs, in one stream
	@$(RUN) -m sandbox logs

synth: install ## write the Terraform JSON to cdktf.out
	@$(RUN) main.py

bootstrap: install ## before the first apply: the state's bucket and key, API Gateway's role for logs; safe to run again
	@$(RUN) -m operations.bootstrap

preflight: synth ## what would fail the first apply; changes nothing
	@$(RUN) -m operations.preflight $(STACK)

outputs: install ## after an apply: the stack's outputs as one flat JSON file, outputs.json
	@terraform -chdir=$(STACK) output -json | $(RUN) -m operations.outputs outputs.json

openapi: synth ## docs/openapi.json anew, from the Terraform JSON of the default settings
	@$(RUN) -m documents.openapi $(STACK)/cdk.tf.json docs/openapi.json

picture: synth ## docs/architecture.svg and the charts in docs/architecture.md anew, from the JSON of the default settings
	@$(RUN) -m documents.picture $(STACK)/cdk.tf.json docs/architecture.svg docs/architecture.md

test: lint ## everything: lint, types, all tests, coverage
	@$(RUN) -m pytest -n auto --maxprocesses 4 --dist loadfile --cov --cov-report=term

e2e: install ## the e2e tests alone; ENGINE=terraform applies the stack instead of loading it
	@$(RUN) -m pytest tests/e2e --engine $(ENGINE)

lint: install ## ruff, strict mypy, and zizmor on the workflows
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/zizmor --offline --quiet --no-progress --pedantic .github

format: install ## put the code into shape
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

bench: install ## time and memory of synth, as ratios to the stock bindings
	@$(RUN) -m assurance.bench

audit: install .build/audit/.installed ## Checkov, parliament, cloudsplaining and AWS's best practices on the synthesized stack
	@$(RUN) -m assurance.audit

proof: install .build/audit/.installed ## the claims on security and reliability as figures, in docs/security.md; some six minutes
	@$(RUN) -m assurance.proof

fork: install .build/fork/.installed ## the same stack on cdktn, cdktf's maintained fork: what differs in the JSON
	@$(RUN) -m assurance.fork

lock: ## solve Pipfile anew; the lock names no package index
	@test -x .build/pipenv/bin/pipenv || { $(PYTHON) -m venv .build/pipenv && .build/pipenv/bin/pip install --quiet pipenv==$(PIPENV_VERSION); }
	@for name in audit fork; do test -x .build/$$name/bin/python || $(PYTHON) -m venv .build/$$name; done
	@$(PIPENV) lock --categories "packages dev-packages layer"
	@$(AUDIT_PIPENV) lock
	@$(FORK_PIPENV) lock
	@for lock in Pipfile.lock assurance/audit/Pipfile.lock assurance/fork/Pipfile.lock; do \
	  $(PYTHON) -c 'import json, sys; from pathlib import Path; path = Path(sys.argv[1]); lock = json.loads(path.read_text()); \
	    lock["_meta"]["sources"] = []; [package.pop("index", None) for name in lock if name != "_meta" for package in lock[name].values()]; \
	    path.write_text(json.dumps(lock, indent=4, sort_keys=True) + "\n")' $$lock; done

clean: down ## stop, and remove everything that was made here
	@rm -rf .venv .build .sandbox cdktf.out
