# The build. `make` lists the targets; `make run` and `make test` are all that a fresh Debian 12 needs.
#
#   V=1           whole command lines            VARIANT=debug   build/debug instead of build/release
#   CC=clang      another compiler, own folder   CFLAGS=...      added to ours, a change rebuilds
#   SETUP=no      never look for packages        ARGS='...'      more words for `make run`
#
# Each room of src/ compiles only against the rooms above it. The upper ones never see Lua's headers: their
# include path is not given, so an include in the wrong direction does not build (and `make layers` names it).

MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

ifeq ($(origin CC),default)
CC := gcc
endif
VARIANT ?= release
PREFIX  ?= /usr/local
B       := build/$(VARIANT)$(if $(filter-out gcc,$(CC)),-$(notdir $(CC)))
Q       := $(if $(V),,@)
say      = @printf '%-5s %s\n' '$1' '$2'

# ---- What is needed, as Debian names it ------------------------------------------------------------------

PACKAGES := gcc libc6-dev pkg-config liblua5.4-dev libsleef-dev libjansson-dev libmd-dev libsqlite3-dev libseccomp-dev
PACKAGES += $(if $(findstring clang,$(CC)),clang)
ifneq ($(filter test unit lua contract cli fault tools losses learning asan ubsan bench check,$(MAKECMDGOALS)),)
PACKAGES += lua5.4 lua-unit
endif
ifneq ($(filter check compile layers lint format,$(MAKECMDGOALS)),)
PACKAGES += clang clang-format clang-tidy cppcheck lua-check
endif

# golden: the compilers, libraries and machines of the variants that a plain `make test` skips
ifneq ($(filter golden,$(MAKECMDGOALS)),)
PACKAGES += clang lua5.4 qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross \
	$(addsuffix :arm64,liblua5.4-dev libsleef-dev libjansson-dev libmd-dev libsqlite3-dev libseccomp-dev)
PACKAGES += $(if $(filter x86_64,$(shell uname -m)),bochs bochs-term isolinux syslinux-common xorriso cpio)
endif

# ---- Flags -----------------------------------------------------------------------------------------------

# Asked for once and only when a recipe needs it: pkg-config may have been installed a moment ago.
ask        = $(eval $1 := $$(shell $2))$($1)
LUA_CFLAGS = $(call ask,LUA_CFLAGS,pkg-config --cflags lua5.4)
PKG_LIBS   = $(call ask,PKG_LIBS,pkg-config --libs lua5.4 sleef jansson libmd sqlite3 libseccomp)
# Lua as part of the program: calls into it need no detour, which is a few per cent of training.
LIBS       = $(patsubst -llua5.4,-l:liblua5.4.a,$(PKG_LIBS)) -lm

VARIANT_release := -O2 -g
VARIANT_debug   := -O0 -g3
VARIANT_strict  := -O2 -g -Werror
VARIANT_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address
VARIANT_ubsan   := -O1 -g -fno-omit-frame-pointer -fsanitize=undefined -fno-sanitize-recover=all
$(if $(VARIANT_$(VARIANT)),,$(error VARIANT=$(VARIANT): known are release debug strict asan ubsan))

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wno-sign-conversion
# A product and a sum are fused where the source says fma, nowhere else: the same bits on every machine.
FLAGS     = -std=gnu11 $(WARNINGS) $(VARIANT_$(VARIANT)) -Isrc $(CPPFLAGS) $(CFLAGS) -ffp-contract=off

# ---- Files -----------------------------------------------------------------------------------------------

# A src/*/*_loops.c is compiled once for each path, to foo_loops.<path>.o, with the instructions that the path may use;
# `wide` is AVX-512's source on AVX2's instructions, for the unit tests alone (src/math/vector.inc tells more).
# MACHINE is what the compiler compiles for, which need not be the machine it runs on.
MACHINE    := $(or $(shell $(CC) -dumpmachine 2> /dev/null),$(shell uname -m))
PATHS      := portable $(if $(filter x86_64%,$(MACHINE)),avx2 avx512)
CPU        :=
CPU_avx2   := -mavx2 -mfma
CPU_avx512 := -mavx512f -mavx512dq -mavx512vl -mfma
CPU_wide   := $(CPU_avx2) -DLURE_VECTOR_BYTES=64 -Wno-psabi
LOOPS      := src/%_loops.c
LUA        :=

sources = $(foreach room,$1,$(wildcard src/$(room)/*.c))
compile = $(patsubst %.c,$(B)/%$2.o,$1)
objects = $(call compile,$(filter-out $(LOOPS),$1)) $(foreach path,$(PATHS),$(call compile,$(filter $(LOOPS),$1),.$(path)))

CORE     := $(call sources,base math learn store)
SCRIPT   := $(call sources,script)
RUN      := $(call sources,run)
BATCH    := $(call sources,batch)
CHECK    := $(call sources,check)
REPORT   := $(call sources,report)
CLI      := $(call sources,cli)
UNIT     := $(wildcard tests/unit/*.c)
HOST     := $(wildcard tests/lua/*.c)
DRIVERS  := $(wildcard tests/*/*_driver.c)
SHIMS    := $(wildcard tests/*/*_shim.c)
DRIVING  := tests/reference/by_seed.c
BENCHES  := $(wildcard tests/bench/*.c)
PROGRAM  := $(CORE) $(SCRIPT) $(RUN) $(BATCH) $(CHECK) $(REPORT) $(CLI)
C_FILES  := $(sort $(PROGRAM) $(UNIT) $(HOST) $(DRIVERS) $(DRIVING) $(BENCHES))
# the tables of tests/reference are written by programs, so they lie as those lay them
C_STYLED := $(C_FILES) $(SHIMS) $(filter-out tests/reference/%,$(wildcard src/*/*.h src/*/*.inc tests/*/*.h))
WIDE     := $(if $(filter avx2,$(PATHS)),$(B)/src/math/kernel_loops.wide.o $(B)/src/learn/optimizer_loops.wide.o)
ARCHIVES := $(patsubst %,$(B)/lib%.a,report check batch run script core)
TESTING  := $(B)/lure $(B)/unit $(if $(HOST),$(B)/lua_host) $(foreach d,$(DRIVERS),$(B)/$(basename $(notdir $d)))

# ---- Building --------------------------------------------------------------------------------------------

.PHONY: help all debug run build/lure
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

all: build/lure ## build the program: build/lure

debug: setup ## build it unoptimised with all symbols: build/debug/lure
	@$(MAKE) SETUP=no VARIANT=debug build/debug$(if $(filter-out gcc,$(CC)),-$(notdir $(CC)))/lure

run: build/lure ## install what is missing, build, and teach the lesson
	$(Q)build/lure run fry_shacks $(ARGS)

build/lure: $(B)/lure
	@ln -sfn $(patsubst build/%,%,$<) $@

$(B)/lure: $(call objects,$(CLI)) $(ARCHIVES)
$(B)/unit: $(call objects,$(UNIT)) $(WIDE) $(B)/libcheck.a $(B)/libbatch.a $(B)/libreport.a $(B)/libcore.a
$(B)/lua_host: $(call objects,$(HOST)) $(ARCHIVES)
$(B)/graphs_driver: $(call objects,$(DRIVING) tests/unit/random_graph.c)
$(B)/networks_driver: $(call objects,$(DRIVING) tests/unit/random_network.c tests/unit/random_network_run.c)
$(foreach d,$(DRIVERS),$(eval $(B)/$(basename $(notdir $d)): $(call objects,$d) $(ARCHIVES)))
$(foreach d,$(BENCHES),$(eval $(B)/bench/$(basename $(notdir $d)): $(call objects,$d) $(ARCHIVES)))

$(TESTING) $(BENCHES:tests/%.c=$(B)/%): $(B)/flags $(B)/files
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

$(B)/libcore.a:   $(call objects,$(CORE))
$(B)/libscript.a: $(call objects,$(SCRIPT))
$(B)/librun.a:    $(call objects,$(RUN))
$(B)/libbatch.a:  $(call objects,$(BATCH))
$(B)/libcheck.a:  $(call objects,$(CHECK))
$(B)/libreport.a: $(call objects,$(REPORT))
$(B)/lib%.a: $(B)/files
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)

# Only these may see Lua.
$(B)/src/script/%.o $(B)/src/run/%.o $(B)/src/batch/%.o $(B)/src/check/%.o $(B)/tests/lua/%.o $(B)/tests/bench/%.o $(B)/%_driver.o: LUA = $(LUA_CFLAGS)
# The one library that does not say its version in a header.
$(B)/src/check/doctor.o: LUA = $(LUA_CFLAGS) -DLURE_LIBMD_VERSION='"$(shell pkg-config --modversion libmd)"'

# And only these run instructions that not every machine has.
define on_path
$(B)/src/%_loops.$1.o: CPU := -DLURE_PATH=$1 $(CPU_$1)
$(B)/src/%_loops.$1.o: $(LOOPS) $(B)/flags
	$$(compiling)
endef
define compiling
$(call say,CC,$<$(if $(CPU), for $(patsubst .%,%,$(suffix $(basename $@)))))
@mkdir -p $(@D)
$(Q)$(CC) $(FLAGS) $(CPU) $(LUA) -MMD -MP -c -o $@ $<
endef

$(B)/%.o: %.c $(B)/flags
	$(compiling)
$(foreach path,$(PATHS) wide,$(eval $(call on_path,$(path))))

-include $(patsubst %.o,%.d,$(call objects,$(C_FILES)) $(WIDE))

# Rewritten only when what they hold has changed, so that what depends on them is rebuilt only then.
remember = mkdir -p $(@D); printf '%s\n' '$1' | cmp -s - $@ || { printf '%s\n' '$1' > $@; $2; }

$(B)/flags: FORCE | setup
	@$(call remember,$(CC) $(shell $(CC) --version | head -n 1) $(FLAGS) $(LUA_CFLAGS) $(LDFLAGS) $(LIBS),$(found))

$(B)/files: FORCE
	@$(call remember,$(C_FILES),:)

version = $1 $(shell pkg-config --modversion $(or $2,$1))
found = echo 'found $(notdir $(CC)) $(shell $(CC) -dumpfullversion 2> /dev/null || $(CC) -dumpversion), \
	$(call version,lua,lua5.4), $(call version,sleef), $(call version,jansson), $(call version,libmd), \
	$(call version,sqlite,sqlite3), $(call version,libseccomp)'

.PHONY: setup FORCE
setup:
	@$(if $(filter no,$(SETUP)),:,V='$(V)' sh tests/tools/setup.sh $(PACKAGES))

# ---- Tests -----------------------------------------------------------------------------------------------

.PHONY: test unit lua contract cli fault hostile tools golden losses learning asan ubsan bench
test: $(TESTING) unoptimised ## install what is missing, build, and run every test
	@bash tests/run.sh $(B)

# The release build is held against one at -O0, bit by bit.
.PHONY: unoptimised
unoptimised: $(TESTING)
	@$(if $(filter release,$(VARIANT)),$(MAKE) SETUP=no VARIANT=debug build/debug$(if $(filter-out gcc,$(CC)),-$(notdir $(CC)))/lure)

# One call runs all kinds that are named, one after the other: they share a folder of logs, and limits of time.
KINDS := unit lua contract cli fault hostile tools golden losses learning
NAMED := $(filter $(KINDS),$(MAKECMDGOALS))
unit: named ## only the C tests of the core
lua: named ## only the tests written in Lua
contract: named ## only the check of every environment and script
cli: named ## only the tests of the command line
fault: named ## only the tests that break things on purpose
hostile: named ## only the scripts that do their worst
tools: named ## only the tests of this Makefile's own scripts
golden: named ## only the hash of a training run, with every compiler, path and machine
losses: named ## only the training with losses of one's own
learning: named ## only the small worlds that algorithms have to solve

$(KINDS):
	@:

.PHONY: named
named: export EMULATE := $(filter golden,$(NAMED))
named: $(if $(filter-out unit,$(NAMED)),$(TESTING),$(B)/unit) $(if $(filter golden,$(NAMED)),unoptimised)
	@bash tests/run.sh $(B) $(NAMED)

asan: ## every test again, under the address and leak sanitizer
ubsan: ## every test again, under the undefined behaviour sanitizer
asan ubsan: setup
	@$(MAKE) SETUP=no VARIANT=$@ test

bench: build/lure $(BENCHES:tests/%.c=$(B)/%) ## measure the speed; ARGS=lesson, maths, products, worlds, ppo, batch or learning: that part
	@LURE=$(CURDIR)/$(B)/lure BUILD=$(CURDIR)/$(B) bash tests/bench/all.sh $(ARGS)

# ---- Checks ----------------------------------------------------------------------------------------------

.PHONY: check compile layers style lint luacheck markers format
check: compile layers style lint luacheck markers ## everything that needs no running: warnings, layers, style, lint

compile: setup ## build everything with gcc and clang, warnings as errors
	@$(MAKE) SETUP=no VARIANT=strict CC=gcc everything
	@$(MAKE) SETUP=no VARIANT=strict CC=clang everything

.PHONY: everything
everything: $(TESTING) $(BENCHES:tests/%.c=$(B)/%)

layers: setup ## prove that no room includes one below it, and that each header stands alone
	@CC='$(CC)' FLAGS='$(FLAGS)' LUA='$(LUA_CFLAGS)' sh tests/tools/layers.sh

style: setup
	$(call say,STYLE,$(words $(C_STYLED)) files)
	$(Q)clang-format --dry-run -Werror $(C_STYLED)

lint: setup ## cppcheck and clang-tidy
	$(call say,LINT,cppcheck)
	$(Q)mkdir -p build/cppcheck
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability -j $$(nproc) \
		--cppcheck-build-dir=build/cppcheck --suppress=missingInclude --template=gcc -Isrc $(C_FILES)
	$(call say,LINT,clang-tidy)
	$(Q)printf '%s\n' $(C_FILES) | \
		xargs -P $$(nproc) -n 4 sh -c 'clang-tidy --quiet "$$@" -- $(FLAGS) $(LUA_CFLAGS) 2> /dev/null' tidy

luacheck: setup
	$(call say,LINT,luacheck)
	$(Q)luacheck --quiet --no-color environments scripts tests

markers:
	@! grep -rnwE 'TO[D]O|FI[X]ME|X[X]X|HA[C]K' Makefile $(wildcard README.md) src environments scripts tests

format: setup ## lay the C files out with clang-format
	$(Q)clang-format -i $(C_STYLED)

# ---- Installing ------------------------------------------------------------------------------------------

.PHONY: install uninstall clean
SHARED = $(shell find environments scripts -type f | LC_ALL=C sort)
BIN    = $(DESTDIR)$(PREFIX)/bin
SHARE  = $(DESTDIR)$(PREFIX)/share/lure

install: build/lure ## copy the program, environments and scripts below PREFIX (/usr/local)
	$(Q)install -D -m 755 $(B)/lure '$(BIN)/lure'
	$(Q)for f in $(SHARED); do install -D -m 644 "$$f" "$(SHARE)/$$f" || exit; done
	@echo 'installed $(BIN)/lure and $(words $(SHARED)) scripts in $(SHARE)'

uninstall: ## remove exactly what install copied
	$(Q)rm -f '$(BIN)/lure' $(patsubst %,'$(SHARE)/%',$(SHARED))
	$(Q)find environments scripts -depth -type d | while read -r d; do rmdir "$(SHARE)/$$d" 2> /dev/null; done; \
		rmdir '$(SHARE)' 2> /dev/null || :

clean: ## remove build/
	$(Q)rm -rf build
