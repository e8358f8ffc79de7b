# All tasks of this repository. `make` lists them. CI runs only `make check` and `make test`. `make fix` repairs what
# can be repaired automatically.

ifeq (,$(filter oneshell,$(.FEATURES)))
$(error GNU make 4 or newer is needed; this is $(MAKE_VERSION))
endif
ifeq (,$(shell command -v go))
$(error Go is needed, $(shell sed -n 's/^go //p' go.work) or newer, and is not on the PATH)
endif

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

# Without the path of the tree in the packages, copies of the tree share the build cache; check-resource tests in one.
export GOFLAGS := $(filter-out -trimpath,$(shell go env GOFLAGS)) -trimpath

BIN := .bin
# The modules of the suite, and the tools: TOOLS contain our own code, PINNED only pin the versions of external
# programs.
MODULES := $(shell sed -n 's,^[[:space:]]*\./,,p' go.work)
TOOLS := $(patsubst %/,%,$(sort $(dir $(wildcard tools/*/*.go))))
# Tools that download or build all of Kubernetes have targets of their own. check-tidy and test-tools leave them out.
HEAVY := tools/k8s-verify
PINNED := $(filter-out $(TOOLS),$(patsubst %/go.mod,%,$(wildcard tools/*/go.mod)))
PACKAGES := $(MODULES:%=./%/...)

# The packages for `make test`, `make bench` and `make cover`, and flags for go test: make test PKG=./platform/...
# ARGS=-v
PKG ?= $(PACKAGES)
ARGS ?=
# The number of checks that run in parallel.
JOBS ?= 2
# The contract that callers and stored data rely on.
RELEASED := proto/released.binpb.gz
VULNDB ?= ../shared/data/go-vulndb.tgz

##@ Use

.PHONY: help
help: ## List what can be made
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: console ## Build all programs into bin/
	@go build -o bin/ ./wancun/cmd/... $(foreach s,org village action report,./services/$(s)/cmd/$(s)) ./gateway/cmd/gateway

# make run and make test may install Node for it.
.PHONY: console
console: ## Build the console from web/, if Node is there and its sources have changed
	@tools/web/console.sh $(INSTALL) build
run test cluster: INSTALL := --install

.PHONY: run
run: build ## Build, then start everything in one process with the demonstration
	@exec bin/wancun up --demo $(ARGS)

.PHONY: cluster
cluster: build ## Start a cluster on this machine with its PostgreSQL and Redis and the demonstration
	@exec bin/wancun-cluster $(ARGS)

.PHONY: image
image: ## Build the image as an OCI archive and print its digest (needs buildah)
	@image/build.sh $(ARGS)

##@ Test

.PHONY: test
test: $(BIN)/gotestsum console ## Run all tests with a real PostgreSQL and Redis (PKG=./platform/... ARGS='-run X' narrow it)
	@$(if $(filter file,$(origin PKG)),$(MAKE) test-tools check-vendored)
	tools/servers/with-servers.sh tools/test/run.sh $(BIN)/gotestsum $(ARGS) $(PKG)

.PHONY: test-tools
test-tools: ## Run the tests of the tools, which are modules outside the workspace; make test does
	@tools/checks/run.sh tools 'a tool of ours fails its own tests' \
		tools/checks/each.sh '$(filter-out tools/protodrift $(HEAVY),$(TOOLS))' go test -count=1 ./...

.PHONY: bench
bench: ## Run the benchmarks with a real PostgreSQL and Redis (PKG, ARGS as for test)
	@tools/servers/with-servers.sh go test -run '^$$' -bench . $(ARGS) $(PKG)

.PHONY: cover
cover: ## Test, and print the share of statements reached per package and in all
	@tools/servers/with-servers.sh go test -cover -coverprofile cover.out $(ARGS) $(PKG)
	go tool cover -func cover.out | tail -n 1

.PHONY: k8s-verify
k8s-verify: ## Try the manifests on a real API server (the first time builds it: minutes)
	@tools/k8s-verify/verify.sh $(ARGS)

.PHONY: image-verify
image-verify: ## Build the image twice, compare, and start every program in it (needs buildah and runc)
	@image/verify.sh $(ARGS)

##@ Check (each has its own target: make check-lint)

CHECKS := format proto-lint breaking generated vendored arrows versions length tidy web build vet lint vuln resource
RUN := tools/checks/run.sh
EACH := tools/checks/each.sh

.PHONY: check
check: ## Run every check; CI does
	@$(MAKE) --jobs=$(JOBS) --output-sync=target --keep-going $(CHECKS:%=check-%) 2>&1 | sed '/^make\[/d'

.PHONY: $(CHECKS:%=check-%)
check-format: $(BIN)/buf
	@$(RUN) format 'run make fix' tools/checks/format.sh $(BIN)/buf $(MODULES) tools

check-proto-lint: $(BIN)/buf
	@$(RUN) proto-lint 'mend the protos; buf.yaml says which rules hold' $(BIN)/buf lint

# The image is binary, so CI compares with what was accepted and not with a branch that it may not have.
check-breaking: $(BIN)/buf
	@$(RUN) breaking 'keep what callers and stored data use: add beside it and mark the old deprecated; CONTRIBUTING, "A change of the contract"' \
		$(BIN)/buf breaking proto --against $(RELEASED)

check-generated:
	@$(RUN) generated 'run make gen and commit what it writes' tools/checks/generated.sh $(MAKE)

check-vendored:
	@$(RUN) vendored 'third_party/proto differs from what the binaries link; see above' $(EACH) tools/protodrift go test -count=1 ./...

check-arrows:
	@$(RUN) arrows 'the map is in ARCHITECTURE.md' $(EACH) tools/architecture go run . arrows $(CURDIR)

check-versions:
	@$(RUN) versions 'run make fix' $(EACH) tools/architecture go run . versions $(CURDIR)

check-length:
	@$(RUN) length 'split the file' $(EACH) tools/architecture go run . length $(CURDIR)

check-tidy:
	@$(RUN) tidy 'run make fix; go mod tidy -diff says what it would change' \
		$(EACH) '$(MODULES) $(filter-out $(HEAVY),$(TOOLS) $(PINNED))' sh -c 'go mod tidy -diff >/dev/null'

# -count=1, because their tests read files of other modules, which Go's cache of test results does not track.
check-web:
	@$(RUN) web 'mend the sources in web/' tools/web/console.sh --install check

check-build:
	@$(RUN) build 'a module does not build on its own; what it lacks goes into its go.mod' $(EACH) '$(MODULES)' go build ./...

# These use the build's cache. If the build fails, they would only repeat its errors.
check-vet check-lint check-vuln check-resource: check-build

check-vet:
	@$(RUN) vet 'mend the code' $(EACH) '$(MODULES) $(TOOLS)' go vet ./...

check-lint: $(BIN)/golangci-lint
	@$(RUN) lint 'run make fix, then mend what is left' tools/checks/lint.sh $(BIN)/golangci-lint '$(PACKAGES)' '$(TOOLS)'

check-vuln: $(BIN)/govulncheck
	@$(RUN) vuln 'raise the dependency to the version named, then make fix' \
		tools/checks/vuln.sh $(BIN)/govulncheck $(VULNDB) $(PACKAGES)

check-resource: $(BIN)/buf
	@$(RUN) resource 'mend the templates in tools/resource, which write a resource' tools/checks/resource.sh $(BIN)/buf

##@ Repair

.PHONY: fix
fix: ## Repair what a machine can: generated code, versions, go.mod files, lint, format
	@$(MAKE) gen
	$(MAKE) fix-versions
	$(MAKE) fix-lint
	$(MAKE) fix-format

# OUT is where the generated files go: check-generated compares those of another folder with the committed ones. Each is
# written whole before it replaces the old one.
OUT ?= .

.PHONY: gen
gen: $(BIN)/buf $(BIN)/protoc-gen-go ## Generate Go, the OpenAPI document and the diagrams of states from the protos
	@mkdir -p $(BIN)/fresh $(OUT)/gateway/openapi $(OUT)/docs
	$(BIN)/buf generate --output $(OUT)
	$(BIN)/buf build proto --as-file-descriptor-set -o $(BIN)/fresh/proto.binpb
	env GOWORK=off go -C tools/openapi run . $(CURDIR)/$(BIN)/protoc-gen-openapiv3 <$(BIN)/fresh/proto.binpb >$(BIN)/fresh/openapi.json
	env GOWORK=off go -C tools/states run . <$(BIN)/fresh/proto.binpb >$(BIN)/fresh/states.md
	mv $(BIN)/fresh/openapi.json $(OUT)/gateway/openapi/openapi.json
	mv $(BIN)/fresh/states.md $(OUT)/docs/states.md

.PHONY: release-contract
release-contract: $(if $(wildcard $(RELEASED)),check-breaking) $(BIN)/buf ## Accept the present contract as released: make check refuses what breaks it
	@$(BIN)/buf build proto --exclude-source-info -o $(RELEASED)

.PHONY: fix-format
fix-format: $(BIN)/buf
	@gofmt -w $(MODULES) tools
	$(BIN)/buf format proto -w

# Only linters whose fixes cannot break or change the code.
.PHONY: fix-lint
fix-lint: $(BIN)/golangci-lint
	@tools/checks/lint.sh $(BIN)/golangci-lint '$(PACKAGES)' '$(TOOLS)' \
		--fix --enable-only copyloopvar,intrange,misspell,unconvert,whitespace || true

# The requirements of a module depend on those of the modules that it replaces, and raising one version may raise
# another. So this repeats until nothing changes.
.PHONY: fix-versions
fix-versions:
	@for round in 1 2 3 4 5; do
		$(EACH) tools/architecture go run . align $(CURDIR)
		$(EACH) '$(MODULES) $(filter-out $(HEAVY),$(TOOLS) $(PINNED))' go mod tidy
		! $(MAKE) check-versions check-tidy >/dev/null 2>&1 || exit 0
	done
	$(MAKE) --keep-going check-versions check-tidy

##@ Write

.PHONY: resource
resource: ## Write a new resource (SERVICE=org NAME=PartyBranch PARENT=organizations ZH=党支部 END=dissolve; the last three are optional)
	@env GOWORK=off go -C tools/resource run . -root $(CURDIR) \
		-service '$(SERVICE)' -name '$(NAME)' -parent '$(PARENT)' -zh '$(ZH)' -end '$(END)'
	$(MAKE) gen

##@ Tools

# A tool is rebuilt when its go.mod or go.sum changes, or the version of Go.
STAMP := $(BIN)/$(shell go env GOVERSION)

.PHONY: tools
tools: $(BIN)/buf $(BIN)/protoc-gen-go $(BIN)/golangci-lint $(BIN)/gotestsum $(BIN)/govulncheck ## Build the pinned tools into .bin

$(BIN)/buf: $(STAMP)-buf
$(BIN)/protoc-gen-go: $(STAMP)-gen
$(BIN)/golangci-lint: $(STAMP)-lint
$(BIN)/gotestsum: $(STAMP)-test
$(BIN)/govulncheck: $(STAMP)-vuln
$(BIN)/%:
	@[ -x $@ ] || { rm $<; $(MAKE) $@; }

$(STAMP)-%: tools/%/go.mod tools/%/go.sum
	@echo "building tools/$*" >&2
	mkdir -p $(BIN)
	GOWORK=off GOBIN=$(CURDIR)/$(BIN) go -C tools/$* install tool
	touch $@

.ONESHELL:
