# Targets that run, test and install what the Makefile builds.

VAR      ?= var
PORT     ?= 8080
ADDR     ?= 127.0.0.1
SERVER   ?= lighttpd
SITE      = exec env VAR='$(VAR)' PORT='$(PORT)' ADDR='$(ADDR)' SERVER='$(SERVER)' \
	    CONF='$(CONF)' BUILD='$(BUILD)' SAMPLES='$(SAMPLES)' \
	    FSYNC='$(FSYNC)' dist/site.sh
# A second make: the first one looked for libraries before they were there.
REMAKE    = $(MAKE) -s --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: vendor vendor-check
vendor: ## copy the pages' libraries from npm to www/vendor
	@dist/vendor.sh
vendor-check: ## compare www/vendor with npm's lock file
	@dist/vendor.sh --check

DESTDIR  ?=
prefix   ?= /usr/local
bindir    = $(DESTDIR)$(prefix)/bin
libdir    = $(DESTDIR)$(prefix)/lib/slipway
sharedir  = $(DESTDIR)$(prefix)/share/slipway

.PHONY: deps
deps: ## install the Debian packages that are missing
	@dist/deps.sh

.PHONY: run
run: ## run a site in the foreground: installs, builds, serves
	@dist/deps.sh build runtime
	@$(REMAKE) all
	@$(SITE) run

.PHONY: up
up: ## the same in the background: SERVER= PORT= VAR= CONF=
	@dist/deps.sh build runtime
	@$(REMAKE) all
	@$(SITE) up

.PHONY: down
down: ## stop it: VAR=
	@$(SITE) down

.PHONY: test
test: ## run every test suite
	@dist/deps.sh build runtime
	@dist/deps.sh --try test
	@$(REMAKE) all units mock
	@BUILD='$(BUILD)' tests/run.sh

.PHONY: install
install: all ## install below DESTDIR and prefix
	install -d $(bindir) $(libdir)/cgi-bin $(sharedir)
	install $(BUILD)/slipway $(bindir)
	install $(filter-out %/skeleton,$(ROUTES)) $(libdir)/cgi-bin
	cp -R sql www apache-conf lighttpd-conf dist/grafana $(sharedir)
	install -d $(sharedir)/site
	install -m 644 dist/site/roles.sql dist/site/password.sql $(sharedir)/site
	install dist/database.sh dist/container/container.sh $(sharedir)
