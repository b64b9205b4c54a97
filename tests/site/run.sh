#!/bin/bash
# Tests of what runs Slipway: dist/site.sh (make up, down, run) and the
# configurations of the web servers.
# Usage: tests/site/run.sh
#
#   BUILD=build   what was built
#   SERVERS=...   the modes whose surface is tested
# The last line is "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source-path=SCRIPTDIR/../..
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh
# shellcheck source=tests/site/surface.sh
. tests/site/surface.sh
# shellcheck source=tests/site/life.sh
. tests/site/life.sh
# shellcheck source=tests/site/stock.sh
. tests/site/stock.sh

# shellcheck source=tests/site/install.sh
. tests/site/install.sh
# shellcheck source=tests/site/trust.sh
. tests/site/trust.sh

make --no-print-directory -s BUILD="${BUILD:-build}" all || exit 1
for mode in ${SERVERS:-lighttpd apache-proxy apache-fcgid apache-cgi}; do
	check "$mode: make up" site_up "$suite_dir/a site" SERVER="$mode"
	surface "$mode" "$suite_dir/a site"
	status_surface "$mode" "$suite_dir/a site"
done
site_down "$suite_dir/a site"
stock
install_and_start
life
suite_end
