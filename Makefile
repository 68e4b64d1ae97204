# SPDX-License-Identifier: MIT
# On a fresh machine with Python 3.11+ and a C++ compiler: `make demo`, `make test`.

PYTHON ?= python3
VENV ?= .venv

# Every pip below installs the versions of constraints.txt, in isolated builds too:
# older ones read the first variable there, newer ones the second.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Without isolation a build keeps its object files, and needs its tools in the venv.
BUILD_TOOLS = setuptools cython boost-headers
INSTALL = $(VENV)/bin/pip install --quiet
EDITABLE = $(INSTALL) $(BUILD_TOOLS) && $(INSTALL) --no-build-isolation --editable

# Quick tests that need no extra but highspy, and those that send most through the door.
QUICK = $(wildcard tests/test_package.py tests/test_hints.py tests/test_core*.py)
DOOR = $(QUICK) $(wildcard tests/test_audit.py tests/test_laws.py tests/test_complex.py \
	tests/test_complex_locate.py tests/test_operations.py)

# Python's own flags hold -fwrapv, which would hide signed overflow.
SANITIZERS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-wrapv -D_GLIBCXX_ASSERTIONS
# libstdc++ too: the runtime looks for its exceptions when it starts.
PRELOAD = $(foreach lib,libasan.so libstdc++.so,$(shell $(CXX) -print-file-name=$(lib)))

.PHONY: demo test corpus campaign-kills proofs develop lint types sanitize dist clean

demo: $(VENV)/bin/python
	$(EDITABLE) ".[torch,plot,highs,graph]"
	$(VENV)/bin/python examples/two_moons.py

test: $(VENV)/bin/python
	$(EDITABLE) ".[test]"
	$(VENV)/bin/pytest

develop: $(VENV)/bin/python
	$(EDITABLE) ".[dev]"

# A hundred networks of each degenerate family; the tests take four.
corpus: develop
	POLYREGIONS_NETWORKS=100 $(VENV)/bin/pytest tests/test_degenerate_families.py

# A thousand kills of counts that go on, and failing writes; CAMPAIGN="--kills 100".
campaign-kills: develop
	$(VENV)/bin/python campaigns/kills.py $(CAMPAIGN)

# A certificate of every known count up to 10^6, checked; PROOFS=--quick: up to 20 000.
proofs: develop
	mkdir -p build
	$(VENV)/bin/python benchmarks/proofs.py --out build/proofs.json $(PROOFS)

lint: develop
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	PATH="$(VENV)/bin:$$PATH" cython-lint polyregions  # it looks for pycodestyle
	$(VENV)/bin/clang-format --dry-run -Werror csrc/*.cpp csrc/*.hpp
	$(VENV)/bin/lint-imports

types: develop
	$(VENV)/bin/mypy
	$(VENV)/bin/stubtest --mypy-config-file pyproject.toml --ignore-disjoint-bases \
		--allowlist .ci/stubtest-allowlist.txt polyregions._core

# A report ends the process; --capture=sys lets it reach the screen first.
sanitize: develop
	rm -rf build/sanitized
	POLYREGIONS_FLAGS="$(SANITIZERS)" \
		$(VENV)/bin/python setup.py --quiet build --build-lib build/sanitized
	LD_PRELOAD="$(PRELOAD)" ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc \
		UBSAN_OPTIONS=print_stacktrace=1 PYTHONPATH=build/sanitized \
		$(VENV)/bin/pytest --capture=sys -p no:cacheprovider $(DOOR)

# sdist, from it the wheel, and the wheel alone in a fresh venv, seen from elsewhere.
dist: develop
	rm -rf dist build/elsewhere
	$(VENV)/bin/pyproject-build --quiet --outdir dist
	$(VENV)/bin/python -m venv build/elsewhere
	build/elsewhere/bin/pip install --quiet "$$(echo dist/*.whl)[highs]" \
		pytest hypothesis
	cd build/elsewhere && bin/python -c \
		"import polyregions; assert 'elsewhere' in polyregions.__file__"
	cd build/elsewhere && bin/pytest -p no:cacheprovider $(QUICK:%=../../%)

# Figures of benchmarks/README.md: make bench-engines BENCH="--seconds 5".
bench-%: develop
	$(VENV)/bin/python benchmarks/$*.py --markdown --out build/$@.json $(BENCH)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf build dist *.egg-info polyregions/*.so demo.png demo.npz .*_cache .hypothesis
	find polyregions tests -name __pycache__ -exec rm -rf {} +
