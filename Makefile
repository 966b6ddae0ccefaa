# Every word here sets up what it needs in a virtual environment of its own and
# starts at once the second time. `make` alone lists the words.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
# Arguments for pytest, e.g. make test PYTEST_ARGS="-k switch -x".
PYTEST_ARGS ?=
# Four for two cores: half of them wait for a browser. PYTEST_WORKERS=0 allows --pdb.
PYTEST_WORKERS ?= 4
# What Hypothesis makes up in `make test-all`: something else each day.
SEED ?= $(shell date +%Y%m%d)

BIN := $(VENV)/bin
# Development mode, but for its checks of what C does with memory: they cost a tenth.
STRICT = PYTHONDEVMODE=1 PYTHONMALLOC=pymalloc
PYTEST = $(STRICT) $(BIN)/python -m pytest -n $(PYTEST_WORKERS)
COVERED = $(STRICT) $(BIN)/coverage run -m pytest -n $(PYTEST_WORKERS)
POSTGRES_ANSWERS = $(BIN)/python -c "import psycopg; psycopg.connect(connect_timeout=2).close()" 2>/dev/null
# What asks a database in these folders opens its transactions by name.
ROUTED := $(addprefix tests/,core tokens linking profile login removal endpoints web webhooks admin)
MARIADB_ANSWERS = $(BIN)/python -c "import socket; socket.create_connection(('$(MARIADB_HOST)', $(MARIADB_PORT)), 2)" 2>/dev/null
# Where a way of MariaDB's shows: in locks, comparisons, deletions, and counts of rows.
ON_MARIADB := $(addprefix tests/,core tokens linking profile login removal webhooks races \
    test_database_checks.py test_exact_texts.py test_migrations.py test_models.py)
# What indexes and GitHub show by themselves; `make docs` reads the rest.
DOCUMENTS := README.rst CHANGELOG.rst CONTRIBUTING.rst
PROSE := README.rst CONTRIBUTING.rst SECURITY.md docs
CODE := ttminis_auth benchmarks example_project js

# Where `make test-postgres` and `make coverage` look for PostgreSQL; libpq's own names.
export PGHOST ?= 127.0.0.1
export PGPORT ?= 5432
export PGUSER ?= ttminis
export PGPASSWORD ?= ttminis
export PGDATABASE ?= ttminis
# And MariaDB, in the same way.
export MARIADB_HOST ?= 127.0.0.1
export MARIADB_PORT ?= 3306

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-all test-postgres test-mariadb test-routed neighbours routed lint format types docs pictures coverage bench bench-full matrix mutants js js-check messages release-check clean
# A recipe that fails half-way must not leave a stamp behind.
.DELETE_ON_ERROR:

help:  ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.installed-demo  ## serve the example on the simulated TikTok (PORT=8000)
	PORT=$(PORT) $(BIN)/python example_project/manage.py demo

test: $(VENV)/.installed-test  ## run the tests on SQLite; TEST_DATABASE=postgres changes that
	$(PYTEST) $(PYTEST_ARGS)

# What is left out starts processes or browsers, or makes its input up.
test-fast: $(VENV)/.installed-test  ## run what takes less than a minute, after each change
	$(PYTEST) -m "(plain or database) and not hypothesis" $(PYTEST_ARGS)

# The rest asks no database, so `make test` on SQLite says the same of it.
test-postgres: $(VENV)/.installed-test  ## run what asks a database on PostgreSQL (PGHOST, PGUSER, ...)
	TEST_DATABASE=postgres $(PYTEST) -m "database or postgres" $(PYTEST_ARGS)

# Name folders in MARIADB_TESTS for others: they pass there, too, and take twice as long.
test-mariadb: MARIADB_TESTS ?= $(ON_MARIADB)
test-mariadb: $(VENV)/.installed-test $(VENV)/.installed-mariadb  ## run what asks a database on MariaDB (MARIADB_HOST, MARIADB_USER, ...)
	TEST_DATABASE=mariadb $(PYTEST) -m database $(PYTEST_ARGS) $(MARIADB_TESTS)

test-all: export TTMINIS_THOROUGH = 1
test-all: $(VENV)/.installed-test  ## run everything, at length, on each Python, Django and database
	$(PYTEST) --timeout=0 --hypothesis-seed=$(SEED) $(PYTEST_ARGS)
	TEST_DATABASE=postgres $(PYTEST) --timeout=0 --hypothesis-seed=$(SEED) $(PYTEST_ARGS)
	$(MAKE) test-routed
	$(MAKE) neighbours
	TTMINIS_THOROUGH= $(MAKE) matrix

lint: $(VENV)/.installed-lint  ## check style, formatting, and the documents' words
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	for document in $(DOCUMENTS); do \
	    $(BIN)/python -m docutils --strict --writer=null $$document || exit 1; \
	done
	$(BIN)/codespell --config docs/codespell.cfg CHANGELOG.rst ttminis_auth
	$(BIN)/python -m tests.documents.texts build/texts
	$(BIN)/codespell --config docs/codespell.cfg --dictionary - --dictionary docs/words.txt $(PROSE) build/texts $(CODE)
	$(BIN)/python -m tests.documents.prose

# With the people on another database than "default". A race shows no more there than
# where "default" has them.
test-routed: $(VENV)/.installed-test  ## run what asks a database where routers name another one
	@if $(POSTGRES_ANSWERS); then \
	    echo "PostgreSQL answers: it has the people"; \
	    TEST_DATABASE=routed-postgres $(PYTEST) -m "database and not postgres" $(ROUTED); \
	else \
	    echo "no PostgreSQL at $(PGHOST):$(PGPORT): SQLite has the people"; \
	    TEST_DATABASE=routed $(PYTEST) -m "database and not postgres" $(ROUTED); \
	fi

# NEIGHBOURS="django-axes sentry-sdk" takes some of them.
neighbours: $(VENV)/.installed-dev  ## log in beside other apps, and run allauth's own suite
	$(BIN)/tox run -e neighbours -- $(NEIGHBOURS)

routed:
	@echo $(ROUTED)

format: $(VENV)/.installed-lint  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed-types  ## check the types, and that the public names keep theirs
	$(BIN)/mypy ttminis_auth tests/typing

docs: $(VENV)/.installed-docs  ## build the site in build/docs (needs Graphviz)
	$(BIN)/python -m sphinx --fail-on-warning --nitpicky --quiet --builder html docs build/docs

pictures: $(VENV)/.installed-test  ## take the documents' pictures of the example's pages anew
	@mkdir -p build && touch build/pictures-began
	TTMINIS_SCREENSHOTS=1 $(PYTEST) $(addprefix tests/example/test_,admin.py theme.py browser.py) $(PYTEST_ARGS)
	@left=$$(find docs -name '*.png' ! -newer build/pictures-began); \
	if [ -n "$$left" ]; then echo "no test has taken:" $$left; exit 1; fi

# The races show on PostgreSQL only, so its tests are added where a server answers.
coverage: $(VENV)/.installed-test  ## measure branch coverage; under 100 % fails
	$(BIN)/coverage erase
	$(COVERED) -m "not postgres" $(PYTEST_ARGS)
	@if $(POSTGRES_ANSWERS); then \
	    echo "PostgreSQL answers: adding its tests"; \
	    TEST_DATABASE=postgres $(COVERED) -m postgres; \
	else \
	    echo "no PostgreSQL at $(PGHOST):$(PGPORT): measured on SQLite alone"; \
	fi
# What collations do shows on MariaDB only.
	@if $(MARIADB_ANSWERS); then \
	    echo "MariaDB answers: adding its tests"; \
	    $(MAKE) $(VENV)/.installed-mariadb && \
	    TEST_DATABASE=mariadb $(COVERED) -n 0 tests/test_database_checks.py; \
	else \
	    echo "no MariaDB at $(MARIADB_HOST):$(MARIADB_PORT): measured without"; \
	fi
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# Node is needed by who changes js/, and by nobody else: what it builds is committed.
js: js/node_modules/.installed  ## build the page's script from js/ (needs Node)
	cd js && node build.mjs

js-check: js/node_modules/.installed  ## check the script's types, tests, and that it is built
	cd js && npx tsc --project . && TTMINIS_THOROUGH=1 npx vitest run && node build.mjs --check

# Not "npm ci": npm 11 misses an optional package of vite, for Windows, in the lock that it wrote.
js/node_modules/.installed: js/package.json js/package-lock.json
	cd js && npm install --no-save --no-audit --no-fund --silent
	@touch $@

# Not Django's makemessages: that needs gettext's programs, and takes the admin's texts as well.
messages: $(VENV)/.installed-test  ## extract what visitors read, compile and check its translations
	$(BIN)/python -m tools.messages

# The docs show OUT=docs/explanation/performance.
OUT ?= build/benchmarks
bench: $(VENV)/.installed-test  ## measure a login beside allauth's, social-core's and a bare view
	$(BIN)/python -m benchmarks --out $(OUT)

bench-full: $(VENV)/.installed-test  ## the same at length, with millions of rows
	$(BIN)/python -m benchmarks --full --out $(OUT)

# MODULES="tokens linking.merge" takes some of them, SAMPLE=50 so many of each module.
mutants: $(VENV)/.installed-mutants  ## change the code in small ways, and count what no test sees
	$(BIN)/python -m mutation $(MODULES) $(if $(SAMPLE),--sample $(SAMPLE))

release-check: $(VENV)/.installed-release  ## build a release, and log in with the wheel alone
	rm -rf dist build/release
	$(BIN)/uv build --quiet --out-dir dist
	$(BIN)/twine check --strict dist/*
	$(BIN)/uv venv --quiet --python $(BIN)/python build/release
	$(BIN)/uv pip install --quiet --python build/release/bin/python dist/*.whl
	cd tools && ../build/release/bin/python try_release.py

matrix: $(VENV)/.installed-dev  ## test supported Pythons and Djangos: all, or MATRIX=covering
	$(BIN)/tox run $(if $(MATRIX),-m $(MATRIX))

clean:  ## remove what these words made, the virtual environment included
	rm -rf $(VENV) tests/export/libraries .tox .hypothesis .mypy_cache .ruff_cache .pytest_cache .coverage .coverage.* build *.egg-info

# pip is what a half-made environment lacks (Debian without python3-venv), so it is
# the file that says "made"; the next run then tries again.
$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

# An environment in three seconds instead of thirty.
$(BIN)/uv: | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

# The stamps that make a second run start at once, one for each extra of pyproject.toml.
# A changed pyproject.toml installs anew.
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python --editable
$(VENV)/.installed-%: pyproject.toml setup.cfg | $(BIN)/uv
	$(INSTALL) ".[$*]"
	@touch $@
