# How long a drain (-t) takes, and what it costs init. Prints, does not judge.
.PHONY: bench-drain
bench-drain: pidone build/bench/drain
	@build/bench/drain ./pidone

build/bench/drain: bench/drain.c
	@mkdir -p $(@D)
	$(TEST_CC) -std=gnu11 -O2 -Wall -Wextra -o $@ $<
