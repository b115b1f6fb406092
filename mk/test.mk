# The test suite: Criterion, unit tests of each module and end-to-end tests of the static binary.
#
# tests/unit/       one file a module, linked with the product's objects, all but init.o: its main()
#                   would silently replace Criterion's; build/tests/unit_NAME
# tests/e2e/        run ./pidone; build/tests/e2e_NAME
# tests/terminal/   scenarios on a terminal, each without an init and with ./pidone:
#                   build/tests/scenarios
# tests/lib/        what they share, in every test program
# tests/children/   programs to be main, one file each, static

TEST_CFLAGS = -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -I. -Itests/lib \
	-DPIDONE_VERSION='"$(VERSION)"' -DPIDONE_SHA='"$(SHA)"'
TEST_CC ?= gcc
CHILDREN_DIR = build/tests/children
CHILDREN = $(patsubst tests/children/%.c,$(CHILDREN_DIR)/%,$(wildcard tests/children/*.c))
UNIT_TESTS = $(patsubst tests/unit/%.c,build/tests/unit_%,$(wildcard tests/unit/*.c))
E2E_TESTS = $(patsubst tests/e2e/%.c,build/tests/e2e_%,$(wildcard tests/e2e/*.c))
TEST_LIB_SOURCES = $(wildcard tests/lib/*.c)
TEST_LIB = $(TEST_LIB_SOURCES:tests/lib/%.c=build/tests/lib/%.o)
UNIT_SOURCES = $(filter-out init.c,$(SOURCES))

$(CHILDREN_DIR)/%: tests/children/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -Wall -Wextra -static -Wl,-z,norelro -o $@ $<

UNIT_OBJECTS = $(UNIT_SOURCES:%.c=build/tests/objects/%.o)

# Not to be built again for each make.
.SECONDARY: $(UNIT_OBJECTS) $(TEST_LIB)

build/tests/objects/%.o: %.c pidone.h
	@mkdir -p $(@D)
	$(TEST_CC) $(TEST_CFLAGS) -c -o $@ $<

build/tests/lib/%.o: tests/lib/%.c $(wildcard tests/lib/*.h)
	@mkdir -p $(@D)
	$(TEST_CC) $(TEST_CFLAGS) -c -o $@ $<

build/tests/unit_%: tests/unit/%.c $(UNIT_OBJECTS) $(TEST_LIB) pidone.h
	@mkdir -p $(@D)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $< $(UNIT_OBJECTS) $(TEST_LIB) -lcriterion

build/tests/e2e_%: tests/e2e/%.c $(TEST_LIB)
	@mkdir -p $(@D)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $< $(TEST_LIB) -lcriterion

TERMINAL_SOURCES = $(filter-out %/table.c,$(wildcard tests/terminal/*.c))
TERMINAL_OBJECTS = $(TERMINAL_SOURCES:tests/%.c=build/tests/%.o)
.SECONDARY: $(TERMINAL_OBJECTS)

build/tests/terminal/%.o: tests/terminal/%.c $(wildcard tests/terminal/*.h tests/lib/*.h)
	@mkdir -p $(@D)
	$(TEST_CC) $(TEST_CFLAGS) -c -o $@ $<

build/tests/scenarios: $(TERMINAL_OBJECTS) $(TEST_LIB)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $^ -lcriterion

# The same scenarios: its main() replaces Criterion's.
build/tests/terminal-table: build/tests/terminal/table.o $(TERMINAL_OBJECTS) $(TEST_LIB)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $^ -lcriterion

.PHONY: test test-deps test-build
test-deps:
	@scripts/install-deps test

# Headers of before Linux 5.9 know these calls by no name.
OLD_HEADERS = build/tests/old-headers.h
NEW_CALLS = close_range pidfd_open pidfd_send_signal
.PHONY: test-headers
test-headers: ## it compiles with headers that are older than the system calls
	@mkdir -p $(dir $(OLD_HEADERS))
	@{ echo '#include <sys/syscall.h>'; printf '#undef SYS_%s\n' $(NEW_CALLS); } >$(OLD_HEADERS)
	@for source in $(SOURCES); do $(CC) $(OWN_CFLAGS) -Werror -fsyntax-only -include $(OLD_HEADERS) \
		$$source || exit 1; done

test-build: test-headers pidone $(CHILDREN) $(UNIT_TESTS) $(E2E_TESTS) build/tests/scenarios

# A fresh machine: first install, then look again what there is (musl-gcc may be new).
test: test-deps ## the whole test suite; installs what it needs
	@$(MAKE) --no-print-directory test-build
	@tests/run $(UNIT_TESTS) $(E2E_TESTS) build/tests/scenarios

# ---- plain fork ------------------------------------------------------------

# A pidone whose vfork(2) is a plain fork(2), as it is under an emulator or some debuggers.

FORK_PIDONE = build/tests/plain-fork/pidone
FORK_TESTS = $(addprefix build/tests/e2e_,start exit signals terminal killafter)

.PHONY: test-fork
test-fork: test-deps ## what depends on how main is started, with a vfork that is a fork
	@$(MAKE) --no-print-directory BUILD=$(FORK_PIDONE:%/pidone=%) CPPFLAGS='$(CPPFLAGS) -Dvfork=fork' \
		$(FORK_PIDONE)
	@$(MAKE) --no-print-directory $(CHILDREN) $(FORK_TESTS)
	@PIDONE=$(FORK_PIDONE) tests/run $(FORK_TESTS)

# ---- the terminal ----------------------------------------------------------

.PHONY: test-terminal terminal-table
test-terminal: test-deps ## whatever happens on a terminal without init happens with it
	@$(MAKE) --no-print-directory pidone $(CHILDREN) build/tests/e2e_terminal \
		build/tests/scenarios
	@tests/run build/tests/e2e_terminal build/tests/scenarios

# By hand: it waits for all that does not come with one init or the other.
terminal-table: ## docs/terminal.md: each scenario without an init, with pidone and with others
	@scripts/install-deps test terminal
	@$(MAKE) --no-print-directory pidone $(CHILDREN) build/tests/terminal-table
	@tests/terminal/print-table >docs/terminal.md.new
	@mv docs/terminal.md.new docs/terminal.md

# ---- real programs ---------------------------------------------------------

# Real programs as the command, as PID 1's main. By hand: what is installed; what is not is skipped.

.PHONY: test-programs
test-programs: pidone ## nginx, redis, postgres and others as the command
	@tests/programs/run

# ---- the other inits -------------------------------------------------------

# What README.md, docs/claims.md and docs/command-lines.md say about the other inits, seen by running
# them, and README.md's figures against those of bench/results.md. WORDS='regular expression' for some
# of the claims.
.PHONY: test-peers
test-peers: ## what README says of the other inits, seen by running them
	@[ "$$CI" != true ] && [ "$$(id -u)" != 0 ] || scripts/install-deps test bench
	@$(MAKE) -s --no-print-directory pidone $(CHILDREN)
	@tests/peers/run ./pidone . "$(WORDS)"

# ---- real engines ----------------------------------------------------------

# In real engines: docker, podman, runc, crun, containerd, Swarm, systemd-nspawn, LXC, bubblewrap; the
# test image; the examples and the lab. All as root, in namespaces that take everything with them
# when they end.

.PHONY: test-engines test-engines-without test-image engines-deps
# Installs only where that is expected: in CI, and for root.
engines-deps:
	@if [ "$$CI" = true ] || [ "$$(id -u)" = 0 ]; then scripts/install-deps engines; fi

test-engines: engines-deps ## real engines: docker, podman, LXC and others; the examples, the lab
	@$(MAKE) --no-print-directory pidone build/tests/children/siglog >/dev/null
	@tests/engines/run

# A program that only starts its command stands in for pidone.
test-engines-without: engines-deps ## the same without an init: each check has to fail there
	@$(MAKE) --no-print-directory pidone $(addprefix build/tests/children/,siglog noinit) >/dev/null
	@ENGINES_WITHOUT=1 tests/engines/run

# Dockerfile.test, a claim a line, built by the classic builder and by BuildKit.
test-image: engines-deps ## Dockerfile.test: a claim a line
	@$(MAKE) --no-print-directory pidone build/tests/children/siglog >/dev/null
	@tests/engines/run tests/engines/image.sh

# ---- another kernel --------------------------------------------------------

# Another kernel, with cgroups of version 2 alone: a virtual machine, emulated. Needs no reboot and
# leaves nothing but build/vm.

.PHONY: vm-deps test-oom-vm test-vm
vm-deps:
	@scripts/install-deps test vm

test-oom-vm: vm-deps ## the OOM killer in a cgroup of version 2, in a virtual machine
	@$(MAKE) --no-print-directory pidone $(CHILDREN) build/tests/e2e_report
	@TEST_ENVIRONMENT='env CRITERION_TEST_PATTERN=e2e_report/*cgroup_2*' \
		tests/vm/run build/vm build/tests/e2e_report
	@! grep SKIP build/vm/log

test-vm: vm-deps ## the whole suite in that machine: half an hour
	@$(MAKE) --no-print-directory test-build
	@VM_TIMEOUT=3600 tests/vm/run build/vm $(UNIT_TESTS) $(E2E_TESTS)

# ---- other machines, whole ones --------------------------------------------

# Other machines once more, whole ones: an emulated machine with Debian's kernel for it, where nothing
# stands between pidone and the kernel, so what scripts/cross/skips leaves out under qemu-user is run
# as well. Slow.
#
# MACHINE_TESTS=e2e_start   some of the tests alone; MACHINE_PATTERNS="'e2e_start/*mask*'"

MACHINE_ARCHS = s390x mips64el
# Not those that need bash and dash.
MACHINE_TESTS_s390x = smoke $(filter-out e2e_terminal,$(E2E_TESTS:build/tests/%=%))
# These know that signals have other numbers on MIPS; the others have them as text.
MACHINE_TESTS_mips64el = smoke e2e_exit e2e_start e2e_pause e2e_reaping
MACHINE_PATTERNS =
MACHINE_DIR = build/machine

.PHONY: test-machine machine-deps $(MACHINE_ARCHS:%=test-machine-%)
machine-deps:
	@scripts/install-deps cross machine

machine_tests = $(patsubst %,$(MACHINE_DIR)/$1/%,$(or $(MACHINE_TESTS),$(MACHINE_TESTS_$1)))
machine_children = $(patsubst tests/children/%.c,$(MACHINE_DIR)/$1/children/%,$(wildcard tests/children/*.c))

MACHINE_LIB = $(TEST_LIB_SOURCES) tests/machine/runner.c \
	$(wildcard tests/lib/*.h tests/machine/criterion/*.h tests/machine/criterion/*/*.h)
machine_cc = $$(scripts/cross/arch $1 gnu)-gcc $(TEST_CFLAGS) -DSLOW=10 -static -Itests/machine
define machine_build
$(MACHINE_DIR)/$1/e2e_%: tests/e2e/%.c $(MACHINE_LIB)
	@mkdir -p $$(@D)
	@$$(call machine_cc,$1) -o $$@ $$(filter %.c,$$^)
$(MACHINE_DIR)/$1/smoke: scripts/cross/smoke.c $(MACHINE_LIB)
	@mkdir -p $$(@D)
	@$$(call machine_cc,$1) -o $$@ $$(filter %.c,$$^)
endef
$(foreach arch,$(MACHINE_ARCHS),$(eval $(call machine_build,$(arch))))

$(MACHINE_ARCHS:%=test-machine-%): test-machine-%: machine-deps cross-%
	@$(MAKE) -s --no-print-directory CC='$(call cross_cc,$*)' \
		CHILDREN_DIR=$(MACHINE_DIR)/$*/children $(call machine_children,$*)
	@$(MAKE) -s --no-print-directory $(call machine_tests,$*)
	@tests/machine/run $* $(MACHINE_DIR)/$*/machine $(CROSS_DIR)/$*/pidone \
		$(MACHINE_DIR)/$*/children $(call machine_tests,$*) -- $(MACHINE_PATTERNS)

test-machine: $(MACHINE_ARCHS:%=test-machine-%) ## the suites on emulated machines of other kinds: slow; test-machine-s390x

# ---- another Debian --------------------------------------------------------

# Another release of Debian than this machine's, in a root of its own: scripts/in-debian.

DEBIAN13_TARGETS = all test lint fuzz-short
ENGINE_FILES = tests/engines/docker.sh tests/engines/podman.sh tests/engines/crun.sh

.PHONY: test-debian13 test-engines-debian13
test-debian13: ## build, test, lint and fuzz-short on Debian 13
	@scripts/in-debian trixie 'test lint fuzz' make -s $(DEBIAN13_TARGETS)

test-engines-debian13: ## the engines that Debian 13 has, in short form
	@scripts/in-debian trixie 'test engines' sh -euc 'make -s pidone build/tests/children/siglog; \
		dockerd --version; podman --version; crun --version | head -n 1; tests/engines/run $(ENGINE_FILES)'
