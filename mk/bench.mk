# Benchmarks against the other inits; bench/README.md says how each figure is measured.

build/bench/driver: bench/driver.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O2 -Wall -Wextra -static -o $@ $<
build/bench/main: bench/main.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -Wall -Wextra -static -o $@ $<
build/bench/trivial: bench/trivial.c
	@mkdir -p $(@D)
	gcc -O2 -static -nostdlib -fno-asynchronous-unwind-tables -fno-stack-protector -s \
		-Wl,--build-id=none,-z,noseparate-code -o $@ $<
# On pidone's libc: what is left between the two is pidone's own.
build/bench/floor: bench/floor.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -Wall -Wextra -static -s -o $@ $<

.PHONY: bench bench-quick bench-deps
# bench: ## start-up, memory, orphans and signals, beside the other inits; bench-quick in short
bench-deps:
	@scripts/install-deps test bench
bench bench-quick: bench-deps pidone build/bench/driver build/bench/main build/bench/trivial \
		build/bench/floor
	bench/run $(if $(filter bench-quick,$@),--quick --out build/bench)

# ---- the budget ------------------------------------------------------------

# The figures that pidone promises, each measured and printed beside its bound.

build/bench/exit: BENCH_LDFLAGS = -nostartfiles
build/bench/%: bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -Wall -Wextra -static $(BENCH_LDFLAGS) -o $@ $<

.PHONY: budget budget-build
budget-build: pidone build/bench/exit build/bench/startup build/bench/orphans

# By hand: with what is there. In CI first install, then look again for musl-gcc.
budget: ## size, memory, system calls and start-up beside their bounds
	@[ "$$CI" != true ] || scripts/install-deps budget
	@$(MAKE) --no-print-directory budget-build
	@scripts/budget ./pidone build/bench

# ---- draining --------------------------------------------------------------

# How long a drain (-t) takes, and what it costs init. Prints, does not judge.
.PHONY: bench-drain
bench-drain: pidone build/bench/drain ## how long a drain (-t) takes
	@build/bench/drain ./pidone

build/bench/drain: bench/drain.c
	@mkdir -p $(@D)
	$(TEST_CC) -std=gnu11 -O2 -Wall -Wextra -o $@ $<
