# SPDX-License-Identifier: GPL-2.0-only
# One Makefile, no recursion into folders.  `make help` lists the targets.
#
#   build/         the programs as they are installed
#   build/test/    the same sources once more with -DREEVE_TEST_HOOKS: what unit and flow tests use
#   O=dir          another tree beside it           DEV=1   warnings are errors
#   SAN=address,undefined   with sanitizers         COV=1   with coverage counters
#   V=1                                  print whole command lines
#   ONLY=text      check-unit, check-flow, check-replay: only what has this text in its name
#
# A new layer is one line of src/LAYERS; a new source or test file is picked up by its place.
# Local overrides go in config.mk (not tracked).
-include config.mk

NAME    := reeve
VERSION := 0.1.0
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/$(NAME)
SHELLDIR ?= $(PREFIX)/share
O       ?= build
PKG_CONFIG   ?= pkg-config
CLANG_FORMAT ?= clang-format-14
FUZZ_SECONDS ?= 60
SIM_TRACES   ?= 1000000
SIM_SEED     ?= 1

# --- programs: layer=program; each links what src/LAYERS puts on that layer's line, no more ---
PROGS := cli=reeve daemon=reeved run=reeve-run
layer_of = $(firstword $(subst =, ,$(1)))
prog_of  = $(lastword $(subst =, ,$(1)))
HAVE  := $(foreach p,$(PROGS),$(if $(wildcard src/$(call layer_of,$(p))/main.c),$(p)))
MAINS := $(foreach p,$(HAVE),src/$(call layer_of,$(p))/main.c)
BIN   := $(foreach p,$(HAVE),$(O)/$(call prog_of,$(p)))

# --- layers, lowest first; BELOW_x: what layer x may include, x itself last ---
LAYERS := $(shell sed -n 's/^\([a-z]*\):.*/\1/p' src/LAYERS)
$(foreach l,$(LAYERS),$(eval BELOW_$(l) := $(shell sed -n 's/^$(l): *//p' src/LAYERS)))

# --- foreign libraries, by the layer that wraps them ---
PKGS_core   := libsodium
PKGS_codec  := jansson inih
PKGS_sys    := libsodium
PKGS_effect := libgit2 nettle
PKGS_daemon := libevent_core

# These targets work with no library installed: they need none, or they start a make of their own.
BARE := asan bench chaos check check-agents check-clang check-flow check-replay check-unit clean coverage demo \
	deps format format-check fuzz help sim sim-mutants uninstall
ifneq ($(filter-out $(BARE),$(or $(MAKECMDGOALS),all)),)
PKGS := $(sort $(foreach l,$(LAYERS),$(PKGS_$(l))))
PROBE := $(shell $(PKG_CONFIG) --exists $(PKGS) 2>/dev/null && \
	echo '$(patsubst %,\#,x)include <inotifytools/inotifytools.h>' | $(CC) -E -x c - >/dev/null 2>&1 && echo found)
ifneq ($(PROBE),found)
$(error a compiler, pkg-config or a library is missing ($(PKGS) inotifytools). \
	Run `make deps` as root, or on Debian 12: apt-get install $(shell sh tests/lib/deps.sh --list))
endif
$(foreach l,$(LAYERS),$(if $(PKGS_$(l)),$(eval FOREIGN_$(l) := $(shell $(PKG_CONFIG) --libs $(PKGS_$(l))))))
$(foreach l,$(LAYERS),$(if $(PKGS_$(l)),$(eval $(O)/src/$(l)/%.o: LAYER_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS_$(l))))))
endif
FOREIGN_intake := -linotifytools

# --- flags ---
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wwrite-strings -Wpointer-arith -Wcast-qual -Wformat=2 \
	-Wundef -Wvla -Wswitch-enum -Wimplicit-fallthrough -Wconversion -Wno-sign-conversion \
	-Wno-missing-field-initializers
ifdef DEV
WARN += -Werror
endif
OPT      ?= -O2 -g
HARDEN   ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2
DEFS     := -Isrc -D_GNU_SOURCE -DREEVE_VERSION='"$(VERSION)"'
CFLAGS_  := -std=gnu17 $(OPT) $(WARN) -fno-common -fno-strict-aliasing
LDFLAGS_ := -Wl,--as-needed
ifdef TEST
DEFS     += -DREEVE_TEST_HOOKS
endif
ifdef COV
HARDEN   :=
OPT      := -O0 -g
CFLAGS_  += --coverage
LDFLAGS_ += --coverage
endif
ifdef SAN
HARDEN   :=
CFLAGS_  += -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_ += -fsanitize=$(SAN)
endif
COMPILE = $(CC) $(DEFS) $(CPPFLAGS) $(CFLAGS_) $(HARDEN) $(CFLAGS)
LINK    = $(CC) $(LDFLAGS_) $(LDFLAGS)
comma   := ,
# $(call say,WORD)recipe: one short line instead of the command, unless V=1
say     = $(if $(V),,@printf '  %-5s %s\n' $(1) $@; )

# --- what there is ---
only     = $(if $(ONLY),$(foreach f,$(1),$(if $(findstring $(ONLY),$(notdir $(f))),$(f))),$(1))
src_of   = $(filter-out $(MAINS),$(sort $(wildcard src/$(1)/*.c)))
GEN      := $(O)/gen/embedded_files
objs_of  = $(patsubst %.c,$(O)/%.o,$(call src_of,$(1))) $(if $(filter codec,$(1)),$(GEN).o)
ARCHIVED := $(foreach l,$(LAYERS),$(if $(strip $(call objs_of,$(l))),$(l)))
ARCHIVES := $(ARCHIVED:%=$(O)/lib%.a)
rev      = $(if $(1),$(call rev,$(wordlist 2,99,$(1))) $(firstword $(1)))
below    = $(call rev,$(patsubst %,$(O)/lib%.a,$(filter $(ARCHIVED),$(BELOW_$(1)))))
foreign  = $(sort $(foreach l,$(BELOW_$(1)),$(FOREIGN_$(l)))) $(LDLIBS)
ALL_FOREIGN = $(sort $(foreach l,$(LAYERS),$(FOREIGN_$(l)))) $(LDLIBS)
HDRS     := $(sort $(wildcard src/*/*.h))
CODE     := $(HDRS) $(sort $(wildcard src/*/*.c))
FORMATTED := $(CODE) $(sort $(wildcard tests/*/*.[ch]))
UNIT     := $(patsubst %.c,$(O)/%,$(call only,$(sort $(wildcard tests/unit/test_*.c))))
UNITLIB  := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/lib/*.c)))
FUZZ     := $(patsubst %.c,$(O)/%,$(call only,$(sort $(wildcard tests/fuzz/fuzz_*.c))))
SIM      := $(O)/tests/sim/sim
SIMOBJS  := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/sim/*.c)))
FLOW     := $(call only,$(sort $(wildcard tests/flow/*.bats)))
MANPAGES := $(sort $(wildcard man/*.[1-8]))
tree     = $(sort $(shell test ! -d $(1) || find $(1) -type f ! -name '.*'))
EMBED    := $(sort $(call tree,templates) $(call tree,state))

all: $(BIN) $(ARCHIVES) ## build the programs (default)

# $(call stamp,TEXT): rewrite the target only when TEXT is not what it holds
stamp = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(1))' >$@
# An archive depends on the list of its members too: a source file may go.
define layer_rule
$(O)/lib$(1).a: $(call objs_of,$(1)) $(O)/lib$(1).list
	$$(call say,AR)rm -f $$@ && $(AR) rcs $$@ $$(filter %.o,$$^)
$(O)/lib$(1).list: FORCE
	$$(call stamp,$(call objs_of,$(1)))
endef
$(foreach l,$(ARCHIVED),$(eval $(call layer_rule,$(l))))

define prog_rule
$(O)/$(call prog_of,$(1)): $(O)/src/$(call layer_of,$(1))/main.o $(call below,$(call layer_of,$(1)))
	$$(call say,LINK)$$(LINK) -o $$@ $$^ $$(call foreign,$(call layer_of,$(1)))
endef
$(foreach p,$(HAVE),$(eval $(call prog_rule,$(p))))

# Objects depend on the flags they were made with, and on the headers the compiler says they read.
$(O)/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) $(LAYER_CFLAGS) -MMD -MP -c -o $@ $<
$(O)/flags: FORCE
	$(call stamp,$(COMPILE) $(LINK))

# Templates and the state skeleton, compiled in: the programs need no data folder.
$(GEN).c: src/embed.sh $(EMBED) $(GEN).list
	$(call say,GEN)sh src/embed.sh $(EMBED) >$@
$(GEN).o: $(GEN).c src/codec/embedded.h $(O)/flags
	$(call say,CC)$(COMPILE) -c -o $@ $<
$(GEN).list: FORCE
	$(call stamp,$(EMBED))

-include $(shell test ! -d $(O)/src || find $(O)/src $(O)/tests -name '*.d' 2>/dev/null)

# --- tests.  Every check writes NAME.log and NAME.count into $(RESULTS) (tests/lib/run.sh) ---
RESULTS ?= $(O)/results
RUN      = sh tests/lib/run.sh $(RESULTS)
CPUS    := $(shell nproc 2>/dev/null || echo 2)
# both cores, unless the user said -j
J        = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(CPUS))
SUBMAKE  = $(MAKE) --no-print-directory $(J)
TESTTREE = $(SUBMAKE) -k O=$(O)/test TEST=1 RESULTS=$(abspath $(RESULTS))

deps: ## install the Debian packages that are missing (as root), silent when there are none
	@sh tests/lib/deps.sh

check: deps ## every test: lint, unit, simulator, fuzz corpus, flow
	+@rm -rf $(RESULTS); s=0; \
	$(SUBMAKE) -k check-lint || s=1; \
	for t in unit sim replay flow; do $(TESTTREE) run-$$t || s=1; done; \
	sh tests/lib/tally.sh $(RESULTS) $$s

check-unit: ## unit tests (cmocka); ONLY=core_ for some of them
	+@$(TESTTREE) run-unit
check-replay: ## every fuzzer's corpus, once
	+@$(TESTTREE) run-replay
sim: ## the simulator: SIM_TRACES traces from SIM_SEED on; one again: build/test/tests/sim/sim --seed N --trace
	+@$(TESTTREE) $(O)/test/tests/sim/sim
	@$(O)/test/tests/sim/sim --seed $(SIM_SEED) --traces $(SIM_TRACES) --jobs $(CPUS)
sim-mutants: ## plant one bug after another: the simulator must find each
	@sh tests/sim/mutants.sh $(abspath $(O)/mutants)
check-flow: ## flow tests (bats) against real tmux, git and processes
	+@$(TESTTREE) run-flow

AGENTS ?= $(O)/agents
check-agents: ## real agents (npm, 1.3 GB in build/agents) offline with a scripted model; ONLY=codex for one of them
	+@rm -rf $(AGENTS)/results; s=0; \
	sh tests/agents/install.sh $(abspath $(AGENTS)) && \
	$(TESTTREE) AGENTS=$(AGENTS) RESULTS=$(abspath $(AGENTS)/results) run-agents || s=1; \
	sh tests/lib/tally.sh $(AGENTS)/results $$s
run-agents: $(BIN)
	@PATH="$(abspath $(O)):$$PATH" sh tests/agents/run.sh $(abspath $(RESULTS)) $(abspath $(AGENTS)) $(ONLY)

# the real core, store and engine over a simulated kernel; sim_twin.c and sim_memo.c have what is wrapped
SIMWRAP := getpid geteuid syncfs proc_start_time history_next ticket_text_load ticket_text_read ticket_text_dump history_replay fsck_ticket \
	digest_of vsnprintf snprintf __vsnprintf_chk __snprintf_chk
$(SIM): $(SIMOBJS) $(O)/librun.a $(call below,engine)
	$(call say,LINK)$(LINK) $(SIMWRAP:%=-Wl$(comma)--wrap=%) \
		-o $@ $^ $(call foreign,engine)
run-sim: $(SIM)
	@REEVE_TEST_TIMEOUT=600 $(RUN) sim $< --traces 200000 --jobs $(CPUS) --brief
# tests/unit/test_LAYER_module.c links LAYER and what is below it, no more
.SECONDEXPANSION:
layer_in = $(firstword $(subst _, ,$(patsubst test_%,%,$(notdir $(1)))))
$(UNIT): $(O)/%: $(O)/%.o $(UNITLIB) $$(call below,$$(call layer_in,$$*))
	$(call say,LINK)$(LINK) -o $@ $^ -lcmocka $(call foreign,$(call layer_in,$@))
$(FUZZ:%=%.replay): %.replay: %.o $(O)/tests/fuzz/replay.o $$(call rev,$$(ARCHIVES))
	$(call say,LINK)$(LINK) -o $@ $^ $(ALL_FOREIGN)
$(FUZZ): %: %.o $$(call rev,$$(ARCHIVES))
	$(call say,LINK)$(LINK) -fsanitize=fuzzer -o $@ $^ $(ALL_FOREIGN)
.SECONDARY: $(UNIT:%=%.o) $(FUZZ:%=%.o)

run-unit: $(UNIT:%=%.run)
$(UNIT:%=%.run): %.run: %
	@$(RUN) $(notdir $*) $<
run-replay: $(FUZZ:%=%.run)
$(FUZZ:%=%.run): %.run: %.replay
	@$(RUN) replay_$(patsubst fuzz_%,%,$(notdir $*)) $< tests/fuzz/corpus/$(patsubst fuzz_%,%,$(notdir $*))
run-flow: $(BIN)
	@$(if $(FLOW),PATH="$(abspath $(O)):$$PATH" sh tests/lib/flow.sh $(abspath $(RESULTS)) $(CPUS) $(FLOW),echo 'no flow tests yet')

# --- lints ---
LINTS := layers pure headers link format man docs shell hazards text oneway selftest
check-lint: $(LINTS:%=check-%) ## layers, purity, headers, link set, format, manual, shell, hazards, one way
check-layers:
	@$(RUN) lint_layers sh tests/lint/layers.sh src/LAYERS $(CODE)
check-pure: $$(filter %/libbase.a %/libcore.a %/libcodec.a,$$(ARCHIVES))
	@$(RUN) lint_pure sh tests/lint/pure.sh tests/lint/pure.allow $^
check-headers: $(O)/flags
	@$(RUN) lint_headers sh tests/lint/headers.sh "$(COMPILE) $(shell $(PKG_CONFIG) --cflags $(PKGS))" $(HDRS)
check-link: $(BIN)
	@$(RUN) lint_link sh tests/lint/link.sh $(BIN)
check-format:
	@$(RUN) lint_format sh tests/lint/format.sh $(CLANG_FORMAT) $(FORMATTED)
check-man:
	@$(if $(MANPAGES),$(RUN) lint_man mandoc -Tlint -Wwarning $(MANPAGES))
check-docs: $(BIN)
	@$(RUN) lint_docs sh tests/lint/docs.sh $(O)/reeve
check-shell:
	@$(RUN) lint_shell sh tests/lint/shell.sh
check-hazards:
	@$(RUN) lint_hazards sh tests/lint/hazards.sh && sed '$$d' $(RESULTS)/lint_hazards.log
check-text:
	@$(RUN) lint_text sh tests/lint/text.sh
check-oneway:
	@$(RUN) lint_oneway sh tests/lint/oneway.sh
check-selftest: all
	@$(RUN) lint_selftest sh tests/lint/selftest.sh $(O)

# --- other trees ---
check-clang: ## build everything with clang, warnings are errors
	+@$(SUBMAKE) O=$(O)/clang CC=clang DEV=1 all
	+@$(SUBMAKE) O=$(O)/clang/test CC=clang DEV=1 TEST=1 test-programs
test-programs: $(BIN) $(UNIT) $(SIM) $(FUZZ:%=%.replay)
ASAN_PARTS ?= unit replay flow
asan: ## unit, replay and flow tests under address and undefined-behaviour sanitizers
	+@rm -rf $(O)/asan/results; s=0; \
	for t in $(ASAN_PARTS); do $(SUBMAKE) -k O=$(O)/asan/test TEST=1 SAN=address,undefined \
		RESULTS=$(abspath $(O)/asan/results) run-$$t || s=1; done; \
	sh tests/lib/tally.sh $(O)/asan/results $$s
fuzz: ## run every fuzzer for FUZZ_SECONDS (60); finds are left in build/fuzz
	+@$(SUBMAKE) O=$(O)/fuzz CC=clang TEST=1 SAN=address,undefined,fuzzer-no-link fuzz-programs
	@for f in $(patsubst tests/fuzz/fuzz_%.c,%,$(call only,$(sort $(wildcard tests/fuzz/fuzz_*.c)))); do \
		mkdir -p $(O)/fuzz/corpus/$$f tests/fuzz/corpus/$$f; \
		$(O)/fuzz/tests/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(O)/fuzz/$$f- \
			$(O)/fuzz/corpus/$$f tests/fuzz/corpus/$$f || exit 1; done
fuzz-programs: $(FUZZ)
coverage: ## line and branch coverage of unit, replay and flow tests, by layer
	+@$(SUBMAKE) -k O=$(O)/cov/test TEST=1 COV=1 RESULTS=$(abspath $(O)/cov/results) run-unit run-replay run-flow; \
	sh tests/lib/coverage.sh $(O)/cov/test
bench: ## measure the targets of the design beside their baselines
	+@$(SUBMAKE) all
	@PATH="$(abspath $(O)):$$PATH" bash tests/bench/run
chaos: ## the promise with the real programs: CHAOS_SECONDS (60) of kills and storms from CHAOS_SEED, then rest
	+@$(SUBMAKE) all
	@PATH="$(abspath $(O)):$$PATH" bash tests/chaos/run
demo: deps ## build, then show a whole day's work with scripted agents
	+@$(SUBMAKE) all
	@PATH="$(abspath $(O)):$$PATH" bash tests/demo.sh

format: ## reformat the C sources (clang-format 14)
	$(CLANG_FORMAT) -i $(FORMATTED)
format-check: ## say which C sources `make format` would change
	@sh tests/lint/format.sh $(CLANG_FORMAT) $(FORMATTED)

# --- install: one list of SOURCE>TARGET pairs serves both directions ---
to       = $(foreach f,$(1),$(f)>$(2)/$(notdir $(f)))
INSTALLS := $(foreach p,$(HAVE),$(O)/$(call prog_of,$(p))>$(BINDIR)/$(call prog_of,$(p))) \
	$(foreach s,1 5 7 8,$(call to,$(filter %.$(s),$(MANPAGES)),$(MANDIR)/man$(s))) \
	$(foreach d,hooks templates state,$(foreach f,$(call tree,$(d)),$(f)>$(DATADIR)/$(f))) \
	templates/completion/reeve.bash>$(SHELLDIR)/bash-completion/completions/$(NAME) \
	templates/completion/_reeve>$(SHELLDIR)/zsh/site-functions/_$(NAME) \
	templates/completion/reeve.fish>$(SHELLDIR)/fish/vendor_completions.d/$(NAME).fish
install: all ## install programs, man pages, hooks, templates (PREFIX, DESTDIR)
	@for p in $(foreach i,$(INSTALLS),'$(i)'); do from=$${p%%>*} to='$(DESTDIR)'$${p#*>}; \
		if test -x "$$from"; then mode=755; else mode=644; fi; \
		echo "install $$to"; install -D -m$$mode "$$from" "$$to" || exit 1; done
uninstall: ## remove what install put there, and nothing else
	@for p in $(foreach i,$(INSTALLS),'$(i)'); do to='$(DESTDIR)'$${p#*>}; \
		echo "remove $$to"; rm -f "$$to" || exit 1; done
	@test ! -d '$(DESTDIR)$(DATADIR)' || find '$(DESTDIR)$(DATADIR)' -depth -type d -empty -delete

clean: ## remove the build trees
	rm -rf build $(filter-out build,$(O))
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | awk -F'\t' '{ printf "%-14s %s\n", $$1, $$2 }'
FORCE:
.PHONY: all deps check sim run-sim sim-mutants check-unit check-replay check-flow check-lint $(LINTS:%=check-%) check-clang check-agents asan fuzz \
	coverage bench chaos demo format format-check install uninstall clean help test-programs fuzz-programs \
	run-unit run-replay run-flow run-agents $(UNIT:%=%.run) $(FUZZ:%=%.run) FORCE
.DELETE_ON_ERROR:
