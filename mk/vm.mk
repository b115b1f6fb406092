# Another kernel, with cgroups of version 2 alone: a virtual machine, emulated. Needs no reboot and
# leaves nothing but build/vm.
#
# test-oom-vm   the kernel's OOM killer, told apart by -R in a cgroup of version 2
# test-vm       the whole suite in there: half an hour

.PHONY: vm-deps test-oom-vm test-vm
vm-deps:
	@scripts/install-deps test vm

test-oom-vm: vm-deps
	@$(MAKE) --no-print-directory pidone $(CHILDREN) build/tests/e2e_report
	@TEST_ENVIRONMENT='env CRITERION_TEST_PATTERN=e2e_report/*cgroup_2*' \
		tests/vm/run build/vm build/tests/e2e_report
	@! grep SKIP build/vm/log

test-vm: vm-deps
	@$(MAKE) --no-print-directory test-build
	@VM_TIMEOUT=3600 tests/vm/run build/vm $(UNIT_TESTS) $(E2E_TESTS)
