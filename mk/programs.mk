# Real programs as the command, as PID 1's main. By hand: what is installed; what is not is skipped.

.PHONY: test-programs
test-programs: pidone
	@tests/programs/run
