# What a newcomer needs: `make demo`, `make down`, `make test`. What an engineer measures with: `make bench`, `make chaos`.
.PHONY: setup demo down test chaos bench lint lock
PYTHON_FILES = api backtest bench delivery feature_repo feature_writer jobs ops schemas tests udfs

setup:
	@bash ops/bootstrap.sh

demo: setup
	@.venv/bin/aurora demo

down:
	@if [ -x .venv/bin/aurora ]; then .venv/bin/aurora down; fi

# whole stacks, the second of them under load, have the machine to themselves
test: setup
	@.venv/bin/python -m pytest --cov --numprocesses 2 --dist loadfile tests/unit tests/service
	@.venv/bin/python -m pytest --cov --cov-append tests/e2e tests/recovery

# faults at random for half an hour; options by ARGS, such as ARGS="--seed 7 --minutes 10"
chaos: setup
	@PYTHONPATH=tests .venv/bin/python -m recovery.chaos $(ARGS)

# every benchmark at moderate sizes; the figures are left in build/bench
bench: setup
	@.venv/bin/python -m bench.every

lint: setup
	.venv/bin/black --check --quiet $(PYTHON_FILES)
	.venv/bin/isort --check --quiet $(PYTHON_FILES)
	.venv/bin/mypy

# resolves pyproject.toml anew; the index is the one that the machine is set up with
lock: setup
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-annotate --extra dev pyproject.toml -o requirements.lock
