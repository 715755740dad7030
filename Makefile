# Every target works on a fresh clone. It needs python3 >= 3.11, make and the package registries.
PYTHON := python3
PORT ?= 8000
CLOUD_PORT ?= 4566
STAGE ?= local
# From the command line only, not from the environment.
ARGS :=
DATA_TOO :=
VENV := .venv
BIN := $(VENV)/bin
CHECKOV := .venv-checkov
# Commands see only the environment variables listed in requirements/environment.
SEALED := requirements/sealed
INSTALL := $(SEALED) --install requirements/install

# Releases see the whole environment, for AWS accounts, regions and proxies.
unexport PYTHONDONTWRITEBYTECODE
# STAGE= names what is released; the settings of the command itself are the laptop's.
unexport STAGE

.DEFAULT_GOAL := run
.PHONY: run test check messages reset lock bench clean package deploy rollback undeploy FORCE

# exec: Ctrl-C and SIGTERM reach the process, not a shell in between.
run: $(VENV)/.local
	@exec $(SEALED) $(BIN)/python -m aptmagic.local.run --port $(PORT) --cloud-port $(CLOUD_PORT)

test: $(VENV)/.dev
	@$(SEALED) --install requirements/chromium
	@$(SEALED) --install requirements/redis
	$(SEALED) $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev $(CHECKOV)/.installed
	$(SEALED) $(BIN)/ruff format --check .
	$(SEALED) $(BIN)/ruff check .
	$(SEALED) $(BIN)/mypy
	git ls-files -z 'templates/*.html' | xargs -0 $(SEALED) $(BIN)/djade --check --target-version 5.2
	$(SEALED) $(BIN)/lint-imports
	$(SEALED) sh -c 'set -a && . ./.ci/production.env && exec $(BIN)/python -W error manage.py check --deploy --fail-level WARNING'
	$(SEALED) $(BIN)/cfn-lint infra/*.yaml
	$(SEALED) $(CHECKOV)/bin/checkov --config-file infra/.checkov.yaml
	$(SEALED) $(BIN)/bandit --quiet --recursive --severity-level medium aptmagic accounts generation gallery

# Extract the translatable strings, and compile the translations.
messages: $(VENV)/.dev
	@$(SEALED) $(BIN)/python manage.py messages

reset:
	@$(SEALED) --install $(PYTHON) requirements/reset_local.py

lock: $(VENV)/.uv
	@$(SEALED) --install requirements/lock

bench: $(VENV)/.dev
	$(SEALED) $(BIN)/python -m tests.bench

# Without STAGE= these fail with a message: the stage `local` cannot be released.
package deploy rollback: $(VENV)/.deploy
	@$(BIN)/python manage.py release $@ --stage "$(STAGE)"

undeploy: $(VENV)/.deploy
	@$(BIN)/python manage.py release undeploy --stage "$(STAGE)" --data-too "$(DATA_TOO)"

clean:
	rm -rf $(VENV) $(CHECKOV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Checked on each run; its stamp changes only if the virtualenv is incomplete or of another Python.
$(VENV)/.python: FORCE
	@$(SEALED) --install requirements/virtualenv $(PYTHON) $(VENV)

# Nothing is installed while the stamp is newer than the lock.
$(VENV)/.uv: requirements/uv.txt $(VENV)/.python
	@$(INSTALL) $< $(VENV)
	@touch $@

$(VENV)/.local: requirements/local.txt $(VENV)/.uv
	@$(INSTALL) $< $(VENV)
	@touch $@

$(VENV)/.deploy: requirements/deploy.txt requirements/zappa $(VENV)/.local
	@$(INSTALL) $< $(VENV)
	@install -m 755 requirements/zappa $(BIN)/zappa
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/zappa $(VENV)/.local
	@$(INSTALL) $< $(VENV)
	@install -m 755 requirements/zappa $(BIN)/zappa
	@touch $@

# checkov pins many packages to other versions than ours, so it has its own virtualenv.
$(CHECKOV)/.installed: requirements/checkov.txt $(VENV)/.uv
	@rm -rf $(CHECKOV)
	@$(SEALED) $(BIN)/python -m venv --without-pip $(CHECKOV)
	@$(INSTALL) $< $(CHECKOV)
	@touch $@

FORCE:
