#!/bin/bash
# The evaluations that come with Slipway, through a site of their own:
# manual.yaml asks the PostgreSQL manual (the provider extract, no model),
# gateway.yaml asks features behind the scripted provider.
# Usage: tests/evals/run.sh
#
# Environment: BUILD, where it was built (build).
# The last line is "N passed, N failed[, N skipped]".
# shellcheck source-path=SCRIPTDIR
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=../lib/suite.sh
. tests/lib/suite.sh

BUILD=${BUILD:-build}
here=tests/evals
var=$suite_dir/site

# mock_up: the provider, and its address in $mock.
mock_up() {
	"$BUILD/tests/mock/mock-provider" --port-file "$suite_dir/port" &
	mock_pid=$!
	trap 'kill "$mock_pid" 2>/dev/null; suite_cleanup' EXIT
	until [[ -s $suite_dir/port ]]; do
		kill -0 "$mock_pid" 2>/dev/null || exit 1
		sleep 0.05
	done
	mock=http://127.0.0.1:$(<"$suite_dir/port")
}

# script MODEL SCRIPT: what a model of the provider does.
script() {
	curl -sf -G -X POST "$mock/_mock/script" --data-urlencode "model=$1" \
		--data-urlencode "script=$2" >/dev/null
}

scripts() {
	script echo echo=yes &&
		script second text=I+am+the+second. &&
		script json 'text=%7B%22city%22:%22Ulm%22%2C%22people%22:126000%7D' &&
		script leak "text=Write+to+ann@example.org+or+pay+to+4111111111111111+or+$(
		)DE89370400440532013000+from+203.0.113.7+with+$(
		)sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z+today." &&
		script german 'text=Ein+Index+wird+ohne+Sperre+mit+CONCURRENTLY+angelegt.' &&
		script down status=503
}

prices() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$(<"$var/dsn")" >/dev/null <<'SQL'
SELECT slipway.price_upsert((SELECT jsonb_agg(jsonb_build_object(
    'provider', 'mock', 'model', m, 'input_pico', 1000000,
    'output_pico', 4000000))
    FROM unnest('{echo,second,json,leak,german,down}'::text[]) AS m), 'test');
SQL
}

slipway() {
	SLIPWAY_CONF=$var/slipway.conf SLIPWAY_KEY=$(<"$suite_dir/key") \
		"$BUILD/slipway" "$@"
}

asker() {
	slipway user create eval >/dev/null &&
		slipway cap set user eval --rpm none --daily-usd 1 >/dev/null &&
		slipway key create eval 2>/dev/null >"$suite_dir/key"
}

# ends STATUS WORDS ARGUMENT...: `slipway eval run` ends so and says WORDS.
ends() {
	local status=$1 words=$2
	shift 2
	slipway eval run "$@" >"$suite_dir/said" 2>&1
	local got=$?
	cat "$suite_dir/said"
	[[ $got -eq $status ]] && grep -qF -e "$words" "$suite_dir/said"
}

# The files of a run: promptfoo's results and JUnit's say the same.
reports() {
	python3 - "$suite_dir/all.json" "$suite_dir/all.xml" <<'PY'
import json, sys, xml.etree.ElementTree as xml
with open(sys.argv[1], encoding="utf-8") as f:
    run = json.load(f)["results"]
tree = xml.parse(sys.argv[2]).getroot().find("testsuite")
stats = run["stats"]
assert stats["successes"] == len(run["results"]) == int(tree.get("tests")) >= 25, stats
assert stats["failures"] == stats["errors"] == 0, stats
assert all(r["success"] and r["gradingResult"]["componentResults"] for r in run["results"])
names = [c.get("name") for c in tree.iter("testcase")]
assert len(names) == len(set(names)), names
PY
}

mock_up
echo sk-evals >"$suite_dir/provider-key"
chmod 640 "$suite_dir/provider-key"
[[ $EUID -ne 0 ]] || chgrp www-data "$suite_dir/provider-key"
sed "s|@mock@|$mock/v1|; s|@key@|$suite_dir/provider-key|" \
	"$here/site.conf" >"$suite_dir/conf"
if ! site_up "$var" SAMPLES=postgresql CONF="$suite_dir/conf" \
	>"$suite_dir/up" 2>&1; then
	sed 's/^/        /' "$suite_dir/up"
	check "a site for the evaluations comes up" false
	suite_end
	exit
fi
# its workers have asked for prices already, for the demo: start them again
again() {
	prices && site_make down "$var" && site_make up "$var" \
		SAMPLES=postgresql CONF="$suite_dir/conf"
}
check "the models have prices" again
check "the provider does as it must" scripts
check "somebody asks, with a budget" asker
if grep -q "cannot download" "$suite_dir/up"; then
	skip manual.yaml "postgresql-doc-15 cannot be downloaded"
else
	check "the smoke suite of the manual passes" \
		ends 0 " 0 failed, 0 errors; 100.0 %" "$here/manual.yaml" --smoke
	check "the manual answers as it must" \
		ends 0 " 0 failed, 0 errors; 100.0 %" "$here/manual.yaml"
fi
check "the gateway does as it must" \
	ends 0 " 0 failed, 0 errors; 100.0 %" "$here/gateway.yaml" \
	--json "$suite_dir/all.json" --junit "$suite_dir/all.xml"
check "JSON and JUnit say what was said" reports
script german text=Das+weiss+ich+nicht.
check "a worse answer fails, and is named" \
	ends 1 "FAIL answers-in-german" "$here/gateway.yaml"
check "and is worse than the run before" \
	ends 1 "1 worse: answers-in-german, 0 as bad" "$here/gateway.yaml" \
	--baseline "$suite_dir/all.json"
suite_end
