# Two commands do everything on a fresh Debian machine that has only the Swift toolchain:
#   make demo   builds Assay and runs the whole story on embedded data; ends with a report in out/demo
#   make test   builds and runs all tests
# PORTABLE=1 builds for any processor of this architecture instead of the one at hand; results are the same bits.

ifdef PORTABLE
  MACHINE :=
  BUILD_DIR := .build-portable
else
  MACHINE := -Xcc -march=native
  BUILD_DIR := .build
endif
SWIFT_FLAGS := -c release --scratch-path $(BUILD_DIR) $(MACHINE)
ASSAY := $(BUILD_DIR)/release/assay
ORACLES := .build-oracles
PEERS ?= .build-peers
DEMO_OUT ?= out/demo

.PHONY: help setup build demo test study bench bench-build bench-growth bench-peers clean oracles

help:
	@sed -n '1,4p' Makefile | sed 's/^# \{0,1\}//'
	@echo "  make build   the command at $(ASSAY)"
	@echo "  make study   long statistical studies; figures in out/study"
	@echo "  make bench   benchmarks; make bench-peers times LightGBM and others beside them, make bench-growth"
	@echo "               draws times against sizes, make bench-build measures start, size and build of the command"
	@echo "  make clean   removes everything that was built"

setup:
	@scripts/install-system-packages.sh

build: setup
	swift build $(SWIFT_FLAGS) --product assay

demo: build
	$(ASSAY) demo --out $(DEMO_OUT)

oracles: setup
	@scripts/install-oracles.sh $(ORACLES)

test: setup oracles
	swift build $(SWIFT_FLAGS) --build-tests
	@ASSAY_BINARY="$(abspath $(ASSAY))" ASSAY_ORACLES="$(abspath $(ORACLES))" scripts/run-tests.sh $(SWIFT_FLAGS)

study: setup oracles
	swift build $(SWIFT_FLAGS) --build-tests
	@mkdir -p out/study
	@ASSAY_STUDY="$(abspath out/study)" ASSAY_BINARY="$(abspath $(ASSAY))" ASSAY_ORACLES="$(abspath $(ORACLES))" scripts/run-tests.sh $(SWIFT_FLAGS) --filter Study

BENCHMARKS := $(BUILD_DIR)/release/AssayBenchmarks

# A reduced set, in under five minutes; BENCH="--runs 5 --threads 2" changes the run, and `make bench BENCH= SET=all` takes full sizes.
SET ?= all --reduced
bench: setup
	swift build $(SWIFT_FLAGS) --product AssayBenchmarks
	$(BENCHMARKS) $(SET) $(BENCH)

# Start and size of the command; CLEAN=1 also times a build from nothing.
bench-build: build
	@python3 scripts/bench_build.py $(ASSAY) $(if $(CLEAN),--clean -c release $(MACHINE))

# Times against sizes, as a page of charts; BENCH="--most 10000000" goes further.
bench-growth: setup
	swift build $(SWIFT_FLAGS) --product AssayBenchmarks
	@mkdir -p out
	$(BENCHMARKS) growth --out out/growth.html $(BENCH)

# The same work by LightGBM and others, alternating with ours, against the bars; BENCH="--pairs 3 --work train" changes the run.
bench-peers: setup
	@scripts/install-peers.sh $(PEERS)
	swift build $(SWIFT_FLAGS) --product AssayBenchmarks
	python3 scripts/bench_peers.py $(BENCHMARKS) $(PEERS) $(BENCH)

clean:
	rm -rf .build .build-portable $(ORACLES) $(PEERS) out
