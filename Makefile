# What the README and CI call. `make` alone lists the targets.

# Mesa's device-select layer otherwise complains where there is no display.
export NODEVICE_SELECT := 1

.PHONY: help run test lint bench mutants driver office
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | sort

driver: ## install a software Vulkan driver where there is no Vulkan driver at all
	@sh deploy/vulkan-driver.sh

office: ## install a browser and a spreadsheet for the tests of sheets, where apt can
	@sh deploy/office.sh

run: driver ## build, run the quick suite, print the table, write results and a sheet
	cargo run --release --locked

test: driver office ## every test, those that need a GPU, a browser or a spreadsheet too
	SUANLI_REQUIRE_GPU=1 SUANLI_REQUIRE_OFFICE=1 cargo test --locked

lint: ## format, clippy and rustdoc, warnings denied
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

bench: driver ## GEMMs by GPU time, and the harness's own cost
	cargo bench --locked

mutants: driver ## change each arithmetic line of each shader in turn; every mutant must be caught
	cargo test --release --locked --test mutants -- --ignored --nocapture
