# `make up` and `make test` are all that a newcomer needs. `make` lists every command.
PYTHON ?= python3
RUN := .venv/bin/python
STACK := cdktf.out/stacks/serverless
# What loads the stack into the embedded AWS: `loader`, or `terraform`, which runs the terraform or tofu on the PATH.
ENGINE ?= loader

# Every process of .venv caches its bytecode, whoever starts it: `python main.py`, the CDKTF CLI, pytest, a Lambda worker.
# Many containers set PYTHONDONTWRITEBYTECODE, with which a synth compiles every module again and takes twice as long.
CACHE_BYTECODE := import pathlib, sysconfig; \
  pathlib.Path(sysconfig.get_path("purelib"), "cache_bytecode.pth").write_text("import sys; sys.dont_write_bytecode = False\n")
# The tools in .build do too, which only make starts.
export PYTHONDONTWRITEBYTECODE :=

# Wheels only: they are verified by hash, and run no code of theirs at installation, nor do they build with unlocked tools.
PIPENV := PIPENV_VERBOSITY=-1 PIP_ONLY_BINARY=:all: .build/pipenv/bin/pipenv
PIPENV_INSTALLED := .build/pipenv/.installed
# Modules are compiled when they are imported, not at installation: the provider bindings have 2,211 of them, and the
# stack uses some fifty.
SYNC := sync --extra-pip-args=--no-compile
# pipenv installs into the virtual environment that VIRTUAL_ENV names.
AUDIT_PIPENV := VIRTUAL_ENV=$(CURDIR)/.build/audit PIPENV_PIPFILE=assurance/audit/Pipfile $(PIPENV)
FORK_PIPENV := VIRTUAL_ENV=$(CURDIR)/.build/fork PIPENV_PIPFILE=assurance/fork/Pipfile $(PIPENV)
VULNERABILITIES_PIPENV := VIRTUAL_ENV=$(CURDIR)/.build/vulnerabilities \
  PIPENV_PIPFILE=assurance/vulnerabilities/Pipfile $(PIPENV)
CDK_PIPENV := VIRTUAL_ENV=$(CURDIR)/.build/cdk PIPENV_PIPFILE=assurance/bench/cdk/Pipfile $(PIPENV)
# $(call install_with_dots,COMMAND,LOG): print a dot every two seconds, and the end of the log if the command fails.
install_with_dots = $(1) > $(2) 2>&1 & pid=$$!; while kill -0 $$pid 2> /dev/null; do printf .; sleep 2; done; echo; \
  wait $$pid || { tail -20 $(2); echo "The installation failed. The complete log is $(2)."; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help install lock clean up down status watch logs synth documents check test e2e lint format bench audit proof fork \
  vulnerabilities bootstrap preflight outputs

help:
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } \
	  /^[a-z0-9]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(PIPENV_INSTALLED): scripts/pipenv.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is required, but $(PYTHON) is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .build/pipenv || { echo "python3 -m venv failed. Install the module first, on Debian with: apt install python3-venv"; exit 1; }
	@.build/pipenv/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes --requirement scripts/pipenv.txt
	@touch $@

.venv/.installed: Pipfile.lock | $(PIPENV_INSTALLED)
	@echo "Installing the packages of Pipfile.lock into .venv (one to two minutes, once)"
	@test -x $(RUN) || $(PYTHON) -m venv .venv
	@$(call install_with_dots,PIPENV_VENV_IN_PROJECT=1 PIPENV_IGNORE_VIRTUALENVS=1 $(PIPENV) $(SYNC) --categories "packages dev-packages",.build/install.log)
	@$(RUN) -c '$(CACHE_BYTECODE)'
	@touch $@

.build/audit/.installed: assurance/audit/Pipfile.lock | install
	@echo "Installing the audit's tools (assurance/audit/Pipfile.lock) into .build/audit (a minute and 250 MB, once)"
	@$(PYTHON) -m venv --clear .build/audit
	@$(call install_with_dots,$(AUDIT_PIPENV) $(SYNC),.build/audit.log)
	@touch $@

.build/fork/.installed: assurance/fork/Pipfile.lock | install
	@echo "Installing cdktf's fork (assurance/fork/Pipfile.lock) into .build/fork (half a minute and 530 MB, once)"
	@$(PYTHON) -m venv --clear .build/fork
	@$(call install_with_dots,$(FORK_PIPENV) $(SYNC),.build/fork.log)
	@touch $@

.build/vulnerabilities/.installed: assurance/vulnerabilities/Pipfile.lock | install
	@echo "Installing pip-audit (assurance/vulnerabilities/Pipfile.lock) into .build/vulnerabilities (once)"
	@$(PYTHON) -m venv --clear .build/vulnerabilities
	@$(call install_with_dots,$(VULNERABILITIES_PIPENV) $(SYNC),.build/vulnerabilities.log)
	@touch $@

.build/cdk/.installed: assurance/bench/cdk/Pipfile.lock | install
	@echo "Installing AWS CDK (assurance/bench/cdk/Pipfile.lock) into .build/cdk (half a minute and 470 MB, once)"
	@$(PYTHON) -m venv --clear .build/cdk
	@$(call install_with_dots,$(CDK_PIPENV) $(SYNC),.build/cdk.log)
	@touch $@

##@ Run it locally

up: synth ## Start the embedded AWS, load the stack and send it requests; ENGINE=terraform applies the stack instead
	@$(RUN) -m sandbox up --engine $(ENGINE)

down: install ## Stop the embedded AWS
	@$(RUN) -m sandbox down

watch: install ## Reload the functions whenever a file under handlers/ is saved
	@$(RUN) -m sandbox watch

logs: install ## Follow the logs of all functions in one stream
	@$(RUN) -m sandbox logs

status: install ## Print the endpoint, the outputs, and what is not verified locally; exit with 1 if nothing runs
	@$(RUN) -m sandbox status

##@ Check it

check: lint ## Run lint, types, unit tests and synth tests, in a minute
	@$(RUN) -m pytest -n logical -m "not slow" tests/unit tests/synth

test: lint ## Run everything: lint, types, all tests, coverage
	@$(RUN) -m pytest -n auto --cov --cov-report=term

lint: install ## Run ruff, strict mypy, and zizmor on the workflows
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/zizmor --offline --quiet --no-progress --pedantic .github

format: install ## Fix and format the code
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

e2e: install ## Run the end-to-end tests only; ENGINE=terraform applies the stack instead of loading it
	@$(RUN) -m pytest tests/e2e --engine $(ENGINE)

audit: install .build/audit/.installed ## Run Checkov, parliament, cloudsplaining and AWS's controls on the Terraform JSON
	@$(RUN) -m assurance.audit

proof: install .build/audit/.installed ## Measure the claims on security and reliability and write them to docs/security.md
	@$(RUN) -m assurance.proof

vulnerabilities: install .build/vulnerabilities/.installed ## Look up known vulnerabilities of all locked packages
	@$(RUN) -m assurance.vulnerabilities

fork: install .build/fork/.installed ## Synthesize the stack with cdktn, cdktf's maintained fork, and compare the JSON
	@$(RUN) -m assurance.fork

bench: install .build/cdk/.installed ## Measure time and memory of synth and of the handlers, as ratios
	@$(RUN) -m assurance.bench

##@ Deploy it

bootstrap: install ## Before the first apply: create the state's bucket and key, and API Gateway's role for logs; safe to repeat
	@$(RUN) -m operations.bootstrap

preflight: synth ## Report what would fail the first apply; changes nothing
	@$(RUN) -m operations.preflight $(STACK)

synth: install ## Write the Terraform JSON to cdktf.out
	@$(RUN) main.py

outputs: install ## After an apply: write the stack's outputs to outputs.json, as one flat JSON object
	@terraform -chdir=$(STACK) output -json | $(RUN) -m operations.outputs outputs.json

##@ Maintain it

install: .venv/.installed ## Install the pinned packages of Pipfile.lock, Node included, into .venv

lock: | $(PIPENV_INSTALLED) ## Solve every Pipfile, and pipenv, again; the locks name no package index
	@$(PYTHON) scripts/lock.py

documents: install ## Regenerate docs/openapi.json, the picture, the tables of settings and outputs, .env.example
	@# From the defaults: without .env, which is read in the working directory, and without the environment.
	@mkdir -p .build/defaults
	@cd .build/defaults && env -i PATH="$$PATH" HOME="$$HOME" $(CURDIR)/$(RUN) $(CURDIR)/main.py
	@$(RUN) -m documents .build/defaults/$(STACK)/cdk.tf.json

clean: ## Stop the embedded AWS and remove everything that was installed or generated
	@test ! -x $(RUN) || $(RUN) -m sandbox down
	@rm -rf .venv .build .sandbox cdktf.out
