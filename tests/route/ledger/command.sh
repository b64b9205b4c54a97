# shellcheck shell=bash
# The command: tenants, users, keys, caps, prices; leaves keys in $ann, $bob and
# $old.
# Sourced by ../ledger_live.sh.
# shellcheck disable=SC2016 # eval expands what stands in single quotes
# shellcheck disable=SC2154 # the set-up is in setup.sh

check "wrong arguments are status 2" fails 2 "*unknown option*usage:*" \
	slipway user create x --colour red
check "an unknown command is status 2" fails 2 "*no command*" slipway dance
check "no configuration is status 1" fails 1 "*/nonexistent*" \
	"$BUILD/slipway" -c /nonexistent migrate
check "tenant create" like "tenant acme has the id *" \
	slipway tenant create acme --timezone Europe/Berlin
check "a name that is taken" fails 1 "*acme*" slipway tenant create acme
check "user create" like "user ann has the id *" slipway user create ann
check "user create in a tenant" like "user bob *" \
	slipway user create bob --tenant acme
check "user create --admin" like "user root *" \
	slipway user create root --admin
check "user list" like "*acme*bob*default*root*admin*" slipway user list
check "an unknown user" fails 1 "*zed*" slipway key create zed
ann=$(slipway key create ann --label "first" 2>/dev/null)
bob=$(slipway key create bob --tenant acme --expires 90d 2>/dev/null)
old=$(slipway key create ann 2>/dev/null)
scoped() { slipway key create ann --feature chat,nosuch --model 'extract/*,*,far/x' 2>&1; }
check "a key for what is not there is noted" \
	fails 0 "*note: there is no*feature nosuch*note: there is no*provider far*" scoped
check "a key has the form of a key" \
	eval '[[ $ann =~ ^slw_[A-Za-z0-9_-]{43}$ && $bob != "$ann" ]]'
check "only its hash is stored" is \
	"$(printf %s "$ann" | sha256sum | cut -d ' ' -f 1)" \
	query "SELECT encode(key_hash, 'hex') FROM slipway.api_keys ORDER BY id
		LIMIT 1"
check "key list shows no key" eval '! slipway key list | grep -qF "$ann"'
check "key list shows the prefix" like "*${ann:0:12}*first*" slipway key list
check "key revoke" like "key * is refused*" slipway key revoke "${old:0:12}"
check "user usage of somebody who did nothing" like "no calls on these days" \
	slipway user usage ann
check "  of nobody" fails 1 "*zed*" slipway user usage zed
check "  of no days" fails 2 "*--days*" slipway user usage ann --days 0
check "user disable" like "the keys of bob are refused from now on" \
	slipway user disable bob --tenant acme
check "user enable" like "the keys of bob are taken again" \
	slipway user enable bob --tenant acme
check "tenant timezone" like "the days of tenant acme begin at * Asia/Tokyo *" \
	slipway tenant timezone acme Asia/Tokyo
check "  is in the list" like "*acme*Asia/Tokyo*" slipway tenant list
check "  of a place that nobody knows" fails 1 "*Mars*" \
	slipway tenant timezone acme Mars
check "  without a place" fails 2 "*a time zone*usage:*" \
	slipway tenant timezone acme
check "tenant disable" like "the keys of tenant acme are refused from now on" \
	slipway tenant disable acme
check "tenant enable" like "the keys of tenant acme are taken again" \
	slipway tenant enable acme
check "disable without a name" fails 2 "*the NAME of the tenant*" \
	slipway tenant disable
check "cap set" like "user ann:*" slipway cap set user ann \
	--daily-usd 0.0000001 --rpm none
check "cap show" like "*user*default/ann*none*" slipway cap show
check "a cap that is no number" fails 2 "*--daily-usd takes dollars*" \
	slipway cap set user ann --daily-usd lots
check "prices import" like \
	"*genai.json (genai-prices): 6 prices, 6 left out*6 added*" \
	slipway prices import tests/fixtures/prices/genai.json
check "prices import again changes nothing" like "*6 as they were" \
	slipway prices import tests/fixtures/prices/genai.json
check "prices import of the other format" like "*5 prices*5 added*" \
	slipway prices import tests/fixtures/prices/litellm.json
check "prices import --verbose says why" like \
	"*left out anthropic/tiered-1: *length*" \
	slipway prices import --verbose --dry-run \
	tests/fixtures/prices/genai.json
check "prices list" like "*bedrock*amazon.small-v1:0*0.035*0.00875*0.14*" \
	slipway prices list
check "prices list of one provider" eval \
	'! slipway prices list groq | grep -q bedrock'
check "janitor" fails 0 "*" slipway janitor
