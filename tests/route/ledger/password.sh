# shellcheck shell=bash
# The password of the database: wrong, right, and written nowhere.
# Sourced by ../ledger_live.sh.
# shellcheck disable=SC2016 # eval expands what stands in single quotes
# shellcheck disable=SC2154 # the set-up is in setup.sh

query "CREATE ROLE stranger LOGIN PASSWORD 'right horse'"
write_conf "$suite_dir/pw.conf" stranger 60s
printf 'wrong horse\n' >"$suite_dir/pw"
chmod 600 "$suite_dir/pw"
sed -i "/^dsn/a password_file = $suite_dir/pw" "$suite_dir/pw.conf"
live_up "$suite_dir/pw.conf"
check "a wrong password names the setting" eval \
	'[[ $(live sql SELECT 1) == "database_unavailable -" &&
	$(live detail) == *password_file* ]]'
live_down
printf 'right horse\n' >"$suite_dir/pw"
live_up "$suite_dir/pw.conf"
check "the right one works" is "ok 1" live sql SELECT 1
live_down
check "no password was written anywhere" eval \
	'! grep -r horse "$suite_dir/log" "$state"'
