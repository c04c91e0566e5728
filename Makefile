# Kasir's commands. `make` alone lists them. PORT=… and KASIR_LOCAL_DIR=… choose which local stack they mean.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON = $(or $(shell infra/local/find_python),$(error no Python 3.13))
BIN := .venv/bin
LOCAL := $(BIN)/python -m infra.local
export PORT UI_PORT KASIR_LOCAL_DIR BIND_HOST
# Packages are installed without bytecode: it has to be kept when they are first used.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: up down reset status logs invoke redrive demo
up: tools node ## Bring Kasir up on this machine, with a demo shop and its register
	@$(LOCAL) up
down: dev ## Stop it; the data stays
	@$(LOCAL) down
reset: dev ## Stop it and drop the data
	@$(LOCAL) reset
status: dev ## Say whether it runs, and where
	@$(LOCAL) status
logs: dev ## Show what the functions log (FOLLOW=1 goes on)
	@$(LOCAL) logs $(if $(FOLLOW),--follow)
invoke: dev ## Run a deployed function: make invoke OP=CreateOrder EVENT=events/orders/create_order.json
	@$(LOCAL) invoke $(OP) $(EVENT)
redrive: dev ## Give deliveries that failed by our own fault back to the sender (on AWS: make redrive STACK=…)
	@$(if $(STACK),$(BIN)/python -m infra.redrive $(STACK),$(LOCAL) redrive)
demo: dev ## Sell real baskets and compare three books of them (ARGS="--baskets 2000")
	@$(BIN)/python -m bench.demo --stack $(or $(KASIR_LOCAL_DIR),.local)/stack.json $(ARGS)

.PHONY: test test-unit test-slow test-stack test-api test-medusa test-dynamodb-local test-ui screenshots bench bench-ui check format
test: test-unit test-stack ## Run the tests that need nothing but Python
test-unit: dev node ## Run the tests that need no local stack, of the front end too
	@$(LOCAL) front-end test
	$(BIN)/python -m pytest -q -n auto -m "not stack and not dynamodb_local and not slow"
test-slow: dev ## Run the long ones: a crash at every call to AWS, random histories
	$(BIN)/python -m pytest -q -n auto -m "slow and not stack and not dynamodb_local"
test-stack: tools ## Run the tests against a local stack of their own
	$(BIN)/python -m pytest -q -m "stack and not slow" --ignore=tests/medusa
test-api: tools ## Send whatever the API's description allows, and what it does not, to a local stack; keep shop there (takes long)
	$(BIN)/python -m pytest -q -m "stack and slow" --ignore=tests/medusa
test-medusa: tools ## Run the connector against a real Medusa, which it installs (needs Node 20, PostgreSQL, 2 GB of memory)
	$(BIN)/python -m pytest -q -n 0 tests/medusa
test-dynamodb-local: dev ## Run the tests of data access on Amazon's own engine (needs Java 17 and npm)
	$(BIN)/python -m pytest -q -n auto tests/dynamodb_local
	PYTHONPATH=functions $(BIN)/python -m pytest -q -n auto -p tests.dynamodb_local.plugin \
	  tests/unit/{catalog,inventory,orders,reports,staff,webhooks}
test-ui: up ## Run the front end in a real Chromium (apt install chromium) against the local stack
	@$(LOCAL) front-end test:browser
screenshots: up ## Take pictures of the main screens at four sizes, into ui/screenshots
	@$(LOCAL) front-end screenshots
bench: dev ## Measure (docs/performance.md): make bench BENCH=write_units
	@PYTHONPATH=functions $(BIN)/python -m bench.$(or $(BENCH),write_units) $(ARGS)
bench-ui: up ## Measure the register in a real Chromium, with 20,000 products
	@$(LOCAL) front-end bench
check: dev sam node ## Check style, types and templates, of the front end too
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	.venv-sam/bin/sam validate --lint
	.venv-sam/bin/cfn-lint infra/*.yaml
	@$(LOCAL) front-end check
format: dev ## Put the code in shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: build ui client lock clean
build: dev sam ## Build for AWS; `sam deploy --guided` takes it from there
	@$(LOCAL) build
ui: dev node ## Build the register and the back office into ui/dist
	@$(LOCAL) front-end build
client: dev ## Make the Python client's operations from the API's description; then: pip install clients/python
	$(BIN)/python -m clients.python.generate
lock: dev ## Pin anew what requirements.in and infra/local/*.in name (ARGS=--upgrade)
	for file in requirements infra/local/sam infra/local/ministack infra/local/node; do \
	  CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --strip-extras --no-allow-unsafe --no-emit-options \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(ARGS) --output-file $$file.txt $$file.in; done
clean: dev ## Drop everything that was built or installed, and the local stack with its data
	@$(LOCAL) reset
	rm -rf .venv* .local .aws-sam ui/node_modules ui/dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Virtual environments, made when their pins change.
.PHONY: dev sam tools node
dev:
	@$(PYTHON) -m infra.local.environments
sam:
	@$(PYTHON) -m infra.local.environments sam
tools:
	@$(PYTHON) -m infra.local.environments sam ministack
node:
	@$(PYTHON) -m infra.local.environments node
