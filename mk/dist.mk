# What a release consists of, in dist/: the source, a static binary for each machine, what they are
# made of, and the sums of all. The same commit makes the same bytes.
#
# make dist         all of it, from HEAD
# make dist-check   makes it once more elsewhere, and compares

.PHONY: dist dist-deps dist-check
dist-deps: cross-musl
	@scripts/install-deps dist

dist: dist-deps
	@scripts/dist $(VERSION) dist $(CROSS_DIR) $(CROSS_ARCHS)
	@cat dist/SHA256SUMS

dist-check: dist
	@scripts/dist-check $(VERSION) dist build/dist-check $(CROSS_DIR) $(CROSS_ARCHS)
