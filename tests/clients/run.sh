#!/bin/bash
# The real clients: OpenAI's and Anthropic's SDKs, Vercel's, LangChain's, each
# through every case, against a site of its own and the mock provider.
# Usage: tests/clients/run.sh [-k PART-OF-A-NAME]
#
#   RUNS="lighttpd:node20 lighttpd:latest"   which server modes, which packages
#   BUILD=build                              what was built
#
# Sets of packages: node20 is the newest of each that names Node 20 as enough,
# latest the newest at all (they run on Node 20, too).  Pinned by lock files.
# The last line is "N passed, N failed[, N skipped]".
set -eu
cd "$(dirname "$0")/../.."
here=tests/clients
BUILD=${BUILD:-build}
RUNS=${RUNS:-lighttpd:node20 apache-proxy:node20 apache-fcgid:node20 apache-cgi:node20 lighttpd:latest}
node_major=20

# not_here REASON: nothing can be tested on this machine.
not_here() {
	echo "skipped: clients: $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

for tool in node npm psql; do
	command -v "$tool" >/dev/null || not_here "$tool is not installed"
done
major=$(node -p 'process.versions.node.split(".")[0]')
[[ $major -ge $node_major ]] ||
	not_here "node is version $major; $node_major is needed"
for set in node20 latest; do
	# npm leaves this file behind when all of the lock file is installed
	[[ $RUNS != *:$set* || \
		$here/$set/node_modules/.package-lock.json -nt \
		$here/$set/package-lock.json ]] ||
		npm ci --prefix "$here/$set" --ignore-scripts --no-audit \
			--no-fund --loglevel=error >&2 ||
		not_here "npm cannot install the packages of $set"
done

make --no-print-directory -s BUILD="$BUILD" all mock
# shellcheck disable=SC2086 # RUNS is a list of words
exec env PYTHONDONTWRITEBYTECODE=1 python3 $here/run.py --build "$BUILD" \
	"$@" $RUNS
