#!/bin/bash
# `slipway ingest` against a real database: what a second run does, what is
# removed, what is refused, and that one cut short goes on.
# Usage: ingest.sh [DSN]
#   DSN  of a schema owner, without a password in it; without one a site is
#        made for the test
# shellcheck source-path=SCRIPTDIR
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=../lib/suite.sh
. tests/lib/suite.sh

dsn=${1:-}
slipway=$(readlink -f "${BUILD:-build}/slipway")
tenant=ingest-$$
docs=$suite_dir/docs

if [[ -z $dsn ]]; then
	if ! site_up "$suite_dir/site" >"$suite_dir/up" 2>&1; then
		sed 's/^/        /' "$suite_dir/up"
		check "a site comes up" false
		suite_end
		exit
	fi
	dsn=$(<"$suite_dir/site/dsn")
	export SLIPWAY_CONF=$suite_dir/site/slipway.conf
else
	export SLIPWAY_CONF=$suite_dir/slipway.conf
	printf '[database]\ndsn = %s\n' "$dsn" >"$SLIPWAY_CONF"
fi

query() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v t="$tenant" -d "$dsn" "$@"
}

ingest() {
	"$slipway" ingest "$@" --tenant "$tenant"
}

# says TEXT COMMAND...: the command succeeds and prints TEXT.
says() {
	local text=$1 out
	shift
	out=$("$@" 2>&1) || {
		echo "status $?: $out"
		return 1
	}
	echo "$out"
	grep -qF -- "$text" <<<"$out"
}

# refuses STATUS TEXT COMMAND...: it fails in that way and prints TEXT.
refuses() {
	local want=$1 text=$2 out status
	shift 2
	out=$("$@" 2>&1)
	status=$?
	echo "status $status: $out"
	[[ $status -eq $want ]] && grep -qF -- "$text" <<<"$out"
}

# finds QUESTION PATTERN: the best passage's title, section, url, text.
finds() {
	local best
	best=$(query -v q="$1" <<'SQL'
SELECT s.title, s.section, s.url, s.text
FROM slipway.tenants AS t, slipway.docs_search(t.id, 'notes', :'q', 1) AS s
WHERE t.name = :'t';
SQL
	) || return 1
	echo "$best"
	# shellcheck disable=SC2053 # a pattern
	[[ $best == $2 ]]
}

# The numbers that search relies on, against a count of the rows.
numbers_are_right() {
	local wrong
	wrong=$(query <<'SQL'
SELECT c.name, c.nchunks, count(k.id), c.total_length, sum(k.length)
FROM slipway.tenants AS t
JOIN slipway.collections AS c ON c.tenant_id = t.id
LEFT JOIN slipway.documents AS d
    ON d.tenant_id = t.id AND d.collection_id = c.id
LEFT JOIN slipway.chunks AS k
    ON k.tenant_id = t.id AND k.document_id = d.id
WHERE t.name = :'t'
GROUP BY c.name, c.nchunks, c.total_length
HAVING c.nchunks <> count(k.id)
    OR c.total_length <> coalesce(sum(k.length), 0)
UNION ALL
SELECT 'orphans', count(*), 0, 0, 0
FROM slipway.tenants AS t
JOIN slipway.postings AS p ON p.tenant_id = t.id
LEFT JOIN slipway.chunks AS k ON k.tenant_id = t.id AND k.id = p.chunk_id
WHERE t.name = :'t' AND k.id IS NULL
HAVING count(*) > 0;
SQL
	) || return 1
	echo "$wrong"
	[[ -z $wrong ]]
}

mkdir -p "$docs/sub" "$suite_dir/empty"
printf '<title>Kettles</title><h1 id=boil>Boiling</h1><p>A kettle boils.' \
	>"$docs/kettle.html"
printf '# Tea\n\nSteep the leaves.\n\n## Black tea\n\nIt keeps a year.\n' \
	>"$docs/sub/black tea.md"
printf 'Milk\n\nMilk goes sour in summer.\n' >"$docs/milk.txt"
printf 'caf\xe9 society' >"$docs/latin.txt"
printf 'x' >"$docs/picture.png"
printf 'secret' >"$docs/.hidden.txt"
ln -s /etc/hostname "$docs/outside.txt"
printf '\0\1\2' >"$docs/binary.txt"
: >"$docs/nothing.txt"

check "a tenant is made" "$slipway" tenant create "$tenant"
check "a dry run counts" says "would be: 4 new, 0 changed, 0 removed" \
	ingest "$docs" --collection notes --dry-run
check "and writes nothing" says "would be: 4 new" \
	ingest "$docs" --collection notes --dry-run
check "the first run takes all" says "4 new, 0 changed, 0 removed, 0 unchanged, \
5 skipped (1 not .html, .md or .txt, 1 hidden, 1 link out of the tree, 1 not text, \
1 no text)" ingest "$docs" --collection notes --base-url https://x/d
check "the second nothing" says "0 new, 0 changed, 0 removed, 4 unchanged" \
	ingest "$docs" --collection notes --base-url https://x/d
check "HTML is found, with its anchor" finds "what boils?" \
	"Kettles|Boiling|https://x/d/kettle.html#boil|*"
check "Markdown is found, its path encoded" finds "how long does it keep?" \
	"Tea|Black tea|https://x/d/sub/black%20tea.md#black-tea|*"
check "text is found" finds "sour milk" "Milk||https://x/d/milk.txt|*"
check "latin-1 is converted" finds "society" "*café society"

printf '<title>Kettles</title><p>The whistle of a kettle.' >"$docs/kettle.html"
rm "$docs/milk.txt"
printf 'Sugar\n\nSugar is sweet.\n' >"$docs/sugar.txt"
check "what differs is replaced" \
	says "1 new, 1 changed, 1 removed, 2 unchanged" \
	ingest "$docs" --collection notes --base-url https://x/d
check "the new text is found" finds "whistle" "Kettles|*whistle of a kettle."
check "the old is not" finds "sour milk" ""
check "the numbers are right" numbers_are_right

check "another base URL changes all" says "0 new, 4 changed" \
	ingest "$docs" --collection notes --base-url /docs/
check "so does another language" says "0 new, 4 changed" \
	ingest "$docs" --collection notes --base-url /docs/ --language german
check "which stays" says "4 unchanged" \
	ingest "$docs" --collection notes --base-url /docs/
: >"$docs/sugar.txt"
check "a text that lost its words goes" says "1 removed" \
	ingest "$docs" --collection notes --base-url /docs/

printf 'One more file.\n' >"$suite_dir/single.txt"
check "a single file is added" says "1 new, 0 changed, 0 removed" \
	ingest "$suite_dir/single.txt" --collection notes
check "and the others stay" finds "whistle" "Kettles|*"

check "an empty folder removes nothing" refuses 1 "nothing was changed" \
	ingest "$suite_dir/empty" --collection notes
check "as does none" refuses 1 "No such file" \
	ingest "$suite_dir/none" --collection notes
check "an unknown tenant is named" refuses 1 'no tenant "nobody"' \
	"$slipway" ingest "$docs" --collection notes --tenant nobody
check "a link that runs code is refused" refuses 1 "must begin with" \
	ingest "$docs" --collection notes --base-url javascript:alert
check "an unknown language is named" refuses 1 '"klingon"' \
	ingest "$docs" --collection notes --language klingon
check "the collection must be named" refuses 2 "usage: slipway ingest" \
	ingest "$docs"
check "the path must be given" refuses 2 "usage: slipway ingest" \
	ingest --collection notes

# Killed when it has stored a document and has most of them to go.
mkdir "$suite_dir/many"
for ((i = 0; i < 600; i++)); do
	printf 'Page %d\n\nThe words of page %d.\n' "$i" "$i" \
		>"$suite_dir/many/$i.txt"
done
stored() {
	query <<<"SELECT count(*) FROM slipway.tenants AS t
		JOIN slipway.documents AS d ON d.tenant_id = t.id
		WHERE t.name = :'t' AND d.path ~ '^[0-9]+\.txt$'"
}
killed_half_way() {
	local pid
	"$slipway" ingest "$suite_dir/many" --collection many \
		--tenant "$tenant" >/dev/null &
	pid=$!
	while [[ $(stored) -lt 1 ]] && kill -0 "$pid" 2>/dev/null; do
		:
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	echo "$(stored) of 600 are stored"
	[[ $(stored) -ge 1 && $(stored) -lt 600 ]]
}
goes_on() {
	local out
	out=$(ingest "$suite_dir/many" --collection many) || return 1
	echo "$out"
	# some were there already, the others are new
	grep -qE '^[1-9][0-9]* new, 0 changed, 0 removed, [1-9]' <<<"$out"
}
check "an ingest is killed half way" killed_half_way
check "its numbers are right" numbers_are_right
check "the next one goes on" goes_on
check "to the end" says "collection many: 600 documents, 600 chunks" \
	ingest "$suite_dir/many" --collection many
two_at_once() {
	local a b
	rm "$suite_dir/many/"*[0-8].txt
	sed -i 's/words/letters/' "$suite_dir/many/"*.txt
	ingest "$suite_dir/many" --collection many &
	a=$!
	ingest "$suite_dir/many" --collection many &
	b=$!
	wait "$a" && wait "$b"
}
check "two at once do no harm" two_at_once
check "the collection is whole" \
	says "collection many: 60 documents, 60 chunks" \
	ingest "$suite_dir/many" --collection many
check "the numbers are right at the end" numbers_are_right
suite_end
