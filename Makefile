# SPDX-License-Identifier: Apache-2.0
# A thin front to Meson: installs what is missing through apt, sets up, and calls the real tools.
#
#   make               build          make test          everything; last line: N passed, N failed
#   make demo          see it work    make check-asan    one build of the tests (also -tsan, -clang)
#   make tidy          check style    make format        apply .clang-format
#   make bench         measure        make fuzz          60 s a target (FUZZ_SECONDS, FUZZ=TARGETS)
#   make clean         remove builds  make install       as root; DESTDIR works

BUILD ?= build

all: build

$(BUILD)/build.ninja:
	@tools/deps build
	@meson setup $(BUILD)

build: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

demo: build
	@tools/deps build demo
	@tools/demo $(BUILD)

test:
	@tools/deps build test
	@tools/run-tests

check-gcc check-asan check-tsan check-clang:
	@tools/deps build test
	@tools/run-tests $(@:check-%=%)

tidy:
	@tools/deps build test
	@tools/tidy

format:
	@tools/deps build test
	@find src tests tools bench -name '*.[ch]' -exec clang-format -i {} +

bench: build
	@tools/deps build bench
	@bench/hunt --tryst $(BUILD)/src/cli/tryst

fuzz:
	@tools/deps build fuzz
	@tools/fuzz $(FUZZ)

install: build
	@meson install -C $(BUILD)

clean:
	rm -rf build build-asan build-tsan build-clang build-fuzz

.PHONY: all build demo test check-gcc check-asan check-tsan check-clang tidy format bench fuzz install clean
