# The tests that need a terminal have a helper of their own.
PTY_TESTS = build/tests/e2e_terminal build/tests/e2e_messages build/tests/e2e_pause

$(PTY_TESTS): build/tests/e2e_%: tests/e2e_%.c tests/pty.c tests/pty.h tests/harness.c tests/harness.h
	@mkdir -p $(@D)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $< tests/pty.c tests/harness.c -lcriterion

.PHONY: test-terminal
test-terminal: pidone $(CHILDREN) $(PTY_TESTS)
	@tests/run $(PTY_TESTS)
