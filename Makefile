# SPDX-License-Identifier: Apache-2.0
# The front door. Everything here calls meson, ninja or a script in tools/.

BUILD ?= build
PREFIX ?= /usr/local
PHOTO ?= examples/sample.jpg
SHARED := $(abspath $(or $(RELIEF_SHARED),../shared))
export RELIEF_SHARED := $(SHARED)

.PHONY: help build run test bench bench-networks bench-bulk bench-views bench-films film-check film-sheets triangles score tune install uninstall format style layers sanitize tsan \
        fuzz-replay fuzz parity scenes scenes-large hero sheets depth-sheets clean

help:
	@echo "make run PHOTO=some.jpg   install what is needed, build, make a 3D scene of the photo"
	@echo "make test                 the same set-up, and all tests"
	@echo "make build                the program, at build/relief"
	@echo "make bench                times and memory of every stage, of networks beside ONNX Runtime, and of"
	@echo "                          depth maps in bulk, into docs/performance.md (make bench-networks,"
	@echo "                          make bench-bulk: those alone)"
	@echo "make bench-bulk           depth maps of 1,000 small and 100 large photos, into docs/performance.md"
	@echo "make bench-addon          how long the add-on keeps Blender from its work"
	@echo "make bench-views          frames a second drawn on the processor, into docs/performance.md"
	@echo "make bench-films          films' frames a second and the program's start, into docs/performance.md"
	@echo "make film-check           films of 40 photos: coverage, stretch, flicker, seams, motion (minutes)"
	@echo "make film-sheets          the same, and contact sheets, in $(BUILD)/sheets"
	@echo "make triangles            triangles of scenes and photos beside a plane's with the same error"
	@echo "make score                depth of the network built in against measured depth"
	@echo "make install PREFIX=DIR   program, library, headers, man page (make uninstall undoes it)"
	@echo "make addon                the Blender add-on with the program inside, as a zip (docs/packages.md)"
	@echo "make deb                  Debian packages of program, library and headers"
	@echo "make test-pack            makes the packages and tests them"
	@echo "make style layers         format, lengths, who includes whom"
	@echo "make sanitize tsan        tests under AddressSanitizer and UBSan; under ThreadSanitizer"
	@echo "make fuzz-replay          the fuzz targets over their corpora; make fuzz runs them for real"
	@echo "make tune                 which convolutions go by Winograd, measured on this machine"
	@echo "make parity               the networks beside ONNX Runtime"
	@echo "make scenes scenes-large  render the test scenes anew with Blender"
	@echo "make sheets               contact sheets of photos, views and wireframes, in $(BUILD)/sheets"

# ------------------------------------------------------------------ build and run

$(BUILD)/build.ninja: | setup-build
	meson setup $(BUILD) --prefix=$(PREFIX) -Dtests=false $(if $(RELIEF_STRICT),--werror) >/dev/null

.PHONY: setup-build setup-test
setup-build:
	@tools/setup.sh build
setup-test: setup-build
	@tools/setup.sh test

build: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

run: build
	@RELIEF="$(BUILD)/relief" tools/run_photo.sh "$(PHOTO)"

install: build
	@meson configure $(BUILD) -Dprefix=$(abspath $(PREFIX))
	@meson install -C $(BUILD) --quiet
	@echo "relief: installed under $(PREFIX)"

uninstall:
	@ninja -C $(BUILD) --quiet uninstall

# ------------------------------------------------------------------ tests

.venv/peers: tests/peers/requirements.txt
	@tools/make_venv.sh

tests/node/node_modules/.package-lock.json: tests/node/package.json
	@cd tests/node && npm ci --silent --no-audit --no-fund || echo "relief: npm packages could not be had"

.PHONY: test-tools bench-addon
test-tools: setup-test
	@$(MAKE) --no-print-directory .venv/peers tests/node/node_modules/.package-lock.json
	@tools/make_bpy.sh

test: setup-test test-tools build
	@meson configure $(BUILD) -Dtests=true
	@ninja -C $(BUILD) --quiet
	@tools/run_tests.py $(BUILD) --no-suite pack

build-sanitize/build.ninja: | setup-test
	meson setup build-sanitize -Db_sanitize=address,undefined -Dbuildtype=debugoptimized >/dev/null

# LeakSanitizer follows the thread-local blocks of modules that libvips loads, and now and then takes a
# number for the address of one and crashes on it.
sanitize fuzz-replay: export ASAN_OPTIONS = intercept_tls_get_addr=0

sanitize: build-sanitize/build.ninja
	@ninja -C build-sanitize --quiet
	@tools/run_tests.py build-sanitize --suite unit --suite cli

fuzz-replay: build-sanitize/build.ninja
	@ninja -C build-sanitize --quiet
	@tools/run_tests.py build-sanitize --suite fuzz

# ThreadSanitizer does not see through OpenMP's locks, hence POSIX threads and the plain kernels.
build-tsan/build.ninja: | setup-test
	CC=clang-14 meson setup build-tsan -Db_sanitize=thread -Db_lundef=false -Dopenmp=disabled \
	    -Dcpu_backend=reference -Dbuildtype=debugoptimized >/dev/null
tsan: build-tsan/build.ninja
	@ninja -C build-tsan --quiet
	@TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp" \
	    tools/run_tests.py build-tsan base batch net sharing weights resample scene mesh

build-fuzz/build.ninja: | setup-test
	CC=clang-14 meson setup build-fuzz -Db_sanitize=address,undefined -Db_lundef=false -Dfuzz=true \
	    -Dopenmp=disabled -Dcpu_backend=reference -Dbuildtype=debugoptimized >/dev/null
fuzz: build-fuzz/build.ninja
	@ninja -C build-fuzz --quiet
	@tools/fuzz.sh build-fuzz

parity: test-tools build
	@.venv/bin/python tests/parity.py --relief $(BUILD)/relief

# MODEL=FILE.onnx scores another network than the one built in.
score: build
	@/usr/bin/python3 tools/score.py --relief $(BUILD)/relief --data $(SHARED)/data/eval \
	    $(if $(MODEL),--model $(MODEL)) $(if $(QUALITY),--quality $(QUALITY))

bench: test-tools build
	@/usr/bin/python3 bench/bench.py --relief $(BUILD)/relief
	@.venv/bin/python bench/networks.py --relief $(BUILD) $(BENCH)
	@.venv/bin/python bench/quantised.py --relief $(BUILD)
	@$(MAKE) --no-print-directory bench-bulk

# How long Blender is kept from its windows by the add-on; for a machine that does nothing else.
bench-addon: setup-test build
	@RELIEF_MEASURE=1 LP_NUM_THREADS=0 /usr/bin/python3 tests/addon/responsive.py $(BUILD)/relief
	@RELIEF_MEASURE=1 /usr/bin/python3 tests/addon/methods.py $(BUILD)/relief large
	@/usr/bin/python3 tests/addon/test_core.py $(BUILD)/relief 2>&1 | grep "^add-on"

# Sets of photos are made in a temporary folder, the small ones from ../shared where it is.
bench-bulk: setup-test build
	@meson configure $(BUILD) -Dtests=true
	@ninja -C $(BUILD) --quiet
	@/usr/bin/python3 bench/bulk.py --relief $(BUILD)/relief --photos "$(SHARED)/data/photos" \
	    --output docs/performance.md $(BENCH_BULK)

bench-views: setup-test build
	@meson configure $(BUILD) -Dtests=true
	@ninja -C $(BUILD) --quiet
	@/usr/bin/python3 bench/views.py --relief $(BUILD)/relief --speed $(BUILD)/tests/view_speed

bench-films: setup-test build
	@/usr/bin/python3 bench/films.py --relief $(BUILD)/relief

triangles: setup-test build
	@meson configure $(BUILD) -Dtests=true
	@ninja -C $(BUILD) --quiet
	@/usr/bin/python3 bench/triangles.py $(BUILD)/tests/bench_mesh

bench-networks: test-tools build
	@.venv/bin/python bench/networks.py --relief $(BUILD) $(BENCH)
	@.venv/bin/python bench/quantised.py --relief $(BUILD) $(BENCH_QUANTISED)

# Films of 40 photos against all bounds, and sheets of them to look at, in $(BUILD)/sheets.
film-check film-sheets: setup-test build
	@meson configure $(BUILD) -Dtests=true
	@ninja -C $(BUILD) --quiet
	@/usr/bin/python3 bench/film_check.py $(BUILD)/relief $(BUILD)/tests/film_check --shared "$(SHARED)" \
	    $(if $(filter film-sheets,$@),--sheets $(BUILD)/sheets,--strict) $(FILM_CHECK)

tune: setup-test build
	@meson configure $(BUILD) -Dtests=true
	@ninja -C $(BUILD) --quiet
	@OMP_WAIT_POLICY=passive $(BUILD)/tests/tune >$(BUILD)/winograd_table.h
	@clang-format-14 <$(BUILD)/winograd_table.h >src/nn/onednn/winograd_table.h

# ------------------------------------------------------------------ style

C_FILES = $(shell git ls-files '*.c' '*.h')
PYTHON_FILES = $(shell git ls-files '*.py')

format: setup-test
	@clang-format-14 -i $(C_FILES)

style: test-tools
	@clang-format-14 --dry-run -Werror $(C_FILES)
	@tools/check_style.py
	@.venv/bin/ruff check --quiet $(PYTHON_FILES)
	@.venv/bin/black --check --quiet $(PYTHON_FILES)
	@.venv/bin/lizard -w -C 20 -L 100 -a 6 -l c src tests fuzz examples
	@tools/tidy.sh $(BUILD)
	@echo "relief style: clean"

layers:
	@tools/check_layers.py

# ------------------------------------------------------------------ pictures

scenes: setup-test
	@tools/scenes/make_all.sh 640x480 tests/data/scenes
scenes-large: setup-test
	@tools/scenes/make_all.sh 4000x3000 build/scenes-large

sheets: setup-test build
	@/usr/bin/python3 tools/pictures/sheets.py $(BUILD)/relief $(BUILD)/sheets --shared "$(SHARED)" \
	    $(if $(RELIEF_MODEL),--model "$(RELIEF_MODEL)")
depth-sheets: build
	@tools/pictures/depth_sheets.py $(BUILD)/relief $(BUILD)/sheets --photos "$(SHARED)/data/photos" \
	    $(if $(RELIEF_MODEL),--model "$(RELIEF_MODEL)") --count 100
hero: build
	@tools/pictures/hero.sh $(BUILD)/relief

# ------------------------------------------------------------------ packages

PACK ?= build-pack
VERSION = $(shell sed -n "s/^  version: .\(.*\).,/\1/p" meson.build | head -n 1)

.PHONY: setup-bundle bundle addon deb test-pack
setup-bundle:
	@tools/setup.sh bundle

# The program with all that it loads, in $(PACK)/bundle/linux-x64.
bundle: setup-bundle
	@tools/pack/bundle.sh $(PACK)

addon: bundle
	@tools/pack/addon.py $(PACK)/bundle/linux-x64 $(PACK)/relief-$(VERSION).zip

deb: setup-build
	@tools/setup.sh deb
	@tools/pack/deb.sh $(PACK)

test-pack: setup-test build addon deb
	@tools/setup.sh pack-test
	@meson configure $(BUILD) -Dtests=true
	@ninja -C $(BUILD) --quiet
	@tools/run_tests.py $(BUILD) --suite pack

clean:
	rm -rf build build-sanitize build-tsan build-fuzz build-pack
