# SPDX-License-Identifier: MIT
# make demo: see it at work. make test: the whole suite. make help: all targets.

VERSION = 1.1.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DESTDIR ?=

# musl where it is installed: its start-up is a few system calls, static glibc's is 700 kB.
ifeq ($(origin CC),default)
CC := $(if $(shell command -v musl-gcc),musl-gcc,cc)
endif
# Flags that not every compiler, linker and machine has: for size alone; all files optimized as one
# (then GUARDED needs its attribute); no registers for floating point; a linker script that is added.
can = $(shell echo '$2 int main(void) { return 0; }' | \
	$(CC) -static $1 $(LDFLAGS) -Werror -x c -o /dev/null - 2>/dev/null && echo '$1')
ifeq ($(origin CFLAGS),undefined)
CFLAGS := $(or $(call can,-Oz),-Os)
endif
SMALL := $(call can,-flto -flto-partition=none,__attribute__((stack_protect))) \
	$(call can,-mgeneral-regs-only)
LAYOUT := $(call can,-T layout.ld)

# A release archive has its commit in .git-sha (export-subst); a checkout asks git. In this order: an
# archive may have been unpacked in somebody else's repository.
SHA := $(shell cut -c1-7 .git-sha | grep -xE '[0-9a-f]{7}' || \
	git -C '$(CURDIR)' rev-parse --short=7 HEAD 2>/dev/null || echo 0000000)

WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -std=c11 -pedantic
# No PIE: relocating itself would take longer than all that init does at its start. What ASLR
# would protect is a program that reads nothing but its arguments, /proc and signals.
# No unwind tables: nothing unwinds. No jump tables: larger than the branches they replace.
OWN_CFLAGS = $(WARNINGS) -fno-pie -fstack-protector -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-jump-tables \
	-DPIDONE_VERSION='"$(VERSION)"' -DPIDONE_SHA='"$(SHA)"' $(SMALL)
# No RELRO: in a static program without PIE nobody would make the page read-only, and nothing in it
# is a pointer that an attacker could reach; asking for it costs a page.
# noseparate-code, common-page-size: no padding between segments, so fewer pages and less file.
OWN_LDFLAGS = -static -Wl,--gc-sections,--build-id=none,-z,noexecstack,-z,norelro \
	-Wl,-z,noseparate-code,-z,common-page-size=64 $(LAYOUT)

SOURCES = init.c start.c end.c clock.c elf.c explain.c files.c message.c options.c reaper.c report.c \
	rest.c signals.c signame.c terminal.c text.c
BUILD ?= build/default
OBJECTS = $(SOURCES:%.c=$(BUILD)/%.o)

.DELETE_ON_ERROR:
.PHONY: all demo debug install install-links uninstall clean help

all: pidone ## ./pidone, static and stripped: what make alone does

# By content, not by time: BUILD may have been another one the last time.
pidone: $(BUILD)/pidone FORCE
	@cmp -s $< $@ || cp -f $< $@

$(BUILD)/pidone: $(OBJECTS) layout.ld
	$(CC) $(OWN_CFLAGS) $(CFLAGS) $(OWN_LDFLAGS) -s $(LDFLAGS) -o $@ $(OBJECTS)
	@case '$(CC)' in *musl*) ;; *) echo "note: built with '$(CC)', not musl-gcc: works the" \
		"same, but is larger and starts slower (install musl-tools)";; esac

$(BUILD)/options.o: LICENSE
$(OBJECTS): $(BUILD)/%.o: %.c pidone.h $(BUILD)/flags
	$(CC) $(OWN_CFLAGS) $(CFLAGS) $(CPPFLAGS) -c -o $@ $<

# Rebuild when the compiler, the flags, the version or the commit changed.
FLAGS := $(shell $(CC) --version 2>&1 | head -n 1) \
	$(CC) $(OWN_CFLAGS) $(CFLAGS) $(CPPFLAGS) $(OWN_LDFLAGS) $(LDFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(FLAGS))' > $@
FORCE:

demo: pidone ## see it at work as PID 1, with real processes
	@scripts/demo ./pidone

debug: ## ./pidone.debug, with symbols
	@$(MAKE) --no-print-directory BUILD=build/debug SMALL= CFLAGS='-Og -g' build/debug/pidone.debug
build/debug/pidone.debug: $(OBJECTS) layout.ld
	$(CC) $(OWN_CFLAGS) $(CFLAGS) $(OWN_LDFLAGS) $(LDFLAGS) -o $@ $(OBJECTS)
	@cp -f $@ pidone.debug

# The names that pidone knows to stand in for.
LINKS = tini tini-static docker-init dumb-init catatonit

install: pidone ## pidone and its man page; PREFIX, DESTDIR
	install -D -m 755 pidone '$(DESTDIR)$(BINDIR)/pidone'
	install -D -m 644 pidone.1 '$(DESTDIR)$(MANDIR)/man1/pidone.1'

install-links: install ## the other inits' names as links; LINKS=docker-init for some
	for name in $(LINKS); do ln -sf pidone '$(DESTDIR)$(BINDIR)/'$$name || exit 1; done

# Links go only where they are ours.
uninstall: ## what install and install-links made
	for name in $(LINKS); do \
		[ "$$(readlink '$(DESTDIR)$(BINDIR)/'$$name)" != pidone ] || \
			rm -f '$(DESTDIR)$(BINDIR)/'$$name; \
	done
	rm -f '$(DESTDIR)$(BINDIR)/pidone' '$(DESTDIR)$(MANDIR)/man1/pidone.1'

clean: ## removes what was built
	rm -rf build pidone pidone.debug

# What stands behind "##" beside each target, the main ones first.
help: ## this list
	@sed -n 's/^#* *\([a-z][a-z0-9-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 27 | \
		awk '/^make (all|demo|test|install) / { print; next } { others = others "\n" $$0 } \
			END { print others }'

# One file a subject, in this order: what the first defines the others use.
include mk/test.mk mk/check.mk mk/bench.mk mk/cross.mk mk/release.mk
