#!/bin/bash
# A site whose workers reach PostgreSQL through PgBouncer in transaction mode:
# the end-to-end cases that are about the ledger, with fewer sessions than
# threads.
# Usage: tests/route/pgbouncer.sh
#
# Environment: BUILD, where it was built (build).
# The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
if ! PATH=$PATH:/usr/sbin command -v pgbouncer >/dev/null; then
	echo "skipped: pgbouncer: it is not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit
fi
SERVERS=lighttpd exec tests/e2e/run.sh --pooler -k chat: -k money: -k limits: \
	-k burst: -k faults: -k stays_reserved -k pooler -k ledger_check
