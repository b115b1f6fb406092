# Packages of what `make dist` built: one deb an architecture, one image for all of them.

DEB_REVISION = 1
DIST_BINARIES = $(wildcard dist/pidone-$(VERSION)-*)
.PHONY: deb image package-deps
package-deps:
	@scripts/install-deps package

deb: dist package-deps
	@for binary in $$(ls dist/pidone-$(VERSION)-* | grep -vE '\.(tar|json|gz|oci)'); do \
		scripts/deb $(VERSION)-$(DEB_REVISION) $$binary $${binary##*-} dist || exit 1; \
	done
	lintian --allow-root --fail-on error dist/pidone_$(VERSION)-$(DEB_REVISION)_amd64.deb
	scripts/deb-test dist/pidone_$(VERSION)-$(DEB_REVISION)_amd64.deb

image: dist package-deps
	@set -e; args=; n=0; \
	for binary in $$(ls dist/pidone-$(VERSION)-* | grep -vE '\.(tar|json|gz|oci)'); do \
		args="$$args $${binary##*-}=$$binary"; n=$$((n + 1)); \
	done; \
	scripts/image $(VERSION) dist/pidone-$(VERSION).oci.tar $$args; \
	IMAGE_ARCHES=$$n scripts/image-test dist/pidone-$(VERSION).oci.tar
