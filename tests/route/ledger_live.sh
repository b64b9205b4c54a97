#!/bin/bash
# The ledger, the connections and the `slipway` command against a real
# PostgreSQL of its own, which is stopped, killed, frozen and started again.
# Usage: tests/route/ledger_live.sh
#
# Environment: BUILD, where to build (build).
# The last line is "N passed, N failed[, N skipped]".
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154 # suite_dir and the counters are from suite.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
export BUILD=${BUILD:-build}
# shellcheck source=../lib/suite.sh
. tests/lib/suite.sh

bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
if [[ ! -x $bin/initdb ]]; then
	skip ledger_live "PostgreSQL's server is not installed"
	suite_end
	exit
fi
if ! make -j"$(nproc)" BUILD="$BUILD" "$BUILD/slipway" \
	"$BUILD/tests/unit/ledger_live" >"$suite_dir/make" 2>&1; then
	cat "$suite_dir/make"
	echo "0 passed, 1 failed"
	exit 1
fi

# In this order: each goes on with what the one before has left.
# shellcheck source=ledger/setup.sh
. tests/route/ledger/setup.sh
for part in migrations command calls connections kept outage refusals killed password; do
	# shellcheck source=/dev/null
	. "tests/route/ledger/$part.sh"
done

lost() { grep "are lost" "$suite_dir/log"; }
check "no settlement was lost" is "" lost

[[ $suite_failed -eq 0 ]] || tail -n 40 "$suite_dir/log"
suite_end
