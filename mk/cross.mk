# Other machines: one static binary for each, build/cross/ARCH/pidone. On musl, but for riscv64, of
# which Debian has no musl yet: there it is glibc.
#
# make cross           all of CROSS_ARCHS
# make cross-arm64     one of them

CROSS_ARCHS = amd64 i386 arm64 armhf ppc64el s390x mips64el riscv64
CROSS_DIR = build/cross
# Whatever a compiler warns of on any machine is a mistake.
CROSS_CFLAGS = -Os -Werror

.PHONY: cross cross-deps cross-musl
cross-deps:
	@scripts/install-deps cross

cross-musl: cross-deps
	@scripts/cross/fetch-musl $(CROSS_DIR) $(CROSS_ARCHS)

# This Makefile once more, with another compiler and another folder for what it makes.
cross_cc = $(if $(shell scripts/cross/arch $1 musl),$(CROSS_DIR)/$1/musl-gcc,$(shell \
	scripts/cross/arch $1 gnu)-gcc)
CROSS_TARGETS = $(CROSS_ARCHS:%=cross-%)
.PHONY: $(CROSS_TARGETS)
$(CROSS_TARGETS): cross-%: cross-musl
	@$(MAKE) --no-print-directory CC='$(call cross_cc,$*)' CFLAGS='$(CROSS_CFLAGS)' \
		BUILD=$(CROSS_DIR)/$*/obj $(CROSS_DIR)/$*/obj/pidone
	@cp $(CROSS_DIR)/$*/obj/pidone $(CROSS_DIR)/$*/pidone

cross: $(CROSS_TARGETS)
	@ls -l $(CROSS_ARCHS:%=$(CROSS_DIR)/%/pidone)
