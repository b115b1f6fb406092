# What makes system calls fail in tests: seccomp filters.
build/tests/e2e_calls: tests/deny.h
