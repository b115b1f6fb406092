# The figures that pidone promises, each measured and printed beside its bound.

build/bench/exit: BENCH_LDFLAGS = -nostartfiles
build/bench/%: bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -Wall -Wextra -static $(BENCH_LDFLAGS) -o $@ $<

.PHONY: budget
budget: pidone build/bench/exit build/bench/startup build/bench/orphans
	@[ "$$CI" != true ] || scripts/install-deps budget
	@scripts/budget ./pidone build/bench
