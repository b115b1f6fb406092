# What is wrong with the product, found otherwise than by its test suite: analysers, sanitizers,
# coverage, fuzzing, faults, the model. docs/coverage.md says why what is not reached is not.

DEFINES = -DPIDONE_VERSION='"$(VERSION)"' -DPIDONE_SHA='"$(SHA)"'
C_FILES = $(shell git ls-files '*.c' '*.h' 2>/dev/null || ls *.c *.h tests/*/*.[ch])
SHELL_FILES = $(shell grep -lE '^\#!.*(sh|bash)$$' .ci/run scripts/* tests/run tests/*/run tests/*/*.sh 2>/dev/null)

# What clang-tidy takes for a fault and is none, by file and text:
# - an option that takes a value always has one when apply() sees it: take_option() looked;
#   variables[] holds no option with a value
# - a string's size is neither 0 nor negative
# - main has a name, argv[0]
# - a text's len is never larger than its buf
# - close(2) leaves errno alone where it succeeds
# - no pid that waitpid returned is 0, so "pid == named" means that peek_zombie() gave a name
TIDY_KNOWN = -e 'options.c:.*Null pointer passed to 1st parameter' \
	-e "options.c:.*null pointer (loaded from variable '\(list\|value\)')" \
	-e 'variable-length array (VLA) has tainted' \
	-e 'explain.c:.*Null pointer passed to 1st parameter' \
	-e "message.c:.*2nd argument to 'send' is a buffer with size" \
	-e "undefined value may be read from 'errno'" \
	-e 'init.c:.*Branch condition evaluates to a garbage value'
# Likewise gcc -fanalyzer; process_name() initialises all of what it says it does not.
ANALYZER_KNOWN = -e "options.c:.*use of NULL .\(rule\|list\). where non-null" \
	-e "options.c:.*dereference of NULL .\(list\|value\)" \
	-e "rest.c:.*uninitialized value .*struct proc_stat, name"
# cppcheck: the kernel's struct has members nobody asks for; scopes are the reviewer's; "reaped" is
# a word that fits both; it takes the address of a buffer for its value; that it has not looked at
# every branch is no finding; an argv is what execve(2) takes; it takes
# data[] for as zeroed as before the read.
CPPCHECK = cppcheck -q --std=c11 --enable=warning,style,performance,portability \
	--suppress=unusedStructMember --suppress=variableScope --suppress=shadowFunction \
	--suppress=uninitvar:init.c --suppress=constParameter --suppress=knownConditionTrueFalse:explain.c \
	--suppress=normalCheckLevelMaxBranches --error-exitcode=1

.PHONY: lint lint-deps lint-format lint-tidy lint-cppcheck lint-warnings lint-man lint-scripts
lint: lint-deps ## format, warnings, clang-tidy, cppcheck, man page, scripts
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
format: ## format the C files
	clang-format -i $(C_FILES)

.PHONY: analyse analyse-deps
analyse-deps:
	@scripts/install-deps analyse

analyse: analyse-deps ## gcc -fanalyzer
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

build/asan/unit_%: tests/unit/%.c $(ASAN_OBJECTS) $(TEST_LIB)
	$(TEST_CC) $(TEST_CFLAGS) -fsanitize=address,undefined -o $@ $< $(TEST_LIB) \
		$(filter-out build/asan/init.o,$(ASAN_OBJECTS)) -lcriterion

# Tests that cannot be with these builds: they count init's system calls or need it to start within
# a millisecond, leave it no descriptor or no file for a library; AddressSanitizer needs /proc/self/maps.
SLOW_BUILD_SKIPS = */*_at_any_system_call_*|*/*random_moments*|*/*first_system_call*|*/*failing_signalfd*|*/*limit_of_three*|*/*only_file*
ASAN_SKIPS = !($(SLOW_BUILD_SKIPS)|*/*without_proc*)
COVERAGE_SKIPS = !($(SLOW_BUILD_SKIPS))

# What test.mk names is not known yet where prerequisites are read, so recipes name it.
.PHONY: asan
asan: analyse-deps ## the suites with AddressSanitizer and UBSan
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

build/coverage/unit_%: tests/unit/%.c $(COVERAGE_OBJECTS) $(TEST_LIB)
	$(TEST_CC) $(TEST_CFLAGS) --coverage -Wl,-u,__gcov_dump -o $@ $< $(TEST_LIB) \
		$(filter-out build/coverage/init.o,$(COVERAGE_OBJECTS)) -lcriterion

# umask, mode: tests run init as other users too.
.PHONY: coverage coverage-report
coverage: analyse-deps ## lines and branches that the suites reach, and each that they do not
	@$(MAKE) --no-print-directory build/coverage/pidone $(COVERAGE_UNIT_TESTS) $(CHILDREN) $(E2E_TESTS) build/tests/scenarios
	@rm -f build/coverage/*.gcda; chmod 1777 build/coverage
	@umask 0; CRITERION_TEST_PATTERN='$(COVERAGE_SKIPS)' PIDONE=build/coverage/pidone \
		tests/run $(COVERAGE_UNIT_TESTS) $(E2E_TESTS) build/tests/scenarios >build/coverage/tests.log 2>&1 || \
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
valgrind: analyse-deps ## the binary as it is, in a few scenarios
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

# ---- fuzzing ---------------------------------------------------------------

# tests/fuzz/fuzz_X.c is libFuzzer target X, its first inputs are in tests/fuzz/corpus/X.
# tests/fuzz/e2e.c is the end-to-end fuzzer.

FUZZ_CC ?= clang
FUZZ_NAMES = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZERS = $(FUZZ_NAMES:%=build/fuzz/fuzz_%)
FUZZ_SOURCES = $(filter-out init.c,$(SOURCES))
FUZZ_SANITIZE = -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS = -std=gnu11 -g -O1 -Wall -Wextra -I. -Itests/fuzz $(FUZZ_SANITIZE) \
	-DPIDONE_VERSION='"$(VERSION)"' -DPIDONE_SHA='"$(SHA)"'
FUZZ_SECONDS ?= 600
# No input of use is longer; -R and PIDONE_OPTIONS come to more than a kilobyte.
FUZZ_OPTIONS = -max_len=2048 -timeout=20 -print_final_stats=1 -verbosity=0 -dict=tests/fuzz/options.dict

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(FUZZ_SOURCES) pidone.h LICENSE
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -o $@ $< $(FUZZ_SOURCES)

# Its messages are for the target to read.
build/fuzz/fuzz_options: tests/fuzz/fuzz_options.c tests/fuzz/fuzz.h $(FUZZ_SOURCES) pidone.h LICENSE
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -Dwrite=fuzz_write -Dlseek=fuzz_lseek -Dgetpid=fuzz_getpid -o $@ $< $(FUZZ_SOURCES)

.PHONY: fuzz-short fuzz-long fuzz-deps fuzz-corpus $(FUZZ_NAMES:%=fuzz-run-%)
fuzz-deps:
	@scripts/install-deps fuzz

# Every committed input once: what was found before stays found.
fuzz-corpus: $(FUZZERS)
	@for name in $(FUZZ_NAMES); do \
		build/fuzz/fuzz_$$name -verbosity=0 tests/fuzz/corpus/$$name/* 2>build/fuzz/$$name.log || \
			{ cat build/fuzz/$$name.log; exit 1; }; \
		echo "fuzz: $$name: committed inputs pass"; \
	done

# What it learns stays in build/fuzz/corpus, the committed inputs are only read.
$(FUZZ_NAMES:%=fuzz-run-%): fuzz-run-%: build/fuzz/fuzz_%
	@mkdir -p build/fuzz/corpus/$* build/fuzz/found
	@build/fuzz/fuzz_$* $(FUZZ_OPTIONS) -max_total_time=$(FUZZ_SECONDS) \
		-artifact_prefix=build/fuzz/found/$*- build/fuzz/corpus/$* tests/fuzz/corpus/$* \
		>build/fuzz/$*.log 2>&1 || { grep -v '^#' build/fuzz/$*.log; exit 1; }
	@echo "fuzz: $*: $(FUZZ_SECONDS) s,$$(sed -n 's/.*executed_units: */ /p' \
		build/fuzz/$*.log) inputs, $$(ls build/fuzz/corpus/$* | wc -l) kept"

build/fuzz/tree: tests/fuzz/tree.c tests/fuzz/tree.h
	@mkdir -p $(@D)
	$(TEST_CC) -std=gnu11 -O1 -Wall -Wextra -static -o $@ $<

build/fuzz/e2e: tests/fuzz/e2e.c tests/fuzz/tree.h
	@mkdir -p $(@D)
	$(TEST_CC) -std=gnu11 -g -O1 -Wall -Wextra -o $@ $<

# SEED alone is one run; with nothing given it is a minute.
.PHONY: fuzz-e2e
E2E_BOUND = $(if $(RUNS),-n $(RUNS),$(if $(SECONDS),-t $(SECONDS),$(if $(SEED),-n 1,-t 60)))
fuzz-e2e: pidone build/fuzz/e2e build/fuzz/tree ## random command lines and trees of processes; SEED=n replays, RUNS=n, SECONDS=n
	@build/fuzz/e2e $(if $(SEED),-s $(SEED)) $(E2E_BOUND)

# Each target for SHORT_SECONDS, two at a time; then end to end.
SHORT_SECONDS ?= 8
fuzz-short: fuzz-deps ## the fuzzers on known inputs, then a few seconds each
	@$(MAKE) --no-print-directory pidone build/fuzz/e2e build/fuzz/tree $(FUZZERS)
	@$(MAKE) --no-print-directory fuzz-corpus
	@$(MAKE) --no-print-directory -j2 $(FUZZ_NAMES:%=fuzz-run-%) FUZZ_SECONDS=$(SHORT_SECONDS)
	@$(MAKE) --no-print-directory fuzz-e2e SECONDS=25

fuzz-long: fuzz-deps ## the fuzzers, FUZZ_SECONDS=600 each
	@nice -n 19 $(MAKE) --no-print-directory pidone build/fuzz/e2e build/fuzz/tree $(FUZZERS)
	@nice -n 19 $(MAKE) --no-print-directory -j2 $(FUZZ_NAMES:%=fuzz-run-%)
	@nice -n 19 $(MAKE) --no-print-directory fuzz-e2e SECONDS=$(FUZZ_SECONDS)

# ---- faults ----------------------------------------------------------------

# Fault injection by strace: each system call of init fails, once and for ever. The short form: its
# first error and EINTR, and of many calls alike the first and the last.

FAULTS = tests/faults/faults.py
FAULT_PROGRAMS = build/faults/launch build/faults/actor

build/faults/%: tests/faults/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -Wall -Wextra -static -o $@ $<

.PHONY: test-faults faults-table faults-deps
faults-deps:
	@scripts/install-deps test faults

test-faults: faults-deps ## each system call fails in turn, the short form
	@$(MAKE) --no-print-directory pidone $(FAULT_PROGRAMS)
	/usr/bin/python3 $(FAULTS) --short $(FAULT_PROGRAMS) ./pidone

faults-table: faults-deps ## each with every error; writes docs/faults.md
	@$(MAKE) --no-print-directory pidone $(FAULT_PROGRAMS)
	@mkdir -p docs
	/usr/bin/python3 $(FAULTS) --table docs/faults.md $(FAULT_PROGRAMS) ./pidone

# ---- the model -------------------------------------------------------------

# The loop as a model, model/pidone.pml, checked with spin.

.PHONY: model model-mutants
model: ## every order of events: nothing is lost, nothing stays, all ends
	@scripts/install-deps test model
	@model/check build/model

model-mutants: ## that the model finds seeded mistakes
	@scripts/install-deps test model
	@model/check build/model mutants
