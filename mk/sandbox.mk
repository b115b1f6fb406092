# What makes system calls fail in tests: seccomp filters.
$(addprefix build/tests/unit_,files message reaper rest signals): tests/deny.h
build/tests/e2e_calls: tests/deny.h tests/judge.h
