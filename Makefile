# Slipway: `make run` for a working site, `make test` for everything CI runs.
# Targets are listed by `make help`.

CC       ?= gcc
BUILD    ?= build
WERROR   ?= -Werror
PKGS      = libcurl json-c libpq libpcre2-8 libsodium inih libutf8proc gumbo
PKGS     += libcmark-gfm yaml-0.1

WARN      = -Wall -Wextra -Wpedantic $(WERROR) -Wshadow -Wconversion
WARN     += -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes
WARN     += -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla
WARN     += -Wnull-dereference -Wdouble-promotion -Wfloat-equal
WARN     += -Wimplicit-fallthrough

IS_CLANG := $(shell $(CC) --version 2>/dev/null | grep -c clang)
ifeq ($(IS_CLANG),0)
WARN     += -Wmissing-declarations -Wold-style-definition -Wredundant-decls
WARN     += -Wnested-externs -Wpointer-arith -Wcast-align=strict
WARN     += -Wformat-signedness -Wswitch-enum -Wunused-macros -Walloc-zero
WARN     += -Wduplicated-cond -Wduplicated-branches -Wlogical-op
WARN     += -Wjump-misses-init -Wstack-usage=16384
HARDEN    = -ftrivial-auto-var-init=zero
else
WARN     += -Wmissing-variable-declarations -Wcast-align -Wcomma
WARN     += -Wconditional-uninitialized -Wunreachable-code -Wassign-enum
endif

HARDEN   += -fstack-protector-strong -fstack-clash-protection
HARDEN   += -fcf-protection -fPIE -D_FORTIFY_SOURCE=3 -fno-strict-overflow
HARDEN   += -fno-delete-null-pointer-checks -fno-common
OPT      ?= -O2 -g
ifdef SANITIZE
HARDEN    = -fPIE -fno-common -fsanitize=address,undefined
HARDEN   += -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT       = -O1 -g
endif

DEPFLAGS  = -MMD -MP
# Third-party headers are not held to our warnings.
PKG_INC  := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Isrc \
	     $(PKG_INC) $(OPT) $(HARDEN) $(WARN) $(CFLAGS)
ALL_LDFLAGS = -pie -pthread -Wl,-z,relro,-z,now,-z,noexecstack \
	      -Wl,-z,separate-code,--as-needed $(LDFLAGS)
LIBS     := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lfcgi -lcjose -lm
# Libraries are searched in this order for each of the 10,000 symbols that a
# program's forty have; these two have most, and come with libpq and libcurl.
ifndef SANITIZE
FIRST     = -Wl,--no-as-needed -lcrypto -lc -Wl,--as-needed
endif

# V=1 shows the commands.
ifdef V
Q         =
else
Q         = @printf '  %-5s %s\n' $(1) $@;
endif

SRC      := $(filter-out src/cli/%,$(wildcard src/*/*.c))
OBJ      := $(SRC:%.c=$(BUILD)/%.o)
LIB      := $(BUILD)/libslipway.a
CLI_OBJ  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/cli/*.c))
ROUTES   := $(patsubst cgi-bin/%.c,$(BUILD)/cgi-bin/%,$(wildcard cgi-bin/*.c))
UNITS    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
MOCK     := $(BUILD)/tests/mock/mock-provider

.PHONY: all
all: $(ROUTES) $(BUILD)/slipway ## build the workers and the command

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | \
		sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(ALL_CFLAGS) $(DEPFLAGS) -c $< -o $@

$(LIB): $(OBJ)
	$(call Q,AR)rm -f $@.tmp; $(AR) rcs $@.tmp $^ && mv $@.tmp $@

# Those without a database.
$(addprefix $(BUILD)/cgi-bin/,about fallback health skeleton widget): FIRST =

$(BUILD)/cgi-bin/%: $(BUILD)/cgi-bin/%.o $(LIB)
	$(call Q,LD)$(CC) $(HARDEN) $(OPT) $^ -o $@ $(ALL_LDFLAGS) $(FIRST) $(LIBS)

$(BUILD)/slipway: $(CLI_OBJ) $(LIB)
	$(call Q,LD)$(CC) $(HARDEN) $(OPT) $^ -o $@ $(ALL_LDFLAGS) $(LIBS)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIB)
	$(call Q,LD)$(CC) $(HARDEN) $(OPT) $^ -o $@ $(ALL_LDFLAGS) $(LIBS) -lcmocka

# tests/fuzz/run.sh adds libFuzzer by CFLAGS and LDFLAGS.
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(LIB)
	$(call Q,LD)$(CC) $(HARDEN) $(OPT) $^ -o $@ $(ALL_LDFLAGS) $(LIBS)

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIB)
	$(call Q,LD)$(CC) $(HARDEN) $(OPT) $^ -o $@ $(ALL_LDFLAGS) $(LIBS)

$(BUILD)/tests/cost/%: $(BUILD)/tests/cost/%.o $(LIB)
	$(call Q,LD)$(CC) $(HARDEN) $(OPT) $^ -o $@ $(ALL_LDFLAGS) $(LIBS)

# The ledger with one statement per call, to compare with.
$(BUILD)/tests/bench/single.o: src/db/ledger_batch.c
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(ALL_CFLAGS) -DLEDGER_BATCH=1 -c $< -o $@

$(BUILD)/tests/bench/ledger_bench_single: $(BUILD)/tests/bench/ledger_bench.o \
		$(BUILD)/tests/bench/single.o $(LIB)
	$(call Q,LD)$(CC) $(HARDEN) $(OPT) $^ -o $@ $(ALL_LDFLAGS) $(LIBS)

$(MOCK): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/mock/*.c))
	$(call Q,LD)$(CC) $(HARDEN) $(OPT) $^ -o $@ $(ALL_LDFLAGS) -lmicrohttpd -lsodium

.PRECIOUS: $(BUILD)/%.o

.PHONY: units
units: $(UNITS) $(BUILD)/tests/cost/hot ## build the tests in C
.PHONY: mock
mock: $(MOCK) ## build the mock provider

.PHONY: model
model: ## the ledger against its model: 20 seeds of 10,000 operations
	tests/model/run.sh 20 10000 1

.PHONY: chaos
chaos: ## two minutes of load, kill -9 and crashes of PostgreSQL
	tests/chaos/run.sh 120

.PHONY: fuzz
fuzz: ## each fuzz target for ten minutes
	FUZZ_SECONDS=600 tests/fuzz/run.sh

.PHONY: bench
bench: all mock $(BUILD)/tests/bench/load $(BUILD)/tests/bench/relay ## Slipway beside its floors, in one table: BENCH=
	@dist/deps.sh bench
	python3 tests/bench/run.py --build '$(BUILD)' $(PEERS) $(BENCH)

.PHONY: bench-peers
bench-peers: ## the same, with other gateways beside: BENCH=
	@dist/deps.sh bench
	npm ci --prefix tests/bench/peers --ignore-scripts --no-audit --no-fund --loglevel=error
	+$(MAKE) --no-print-directory bench PEERS=--peers

.PHONY: bench-ledger
bench-ledger: ## admit+settle pairs a second, batched and not
	tests/bench/ledger.sh

.PHONY: settings
settings: $(BUILD)/slipway ## rewrite the texts made from the settings
	BUILD='$(BUILD)' dist/settings.sh

.PHONY: format
format: ## reformat the C code
	clang-format -i $$(git ls-files '*.c' '*.h')

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

include site.mk
