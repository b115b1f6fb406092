# Fuzzing.
#
# fuzz-short   for CI, about a minute: the committed inputs, then every target for a few seconds,
#              then the end-to-end fuzzer with a new seed
# fuzz-long    by hand: FUZZ_SECONDS a target, and end to end (default 600), at low priority
# fuzz-e2e     the end-to-end fuzzer alone: SEED=n replays, RUNS=n or SECONDS=n bound it
#
# tests/fuzz/fuzz_X.c   libFuzzer target X, its first inputs in tests/fuzz/corpus/X

FUZZ_CC ?= clang
FUZZ_NAMES = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZERS = $(FUZZ_NAMES:%=build/fuzz/fuzz_%)
FUZZ_SOURCES = $(filter-out init.c,$(SOURCES))
FUZZ_SANITIZE = -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS = -std=gnu11 -g -O1 -Wall -Wextra -I. -Itests/fuzz $(FUZZ_SANITIZE) \
	-DPIDONE_VERSION='"$(VERSION)"' -DPIDONE_SHA='"$(SHA)"'
FUZZ_SECONDS ?= 600
# No input of use is longer; -R and PIDONE_OPTIONS come to more than a kilobyte.
FUZZ_OPTIONS = -max_len=2048 -timeout=20 -print_final_stats=1 -verbosity=0 -dict=tests/fuzz/options.dict

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(FUZZ_SOURCES) pidone.h LICENSE
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -o $@ $< $(FUZZ_SOURCES)

# Its messages are for the target to read.
build/fuzz/fuzz_options: tests/fuzz/fuzz_options.c tests/fuzz/fuzz.h $(FUZZ_SOURCES) pidone.h LICENSE
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -Dwrite=fuzz_write -Dlseek=fuzz_lseek -Dgetpid=fuzz_getpid -o $@ $< $(FUZZ_SOURCES)

.PHONY: fuzz-short fuzz-long fuzz-deps fuzz-corpus $(FUZZ_NAMES:%=fuzz-run-%)
fuzz-deps:
	@scripts/install-deps fuzz

# Every committed input once: what was found before stays found.
fuzz-corpus: $(FUZZERS)
	@for name in $(FUZZ_NAMES); do \
		build/fuzz/fuzz_$$name -verbosity=0 tests/fuzz/corpus/$$name/* 2>build/fuzz/$$name.log || \
			{ cat build/fuzz/$$name.log; exit 1; }; \
		echo "fuzz: $$name: committed inputs pass"; \
	done

# What it learns stays in build/fuzz/corpus, the committed inputs are only read.
$(FUZZ_NAMES:%=fuzz-run-%): fuzz-run-%: build/fuzz/fuzz_%
	@mkdir -p build/fuzz/corpus/$* build/fuzz/found
	@build/fuzz/fuzz_$* $(FUZZ_OPTIONS) -max_total_time=$(FUZZ_SECONDS) \
		-artifact_prefix=build/fuzz/found/$*- build/fuzz/corpus/$* tests/fuzz/corpus/$* \
		>build/fuzz/$*.log 2>&1 || { grep -v '^#' build/fuzz/$*.log; exit 1; }
	@echo "fuzz: $*: $(FUZZ_SECONDS) s,$$(sed -n 's/.*executed_units: */ /p' \
		build/fuzz/$*.log) inputs, $$(ls build/fuzz/corpus/$* | wc -l) kept"

build/fuzz/tree: tests/fuzz/tree.c tests/fuzz/tree.h
	@mkdir -p $(@D)
	$(TEST_CC) -std=gnu11 -O1 -Wall -Wextra -static -o $@ $<

build/fuzz/e2e: tests/fuzz/e2e.c tests/fuzz/tree.h
	@mkdir -p $(@D)
	$(TEST_CC) -std=gnu11 -g -O1 -Wall -Wextra -o $@ $<

# SEED alone is one run; with nothing given it is a minute.
.PHONY: fuzz-e2e
E2E_BOUND = $(if $(RUNS),-n $(RUNS),$(if $(SECONDS),-t $(SECONDS),$(if $(SEED),-n 1,-t 60)))
fuzz-e2e: pidone build/fuzz/e2e build/fuzz/tree
	@build/fuzz/e2e $(if $(SEED),-s $(SEED)) $(E2E_BOUND)

# Each target for SHORT_SECONDS, two at a time; then end to end.
SHORT_SECONDS ?= 8
fuzz-short: fuzz-deps
	@$(MAKE) --no-print-directory pidone build/fuzz/e2e build/fuzz/tree $(FUZZERS)
	@$(MAKE) --no-print-directory fuzz-corpus
	@$(MAKE) --no-print-directory -j2 $(FUZZ_NAMES:%=fuzz-run-%) FUZZ_SECONDS=$(SHORT_SECONDS)
	@$(MAKE) --no-print-directory fuzz-e2e SECONDS=25

fuzz-long: fuzz-deps
	@nice -n 19 $(MAKE) --no-print-directory pidone build/fuzz/e2e build/fuzz/tree $(FUZZERS)
	@nice -n 19 $(MAKE) --no-print-directory -j2 $(FUZZ_NAMES:%=fuzz-run-%)
	@nice -n 19 $(MAKE) --no-print-directory fuzz-e2e SECONDS=$(FUZZ_SECONDS)
