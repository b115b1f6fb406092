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
bench-deps:
	@scripts/install-deps test bench
bench bench-quick: bench-deps pidone build/bench/driver build/bench/main build/bench/trivial \
		build/bench/floor
	bench/run $(if $(filter bench-quick,$@),--quick --out build/bench)
