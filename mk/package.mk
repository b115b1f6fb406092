# Packages of what `make dist` built. Both are reproducible, and tested before they are called done.
#
# make deb     a Debian package for each machine, in dist/deb
# make image   one OCI image for all of them, in dist/image: docs at the top of scripts/image

DEB_REVISION = 1
# Those that OCI and Debian both know.
DEB_ARCHS = $(CROSS_ARCHS)
IMAGE_ARCHS = $(CROSS_ARCHS)

.PHONY: deb image package-deps
package-deps:
	@scripts/install-deps package

deb: dist package-deps
	@scripts/deb $(VERSION) $(DEB_REVISION) dist dist/deb $(CROSS_DIR) $(DEB_ARCHS)
	@TMPDIR='$(CURDIR)/build' scripts/deb $(VERSION) $(DEB_REVISION) dist build/deb-again $(CROSS_DIR) \
		$(DEB_ARCHS) >/dev/null
	diff -r dist/deb build/deb-again
	lintian --allow-root --fail-on error,warning dist/deb/*.deb
	@scripts/deb-test $(VERSION) dist dist/deb

image: dist package-deps
	@scripts/image $(VERSION) dist dist/image $(CROSS_DIR) $(IMAGE_ARCHS)
	@TMPDIR='$(CURDIR)/build' scripts/image $(VERSION) dist build/image-again $(CROSS_DIR) \
		$(IMAGE_ARCHS) >/dev/null
	diff -r dist/image build/image-again
	@scripts/image-test $(VERSION) dist/image $(IMAGE_ARCHS)
