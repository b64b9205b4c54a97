#!/bin/bash
# Does the search find the right page of the PostgreSQL manual for questions as
# people ask them?  tests/fixtures/docs/questions.tsv has questions and the
# pages that answer them.
#
# Usage: search_quality.sh [DSN [COLLECTION]]
#   DSN  of a site that has indexed the manual (as its schema owner or as
#        slipway_app); without one a site is made for the test
#
# Passes when for 80 of 100 questions a right page is among the first three
# passages.  It is 85 with the manual of 15.20; the slack is for its next
# revision.
# shellcheck source-path=SCRIPTDIR
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=../lib/suite.sh
. tests/lib/suite.sh

dsn=${1:-}
collection=${2:-postgresql}
questions=tests/fixtures/docs/questions.tsv
within=3
percent=80

query() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$dsn" "$@"
}

# The pages of the best passages for question $1, best first.
pages_of() {
	query -v q="$1" -v c="$collection" -v k="$within" <<'SQL'
SELECT regexp_replace(split_part(url, '#', 1), '^.*/', '')
FROM slipway.docs_search(1, :'c', :'q', :k);
SQL
}

# Count the questions, and those whose right page is found.
ask_all() {
	local question pages found page n=0 right=0
	while IFS=$'\t' read -r question pages <&3; do
		[[ -n $question && $question != \#* ]] || continue
		n=$((n + 1))
		found=$(pages_of "$question") || return 1
		for page in $pages; do
			if grep -qxF "$page" <<<"$found"; then
				right=$((right + 1))
				continue 2
			fi
		done
		echo "missed: $question: found ${found//$'\n'/ }"
	done 3<"$questions"
	echo "$right of $n questions find a right page in the first $within"
	[[ $n -ge 20 && $((right * 100)) -ge $((n * percent)) ]]
}

if [[ -z $dsn ]]; then
	var=$suite_dir/site
	if ! site_up "$var" SAMPLES=postgresql >"$suite_dir/up" 2>&1; then
		sed 's/^/        /' "$suite_dir/up"
		check "a site with the manual comes up" false
		suite_end
		exit
	fi
	dsn=$(<"$var/dsn")
	if grep -q "cannot download" "$suite_dir/up"; then
		skip search_quality "postgresql-doc-15 cannot be downloaded"
		suite_end
		exit
	fi
fi
check "$percent of 100 questions are answered" ask_all
tail -n 1 "$suite_dir/output"
suite_end
