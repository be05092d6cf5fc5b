# The commands of this repository; `make` or `make help` lists them.

GOLANGCI_LINT_VERSION := v2.15.0
BIN := $(CURDIR)/bin
LINT := $(BIN)/golangci-lint-$(GOLANGCI_LINT_VERSION)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/kustsync for this machine
	CGO_ENABLED=0 go build -trimpath -o $(BIN)/kustsync ./cmd/kustsync

.PHONY: test
test: ## run every test
	go test ./...

.PHONY: race
race: ## run every test under the race detector
	go test -race ./...

.PHONY: crash
crash: ## load 100,000 rows, kill the run ten times at random, and compare the ledger with the sandbox
	KUSTSYNC_CRASH=full go test -run '^TestCrash' -count=1 -timeout 60m -v ./cmd/kustsync

.PHONY: crash-short
crash-short: ## the part of make crash that CI runs, under the race detector, with every case of loads in bulk and of objects that are gone; two minutes
	KUSTSYNC_CRASH=ci go test -race -run '^(TestCrash|TestBulkReferences|TestMergedAway|TestDeletedObject)' -count=1 -timeout 10m ./cmd/kustsync

.PHONY: storms
storms: ## runs of random rows, faults and kills in virtual time, the number of them that CI runs; half a minute
	go test -race -run '(Storm|TellsTheRun|LanesKeepOrder)$$' -count=1 ./pipeline -rapid.checks=25

.PHONY: faults
faults: ## the whole fault suite, the built program against a server that misbehaves, under 10 minutes (FAULTS_SEED=n repeats a run)
	cd sinks/kustomer/faults && FAULTS=full go test -count=1 -parallel 8 -timeout 20m

.PHONY: faults-short
faults-short: ## the part of the fault suite that CI runs, one to two minutes
	cd sinks/kustomer/faults && FAULTS=short go test -count=1 -parallel 8 -timeout 5m

.PHONY: long
long: faults nights old-ledger fuzz ## the whole fault suite, the nights, an old ledger, then each fuzz target for 20 seconds; about 15 minutes on 2 cores

.PHONY: nights
nights: ## seven nights of an org that people change, with ledgers lost and restored, and kills, from five seeds (NIGHTS_SEED=n repeats one)
	cd sinks/kustomer/faults && NIGHTS=full go test -run '^TestNights$$' -count=1 -timeout 30m -v

.PHONY: old-ledger
old-ledger: ## open a ledger of format 2 with a million rows, which must take less than 10 seconds
	KUSTSYNC_LEDGER=long go test -run '^TestMillionOldRows$$' -count=1 -v ./pipeline/ledger

.PHONY: sabotage
sabotage: ## break the program in each way of a list and show that the fault suite notices each
	cd sinks/kustomer/faults && FAULTS=sabotage go test -run '^TestSabotage$$' -count=1 -timeout 30m

.PHONY: rates
rates: ## two hours of virtual time against rate limits of every kind, also with other clients, from five seeds; prints how much is used
	cd sinks/kustomer/pace && KUSTSYNC_RATES=full go test -run '^TestPacerUsesWhatIsGranted$$' -count=1

.PHONY: fuzz
fuzz: ## run each fuzz target for 20 seconds, two at a time
	.ci/fuzz 20s

.PHONY: bench
bench: ## compare speed, CPU and memory with a bare net/http loop and a Node script, into bench.json (KUSTSYNC_BENCH=huge: 10M rows)
	KUSTSYNC_BENCH=$${KUSTSYNC_BENCH:-1} go test -run '^TestBench' -count=1 -timeout 90m -v ./cmd/kustsync

.PHONY: lint
lint: $(LINT) ## gofmt, go vet and golangci-lint
	@test -z "$$(gofmt -l .)" || { echo "gofmt wants to change:"; gofmt -l .; exit 1; }
	go vet ./...
	$(LINT) run ./...

$(LINT):
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv $(BIN)/golangci-lint $@

.PHONY: house
house: ## measure every package: files, lines, circles of files, methods; tests fail above the limits
	@go test -run '^TestHouse$$' -count=1 -v ./cmd/kustsync

.PHONY: cross
cross: ## build for linux, darwin and windows
	@for os in linux darwin windows; do echo "$$os"; CGO_ENABLED=0 GOOS=$$os go build -o /dev/null ./cmd/kustsync || exit 1; done

.PHONY: ci
ci: ## everything that CI runs
	.ci/run

.PHONY: clean
clean: ## remove bin/
	rm -rf $(BIN)
