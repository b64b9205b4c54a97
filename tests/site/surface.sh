# shellcheck shell=bash
# What a client sees of the web server itself, the same in every mode: which
# paths are files, which go to a worker, headers, and errors in JSON.  Sourced
# by run.sh.

# expect STATUS PATTERN PATH CURL-ARGUMENT...: the status (a pattern, too) and
# something in headers or body.
expect() {
	local status=$1 pattern=$2 path=$3 got
	shift 3
	got=$(curl -s -i -m 60 -H Expect: --noproxy '*' --path-as-is "$@" "$url$path" | tr -d '\r')
	if ! head -n 1 <<<"$got" | grep -qE "^HTTP/1.1 ($status) "; then
		printf '%s\n' "expected status $status, got:" "$got"
		return 1
	fi
	grep -qiE -- "$pattern" <<<"$got" && return
	printf '%s\n' "expected $pattern in:" "$got"
	return 1
}

# The header appears exactly once.
once() {
	local header=$1 path=$2 n
	n=$(curl -s -i -m 60 -H Expect: --noproxy '*' "$url$path" | grep -ciE "^$header:")
	[[ $n -eq 1 ]] || {
		echo "$header: $n times at $path"
		return 1
	}
}

# A second request with the ETag of the first is answered without the file.
not_modified() {
	local etag
	etag=$(curl -s -i --noproxy '*' "$url$1" | tr -d '\r' |
		sed -n 's/^etag: //Ip')
	[[ -n $etag ]] || return 1
	expect 304 '^HTTP' "$1" -H "If-None-Match: $etag"
}

# {"message": "aaa…"} of so many bytes
body_of() {
	head -c "$1" /dev/zero | tr '\0' a |
		sed '1s/^/{"message":"/; $s/$/"}/' >"$suite_dir/body"
}

surface() {
	local mode=$1 key='"request_id":"req_' path header odd
	url=$(cat "$2/url")
	for path in /healthz /health /ready; do
		check "$mode: GET $path" expect 200 '"ok":true' "$path"
	done
	for path in / /status/; do
		check "$mode: GET $path is a page" expect 200 '<html' "$path"
	done
	check "$mode: a folder without its slash" expect 301 '^location: .*/status/' /status
	check "$mode: GET /about" expect 200 '<html' /about
	for path in / /about /healthz /nothing; do
		for header in content-security-policy x-content-type-options \
			referrer-policy permissions-policy; do
			check "$mode: $header at $path" once "$header" "$path"
		done
	done
	check "$mode: pages are asked for again" expect 200 '^cache-control: no-cache' /
	check "$mode: but not sent again" not_modified /style.css

	for path in /nothing /nothing/ /.env /.git/config /%2e%65nv /chat/nothing \
		/status/nothing /vendor/ '/nothing?a=b'; do
		check "$mode: GET $path is JSON" expect 404 "$key" "$path"
	done
	# what a server refuses before it knows the host is not ours to answer
	case $mode in
	'shared host') odd=() ;;
	'stock lighttpd') odd=(/chat%2Fstream /%zz /../../etc/passwd) ;;
	*) odd=(/chat%2Fstream /%zz /a%00b /../../etc/passwd) ;;
	esac
	for path in "${odd[@]}"; do
		check "$mode: GET $path is JSON" expect '400|403|404' "$key" "$path"
	done
	for path in /nothing /index.html /; do
		check "$mode: POST $path is JSON" expect '404|405' "$key" "$path" -d x
		check "$mode: DELETE $path is JSON" expect '404|405' "$key" "$path" -X DELETE
	done
	check "$mode: TRACE is refused" expect '404|405' '^HTTP' / -X TRACE
	check "$mode: no key" expect 401 "$key" /chat -d '{"message":"x"}'
	check "$mode: Authorization arrives" expect 200 '"results"' \
		'/docs/search?q=index' -H "Authorization: Bearer $(cat "$2/api-key")"

	body_of 2000000
	check "$mode: a body of 2 MB arrives" expect '400|413' 'max_message|message' \
		/chat -H "Authorization: Bearer $(cat "$2/api-key")" \
		--data-binary "@$suite_dir/body"
	check "$mode: in chunks, too" expect '400|413' 'max_message|message' \
		/chat -H "Authorization: Bearer $(cat "$2/api-key")" \
		-H 'Transfer-Encoding: chunked' --data-binary "@$suite_dir/body"
	body_of 72000000
	check "$mode: one of 72 MB is refused in JSON" expect '413|500' "$key" \
		/chat -H 'Expect:' --data-binary "@$suite_dir/body"
}

# The page as `slipway probe` leaves it, and before the first one.  Its timer
# may write between two looks, so each look begins anew.
measured() {
	echo '<html>all is measured' >"$1/index.html"
	expect 200 'all is measured' /status/
}
unmeasured() {
	rm -f "$1/index.html"
	expect 200 'nothing was measured yet' "$2"
}

# status_surface NAME VAR: of the site in VAR, at the $url of surface()
status_surface() {
	local dir=$2/status
	[[ ! -L $2/state ]] || dir=$(readlink "$2/state")/status
	check "$1: the page that the probe wrote" within measured "$dir"
	check "$1: /status/ before the first probe" within unmeasured "$dir" /status/
	check "$1: and with a query" within unmeasured "$dir" '/status/?x=1'
}
