# shellcheck shell=bash
# The plans of the hot statements, as they really run inside the functions:
# every access to a table is by an index, both in a database that was never
# analysed and in one that is full.  Sourced by run.sh.

# Print the plans of one admission, settlement and so on.
explained() {
	db -d plans <<-'END' 2>&1
		LOAD 'auto_explain';
		SET auto_explain.log_min_duration = 0;
		SET auto_explain.log_nested_statements = on;
		SET client_min_messages = log;
		SELECT t.verdict('ann', 'req_1');
		SELECT t.verdicts((SELECT jsonb_agg(t.call('ann', 'req_p' || g))
			FROM generate_series(1, 40) AS g), '{"user_rpm": 1000}');
		SELECT t.verdict('ann', 'req_few', '{"fresh": true}',
			'{"user_rpm": 1000}');
		SELECT verdict FROM slipway.key_check(t.hash('ann'),
			t.defaults('{"user_rpm": 1000}'));
		SELECT t.results((SELECT jsonb_agg(t.entry('req_p' || g))
			FROM generate_series(1, 40) AS g));
		SELECT t.settle('req_p1');
		UPDATE slipway.reservations SET lease_until = now() - interval '1 h'
		WHERE request_id = 'req_1';
		SELECT slipway.reap(10);
	END
}

# Pages that admitting and settling forty calls reads, in a session that has
# done it before.
pages() { # PREFIX
	db -d plans <<-END | awk '/Buffers: shared hit=/ {
			sub(/.*hit=/, ""); n = $1 + 0; split($0, w, "read=")
			n += w[2] + 0; if (++i > 2) t += n } END { print t }'
		SELECT t.verdicts((SELECT jsonb_agg(t.call('ann', '$1_' || g))
			FROM generate_series(1, 40) AS g));
		SELECT t.results((SELECT jsonb_agg(t.entry('$1_' || g))
			FROM generate_series(1, 40) AS g));
		SELECT jsonb_agg(t.call('ann', '$1_b' || g)) AS calls,
			jsonb_agg(t.entry('$1_b' || g)) AS entries,
			jsonb_agg(t.call('ann', '$1_c' || g)) AS calls2,
			jsonb_agg(t.entry('$1_c' || g)) AS entries2
		FROM generate_series(1, 40) AS g \gset
		EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM slipway.admit(:'calls',
			t.defaults());
		EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM slipway.settle(:'entries');
		EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM slipway.admit(:'calls2',
			t.defaults());
		EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM slipway.settle(:'entries2');
	END
}
# Indexes that are no longer empty cost a page or two each; a history, nothing.
as_many_pages() {
	local now
	now=$(pages req_full)
	echo "$empty_pages pages when it was empty, $now now"
	((empty_pages > 100 && now > 100 && now < empty_pages * 2))
}

# What each statement must use, and that none reads a whole table.
by_index() {
	local out=$suite_dir/explained index
	explained >"$out" || {
		cat "$out"
		return 1
	}
	for index in api_keys_key_hash_idx users_pkey tenants_pkey \
		controls_pkey rate_limits_pkey daily_spend_pkey \
		reservations_pkey reservations_lease_until_idx \
		'llm_calls_[0-9]*_request_id_idx'; do
		grep -qE "(using|on) $index" "$out" || {
			echo "no plan uses $index"
			return 1
		}
	done
	! grep -B 12 'Seq Scan on' "$out"
}

fill() {
	db -d plans <<-'END'
		INSERT INTO slipway.users (tenant_id, name)
		SELECT 1, 'u' || g FROM generate_series(1, 20000) AS g;
		INSERT INTO slipway.api_keys (tenant_id, user_id, key_hash, prefix)
		SELECT 1, id, sha256(name::bytea), 'sk' FROM slipway.users
		WHERE name LIKE 'u%';
		INSERT INTO slipway.daily_spend (tenant_id, scope, scope_id, day)
		SELECT 1, 'user', id, now()::date - g
		FROM slipway.users, generate_series(0, 4) AS g
		ON CONFLICT DO NOTHING;
		INSERT INTO slipway.rate_limits (tenant_id, scope, scope_id)
		SELECT 1, 'user', id FROM slipway.users ON CONFLICT DO NOTHING;
		INSERT INTO slipway.reservations (request_id, tenant_id, user_id,
			key_id, feature, day, system_day, amount_pico,
			granted_output_tokens, lease_until)
		SELECT 'req_r' || id, 1, id, 1, 'chat', now()::date, now()::date,
			0, 0, now() + interval '1 h' FROM slipway.users;
		INSERT INTO slipway.llm_calls (tenant_id, request_id, day,
			system_day, user_id, key_id, feature, created_at, outcome,
			basis, cost_pico, reserved_pico, over_reservation,
			input_tokens, cache_read_tokens, cache_write_tokens,
			cache_write_1h_tokens, output_tokens, reasoning_tokens,
			model_route, prompt_version, trace_id, stream,
			fallback_tier, latency_ms)
		SELECT 1, 'req_c' || id || '_' || g, now()::date - g,
			now()::date - g, id, 1, 'chat', now(), 'done', 'none', 0,
			0, false, 0, 0, 0, 0, 0, 0, '', '', '', false, 0, 1
		FROM slipway.users, generate_series(0, 1) AS g;
		INSERT INTO slipway.llm_attempts (tenant_id, request_id, ordinal,
			day, model_route, result, http_status, latency_ms)
		SELECT tenant_id, request_id, 1, day, 'openai/a', 'ok', 200, 1
		FROM slipway.llm_calls;
		ANALYZE;
	END
}

db -d plans -c "SELECT t.person('ann')" >"$suite_dir/output"
check "a database that was never analysed is read by index" by_index
empty_pages=$(pages req_empty)
db -d plans -c "DELETE FROM slipway.reservations" \
	-c "SET slipway.janitor = on" \
	-c "DELETE FROM slipway.llm_calls" -c "DELETE FROM slipway.llm_attempts"
fill
check "a full database is read by index" by_index
check "as many pages are read as in an empty one" as_many_pages
