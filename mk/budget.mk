# The figures that pidone promises, each measured and printed beside its bound.

build/bench/exit: BENCH_LDFLAGS = -nostartfiles
build/bench/%: bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -Wall -Wextra -static $(BENCH_LDFLAGS) -o $@ $<

.PHONY: budget budget-build
budget-build: pidone build/bench/exit build/bench/startup build/bench/orphans

# By hand: with what is there. In CI first install, then look again for musl-gcc.
budget:
	@[ "$$CI" != true ] || scripts/install-deps budget
	@$(MAKE) --no-print-directory budget-build
	@scripts/budget ./pidone build/bench
