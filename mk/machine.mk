# Other machines once more, whole ones: an emulated machine with Debian's kernel for it, where nothing
# stands between pidone and the kernel, so what scripts/cross/skips leaves out under qemu-user is run
# as well. Slow.
#
# make test-machine         all of MACHINE_ARCHS; make test-machine-s390x: one of them
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

vpath smoke.c scripts/cross
vpath e2e_%.c tests
define machine_build
$(MACHINE_DIR)/$1/%: %.c tests/harness.c tests/pty.c tests/machine/runner.c \
		$(wildcard tests/*.h tests/machine/criterion/*.h tests/machine/criterion/*/*.h)
	@mkdir -p $$(@D)
	@$$$$(scripts/cross/arch $1 gnu)-gcc $$(TEST_CFLAGS) -DSLOW=10 -static -Itests -Itests/machine -o $$@ \
		$$(filter %.c,$$^)
endef
$(foreach arch,$(MACHINE_ARCHS),$(eval $(call machine_build,$(arch))))

$(MACHINE_ARCHS:%=test-machine-%): test-machine-%: machine-deps cross-%
	@$(MAKE) -s --no-print-directory CC='$(call cross_cc,$*)' \
		CHILDREN_DIR=$(MACHINE_DIR)/$*/children $(call machine_children,$*)
	@$(MAKE) -s --no-print-directory $(call machine_tests,$*)
	@tests/machine/run $* $(MACHINE_DIR)/$*/machine $(CROSS_DIR)/$*/pidone \
		$(MACHINE_DIR)/$*/children $(call machine_tests,$*) -- $(MACHINE_PATTERNS)

test-machine: $(MACHINE_ARCHS:%=test-machine-%)
