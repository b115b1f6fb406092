# Analysers, sanitizers, coverage.
#
# lint       clang-format, clang-tidy, cppcheck, gcc and clang with every warning an error, the man
#            page, the scripts
# analyse    gcc -fanalyzer
# asan       the suites on a product built with AddressSanitizer and UBSan
# valgrind   the binary as it is, in a few scenarios
# coverage   lines and branches of the product that the suites reach, and each that they do not;
#            docs/coverage.md says why

DEFINES = -DPIDONE_VERSION='"$(VERSION)"' -DPIDONE_SHA='"$(SHA)"'
C_FILES = $(shell git ls-files '*.c' '*.h' 2>/dev/null || ls *.c *.h tests/*.[ch] tests/*/*.[ch])
SHELL_FILES = $(shell grep -lE '^\#!.*(sh|bash)$$' .ci/run scripts/* tests/run tests/*/*.sh 2>/dev/null)

# What clang-tidy takes for a fault and is none, by file and text:
# - an option that takes a value always has one when apply() sees it: take_option() looked;
#   variables[] holds no option with a value
# - no pid that waitpid returned is 0, so "pid == named" means that peek_zombie() gave a name
TIDY_KNOWN = -e 'options.c:.*Null pointer passed to 1st parameter' \
	-e "options.c:.*null pointer (loaded from variable '\(list\|value\)')" \
	-e 'init.c:.*Branch condition evaluates to a garbage value'
# Likewise gcc -fanalyzer; process_name() initialises all of what it says it does not.
ANALYZER_KNOWN = -e "options.c:.*use of NULL .\(rule\|list\). where non-null" \
	-e "options.c:.*dereference of NULL .\(list\|value\)" \
	-e "rest.c:.*uninitialized value .*struct proc_stat, name"
# cppcheck: the kernel's struct has members nobody asks for; scopes are the reviewer's; "reaped" is
# a word that fits both; it takes the address of a buffer for its value.
CPPCHECK = cppcheck -q --std=c11 --enable=warning,style,performance,portability \
	--suppress=unusedStructMember --suppress=variableScope --suppress=shadowFunction \
	--suppress=uninitvar:init.c --error-exitcode=1

.PHONY: lint lint-deps lint-format lint-tidy lint-cppcheck lint-warnings lint-man lint-scripts
lint: lint-deps
	@$(MAKE) --no-print-directory -k lint-format lint-warnings lint-tidy lint-cppcheck lint-man \
		lint-scripts
	@echo "lint: clean"

lint-deps:
	@scripts/install-deps lint

lint-format:
	@clang-format --dry-run -Werror $(C_FILES)

lint-warnings:
	@for cc in gcc clang; do for f in $(SOURCES); do \
		$$cc $(WARNINGS) -Werror -O2 $(DEFINES) -c -o /dev/null $$f || exit 1; \
	done; done

lint-tidy:
	@mkdir -p build/lint
	@# One by one: of several files its analyzer mixes up the va_lists.
	@for f in $(SOURCES); do \
		clang-tidy --quiet $$f -- -std=c11 $(DEFINES) 2>&1 || true; \
	done >build/lint/tidy.out
	@grep -q 'warnings generated' build/lint/tidy.out || { cat build/lint/tidy.out; exit 1; }
	@! grep -E '^[^ ]+: (warning|error):' build/lint/tidy.out | grep -v $(TIDY_KNOWN)

lint-cppcheck:
	@$(CPPCHECK) $(DEFINES) $(SOURCES)

# Whether the manual pages it refers to are installed here says nothing about it.
lint-man:
	@[ -e pidone.1 ] || { echo "lint: no pidone.1 yet"; exit 0; }; \
	! mandoc -Tlint pidone.1 | grep -v 'outdated mandoc.db\|referenced manual not found'

lint-scripts:
	@shellcheck -x -P SCRIPTDIR $(SHELL_FILES)

# Not a check: what lint-format would complain of, mended.
.PHONY: format
format:
	clang-format -i $(C_FILES)

.PHONY: analyse analyse-deps
analyse-deps:
	@scripts/install-deps analyse

analyse: analyse-deps
	@mkdir -p build/lint
	@for f in $(SOURCES); do \
		gcc $(WARNINGS) -O2 -fanalyzer $(DEFINES) -c -o /dev/null $$f 2>>build/lint/$$$$.an || exit 1; \
	done; mv build/lint/$$$$.an build/lint/analyzer.out
	@! grep -E '^[^ ]+: (warning|error):' build/lint/analyzer.out | grep -v $(ANALYZER_KNOWN)
	@echo "analyse: clean"

# ---- sanitizers ------------------------------------------------------------

# Dynamic, on glibc: there is no static AddressSanitizer. With it go the linker script and all that
# is about size.
ASAN_CFLAGS = $(WARNINGS) -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined $(DEFINES)
ASAN_UNIT_TESTS = $(UNIT_TESTS:build/tests/%=build/asan/%)
ASAN_OBJECTS = $(SOURCES:%.c=build/asan/%.o) build/asan/sanitizer_options.o

$(SOURCES:%.c=build/asan/%.o): build/asan/%.o: %.c pidone.h LICENSE
	@mkdir -p $(@D)
	$(TEST_CC) $(ASAN_CFLAGS) -c -o $@ $<

build/asan/sanitizer_options.o: tests/fuzz/sanitizer_options.c
	@mkdir -p $(@D)
	$(TEST_CC) -DSANITIZER_LOG='"$(CURDIR)/build/asan/log/report"' -c -o $@ $<

build/asan/pidone: $(ASAN_OBJECTS)
	$(TEST_CC) $(ASAN_CFLAGS) -o $@ $^

build/asan/unit_%: tests/unit_%.c $(ASAN_OBJECTS)
	$(TEST_CC) $(TEST_CFLAGS) -fsanitize=address,undefined -o $@ $< \
		$(filter-out build/asan/init.o,$(ASAN_OBJECTS)) -lcriterion

# What test.mk names is not known yet where prerequisites are read, so recipes name it.
.PHONY: asan
asan: analyse-deps
	@$(MAKE) --no-print-directory build/asan/pidone $(ASAN_UNIT_TESTS) $(CHILDREN) $(E2E_TESTS)
	@rm -rf build/asan/log && mkdir -m 1777 build/asan/log
	PIDONE=build/asan/pidone tests/run $(ASAN_UNIT_TESTS) $(E2E_TESTS)
	@! cat build/asan/log/* 2>/dev/null
