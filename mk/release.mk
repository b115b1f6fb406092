# What a release consists of, in dist/: the source, a static binary for each machine, what they are
# made of, and the sums of all. The same commit makes the same bytes.

.PHONY: dist dist-deps dist-check
dist-deps: cross-musl
	@scripts/install-deps dist

dist: dist-deps ## source, binaries, SBOM and sums of HEAD, in dist/
	@scripts/dist $(VERSION) dist $(CROSS_DIR) $(dist_archs)
	@cat dist/SHA256SUMS

# A release has all machines. In CI, which looks that it can be made, those that Debian's mirror gave.
dist_archs = $(if $(filter true,$(CI)),$$(scripts/cross/available $(CROSS_DIR) $(CROSS_ARCHS)),$(CROSS_ARCHS))

dist-check: dist ## makes dist once more elsewhere, and compares
	@scripts/dist-check $(VERSION) dist build/dist-check $(CROSS_DIR) $(dist_archs)

# ---- packages --------------------------------------------------------------

# Packages of what `make dist` built. All are reproducible, and tested before they are called done.

PACKAGE_REVISION = 1
# Those that OCI and Debian both know.
DEB_ARCHS = $(CROSS_ARCHS)
IMAGE_ARCHS = $(CROSS_ARCHS)
RPM_ARCHS = $(CROSS_ARCHS)

.PHONY: deb rpm apk image package-deps
package-deps:
	@scripts/install-deps package

deb: dist package-deps ## a Debian package for each machine, in dist/deb
	@scripts/deb $(VERSION) $(PACKAGE_REVISION) dist dist/deb $(CROSS_DIR) $(DEB_ARCHS)
	@TMPDIR='$(CURDIR)/build' scripts/deb $(VERSION) $(PACKAGE_REVISION) dist build/deb-again $(CROSS_DIR) \
		$(DEB_ARCHS) >/dev/null
	diff -r dist/deb build/deb-again
	lintian --allow-root --fail-on error,warning dist/deb/*.deb
	@scripts/deb-test $(VERSION) dist dist/deb

rpm: dist package-deps ## an rpm package for each machine, in dist/rpm
	@scripts/rpm $(VERSION) $(PACKAGE_REVISION) dist dist/rpm $(CROSS_DIR) $(RPM_ARCHS)
	@TMPDIR='$(CURDIR)/build' scripts/rpm $(VERSION) $(PACKAGE_REVISION) dist build/rpm-again $(CROSS_DIR) \
		$(RPM_ARCHS) >/dev/null
	diff -r dist/rpm build/rpm-again
	rpmlint --strict -c packaging/rpm/rpmlint.toml dist/rpm
	@scripts/rpm-test $(VERSION) dist dist/rpm

apk: dist package-deps ## what Alpine needs to build it, in dist/apk
	@scripts/apk $(VERSION) $(PACKAGE_REVISION) dist dist/apk
	@scripts/apk-test $(VERSION) dist/apk

image: dist package-deps ## one OCI image for all machines, in dist/image
	@scripts/image $(VERSION) dist dist/image $(CROSS_DIR) $(IMAGE_ARCHS)
	@TMPDIR='$(CURDIR)/build' scripts/image $(VERSION) dist build/image-again $(CROSS_DIR) \
		$(IMAGE_ARCHS) >/dev/null
	diff -r dist/image build/image-again
	@scripts/image-test $(VERSION) dist/image $(IMAGE_ARCHS)
