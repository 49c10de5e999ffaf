# podlab's tasks. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
BIN := $(CURDIR)/bin
TOOLS := $(BIN)/tools
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# What kubectl says of itself: library v0.36.3 is kubectl v1.36.3.
KUBECTL_VERSION = $(shell $(GO) list -m -f '{{.Version}}' k8s.io/kubectl | sed 's/^v0/v1/')
LDFLAGS = -s -w -X main.version=$(VERSION) -X k8s.io/component-base/version.gitVersion=$(KUBECTL_VERSION)
GOLANGCI_VERSION := v2.15.0
# Everything is compiled in one way, so that build, checks and tests share the
# compiler's cache: Kubernetes alone takes minutes.
export GOFLAGS := $(strip $(shell $(GO) env GOFLAGS 2>/dev/null) -trimpath)
# The node's programs are, but for runc, free of C: see cluster/embedded/programs.
NODE := cd node && CGO_ENABLED=0
# The packages that have tests on a real cluster.
LIVE = $(sort $(dir $(shell grep -rl '^//go:build.*live' --include='*_test.go' ./cluster ./engine ./test ./tui)))
# Tests and benchmarks never ask a registry on the internet.
OFFLINE := PODLAB_IMAGES=offline
# What tests of kind are told of what was built for them.
KIND = $(OFFLINE) PODLAB_NODE_DIR=$(BIN)/node PODLAB_NODE_IMAGE_FILE=$(BIN)/node-image.tar

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build what is needed and open podlab
	@$(BIN)/podlab

.PHONY: test
test: build ## all tests: units, command line, screens, and the lessons live on a real cluster
	@$(BIN)/podlab node build
	@$(OFFLINE) $(BIN)/podlab images build
	$(OFFLINE) $(GO) test ./...
	$(NODE) $(GO) test ./...
	$(OFFLINE) PODLAB_NODE_DIR=$(BIN)/node $(GO) test -tags live -count=1 -p 1 -timeout 90m $(LIVE)

.PHONY: test-kind
test-kind: node-image ## the lessons on kind, in a Docker engine that the test starts and ends
	@$(OFFLINE) $(BIN)/podlab images build
	$(KIND) $(GO) test -tags kind -count=1 -timeout 40m ./test/kind/

.PHONY: fuzz
fuzz: ## random keys, clicks and sizes on the screen for a minute (FUZZ=10m for longer)
	PODLAB_FUZZ=$(or $(FUZZ),1m) $(GO) test -count=1 -timeout 0 -run '^TestRandomKeys$$' ./tui/

.PHONY: bench
bench: node-image ## speed and memory, each beside a yardstick measured in the same run
	@$(OFFLINE) $(BIN)/podlab images build
	@{ $(OFFLINE) PODLAB_NODE_DIR=$(BIN)/node $(GO) test -tags live -run '^$$' -bench . -benchtime 5x -p 1 -timeout 30m ./cluster/embedded/ ./test/bench/; \
	   $(OFFLINE) PODLAB_NODE_DIR=$(BIN)/node $(GO) test -tags live -run '^$$' -bench . -benchtime 3x -timeout 60m ./test/live/; \
	   $(GO) test -run '^$$' -bench . -benchtime 300x -p 1 ./engine/ ./engine/observe/ ./tui/; \
	   $(KIND) $(GO) test -tags kind -run '^$$' -bench . -benchtime 3x -timeout 30m ./test/kind/; } | $(GO) run ./test/bench

.PHONY: build
build: deps ## bin/podlab
	@[ -e $(BIN)/podlab ] || echo "podlab: compiling bin/podlab: a minute or two the first time"
	@$(GO) build -ldflags '$(LDFLAGS)' -o $(BIN)/podlab ./cmd/podlab

# What podlab is built for. The embedded cluster is Linux's; elsewhere podlab
# says so when it is asked for one.
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: cross
cross: ## podlab for every platform, in bin/cross
	@for p in $(PLATFORMS); do \
	  out=$(BIN)/cross/podlab-$${p%/*}-$${p#*/}; [[ $$p != windows/* ]] || out=$$out.exe; \
	  echo "building $$out"; \
	  GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 $(GO) build -ldflags '$(LDFLAGS)' -o $$out ./cmd/podlab; \
	done

.PHONY: node
node: build ## the node's programs, in bin/node (minutes the first time)
	@$(BIN)/podlab node build

.PHONY: images
images: build ## the offline image set, from Debian packages and Go modules
	@$(OFFLINE) $(BIN)/podlab images build

.PHONY: node-image
node-image: node ## the image of kind's nodes for a room without a registry, in bin/node-image.tar
	@$(OFFLINE) $(BIN)/podlab images node $(BIN)/node-image.tar

.PHONY: deps
deps: ## the system packages that building and running need (says which it installs)
	@scripts/deps

.PHONY: fmt
fmt: $(TOOLS)/golangci-lint ## format the code
	@$(TOOLS)/golangci-lint fmt ./...
	@$(NODE) $(TOOLS)/golangci-lint fmt ./...

.PHONY: lint
lint: build $(TOOLS)/golangci-lint ## check code, lessons and prose
	@$(TOOLS)/golangci-lint run ./...
	@$(NODE) $(TOOLS)/golangci-lint run ./...
	@$(BIN)/podlab lint

$(TOOLS)/golangci-lint:
	@echo "building golangci-lint $(GOLANGCI_VERSION)"
	@GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

.PHONY: clean
clean: ## remove what was built (the cluster's state and the image store stay)
	@rm -rf $(BIN)
