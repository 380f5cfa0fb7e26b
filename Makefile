# `make report` and `make test` each work alone, on a fresh clone of a machine with Python 3.11, git and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
# The files that have such tests: to collect all the others takes longer than to run these.
MACHINE = $(BIN)/pytest -m machine -n auto --dist worksteal $(shell grep -rlw "mark\.machine" tests --include=*.py)
INSTALLED := $(VENV)/.installed
# How long `make fuzz` draws.
MINUTES ?= 30

.PHONY: report test lint types rooms suite levels fuzz clean

report: $(INSTALLED)
	$(BIN)/ordering report

test: lint types rooms suite levels

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)
	$(BIN)/mypy

rooms: $(INSTALLED)
	$(BIN)/lint-imports --no-cache

suite: $(INSTALLED)
	$(BIN)/pytest -n auto --dist worksteal

# What depends on the CPU again, as older ones and a single thread compute it.
levels: $(INSTALLED)
	ATEN_CPU_CAPABILITY=default $(MACHINE)
	ATEN_CPU_CAPABILITY=avx2 $(MACHINE)
	ONEDNN_MAX_CPU_ISA=AVX2 $(MACHINE)
	OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(MACHINE)

# Drawn properties with fresh seeds, on all cores; what fails is kept beside the tests, which begin with it.
fuzz: $(INSTALLED)
	$(BIN)/ordering fuzz tests/properties/test_mission.py tests/properties/test_worlds.py --minutes $(MINUTES)

# The stamp is written last, so an interrupted installation is done again.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,dev]'
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build report
