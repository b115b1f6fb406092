# Tests of system calls that do something else than usual.
#
# test-fork    the end-to-end tests that depend on how main is started, on a pidone whose vfork(2)
#              is a plain fork(2), as under an emulator or some debuggers

# Seccomp filters, which make calls fail.
$(addprefix build/tests/unit_,files message reaper rest signals): tests/deny.h
build/tests/e2e_calls: tests/deny.h tests/judge.h

FORK_PIDONE = build/tests/plain-fork/pidone
FORK_TESTS = $(addprefix build/tests/e2e_,start exit signals terminal killafter)

.PHONY: test-fork
test-fork: test-deps
	@$(MAKE) --no-print-directory BUILD=$(FORK_PIDONE:%/pidone=%) CPPFLAGS='$(CPPFLAGS) -Dvfork=fork' \
		$(FORK_PIDONE)
	@$(MAKE) --no-print-directory $(CHILDREN) $(FORK_TESTS)
	@PIDONE=$(FORK_PIDONE) tests/run $(FORK_TESTS)
