# What README.md says about the other inits, seen by running them, and its figures against those of
# bench/results.md. WORDS='regular expression' for some of the claims.
.PHONY: test-peers
test-peers:
	@[ "$$CI" != true ] && [ "$$(id -u)" != 0 ] || scripts/install-deps test bench
	@$(MAKE) -s --no-print-directory pidone $(CHILDREN)
	@tests/peers/run ./pidone README.md bench/results.md $(WORDS)
