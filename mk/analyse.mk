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
SHELL_FILES = $(shell grep -lE '^\#!.*(sh|bash)$$' .ci/run scripts/* tests/run tests/*/run tests/*/*.sh 2>/dev/null)

# What clang-tidy takes for a fault and is none, by file and text:
# - an option that takes a value always has one when apply() sees it: take_option() looked;
#   variables[] holds no option with a value
# - a string's size is neither 0 nor negative
# - a text's len is never larger than its buf
# - close(2) leaves errno alone where it succeeds
# - no pid that waitpid returned is 0, so "pid == named" means that peek_zombie() gave a name
TIDY_KNOWN = -e 'options.c:.*Null pointer passed to 1st parameter' \
	-e "options.c:.*null pointer (loaded from variable '\(list\|value\)')" \
	-e 'variable-length array (VLA) has tainted' \
	-e "message.c:.*2nd argument to 'send' is a buffer with size" \
	-e "message.c:.*undefined value may be read from 'errno'" \
	-e 'init.c:.*Branch condition evaluates to a garbage value'
# Likewise gcc -fanalyzer; process_name() initialises all of what it says it does not.
ANALYZER_KNOWN = -e "options.c:.*use of NULL .\(rule\|list\). where non-null" \
	-e "options.c:.*dereference of NULL .\(list\|value\)" \
	-e "rest.c:.*uninitialized value .*struct proc_stat, name"
# cppcheck: the kernel's struct has members nobody asks for; scopes are the reviewer's; "reaped" is
# a word that fits both; it takes the address of a buffer for its value; that it has not looked at
# every branch is no finding.
CPPCHECK = cppcheck -q --std=c11 --enable=warning,style,performance,portability \
	--suppress=unusedStructMember --suppress=variableScope --suppress=shadowFunction \
	--suppress=uninitvar:init.c --suppress=normalCheckLevelMaxBranches --error-exitcode=1

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

# Whether the manual pages it refers to are installed here says nothing about it. Each option, in both
# forms, and each variable that options.c knows has to be in it.
lint-man:
	@! mandoc -Tlint pidone.1 | grep -v 'outdated mandoc.db\|referenced manual not found'
	@for option in $$(sed -n "s/^\t{ '\(.\)', \"\([a-z-]*\)\",.*/\1:\2/p" options.c); do \
		grep -q "Fl $${option%:*} .*Fl -$${option#*:}\>" pidone.1 || \
			{ echo "pidone.1: no -$${option%:*}, --$${option#*:}"; exit 1; }; \
	done
	@for name in $$(grep -oE '"[A-Z]+_[A-Z_]+"' options.c | tr -d '"'); do \
		grep -q "$$name" pidone.1 || { echo "pidone.1: no $$name"; exit 1; }; \
	done

lint-scripts:
	@shellcheck -x -S warning -e SC2034 -P SCRIPTDIR $(SHELL_FILES)

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

# Tests that cannot be with these builds: they count init's system calls or need it to start within
# a millisecond, leave it no descriptor or no file for a library; AddressSanitizer needs /proc/self/maps.
SLOW_BUILD_SKIPS = */*_at_any_system_call_*|*/*random_moments*|*/*first_system_call*|*/*failing_signalfd*|*/*limit_of_three*|*/*only_file*
ASAN_SKIPS = !($(SLOW_BUILD_SKIPS)|*/*without_proc*)
COVERAGE_SKIPS = !($(SLOW_BUILD_SKIPS))

# What test.mk names is not known yet where prerequisites are read, so recipes name it.
.PHONY: asan
asan: analyse-deps
	@$(MAKE) --no-print-directory build/asan/pidone $(ASAN_UNIT_TESTS) $(CHILDREN) $(E2E_TESTS)
	@rm -rf build/asan/log && mkdir -m 1777 build/asan/log
	CRITERION_TEST_PATTERN='$(ASAN_SKIPS)' PIDONE=build/asan/pidone \
		tests/run $(ASAN_UNIT_TESTS) $(E2E_TESTS)
	@! cat build/asan/log/* 2>/dev/null

# ---- coverage --------------------------------------------------------------

# -fno-builtin: gcc would make execve() save the counters first. In the vfork child, which shares
# init's memory, that would count as init's own save, and nothing that comes later would be saved.
# The counters of that child are init's, and are saved when init exits. What SIGKILL ends saves
# nothing; neither does a process that cannot open files.
COVERAGE_CFLAGS = $(WARNINGS) -g -O0 --coverage -fno-builtin -fprofile-update=single $(DEFINES)
COVERAGE_UNIT_TESTS = $(UNIT_TESTS:build/tests/%=build/coverage/%)
COVERAGE_OBJECTS = $(SOURCES:%.c=build/coverage/%.o)

$(COVERAGE_OBJECTS): build/coverage/%.o: %.c pidone.h LICENSE
	@mkdir -p $(@D)
	$(TEST_CC) $(COVERAGE_CFLAGS) -c -o $@ $<

build/coverage/pidone: $(COVERAGE_OBJECTS)
	$(TEST_CC) --coverage -o $@ $^

build/coverage/unit_%: tests/unit_%.c $(COVERAGE_OBJECTS)
	$(TEST_CC) $(TEST_CFLAGS) --coverage -Wl,-u,__gcov_dump -o $@ $< \
		$(filter-out build/coverage/init.o,$(COVERAGE_OBJECTS)) -lcriterion

# umask, mode: tests run init as other users too.
.PHONY: coverage coverage-report
coverage: analyse-deps
	@$(MAKE) --no-print-directory build/coverage/pidone $(COVERAGE_UNIT_TESTS) $(CHILDREN) $(E2E_TESTS)
	@rm -f build/coverage/*.gcda; chmod 1777 build/coverage
	@umask 0; CRITERION_TEST_PATTERN='$(COVERAGE_SKIPS)' PIDONE=build/coverage/pidone \
		tests/run $(COVERAGE_UNIT_TESTS) $(E2E_TESTS) >build/coverage/tests.log 2>&1 || \
		{ cat build/coverage/tests.log; exit 1; }
	@$(MAKE) --no-print-directory coverage-report

# Lines and branches of each file, and every one that was not reached. Fails below the aim.
coverage-report:
	@gcovr -r . --object-directory build/coverage $(SOURCES:%=-f '%$$') \
		--exclude-unreachable-branches --json -o build/coverage/coverage.json
	@gcovr -r . -a build/coverage/coverage.json
	@tests/fuzz/uncovered build/coverage/coverage.json
	@gcovr -r . -a build/coverage/coverage.json --branches --fail-under-branch 95

# ---- valgrind --------------------------------------------------------------

# The binary itself, its fork followed up to the exec. Status, options, command; one scenario a line.
# A static binary without symbols: valgrind has nothing to replace in it, and sees every access.
VALGRIND = valgrind -q --error-exitcode=99 --trace-children=no --child-silent-after-fork=no \
	--track-fds=no --undef-value-errors=yes
.PHONY: valgrind
valgrind: analyse-deps
	@$(MAKE) --no-print-directory pidone
	@try() { want=$$1; shift; got=0; $$inside $(VALGRIND) ./pidone "$$@" >build/valgrind.log 2>&1 || got=$$?; \
		grep -q '^==' build/valgrind.log && grep -v 'Warning: set address range' \
			build/valgrind.log | grep '^==' && exit 1; \
		[ $$got = $$want ] || { cat build/valgrind.log; echo "valgrind: $$got, not $$want: $$*"; \
			exit 1; }; \
		echo "valgrind: no error: $$*"; }; \
	try 0 --help; try 0 --version; try 1 -t x -- true; try 1; try 127 -- no-such-command; \
	try 126 -- /etc/passwd; try 3 -vvvv -w -- sh -c '(sleep 0.2 &) ; exit 3'; \
	try 143 -g -k 1s -r HUP:TERM -- sh -c 'kill -HUP $$PPID; sleep 20'; \
	try 0 -e 137,TERM -R - -- sh -c 'kill -KILL $$$$'; \
	try 5 -a -w -- sh -c 'sleep 0.3 & exit 5'; \
	try 6 -t 0.3s -vvv -R - -- sh -c '(trap "" TERM; sleep 20 & wait) & sleep 0.2; exit 6'; \
	try 0 --gro --rew=15:3 --stop QUIT,37 true; try 1 --re 15:3 true; \
	[ "$$(id -u)" != 0 ] || inside='unshare -fp --mount-proc' \
		PIDONE_OPTIONS='-v -s  -p TERM' TINI_VERBOSITY=9 try 0 true
