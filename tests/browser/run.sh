#!/bin/bash
# The pages in a real browser: Debian's chromium, driven by playwright-core,
# against a site of its own and the mock provider.
# Usage: tests/browser/run.sh [PART-OF-A-NAME]
#
# Environment: BUILD, where Slipway was built (build); SCREENSHOTS, a folder
# for a picture of each page that failed.
# The last line is "N passed, N failed[, N skipped]".
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh

here=$suite_root/tests/browser
BUILD=${BUILD:-build}
mock=$BUILD/tests/mock/mock-provider
var=$suite_dir/var
node_major=18

# not_here REASON: nothing can be tested on this machine.
not_here() {
	skip browser "$1"
	suite_end
	exit 0
}

for tool in node npm chromium; do
	command -v "$tool" >/dev/null || not_here "$tool is not installed"
done
major=$(node -p 'process.versions.node.split(".")[0]')
[[ $major -ge $node_major ]] ||
	not_here "node is version $major; $node_major is needed"
# npm leaves this file behind when all of the lock file is installed
[[ $here/node_modules/.package-lock.json -nt $here/package-lock.json ]] ||
	npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund \
		--loglevel=error >"$suite_dir/npm" 2>&1 ||
	not_here "npm cannot install playwright-core: $(
		grep -m 1 'npm [eE]' "$suite_dir/npm")"

make --no-print-directory -s BUILD="$BUILD" all mock
# Users of the test's own, not of whoever runs it.
unset OPENAI_API_KEY ANTHROPIC_API_KEY

"$mock" --port-file "$suite_dir/mock.port" &
mock_pid=$!
node "$here/tools.mjs" "$suite_dir/tools.port" &
tools_pid=$!
node "$here/shops.mjs" "$suite_dir/shops.ports" &
shops_pid=$!
trap 'kill "$mock_pid" "$tools_pid" "$shops_pid" 2>/dev/null || true; wait || true; suite_cleanup' EXIT
until [[ -s $suite_dir/mock.port && -s $suite_dir/tools.port &&
	-s $suite_dir/shops.ports ]]; do
	kill -0 "$mock_pid" "$tools_pid" "$shops_pid" 2>/dev/null || exit 1
	sleep 0.05
done
mock_url=http://127.0.0.1:$(cat "$suite_dir/mock.port")
tools_url=http://127.0.0.1:$(cat "$suite_dir/tools.port")

# Two other sites, for widget.mjs: one may show the chat, one may not.
export LISTED_PORT UNLISTED_PORT
read -r LISTED_PORT UNLISTED_PORT <"$suite_dir/shops.ports"

cat >"$suite_dir/site.conf" <<END
[server]
name = <Harbour> Help
widget_origins = http://localhost:$LISTED_PORT, http://127.0.0.1:$LISTED_PORT
operator_name = <Harbour> & Sons
contact_email = help@harbour.example
# a client that left is noticed at the next write
heartbeat = 1s

[database]
connect_timeout = 30s

[limits]
user_rpm = 0
tenant_rpm = 0

[provider openai]
kind = openai
base_url = $mock_url/v1
breaker_failures = 0

[feature chat]
route = openai/gpt-5-mini

[feature boats]
title = <Boats> & slips
route = openai/gpt-5-mini
collection = harbour
examples = How do I launch a boat? | <b>When</b> is high water?

[tool look]
url = $tools_url/look
description = Looks something up.
schema = {"type":"object","properties":{"q":{"type":"string"}},"required":["q"]}
effect = read

[tool order]
url = $tools_url/order
description = Orders something.
schema = {"type":"object","properties":{"item":{"type":"string"},"note":{"type":"string"}},"required":["item"]}

[feature helper]
kind = agent
route = openai/gpt-5-mini
tools = look, order
END
site_up "$var" CONF="$suite_dir/site.conf"

state=$var
[[ ! -L $var/state ]] || state=$(readlink "$var/state")
slipway() {
	SLIPWAY_CONF=$state/slipway.conf "$BUILD/slipway" "$@"
}

slipway ingest "$here/docs" --collection harbour \
	--base-url https://docs.example/ >/dev/null
slipway user create limited >/dev/null
slipway cap set user limited --rpm 1 >/dev/null
slipway user create capped >/dev/null
slipway cap set user capped --daily-usd 0 >/dev/null
slipway user create ann >/dev/null
slipway cap set user ann --daily-usd 0.50 >/dev/null
slipway user password ann <<<"correct horse battery" >/dev/null
cat >"$suite_dir/demo.json" <<'END'
{"title": "Boats & <slips>", "questions": [
	{"question": "How do I launch a boat from a slipway?"},
	{"question": "What is a mooring?"}
]}
END
slipway demo record "$suite_dir/demo.json" --user ann >/dev/null
# A past, an incident and maintenance for the status page.
psql -Xq -v ON_ERROR_STOP=1 -d "$(cat "$var/dsn")" <<'END'
INSERT INTO slipway.status_spells (component, began_at, ended_at, state)
SELECT c, now() - d * interval '1 day', now() - d * interval '1 day' + l, s
FROM unnest('{web,chat,database,upstream:openai}'::text[]) AS c,
    (VALUES (40, interval '36 days', 'operational'),
        (4, '30 minutes', 'outage'), (3, '2 hours', 'degraded')) AS x (d, l, s)
WHERE c = 'chat' OR s = 'operational';
-- both on one day
UPDATE slipway.status_spells
SET began_at = date_trunc('day', now() - interval '2 days', 'UTC')
        + CASE state WHEN 'outage' THEN interval '1 hour' ELSE '3 hours' END,
    ended_at = date_trunc('day', now() - interval '2 days', 'UTC')
        + CASE state WHEN 'outage' THEN interval '90 minutes' ELSE '5 hours' END
WHERE state <> 'operational' AND ended_at < now() - interval '1 day';
END
hostile='<img src=x onerror=alert(1)> & "<b>"'
slipway incident open "$hostile" --impact none --parts chat \
	--message "It begins." >/dev/null
slipway incident update 1 --state identified \
	--message "$hostile"$'\nsecond line' >/dev/null
slipway incident plan "Database upgrade" --from tomorrow \
	--until "tomorrow 01:00" --parts database >/dev/null
slipway probe >/dev/null

# The same site once more, for those who have no account.
{
	cat "$suite_dir/site.conf"
	printf '\n[auth]\nsignup = open\n\n[feature chat]\nanonymous = 5\n'
} >"$suite_dir/visitors.conf"
cat >"$suite_dir/again" <<END
#!/bin/sh
exec make --no-print-directory -s -C "$suite_root" BUILD="$BUILD" \\
	PORT="$(sed 's/.*://' "$var/url")" SAMPLES=none FSYNC=off up VAR="$var" \\
	CONF="$suite_dir/visitors.conf" </dev/null
END
cat >"$suite_dir/probe" <<END
#!/bin/sh
SLIPWAY_CONF="$state/slipway.conf" exec "$suite_root/$BUILD/slipway" probe
END
chmod +x "$suite_dir/again" "$suite_dir/probe"

export SITE_AGAIN=$suite_dir/again SITE_PROBE=$suite_dir/probe
export SITE_URL SITE_DSN MOCK_URL TOOLS_URL SITE_KEY LIMITED_KEY CAPPED_KEY CHROMIUM
SITE_URL=$(cat "$var/url")
SITE_DSN=$(cat "$var/dsn")
MOCK_URL=$mock_url
TOOLS_URL=$tools_url
SITE_KEY=$(cat "$var/api-key")
LIMITED_KEY=$(slipway key create limited 2>/dev/null)
CAPPED_KEY=$(slipway key create capped 2>/dev/null)
CHROMIUM=$(command -v chromium)
node "$here/main.mjs" "$@"
