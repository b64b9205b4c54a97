#!/bin/bash
# One pgTAP file.  It is a single transaction, whose now() stands still while the
# ledger's clock goes on, and many files fill the budget of a day: none runs
# across a full or half hour, at which a day begins in some time zone.
# Usage: one.sh PSQL FILE
set -eu

left=$((1800 - EPOCHSECONDS % 1800))
[[ $left -gt 10 ]] || sleep "$left"
exec "$1" -X -q -A -t -v ON_ERROR_STOP=1 -f "$2"
