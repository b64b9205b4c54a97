#!/bin/bash
# `slipway config import-litellm`: a proxy's configuration becomes one that
# Slipway reads, and its prices a list that `slipway prices import` reads.
# The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh

fixtures=tests/fixtures/litellm
slipway=${BUILD:-build}/slipway
make --no-print-directory -s BUILD="${BUILD:-build}" all

convert() {
	"$slipway" config import-litellm "$1" --prices "$suite_dir/prices.json" \
		>"$suite_dir/slipway.conf"
}

no_secret() {
	! grep -q 'literal-secret\|sk-1234' "$suite_dir/slipway.conf"
}

# refused TEXT WORDS: the file is not taken, and the reason has these words.
refused() {
	printf '%b' "$1" >"$suite_dir/bad.yaml"
	! "$slipway" config import-litellm "$suite_dir/bad.yaml" \
		>"$suite_dir/out" 2>&1 && grep -q "$2" "$suite_dir/out"
}

check "it is converted" convert "$fixtures/proxy.yaml"
check "into this configuration" \
	diff -u "$fixtures/slipway.conf" "$suite_dir/slipway.conf"
check "and these prices" diff -u "$fixtures/prices.json" "$suite_dir/prices.json"
check "no key is shown" no_secret
check "the configuration is one" \
	"$slipway" -c "$suite_dir/slipway.conf" config
python3 -c 'import json, sys; json.dump({"model_list": [{"model_name": "a",
	"litellm_params": {"model": "openai/a"}}]}, sys.stdout)' \
	>"$suite_dir/proxy.json"
check "JSON will do" convert "$suite_dir/proxy.json"
check "no model_list" refused 'a: 1\n' "no model_list"
check "no YAML" refused 'a: [1\n' "line 2"
check "an alias" refused 'a: *x\n' "aliases"
check "a list as a key" refused '? [1]\n: 2\n' "must be a scalar"

site_up "$suite_dir/var"
state=$suite_dir/var
[[ ! -L $state/state ]] || state=$(readlink "$state/state")
export SLIPWAY_CONF=$state/slipway.conf
check "the prices are imported" \
	"$slipway" prices import "$fixtures/prices.json"
suite_end
