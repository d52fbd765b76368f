# `make help` lists what there is.

# What it takes to build, besides the Swift toolchain.
BUILD_PACKAGES := libssl-dev pkg-config
# And to put what was built in its place.
INSTALL_PACKAGES := patchelf python3 binutils

# Where `make install` puts it; DESTDIR goes before that, for those who make packages.
PREFIX ?= /usr/local

.PHONY: help run test unit-test end-to-end-test reload-test abi-test conformance-test sdk-test claude-code-test soak lint format \
  fuzz bench release install dist package-test clean

help: ## this list
	@awk -F ': ## ' '/^[a-z-]+: ## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

run: ## build, and serve the tutorial: Claude Code on DashScope (or its simulator)
	@.ci/packages $(BUILD_PACKAGES) curl
	@Tests/run-release-build.sh
	@SDK/Examples/tutorial/run.sh

test: ## everything that .ci/run runs: unit tests, then end-to-end tests
	@.ci/packages $(BUILD_PACKAGES)
	@Tests/run-unit-tests.sh
	@Tests/run-release-build.sh
	@Tests/ABI/run.sh
	@Tests/run-end-to-end-tests.sh

unit-test: ## the modules' tests, debug build
	@.ci/packages $(BUILD_PACKAGES)
	@Tests/run-unit-tests.sh

end-to-end-test: ## the release build with real clients and upstreams (ARGUMENTS go to pytest)
	@.ci/packages $(BUILD_PACKAGES)
	@Tests/run-release-build.sh
	@Tests/run-end-to-end-tests.sh $(ARGUMENTS)

reload-test: release ## a thousand RELOADS under wrk and 200 open streams: nothing lost, nothing grows; prints what it cost
	@.ci/packages wrk
	@TORII_TEST_RELOADS=$(or $(RELOADS),1000) Tests/run-end-to-end-tests.sh -s http/test_thousand_reloads.py

abi-test: release ## the gates that keep the plugin ABI as it is, and the test that each of them can fail
	@Tests/ABI/run.sh --host
	@Tests/ABI/selftest.sh

conformance-test: release ## the conformance suite on itself: a defect plugin for each check, caught by that check
	@Tests/run-conformance-tests.sh

sdk-test: release ## the example plugins in five languages, held to the same scenarios in the real gateway
	@.ci/packages g++ rustc cargo golang-go
	@Tests/run-example-plugins.sh
	@Tests/run-end-to-end-tests.sh plugins -rs

claude-code-test: release ## the real Claude Code (fetched once, 170 MB) through the gateway
	@Tests/run-claude-code-tests.sh $(ARGUMENTS)

soak: release ## reloads, faults, slow clients and failing upstreams for SECONDS (3600); ends with a table
	@Tests/run-soak.sh $(or $(SECONDS),3600)

lint: ## formatting, and a build in which warnings are errors
	@.ci/packages $(BUILD_PACKAGES)
	@Tests/run-lint.sh

format: ## format all Swift sources in place
	@Tests/run-format.sh

fuzz: ## every fuzzer under Tests/Fuzz for SECONDS (60) each
	@Tests/run-fuzzers.sh $(SECONDS)

bench: ## side by side with nginx and LiteLLM; ARGUMENTS: --help lists the parts
	@.ci/packages $(BUILD_PACKAGES) nginx wrk valgrind python3 python3-venv binutils
	@Tests/run-release-build.sh
	@python3 Tests/Benchmarks/bench.py $(ARGUMENTS)

release: ## the gateway, its plugins and the simulator into .build/release
	@.ci/packages $(BUILD_PACKAGES)
	@Tests/run-release-build.sh

install: release ## the gateway, its plugins, the SDK, manual and completions into PREFIX (/usr/local)
	@.ci/packages $(INSTALL_PACKAGES)
	@SDK/Packaging/install.sh .build/release "$(abspath $(PREFIX))" "$(DESTDIR)"

dist: release ## the same as an archive, with the recipe of an image, in .build/dist
	@.ci/packages $(INSTALL_PACKAGES)
	@SDK/Packaging/dist.sh .build/release .build/dist

package-test: release ## the archive, used without this repository: gateway, plugin projects, manual, completions, unit
	@Tests/Packaging/run.sh $(ARGUMENTS)

clean: ## remove everything that was built
	swift package clean
	rm -rf .build
