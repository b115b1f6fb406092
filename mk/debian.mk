# Another release of Debian than this machine's, in a root of its own: scripts/in-debian.
#
# test-debian13           DEBIAN13_TARGETS there: other compilers, analysers, libc, shells
# test-engines-debian13   the engines that it has, in short form; ENGINE_FILES names other files

DEBIAN13_TARGETS = all test lint fuzz-short
ENGINE_FILES = tests/engines/docker.sh tests/engines/podman.sh tests/engines/crun.sh

.PHONY: test-debian13 test-engines-debian13
test-debian13:
	@scripts/in-debian trixie 'test lint fuzz' make -s $(DEBIAN13_TARGETS)

test-engines-debian13:
	@scripts/in-debian trixie 'test engines' sh -euc 'make -s pidone build/tests/children/siglog; \
		dockerd --version; podman --version; crun --version | head -n 1; tests/engines/run $(ENGINE_FILES)'
