# Every target works on a fresh clone: python3 >= 3.11, make and the package registries are enough.
PYTHON ?= python3
PORT ?= 8000
CLOUD_PORT ?= 4566
STAGE ?= local
VENV := .venv
BIN := $(VENV)/bin
CHECKOV := .venv-checkov
PIP_QUIET := --quiet --disable-pip-version-check --no-input

# Compiled modules halve the time to start, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
# STAGE= says what is released; our own settings here are the laptop's.
unexport STAGE

.DEFAULT_GOAL := run
.PHONY: run test check messages reset lock bench clean package deploy rollback undeploy

# exec: Ctrl-C and SIGTERM reach our process, not a shell in between.
run: $(VENV)/.local
	@exec $(BIN)/python -m aptmagic.local.run --port $(PORT) --cloud-port $(CLOUD_PORT)

test: $(VENV)/.dev
	@requirements/chromium
	@requirements/redis
	$(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev $(CHECKOV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --check --target-version 5.2
	$(BIN)/lint-imports
	set -a && . ./.ci/production.env && $(BIN)/python -W error manage.py check --deploy --fail-level WARNING
	$(BIN)/cfn-lint infra/*.yaml
	$(CHECKOV)/bin/checkov --config-file infra/.checkov.yaml
	$(BIN)/bandit --quiet --recursive --severity-level medium aptmagic accounts generation gallery

# What the site says, gathered for those who translate it, and what they wrote compiled.
messages: $(VENV)/.dev
	@$(BIN)/python manage.py messages

reset:
	@$(PYTHON) requirements/forget.py

lock: $(VENV)/.uv
	@requirements/lock

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

# Without STAGE= these speak of the stage `local`, which is not deployed, and say so.
package deploy rollback: $(VENV)/.deploy
	@$(BIN)/python manage.py release $@ --stage "$(STAGE)"

undeploy: $(VENV)/.deploy
	@$(BIN)/python manage.py release undeploy --stage "$(STAGE)" --data-too "$(DATA_TOO)"

clean:
	rm -rf $(VENV) $(CHECKOV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# A lock that did not change costs nothing: the stamp is younger than it.
$(VENV)/.uv: requirements/uv.txt
	@requirements/python $(PYTHON)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install $(PIP_QUIET) --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.local: requirements/local.txt $(VENV)/.uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/local.txt
	@touch $@

$(VENV)/.deploy: requirements/deploy.txt $(VENV)/.local
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/deploy.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.local
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

# It pins half the world, and other versions of it than we do: so it lives by itself.
$(CHECKOV)/.installed: requirements/checkov.txt $(VENV)/.uv
	@test -x $(CHECKOV)/bin/python || $(BIN)/python -m venv --without-pip $(CHECKOV)
	@$(BIN)/uv pip install --quiet --python $(CHECKOV)/bin/python --require-hashes -r requirements/checkov.txt
	@touch $@
