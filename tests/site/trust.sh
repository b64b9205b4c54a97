# shellcheck shell=bash
# [auth] trust_web_server in a stock Apache.  The server's own configuration
# plays mod_auth_openidc: it sets the variables of that module, for requests
# that it has signed in (here those with ?as=ann).  Sourced by run.sh.

# trust_apache VAR PORT CONF: the site with the configuration CONF.
trust_apache() {
	stock_apache "$1" "$2" cgid headers rewrite
	stock_apache_site "$1" "$2" cgi "$suite_dir/files"
	sed -i -e "s|$1/slipway.conf|$3|" -e '/<\/VirtualHost>/d' \
		"$stock/etc/sites-enabled/slipway.conf"
	cat >>"$stock/etc/sites-enabled/slipway.conf" <<-'END'
		<Location /auth/proxy>
			SetEnvIfExpr "%{QUERY_STRING} =~ /as=(ann|half)/" REMOTE_USER=ann
			SetEnvIfExpr "%{QUERY_STRING} =~ /as=ann/" \
				OIDC_CLAIM_iss=https://idp.example OIDC_CLAIM_sub=ann-1 \
				OIDC_CLAIM_email=ann@idp.example \
				OIDC_CLAIM_email_verified=1
		</Location>
		</VirtualHost>
	END
	stock_apache_start
}

# Sign in and ask who that is; the cookie is the only thing that goes along.
trust_whole_way() {
	local cookie
	cookie=$(curl -s -i -m 60 --noproxy '*' "$url/auth/proxy?as=ann" |
		tr -d '\r' | sed -n 's/^set-cookie: \(slipway=sls_[^;]*\);.*/\1/ip')
	[[ -n $cookie ]] || {
		echo "no session"
		return 1
	}
	expect 200 '"email": *"ann@idp.example"' /me -H "Cookie: $cookie" &&
		expect 200 '"signed_in_with": *"session"' /me -H "Cookie: $cookie"
}

# A client cannot say these things itself, in any spelling of a header.
trust_no_header() {
	local name
	for name in OIDC_CLAIM_sub OIDC-CLAIM-sub HTTP_OIDC_CLAIM_sub REMOTE_USER \
		Remote-User X-Remote-User X-Forwarded-User; do
		expect 401 '"code": *"sign_in_failed"' /auth/proxy \
			-H "OIDC_CLAIM_iss: https://idp.example" \
			-H "OIDC-CLAIM-iss: https://idp.example" \
			-H "$name: ann-1" || return 1
	done
}

trust() {
	local var=$1 port url conf=$suite_dir/trust.conf
	port=$(stock_port)
	url=http://127.0.0.1:$port
	{
		cat "$var/slipway.conf"
		printf '\n[auth]\nsignup = open\ntrust_web_server = on\n'
	} >"$conf"
	chmod 644 "$conf"
	trust_apache "$var" "$port" "$conf"
	check "trust: it starts" within expect 200 ok /healthz
	check "trust: who the web server signed in, is" \
		expect 303 '^location: .*/account/$' '/auth/proxy?as=ann&next=/account/'
	check "trust: and has a session" trust_whole_way
	check "trust: a name alone is nobody" \
		expect 401 '"code": *"sign_in_failed"' '/auth/proxy?as=half'
	check "trust: headers of a client are nothing" trust_no_header
	stock_stop
	port=$(stock_port)
	url=http://127.0.0.1:$port
	printf '\nsecure_cookies = on\n' >>"$conf"
	trust_apache "$var" "$port" "$conf"
	check "trust: it starts with secure_cookies" within expect 200 ok /healthz
	check "trust: whose cookie keeps to TLS then" \
		expect 303 '^set-cookie: __Host-slipway=sls_.*; Path=/; .*HttpOnly; SameSite=Lax; Secure' \
		'/auth/proxy?as=ann'
	stock_stop
	port=$(stock_port)
	url=http://127.0.0.1:$port
	trust_apache "$var" "$port" "$var/slipway.conf"
	check "trust: it starts without the setting" within expect 200 ok /healthz
	check "trust: then the web server is not believed" \
		expect 404 not_found '/auth/proxy?as=ann'
	stock_stop
}
