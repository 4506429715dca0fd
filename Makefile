# make help lists everything.
PYTHON ?= python3
PORT ?= 8000
export PORT PYTHON
# Hundreds of programs of Python are started; each would compile the whole site anew.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
# What the lists name and no more, for every machine, with the hash of every file, and no registry's address.
LOCK := --no-deps --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
# Their tests have goals of their own; what they import takes others long.
ALONE := --ignore tests/browser --ignore tests/clients

.DEFAULT_GOAL := help
.PHONY: help run dev prepare port test lint test-sqlite test-postgres test-browser clients lock sbom bench bench-docs \
	bench-search lighthouse observatory torture machine fresh container pictures clean .venv/run-installed .venv/dev-installed

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/; s/\$$\(PORT\)/$(PORT)/' | expand -t 16

run: port prepare ## set up what is missing, load the content, serve at http://127.0.0.1:$(PORT)/
	@$(MANAGE) collectstatic --noinput -v0
	@$(MANAGE) first_editor
	@echo "Serving at http://127.0.0.1:$(PORT)/  (Ctrl-C stops it)"
	@$(MANAGE) tick --forever & tick=$$!; $(MANAGE) serve & web=$$!; \
	trap 'kill $$web $$tick 2>/dev/null' INT TERM HUP; \
	wait $$web; status=$$?; kill $$tick $$web 2>/dev/null; wait; \
	exit $$status

dev: port prepare ## the same with Django's development server, which reloads
	@$(MANAGE) first_editor
	@DEBUG=on $(MANAGE) runserver 127.0.0.1:$(PORT)

prepare: .venv/run-installed
	@$(MANAGE) migrate -v0
	@$(MANAGE) load_content
	@$(MANAGE) reindex

port: .venv/run-installed
	@$(BIN)/python tests/port.py $(PORT)

.venv/run-installed:
	@sh tests/venv.sh run-installed requirements.lock

.venv/dev-installed:
	@sh tests/venv.sh dev-installed requirements.lock requirements-dev.lock

node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --loglevel=error --no-audit --no-fund --ignore-scripts

machine: ## install or name the programs that the tests need (PostgreSQL 15+, Chromium, npm, Java, nginx …)
	@sh tests/machine.sh

fresh: ## run and test on a bare Debian 12 of its own, as root and as a plain user; needs root and debootstrap
	@$(PYTHON) tests/fresh.py

test: machine .venv/dev-installed node_modules/.package-lock.json ## everything that CI runs, side by side; each tells what it found when it has ended
	@$(MAKE) --no-print-directory --jobs=4 --output-sync=target lint test-sqlite test-postgres test-browser

lint: .venv/dev-installed node_modules/.package-lock.json ## style, types, floors, missing migrations, settings for production, content, licenses
	$(BIN)/ruff check .
	$(BIN)/ruff check --isolated --select S cdtsite/migrations codes/migrations comments/migrations
	$(BIN)/ruff format --check .
	$(BIN)/djangofmt --check --line-length 120 --indent-width 2 templates
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	SITE_URL=https://codes.example.org PROXIES=1 $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) lint_content
	$(BIN)/hadolint docs/deploying/Containerfile
	node_modules/.bin/dclint --quiet docs/deploying/compose.yaml
	$(BIN)/python tests/packages.py licenses

lock: .venv/dev-installed ## write the locks anew, after a change of the lists of requirements
	@for list in requirements requirements-extras requirements-dev; do \
		$(BIN)/uv pip compile -q $(LOCK) $$list.txt -o $$list.lock || exit; done

sbom: .venv/dev-installed ## write sbom.json: what the site runs on, with licenses, as CycloneDX
	$(BIN)/python tests/packages.py sbom sbom.json

test-sqlite: .venv/dev-installed ## the suite on SQLite, and what touches no database
	DATABASE_URL=sqlite:///:memory: $(BIN)/pytest -q -n auto $(ALONE)

# A session that a test leaves open keeps its database from being dropped in the end, which is an error.
test-postgres: .venv/dev-installed machine ## what touches the database, on a PostgreSQL of its own
	$(BIN)/python tests/private_postgres.py $(BIN)/pytest -q -n auto -m database $(ALONE)

test-browser: .venv/dev-installed machine node_modules/.package-lock.json ## what a Chromium sees and programs of others read, on a PostgreSQL of its own
	$(BIN)/python tests/private_postgres.py $(BIN)/pytest -q tests/clients tests/browser

clients: .venv/dev-installed machine node_modules/.package-lock.json ## what programs of others read, with thousands of cases by schemathesis and a client in TypeScript
	$(BIN)/python tests/private_postgres.py $(BIN)/pytest -q tests/clients tests/clients/ask_api.py

bench-search: prepare .venv/dev-installed machine ## which everyday queries find the right code, on both databases
	$(MANAGE) bench_search
	$(BIN)/python tests/private_postgres.py sh -c "$(MANAGE) migrate -v0 && $(MANAGE) load_content && $(MANAGE) bench_search"

bench: .venv/dev-installed ## the site beside its goals, nginx and a bare Django view, on both databases
	@sh tests/machine.sh bench
	$(BIN)/python -m tests.bench

bench-docs: .venv/dev-installed ## the same, and its table and chart into docs/performance.md
	@sh tests/machine.sh bench
	$(BIN)/python -m tests.bench --docs

lighthouse: .venv/dev-installed machine ## Lighthouse's scores and the weight of five pages; npx fetches Lighthouse
	$(BIN)/python tests/lighthouse.py

torture: .venv/dev-installed machine node_modules/.package-lock.json ## attack the site on both databases; each attack has a fault to find too
	@sh tests/machine.sh torture
	$(BIN)/python -m tests.torture $(ATTACKS)

container: ## the steps of docs/deploying/Containerfile in folders, and what Compose runs of it; needs root, debootstrap and PostgreSQL
	@$(PYTHON) tests/container.py

observatory: .venv/dev-installed machine ## what the MDN HTTP Observatory says of the headers; needs root, nginx and openssl
	$(BIN)/python -m tests.observatory

pictures: .venv/dev-installed machine ## take the pictures in docs/ anew
	$(BIN)/python tests/private_postgres.py $(BIN)/pytest -q tests/browser/test_pictures.py --pictures docs

clean: ## take away what make made, but not var/, which holds the database
	rm -rf .venv node_modules
