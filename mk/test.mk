# The test suite: Criterion, unit tests of each module and end-to-end tests of the static binary.
#
# tests/unit_*.c    linked with the product's objects, all but init.o: its main() would silently
#                   replace Criterion's
# tests/e2e_*.c     run ./pidone; tests/harness.h is what they share
# tests/children/   programs to be main, one file each, static

TEST_CFLAGS = -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -I. \
	-DPIDONE_VERSION='"$(VERSION)"' -DPIDONE_SHA='"$(SHA)"'
TEST_CC ?= gcc
CHILDREN_DIR = build/tests/children
CHILDREN = $(patsubst tests/children/%.c,$(CHILDREN_DIR)/%,$(wildcard tests/children/*.c))
UNIT_TESTS = $(patsubst tests/%.c,build/tests/%,$(wildcard tests/unit_*.c))
E2E_TESTS = $(patsubst tests/%.c,build/tests/%,$(wildcard tests/e2e_*.c))
UNIT_SOURCES = $(filter-out init.c,$(SOURCES))

$(CHILDREN_DIR)/%: tests/children/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -Wall -Wextra -static -Wl,-z,norelro -o $@ $<

UNIT_OBJECTS = $(UNIT_SOURCES:%.c=build/tests/objects/%.o)

# Not to be built again for each make.
.SECONDARY: $(UNIT_OBJECTS)

build/tests/objects/%.o: %.c pidone.h
	@mkdir -p $(@D)
	$(TEST_CC) $(TEST_CFLAGS) -c -o $@ $<

build/tests/unit_%: tests/unit_%.c $(UNIT_OBJECTS) pidone.h
	@mkdir -p $(@D)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $< $(UNIT_OBJECTS) -lcriterion

build/tests/e2e_%: tests/e2e_%.c tests/harness.c tests/harness.h
	@mkdir -p $(@D)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $< tests/harness.c -lcriterion

.PHONY: test test-deps test-build
test-deps:
	@scripts/install-deps test

test-build: pidone $(CHILDREN) $(UNIT_TESTS) $(E2E_TESTS)

# A fresh machine: first install, then look again what there is (musl-gcc may be new).
test: test-deps
	@$(MAKE) --no-print-directory test-build
	@tests/run $(UNIT_TESTS) $(E2E_TESTS)
