# The demo: what is different with pidone as PID 1, shown with real processes.

.PHONY: demo
demo: pidone
	@scripts/demo ./pidone
