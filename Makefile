# The commands that a newcomer, a developer and CI rely on. Each installs what it needs first (scripts/setup).
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run demo test unit thorough integration e2e tsan soak fuzz chaos simulate flakes mutants coverage bench load lint format docs clean

TOPOLOGY ?= topology/local.yaml
ARGS ?=
fountain := .build/release/fountain
# As the image ships it: with the Swift runtime inside (docs/performance.md, what linking is worth).
release_build := swift build --configuration release --static-swift-stdlib --product
pytest := .cache/venv/bin/pytest --quiet -p no:cacheprovider
# What CI keeps; scripts/test puts its own beside it.
pytest += $(if $(FOUNTAIN_REPORTS),--junitxml $(FOUNTAIN_REPORTS)/pytest.xml)
# A file of tests to each of two workers, each in a network of its own; where the machine allows none, one after the other.
pytest += $(shell scripts/apart true 2> /dev/null && echo '--dist loadfile --no-loadscope-reorder --tx "2*popen//python=scripts/apart .cache/venv/bin/python"')

help: ## show this list
	@awk -F ' *## *' '/^[a-z0-9]+:.* ## / { sub(/:.*/, "", $$1); printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: release ## build, bring up TOPOLOGY (topology/local.yaml), say what to try; ctrl-C ends it
	@exec $(fountain) up --topology $(TOPOLOGY) $(ARGS)

demo: release ## build, run the three end-to-end scenarios step by step, clean up
	@$(fountain) demo $(ARGS)

bench: setup-bench ## bus, way in and order beside others: ratio tables, plots (docs/performance.md); ARGS=--help, "--quick", "bus", "way-in", "replicas", "order", "search"
	@for product in bus-bench order-bench search-bench fountain; do $(release_build) $$product || exit; done
	@Benchmarks/run.py $(ARGS)

test: setup-test lint ## lint, then every test but the sanitized ones
	scripts/test $(ARGS)
	scripts/test-example
	$(pytest) scripts/tests Examples/python

tsan: setup-test ## the modules' tests under ThreadSanitizer
	scripts/test --tsan $(ARGS)

SOAK ?= 60
soak: setup-test ## a subscriber that stands still under load for SOAK (60) seconds, with the bounds of `make test`
	FOUNTAIN_SOAK_SECONDS=$(SOAK) swift test --filter PausedSubscriberTests

FUZZ ?= 600
fuzz: setup-test ## broken requests and broken JSON for FUZZ (600) seconds a test; the seed is printed, FOUNTAIN_SEED plays one again
	FOUNTAIN_FUZZ_SECONDS=$(FUZZ) swift test --no-parallel --filter '\.FuzzTests'

MINUTES ?= 10
chaos: setup-test ## kills, cuts, sick disks and wrong clocks for MINUTES (10), then every check; SEED=17 plays a plan again; scripts/chaos --help, its exit codes too
	@SEED=$(SEED) MINUTES=$(MINUTES) scripts/chaos

STEPS ?= 1000000
simulate: setup-test ## STEPS (1000000) of calls, links, topics, subscriptions, leases in virtual time; SEED=17 begins with that world
	SWIFT_DETERMINISTIC_HASHING=1 FOUNTAIN_SEED=$(SEED) FOUNTAIN_SIMULATION_STEPS=$(STEPS) \
		swift test --filter 'BusTests\.SimulationTests|LeasesTests\.LeaseModelTests'

RUNS ?= 20
flakes: setup-test ## the suite RUNS (20) times, two at a time, each in an order and with a seed of its own: is any ever red?
	@scripts/flakes $(RUNS)

mutants: setup-test ## small mistakes in the rules, one at a time: which of them do the tests not notice? ARGS=--list, "--only NAME"
	@scripts/mutants $(ARGS)

coverage: setup-test ## what the tests run of each module, beside docs/coverage.tsv; a module that falls is an error; ARGS=--keep
	@status=0; scripts/test --coverage || status=$$?; \
		scripts/coverage.py "$$(swift build --enable-code-coverage --scratch-path .build-coverage --show-bin-path)" .build-coverage/profiles $(ARGS) \
		&& exit $$status

unit: setup-test ## every module by itself, in a minute: rules, stores, state machines, wrappers
	scripts/test unit

thorough: setup-test ## the modules' long tests: models and oracles, crash loops, hostile files, servers that are killed
	scripts/test thorough

integration: setup-test ## the whole ecosystem in one process, over HTTP and on the bus, and the attacks
	scripts/test integration
	scripts/test-example

e2e: setup-test ## real processes, Caddy with TLS, real Typesense and SMTP; and programs that are not ours
	scripts/test e2e
	$(pytest) scripts/tests Examples/python

load: setup-load release ## users over HTTPS through Caddy, an open loop, a ramp to the knee: one report in var/load, in three minutes
	@loadtest/run.py $(ARGS)

lint: setup-test ## format, imports of C, doc comments, mutants that are stale, Caddyfile, docker-compose.yml, workflows, scripts
	@scripts/lint

format: ## bring every Swift file and the Caddyfile into the house format
	swift format --in-place --parallel --recursive Package.swift Sources Tests
	@if command -v caddy > /dev/null; then caddy fmt --overwrite Caddyfile; fi

docs: setup-test ## the reference of Bus, Contracts, Histories, Storage, Processes, Ecosystem, EcosystemTesting, DatabaseServer and FountainService (.build/docs); a warning is an error
	@scripts/docs

clean: ## remove what was built; data under var/ and downloads under .cache/ stay
	rm -rf .build .build-coverage .build-mutants .build-tsan

.PHONY: release setup-run setup-test setup-bench setup-load
release: setup-run
	@$(release_build) fountain
setup-run:
	@scripts/setup run
setup-test:
	@scripts/setup test
setup-bench:
	@scripts/setup bench
setup-load:
	@scripts/setup load
