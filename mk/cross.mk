# Other machines: one static binary for each, build/cross/ARCH/pidone. On musl, but where
# Debian has none for it there: then it is glibc.
# What scripts/cross/skips names is left out under an emulator. test-skips: each of those tests passes
# here, and fails with the same pidone in the emulator of this machine.

CROSS_ARCHS = amd64 i386 arm64 armhf ppc64el s390x mips64el riscv64
CROSS_DIR = build/cross
# Whatever a compiler warns of on any machine is a mistake.
CROSS_ENV = -u CFLAGS CPPFLAGS=-Werror LDFLAGS=-Werror

.PHONY: cross cross-deps cross-musl smoke-cross test-cross test-skips test-compilers
cross-deps:
	@scripts/install-deps test cross

cross-musl: cross-deps
	@scripts/cross/fetch-musl $(CROSS_DIR) $(CROSS_ARCHS)

# This Makefile once more, with another compiler and another folder for what it makes.
cross_cc = $(if $(shell test -x $(CROSS_DIR)/$1/musl-gcc && echo yes),$(CROSS_DIR)/$1/musl-gcc,$(shell \
	scripts/cross/arch $1 gnu)-gcc)
.PHONY: $(CROSS_ARCHS:%=cross-%) $(CROSS_ARCHS:%=smoke-cross-%) $(CROSS_ARCHS:%=test-cross-%)
$(CROSS_ARCHS:%=cross-%): cross-%: cross-musl
	@! cat $(CROSS_DIR)/$*/missing 2>/dev/null
	@echo "build for $*"
	@env $(CROSS_ENV) $(MAKE) -s --no-print-directory CC='$(call cross_cc,$*)' \
		BUILD=$(CROSS_DIR)/$*/obj $(CROSS_DIR)/$*/obj/pidone
	@scripts/cross/check-elf $* $(CROSS_DIR)/$*/obj/pidone
	@cp $(CROSS_DIR)/$*/obj/pidone $(CROSS_DIR)/$*/pidone

cross: $(CROSS_ARCHS:%=cross-%) ## a static binary for each machine; cross-arm64: for one
	@ls -l $(CROSS_ARCHS:%=$(CROSS_DIR)/%/pidone)

# What the tests execute: the binary, or for another machine a program that runs it emulated.
cross_tested = $(CROSS_DIR)/$1/$(if $(shell scripts/cross/is-native $1 && echo yes),pidone,emulated)
$(CROSS_ARCHS:%=$(CROSS_DIR)/%/emulated): $(CROSS_DIR)/%/emulated: scripts/cross/emulate.c | cross-%
	@mkdir -p $(@D)/emulator
	@ln -sf "$$(scripts/cross/emulator $*)" $(@D)/emulator/pidone
	@$(TEST_CC) -O1 -Wall -Wextra -static -o $@ $< \
		-DEMULATOR='"$(CURDIR)/$(@D)/emulator/pidone"' \
		-DBINARY='"$(CURDIR)/$(CROSS_DIR)/$*/pidone"'

build/tests/cross_smoke: scripts/cross/smoke.c $(TEST_LIB)
	@mkdir -p $(@D)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $< $(TEST_LIB) -lcriterion

# With this machine's pages the emulator would load what a kernel with larger ones does not.
cross_loads = "$$(scripts/cross/emulator $1)" -p $$(scripts/cross/arch $1 page) \
	$(CROSS_DIR)/$1/pidone --version >/dev/null

# The programs that are main: made as pidone is, but that an emulated pidone's are this machine's.
cross_children = $(if $(shell scripts/cross/is-native $1 && echo yes),$2,build/tests)/children
make_children = $(MAKE) -s --no-print-directory $(if $(filter-out build/tests/children,$1),CC='$2') \
	CHILDREN_DIR=$1 $(patsubst tests/children/%.c,$1/%,$(wildcard tests/children/*.c))
cross_run = PIDONE_CHILDREN=$(call cross_children,$1,$(CROSS_DIR)/$1) scripts/cross/run-tests $1 \
	$(call cross_tested,$1)

$(CROSS_ARCHS:%=smoke-cross-%): smoke-cross-%: cross-% $(CROSS_DIR)/%/emulated
	@$(call cross_loads,$*)
	@$(MAKE) -s --no-print-directory build/tests/cross_smoke
	@$(call make_children,$(call cross_children,$*,$(CROSS_DIR)/$*),$(call cross_cc,$*))
	@$(call cross_run,$*) build/tests/cross_smoke

$(CROSS_ARCHS:%=test-cross-%): test-cross-%: smoke-cross-%
	@$(MAKE) -s --no-print-directory $(E2E_TESTS)
	@$(call cross_run,$*) $(E2E_TESTS)

# All that can be built for; the others are skipped aloud.
smoke-cross: cross-musl ## what has to work on each of them, emulated; smoke-cross-arm64
test-cross: cross-musl ## the end-to-end tests on each of them; test-cross-arm64
smoke-cross test-cross:
	@archs=$$(scripts/cross/available $(CROSS_DIR) $(CROSS_ARCHS)) && \
		$(MAKE) -k --no-print-directory CROSS_ARCHS="$$archs" $$(printf '$@-%s ' $$archs) && \
		set -- $$archs && echo "$@: $$# machines passed, $$(($(words $(CROSS_ARCHS)) - $$#)) skipped"

test-skips: test-cross-amd64 ## that what is left out there is the emulator's doing
	@EMULATE=1 SKIPPED=1 $(MAKE) -s --no-print-directory test-cross-amd64

# Each compiler with each libc. A glibc binary is no product: that its tests pass shows that nothing
# leans on musl.
COMPILERS = gcc-musl gcc-glibc clang-musl clang-glibc
compiler_gcc-musl = $(CROSS_DIR)/amd64/musl-gcc
compiler_gcc-glibc = gcc
compiler_clang-musl = $(CROSS_DIR)/amd64/musl-clang
compiler_clang-glibc = clang

.PHONY: $(COMPILERS:%=test-compilers-%)
$(COMPILERS:%=test-compilers-%): test-compilers-%: cross-musl
	@echo "build with $*"
	@env $(CROSS_ENV) $(MAKE) -s --no-print-directory CC='$(compiler_$*)' \
		BUILD=build/compilers/$* build/compilers/$*/pidone
	@$(MAKE) -s --no-print-directory build/tests/cross_smoke $(E2E_TESTS)
	@$(call make_children,build/compilers/$*/children,$(compiler_$*))
	@PIDONE_CHILDREN=build/compilers/$*/children scripts/cross/run-tests amd64 \
		build/compilers/$*/pidone build/tests/cross_smoke $(E2E_TESTS)

test-compilers: $(COMPILERS:%=test-compilers-%) ## the end-to-end tests with each compiler and libc
