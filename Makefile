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
	tests/test_complex_locate.py tests/test_operations.py tests/test_budgets.py \
	tests/test_degenerate_families.py tests/test_certificates.py)

# What finds nearly every fault in the core within two minutes (make campaign-mutants).
CORE = $(wildcard tests/test_core*.py tests/test_domain*.py tests/test_operations*.py \
	tests/test_complex.py tests/test_complex_locate.py tests/test_central.py \
	tests/test_hints.py tests/test_audit.py tests/test_budgets.py \
	tests/test_degenerate_families.py tests/test_laws.py tests/test_error_bounds.py \
	tests/test_certificates.py)

# Python's own flags hold -fwrapv, which would hide signed overflow.
SANITIZERS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-wrapv -D_GLIBCXX_ASSERTIONS
# libstdc++ too: the runtime looks for its exceptions when it starts.
PRELOAD = $(foreach lib,libasan.so libstdc++.so,$(shell $(CXX) -print-file-name=$(lib)))
TSAN = -O1 -g -fno-omit-frame-pointer -fsanitize=thread
# Its memory map has no room for addresses as random as some kernels make them.
UNSHUFFLED = $(shell setarch -R true 2>/dev/null && echo setarch -R)
# Searches with several threads; of those that last, the ones of some thousand regions.
THREADED = never_differ or callers_at_once or as_many_regions_as_it_may or \
	(one_thread and (bottleneck or integers or relu6)) or the_whole or all_regions
GCOV = -O1 -g --coverage -fprofile-update=atomic

.PHONY: demo test explorer test-core core-tests corpus develop lint types sanitize tsan coverage \
	campaign-random campaign-degenerate campaign-laws campaign-inputs campaign-faults \
	campaign-mutants campaign-mutations campaign-kills proofs study-proofs \
	dist clean

demo: $(VENV)/bin/python
	$(EDITABLE) ".[torch,plot,highs,graph]"
	$(VENV)/bin/python examples/two_moons.py

test: $(VENV)/bin/python
	$(EDITABLE) ".[test]"
	$(VENV)/bin/pytest

# The explorer in a headless Chromium, which must be there (apt-get install chromium;
# no wheel on PyPI ships a current one).
explorer: $(VENV)/bin/python
	$(EDITABLE) ".[test]"
	$(VENV)/bin/pytest tests/explorer_in_browser.py

# The quick tests of the core, at most two minutes; core-tests names them.
test-core: develop
	POLYREGIONS_NETWORKS=2 $(VENV)/bin/pytest $(CORE)

core-tests:
	@echo $(CORE)

develop: $(VENV)/bin/python
	$(EDITABLE) ".[dev]"

# A hundred networks of each degenerate family; the tests take four.
corpus: develop
	POLYREGIONS_NETWORKS=100 $(VENV)/bin/pytest tests/test_degenerate_families.py

# A thousand kills of counts that go on, and failing writes; CAMPAIGN="--kills 100".
campaign-mutations: develop
	$(VENV)/bin/python campaigns/mutate_certificates.py $(CAMPAIGN)

campaign-kills: develop
	$(VENV)/bin/python campaigns/kills.py $(CAMPAIGN)

# A certificate of every known count up to 10^6, checked; PROOFS=--quick: up to 20 000.
proofs: develop
	mkdir -p build
	$(VENV)/bin/python benchmarks/proofs.py --samples 5 --out build/proofs.json \
		$(PROOFS)

# Every count that the published experiments take, one by one:
# make study-proofs STUDIES="wang-fig3 --quick".
study-proofs: develop
	mkdir -p build
	$(VENV)/bin/python benchmarks/study_proofs.py --out build/study_proofs.json \
		$(STUDIES)

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
		POLYREGIONS_NETWORKS=1 \
		$(VENV)/bin/pytest --capture=sys -p no:cacheprovider $(DOOR)

# The same for races between the threads of a search.
tsan: develop
	rm -rf build/tsan
	POLYREGIONS_FLAGS="$(TSAN)" \
		$(VENV)/bin/python setup.py --quiet build --build-lib build/tsan
	LD_PRELOAD="$(shell $(CXX) -print-file-name=libtsan.so)" PYTHONPATH=build/tsan \
		TSAN_OPTIONS=halt_on_error=1 \
		OPENBLAS_NUM_THREADS=1 $(UNSHUFFLED) $(VENV)/bin/pytest \
		--capture=sys -p no:cacheprovider tests/test_threads.py -k "$(THREADED)"

# Lines of csrc that the door's tests run.
coverage: develop
	rm -rf build/coverage
	POLYREGIONS_FLAGS="$(GCOV)" \
		$(VENV)/bin/python setup.py --quiet build --build-lib build/coverage
	find build -name '*.gcda' -delete
	PYTHONPATH=build/coverage POLYREGIONS_NETWORKS=1 $(VENV)/bin/pytest -p no:cacheprovider $(DOOR)
	$(VENV)/bin/python campaigns/coverage.py build $(CAMPAIGN)

# Fault campaigns, each with a summary in one line (campaigns/README.md):
# make campaign-random CAMPAIGN="--networks 500 --seed 1".
campaign-random: develop
	$(VENV)/bin/python campaigns/random_networks.py $(CAMPAIGN)

campaign-degenerate: develop
	$(VENV)/bin/python campaigns/degenerate_families.py $(CAMPAIGN)

campaign-laws: develop
	POLYREGIONS_EXAMPLES=20 $(VENV)/bin/pytest --hypothesis-seed=0 tests/test_laws.py \
		tests/test_operations_laws.py tests/test_complex_locate.py $(CAMPAIGN)

campaign-inputs: develop
	OMP_NUM_THREADS=1 $(VENV)/bin/python campaigns/corrupted_inputs.py $(CAMPAIGN)

campaign-faults: develop
	$(VENV)/bin/python campaigns/failing_calls.py $(CAMPAIGN)

campaign-mutants: develop
	$(VENV)/bin/python campaigns/mutants.py $(CAMPAIGN)

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
