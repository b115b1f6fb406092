# Fault injection (strace, python3): each system call of init fails, once and for ever.
#
# make test-faults    the short form: every call, its first error and EINTR, the first and the last
#                     of many calls alike
# make faults-table   all of it; writes docs/faults.md

FAULTS = tests/faults/faults.py
FAULT_PROGRAMS = build/faults/launch build/faults/actor

build/faults/%: tests/faults/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -Wall -Wextra -static -o $@ $<

.PHONY: test-faults faults-table faults-deps
faults-deps:
	@scripts/install-deps test faults

test-faults: faults-deps
	@$(MAKE) --no-print-directory pidone $(FAULT_PROGRAMS)
	/usr/bin/python3 $(FAULTS) --short $(FAULT_PROGRAMS) ./pidone

faults-table: faults-deps
	@$(MAKE) --no-print-directory pidone $(FAULT_PROGRAMS)
	@mkdir -p docs
	/usr/bin/python3 $(FAULTS) --table docs/faults.md $(FAULT_PROGRAMS) ./pidone
