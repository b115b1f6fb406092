# The loop as a model, model/pidone.pml, checked with spin.
#
# make model           every order of events: nothing is lost, nothing stays, all ends
# make model-mutants   that seeded mistakes are found

.PHONY: model model-mutants
model:
	@scripts/install-deps test model
	@model/check build/model

model-mutants:
	@scripts/install-deps test model
	@model/check build/model mutants
