# Set-up, start-up and checks. `make help` lists the targets; each sets up what it needs by itself.
PYTHON ?= python3.10
PORT ?= 5005
ACTION_PORT ?= 5055
export PORT ACTION_PORT
export RASA_TELEMETRY_ENABLED := false

PY := .venv/bin/python
UV := .venv/tools/bin/uv
SERVE := $(PY) -m bot.serve
IS_310 := -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1

# GNU make ends with code 2 whatever fails. A quit signal ends it with code 1 and adds no line to the one sentence
# that the failed command has printed. The shell waits, because make has to take the signal before it reaps the shell.
END := kill -QUIT $$PPID; sleep 1
OR_END := || { $(END); }

.PHONY: help run shell test train adapt evaluate bench-nlu screenshots lint types lock clean

help:  ## list the targets
	@awk -F ':.*## *' '/^[a-z-]+:.*##/ {printf "  %-11s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "PORT (5005) and ACTION_PORT (5055) move the two servers, for example: make run PORT=6005"

run: .venv/.installed  ## start the assistant; Ctrl-C stops it
	@trap : INT; $(SERVE) run $(OR_END)

shell: .venv/.installed  ## talk with the assistant in this terminal
	@trap : INT; $(SERVE) shell $(OR_END)

test: .venv/.installed  ## check the data, train if they changed, run all tests
	@$(SERVE) validate $(OR_END)
	@$(SERVE) train $(OR_END)
	$(PY) -m pytest

train: .venv/.installed  ## train a model, if the data changed
	@$(SERVE) train $(OR_END)

adapt: .venv/.installed  ## teach the sentence network the training messages; takes over an hour (FURTHER=1 goes on)
	@TF_CPP_MIN_LOG_LEVEL=3 $(PY) -W ignore -m bot.nlu.adapt $(if $(FURTHER),--further) $(OR_END)

evaluate: .venv/.installed  ## measure on unseen messages, or on MESSAGES=file; write reports/
	@$(PY) -W ignore -m bot.evaluation $(MESSAGES) $(OR_END)

bench-nlu: .venv/.installed  ## compare with the pipeline of `rasa init` on the same data; takes hours
	@$(PY) -W ignore -m bot.evaluation.bench $(OR_END)

screenshots: .venv/.installed  ## make the pictures of the chat in docs/img, with the trained assistant
	@PYTHONPATH=.:tests $(PY) -m web.screenshots $(OR_END)

lint: .venv/.installed  ## check style and import order
	$(PY) -m ruff check bot tests

types: .venv/.installed  ## check types
	$(PY) -m mypy bot

lock: $(UV)  ## pin the newest dependencies that requirements*.in allow
	$(UV) pip compile -q --upgrade --generate-hashes --python-version 3.10 requirements-tools.in -o requirements-tools.lock
	$(UV) pip compile -q --upgrade --generate-hashes --python-version 3.10 requirements.in -o requirements.lock

clean:  ## remove the environment, the models, the logs and the votes
	rm -rf .venv models .rasa .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis reports
	find bot tests -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment whose Python is gone is made anew.
ifneq ($(shell $(PY) $(IS_310) && echo works),works)
.PHONY: $(UV)
endif

# A `python3.10` on the path may be a pyenv shim that does not run, so each candidate is tried.
$(UV): requirements-tools.lock
	@if ! $(PY) $(IS_310); then \
	    found=; \
	    for python in "$(PYTHON)" python3.10 python3 python; do \
	        if "$$python" $(IS_310); then found="$$python"; break; fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo "Python 3.10 is missing: install it, or name it with make PYTHON=/path/to/python3.10." >&2; \
	        $(END); exit; \
	    fi; \
	    echo "Setting up .venv with $$("$$found" --version) (1 of 3) ..."; \
	    "$$found" -m venv --clear .venv >/dev/null 2>&1 || { \
	        echo "Python 3.10 could not make .venv: its package venv may be missing (Debian: python3.10-venv)." >&2; \
	        $(END); exit; }; \
	fi; \
	echo "Fetching the installer (2 of 3) ..."; \
	{ $(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null; } && \
	$(PY) -m pip install -q --disable-pip-version-check --no-deps --require-hashes --upgrade --target .venv/tools \
	    -r requirements-tools.lock && touch $@ || { \
	    echo "The installer could not be fetched: the lines above tell why." >&2; \
	    $(END); }

.venv/.installed: requirements.lock $(UV)
	@echo "Installing the dependencies of requirements.lock, about half a minute (3 of 3) ..."
	@$(UV) pip sync -q --python $(PY) --require-hashes --build-constraints requirements-tools.lock requirements.lock \
	    && touch $@ || { \
	    echo "The dependencies could not be installed: the lines above tell why." >&2; \
	    $(END); }
