# shellcheck shell=bash
# Answers that the processes of a host share, as those of plain CGI do.
# Sourced by ../ledger_live.sh.
# shellcheck disable=SC2016 # eval expands what stands in single quotes
# shellcheck disable=SC2154 # the set-up is in setup.sh

kept=$suite_dir/kept
mkdir "$kept"
now="SELECT clock_timestamp(), NULL FROM generate_series(1, 2)"
was=$(live kept "$kept" "$now")
check "kept: asked the first time" like "ok 2 2 20*" echo "$was"
check "kept: the same again" is "$was" live kept "$kept" "$now"
check "kept: another question is asked" is "ok 1 1 7." \
	live kept "$kept" "SELECT 7"
check "kept: NULL stays NULL" is "ok 1 1 null." live kept "$kept" "SELECT NULL"
check "  and an empty text empty" is "ok 1 1 ." live kept "$kept" "SELECT ''"
check "  ... when they are found, too" is "ok 1 1 null. ok 1 1 ." \
	echo "$(live kept "$kept" "SELECT NULL") $(live kept "$kept" "SELECT ''")"
check "kept: for nobody else to read" is 0 \
	eval 'find "$kept" -type f -perm /077 | wc -l'
for file in "$kept"/*; do
	sed -i '1s/.*/another parameter/' "$file"
done
again=$(live kept "$kept" "$now")
check "kept: for the same parameter only" test "$again" != "$was"
check "  and then for that" is "$again" live kept "$kept" "$now"
was=$again
find "$kept" -type f -exec touch -d '2 minutes ago' {} +
again=$(live kept "$kept" "$now")
check "kept: not for ever" test "$again" != "$was"
for broken in "" "2 2" "2 2\n1 x\n" "1 1\n99 x\n" "99 1\n" "1 1\n1 x\nmore"; do
	for file in "$kept"/*; do
		printf '%s\n%b' "$(head -n 1 "$file")" "$broken" >"$file"
	done
	check "kept: a broken file ($broken) is as good as none" \
		like "ok 2 2 20*" live kept "$kept" "$now"
done
# A process that is killed while it writes leaves half a file.
one=$suite_dir/kept-one
mkdir "$one"
was=$(live kept "$one" "$now")
file=$(ls "$one"/kept-*)
printf half >"$file.new"
touch -d '2 minutes ago' "$file" "$file.new"
check "kept: somebody was killed while writing, so it is asked" \
	like "ok 2 2 20*" live kept "$one" "$now"
check "  and the next who writes tidies up" test ! -e "$file.new"
again=$(live kept "$one" "$now")
check "  so that answers are kept as before" is "$again" live kept "$one" "$now"
printf half >"$file.new"
touch -d '2 minutes ago' "$file"
was=$(live kept "$one" "$now")
check "kept: what somebody writes just now is left to him" \
	is half cat "$file.new"

check "kept: without a folder it is asked" is "ok 1 1 8." \
	live kept "$suite_dir/nosuch" "SELECT 8"
