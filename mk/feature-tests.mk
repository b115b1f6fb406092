# What the suites of trees of processes share.
FX_TESTS = grace waitall killafter rewrite report names pairs calls rights
$(FX_TESTS:%=build/tests/e2e_%): tests/fx.h
