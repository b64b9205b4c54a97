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
person() {
	cluster_sql -c "SELECT slipway.user_create('default', 'bench', 'user')" \
		-c "SELECT slipway.key_create('bench', '$hash', 'bench')" \
		>/dev/null || exit 1
}
person

# CPU seconds of the server and all its processes, living and waited for.
cpu() {
	local main
	main=$(head -n 1 "$pg/data/postmaster.pid")
	# shellcheck disable=SC2046 # one word for each process; some end meanwhile
	cat "/proc/$main/stat" \
		$(ps -o pid= --ppid "$main" | awk '{ print "/proc/" $1 "/stat" }') \
		2>/dev/null | awk 'NR == 1 { t += $16 + $17 }
		{ t += $14 + $15 } END { print t }'
}

# one LABEL PROGRAM CALLERS: a row "label callers pairs/s cpu_us p50_us p99_us"
one() {
	local before after pairs took p50 p99
	before=$(cpu)
	read -r pairs took p50 p99 < <("$BUILD/tests/bench/$2" \
		"host=$pg dbname=$cluster_db user=owner" "$hash" "$3" \
		"$seconds" 2>>"$suite_dir/bench.log")
	after=$(cpu)
	awk -v l="$1" -v n="$3" -v p="$pairs" -v t="$took" -v x="$p50" \
		-v y="$p99" -v c="$((after - before))" 'BEGIN {
		printf "%s %d %.0f %.0f %d %d\n", l, n, p / t, c * 1e4 / p, x, y }'
}

# The median of each column for each label and number of callers.
medians() {
	printf '%-12s %8s %9s %17s %9s %9s\n' '' waiting pairs/s \
		'database us/pair' 'p50 us' 'p99 us'
	sort -k1,1 -k2,2n | awk '
	{ k = $1 " " $2; n[k]++
	  for (i = 3; i <= 6; i++) v[k, i, n[k]] = $i
	  if (n[k] == 1) order[++keys] = k }
	function median(k, i, m,   a, b, t, s) {
		for (a = 1; a <= m; a++) s[a] = v[k, i, a] + 0
		for (a = 1; a <= m; a++) for (b = a + 1; b <= m; b++)
			if (s[b] < s[a]) { t = s[a]; s[a] = s[b]; s[b] = t }
		return s[int((m + 1) / 2)] }
	END {
		for (j = 1; j <= keys; j++) { k = order[j]; split(k, w, " ")
			printf "%-12s %8d %9d %17d %9d %9d\n", w[1], w[2],
				median(k, 3, n[k]), median(k, 4, n[k]),
				median(k, 5, n[k]), median(k, 6, n[k]) } }'
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

# Two databases of one server, in turn.
cluster_db=history
cluster_schema || exit 1
person
echo "loading 100,000 users and 10 million calls" >&2
cluster_sql -f tests/bench/history.sql -c CHECKPOINT >/dev/null || exit 1
side() { # DATABASE LABEL CALLERS
	cluster_db=$1
	one "$2" ledger_bench "$3"
}
for ((i = 0; i < rounds; i++)); do
	for n in 1 64; do
		((i % 2 == 0)) || side history ten-million "$n"
		side slipway empty "$n"
		((i % 2 == 1)) || side history ten-million "$n"
	done
done | medians
