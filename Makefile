# What people type. Meson and ninja do the building; tests/run, tools/lint and tools/fuzz do what their names say.
prefix ?= /usr/local
FUZZ_SECONDS ?= 120
PYTHON = /usr/bin/python3
B = build
A = build-asan
# A faster linker, where it is installed.
LINKER = $(if $(shell command -v ld.lld),CC_LD=lld)
# Progress on a terminal; otherwise only what went wrong.
quietly = if [ -t 1 ]; then ninja -C $(1) $(2); else ninja -C $(1) $(2) >$(1)/ninja.log 2>&1 || { grep -v '^\[' $(1)/ninja.log; exit 1; }; fi

.PHONY: all build binary run test lint format bench bench-large month torture fuzz install clean asan deps-build deps-all

all: build

build: deps-build $(B)/build.ninja
	@$(call quietly,$(B),)

# The program alone, without its tests.
binary: deps-build $(B)/build.ninja
	@$(call quietly,$(B),nicert)

# Every second compiler's warning and the sanitizers: clang, ASan, UBSan.
asan: deps-all $(A)/build.ninja
	@$(call quietly,$(A),)

deps-build:
	@tools/deps build
deps-all:
	@tools/deps all

$(B)/build.ninja: | deps-build
	@mkdir -p $(B)
	@$(LINKER) meson setup $(B) --buildtype=debugoptimized --prefix=$(prefix) >$(B)/setup.log 2>&1 || { cat $(B)/setup.log; exit 1; }

$(A)/build.ninja: | deps-all
	@mkdir -p $(A)
	@CC=clang $(LINKER) meson setup $(A) --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false \
		-Dc_args=-fno-sanitize-recover=all >$(A)/setup.log 2>&1 || { cat $(A)/setup.log; exit 1; }

run: binary
	@tools/deps run
	@if test -d demo; then $(B)/nicert where -d demo; else trap 'rm -rf demo' INT TERM; $(B)/nicert demo demo || { rm -rf demo; exit 1; }; fi
	@exec $(B)/nicert serve -d demo

test: deps-all build asan
	@$(PYTHON) tests/run

lint: asan
	@$(PYTHON) tools/lint

format:
	@find src tests -name '*.[ch]' -exec clang-format -i {} +

bench: build
	@tests/bench/run --build $(B)
bench-large: build
	@tests/bench/run --large --build $(B)

# A month at a national CERT's full rate, 50,000 reports, on both stores; minutes.
month: deps-all build
	@$(PYTHON) tests/run --with-pg tests/month/run

# Fails the n-th allocation, statement, write and fsync in turn, and kills processes 200 times a store, looking for a lost or half-done fact.
torture: deps-all build asan
	@$(PYTHON) tests/run torture

fuzz: deps-all
	@$(PYTHON) tools/fuzz run --seconds $(FUZZ_SECONDS)

install: binary
	@meson configure $(B) -Dprefix=$(prefix)
	@$(call quietly,$(B),nicert)
	@DESTDIR=$(DESTDIR) meson install -C $(B) --no-rebuild --quiet

clean:
	@rm -rf $(B) $(A) build-fuzz
