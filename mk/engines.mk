# In real engines: docker, podman, runc, crun, containerd, Swarm; the test image; the examples and
# the lab. All as root, in namespaces that take everything with them when they end.

.PHONY: test-engines test-image engines-deps
# Installs only where that is expected: in CI, and for root.
engines-deps:
	@if [ "$$CI" = true ] || [ "$$(id -u)" = 0 ]; then scripts/install-deps engines; fi

test-engines: engines-deps
	@$(MAKE) --no-print-directory pidone build/tests/children/siglog >/dev/null
	@tests/engines/run

# Dockerfile.test, a claim a line, built by the classic builder and by BuildKit.
test-image: engines-deps
	@$(MAKE) --no-print-directory pidone build/tests/children/siglog >/dev/null
	@tests/engines/run tests/engines/image.sh
