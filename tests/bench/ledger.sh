#!/bin/bash
# Admit+settle pairs a second and the database's CPU per pair, one statement
# per call against batches, at 1, 64 and 256 waiting requests, interleaved in
# one run. With `growth` as argument: batches of 64 with an empty history and
# with 10 million calls and 100,000 users.
# Usage: tests/bench/ledger.sh [ROUNDS [SECONDS [growth]]]
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
rounds=${1:-3}
seconds=${2:-4}
growth=${3:-}
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

make -s -j"$(nproc)" BUILD="$BUILD" "$BUILD/tests/bench/ledger_bench" \
	"$BUILD/tests/bench/ledger_bench_single" || exit 1

cluster_up shared_buffers=512MB max_wal_size=4GB
hash=$(printf bench | sha256sum | cut -d' ' -f1)
cluster_sql -c "SELECT slipway.user_create('default', 'bench', 'user')" \
	-c "SELECT slipway.key_create('bench', '$hash', 'bench')" >/dev/null

# CPU seconds of the server and all its processes, living and waited for.
cpu() {
	local main
	main=$(head -n 1 "$pg/data/postmaster.pid")
	# shellcheck disable=SC2046 # one word for each process
	awk 'NR == 1 { t += $16 + $17 }
		{ t += $14 + $15 } END { print t }' "/proc/$main/stat" \
		$(ps -o pid= --ppid "$main" | awk '{ print "/proc/" $1 "/stat" }') \
		2>/dev/null
}

# one LABEL PROGRAM CALLERS: a row "label callers pairs/s cpu_us_per_pair"
one() {
	local before after pairs took
	before=$(cpu)
	read -r pairs took < <("$BUILD/tests/bench/$2" \
		"host=$pg dbname=slipway user=owner" "$hash" "$3" "$seconds" 2>>"$suite_dir/bench.log")
	after=$(cpu)
	awk -v l="$1" -v n="$3" -v p="$pairs" -v t="$took" \
		-v c="$((after - before))" \
		'BEGIN { printf "%s %d %.0f %.0f\n", l, n, p / t, c * 1e4 / p }'
}

medians() {
	sort -k1,1 -k2,2n | awk '
	{ k = $1 " " $2; n[k]++; a[k, n[k]] = $3; b[k, n[k]] = $4
	  if (n[k] == 1) order[++keys] = k }
	function median(v, k, m,   i, j, t, s) {
		for (i = 1; i <= m; i++) s[i] = v[k, i]
		for (i = 1; i <= m; i++) for (j = i + 1; j <= m; j++)
			if (s[j] < s[i]) { t = s[i]; s[i] = s[j]; s[j] = t }
		return s[int((m + 1) / 2)] }
	END {
		printf "%-22s %8s %10s %18s\n", "", "waiting", "pairs/s",
			"database us/pair"
		for (i = 1; i <= keys; i++) { k = order[i]; split(k, w, " ")
			printf "%-22s %8d %10d %18d\n", w[1], w[2],
				median(a, k, n[k]), median(b, k, n[k]) } }'
}

if [[ $growth != growth ]]; then
	for ((i = 0; i < rounds; i++)); do
		for n in 1 64 256; do
			one single ledger_bench_single "$n"
			one batched ledger_bench "$n"
		done
	done | medians
	exit
fi

rows() {
	for ((i = 0; i < rounds; i++)); do
		one "$1" ledger_bench 1
		one "$1" ledger_bench 64
	done
}
rows empty >"$suite_dir/rows"
echo "loading 100,000 users and 10 million calls" >&2
cluster_sql -f tests/bench/history.sql >/dev/null
rows ten-million >>"$suite_dir/rows"
medians <"$suite_dir/rows"
