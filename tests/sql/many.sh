# shellcheck shell=bash
# Many sessions at once: the caps hold at every moment, a request counts once,
# nothing deadlocks, and whatever is killed, the ledger stays right.  Sourced by
# run.sh.

export PGDATABASE=many

# The budgets are of one day: it does not end meanwhile.
left=$((86400 - EPOCHSECONDS % 86400))
[[ $left -gt 120 ]] || sleep "$left"

# load CLIENTS TRANSACTIONS [OPTION...]: pgbench with the script on stdin.
load() {
	local script=$suite_dir/script
	cat >"$script"
	chmod 644 "$script"
	"$bin/pgbench" -n -c "$1" -j 2 -t "$2" "${@:3}" -f "$script" \
		>"$suite_dir/pgbench" 2>&1 || {
		cat "$suite_dir/pgbench"
		return 1
	}
	grep -q 'failed transactions: 0 ' "$suite_dir/pgbench" || {
		cat "$suite_dir/pgbench"
		return 1
	}
}

# is WANTED SQL
is() {
	local got
	got=$(db -c "$2") || return 1
	[[ $got == "$1" ]] || {
		echo "wanted: $1"
		echo "got:    $got"
		return 1
	}
}

no_deadlock() {
	! grep -A 12 'deadlock detected' "$pg/log"
}

ledger_is_right() {
	is "" "SELECT * FROM slipway.ledger_check"
}

db >"$suite_dir/output" <<'END'
CREATE TABLE t.seen (who text, verdict text);
CREATE FUNCTION t.see(p_who text, p_calls jsonb, p_defaults jsonb)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO t.seen SELECT p_who, verdict
    FROM slipway.admit(p_calls, t.defaults(p_defaults))
$$;
-- No sum may ever be over its cap, not for a moment: PostgreSQL itself looks.
ALTER TABLE slipway.daily_spend ADD CONSTRAINT t_cap CHECK (
    scope <> 'user' OR reserved + settled <= 10000);
END

# 200 admissions of a user who never called before, 25 sessions, room for 10.
exactly_ten() {
	local who=$1
	db -c "SELECT t.person('$who')" >"$suite_dir/output"
	load 25 8 <<-END || return 1
		SELECT t.see('$who', jsonb_build_array(t.call('$who', 'req_' ||
			gen_random_uuid(), '{"min_output_tokens": 90}')),
			'{"user_daily_pico": 10000}');
	END
	is "ok|10
user_cap|190" "SELECT verdict, count(*) FROM t.seen WHERE who = '$who'
		GROUP BY 1 ORDER BY 1"
}
for run in 1 2 3; do
	check "200 calls at once, room for 10: exactly 10 (run $run)" \
		exactly_ten "ten$run"
done

exactly_ten_batched() {
	db -c "SELECT t.person('tenb')" >"$suite_dir/output"
	load 25 2 <<-'END' || return 1
		SELECT t.see('tenb', jsonb_agg(t.call('tenb', 'req_' ||
			gen_random_uuid(), '{"min_output_tokens": 90}')),
			'{"user_daily_pico": 10000}') FROM generate_series(1, 4);
	END
	is "ok|10
user_cap|190" "SELECT verdict, count(*) FROM t.seen WHERE who = 'tenb'
		GROUP BY 1 ORDER BY 1"
}
check "200 calls in batches at once, room for 10: exactly 10" \
	exactly_ten_batched

burst_of_ten() {
	db -c "SELECT t.person('rate')" >"$suite_dir/output"
	load 25 8 <<-'END' || return 1
		SELECT t.see('rate', jsonb_build_array(t.call('rate', 'req_' ||
			gen_random_uuid(), '{"input_pico": 0, "output_pico": 0}')),
			'{"user_rpm": 10}');
	END
	# While they run, time may pass for a few more: one each 6 s.
	is t "SELECT count(*) FILTER (WHERE verdict = 'ok') BETWEEN 10 AND
		10 + 1 + extract(epoch FROM clock_timestamp() - (SELECT
			min(s.created_at) FROM slipway.reservations AS s
			JOIN slipway.users AS u ON u.id = s.user_id
			WHERE u.name = 'rate')) / 6
		FROM t.seen WHERE who = 'rate'"
}
check "200 calls at once, 10 a minute: a burst of 10" burst_of_ten

same_request() {
	db -c "SELECT t.person('same')" >"$suite_dir/output"
	load 20 5 <<-'END' || return 1
		SELECT t.see('same', jsonb_build_array(t.call('same', 'req_same')),
			'{}');
	END
	is "ok|100" "SELECT verdict, count(*) FROM t.seen WHERE who = 'same'
		GROUP BY 1" || return 1
	is "1|1000" "SELECT count(*), sum(amount_pico)
		FROM slipway.reservations WHERE request_id = 'req_same'" || return 1
	load 20 5 <<-'END' || return 1
		INSERT INTO t.seen SELECT 'settled', t.settle('req_same');
	END
	is "duplicate|99
settled|1" "SELECT verdict, count(*) FROM t.seen WHERE who = 'settled'
		GROUP BY 1 ORDER BY 1"
}
check "one request from 20 sessions is reserved once and settled once" \
	same_request
check "no fault in the ledger" ledger_is_right

# Random batches over the users of four tenants in three time zones, in random
# order; half of them settled, in another order, the others left to the reaper,
# which runs in the same sessions, as does the rest of the work.
db >"$suite_dir/output" <<'END'
SELECT slipway.tenant_create('east', 'Pacific/Kiritimati'),
    slipway.tenant_create('west', 'Etc/GMT+12'), slipway.tenant_create('mid');
SELECT t.person('m' || g, (ARRAY['east', 'west', 'mid', 'default'])[g % 4 + 1])
FROM generate_series(1, 24) AS g;
SELECT slipway.cap_set('user', name, 10000, NULL) FROM slipway.users;
CREATE TABLE t.made (client integer, request_id text);
CREATE FUNCTION t.mixed_admit(p_client integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_calls jsonb;
BEGIN
    SELECT jsonb_agg(t.call('m' || (1 + random() * 23)::integer,
        'req_' || gen_random_uuid(), jsonb_build_object('lease_ms',
            CASE WHEN random() < 0.2 THEN 0 ELSE 600000 END)))
    INTO v_calls
    FROM generate_series(1, 1 + (random() * 30)::integer);
    WITH a AS MATERIALIZED (
        SELECT idx, verdict
        FROM slipway.admit(v_calls, t.defaults('{"user_rpm": 1000000,
            "tenant_rpm": 1000000, "system_daily_pico": 190000}'))
    )
    INSERT INTO t.made
    SELECT p_client, v_calls -> idx ->> 'request_id'
    FROM a WHERE verdict = 'ok';
END;
$$;
CREATE FUNCTION t.mixed_settle(p_client integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_calls jsonb;
BEGIN
    WITH gone AS (
        DELETE FROM t.made WHERE client = p_client AND random() < 0.7
        RETURNING request_id
    )
    SELECT jsonb_agg(t.entry(request_id, jsonb_build_object('cost_pico',
        (random() * 3)::integer)) ORDER BY random())
    INTO v_calls FROM gone;
    PERFORM slipway.settle(coalesce(v_calls, '[]'));
END;
$$;
END
mixed() {
	load 24 "$1" "${@:2}" <<-'END'
		\set key random(1, 24)
		SELECT t.mixed_admit(:client_id);
		SELECT verdict FROM slipway.key_check(t.hash('m' || :key),
			t.defaults('{"user_rpm": 1000000}'));
		SELECT t.mixed_settle(:client_id);
		SELECT slipway.reap(20);
		SELECT slipway.janitor(30, 14 + :key) WHERE :key = 1;
	END
}
check "batches in all orders, 24 sessions" mixed 40
check "no deadlock" no_deadlock
check "no fault in the ledger while calls are under way" ledger_is_right
check "both ways to settle were taken" is t "SELECT count(*) > 100
	FROM slipway.llm_calls WHERE outcome = 'done' HAVING EXISTS (
	SELECT FROM slipway.llm_calls WHERE outcome = 'abandoned')"
check "and the reaper was too fast at times" is t "SELECT count(*) > 10
	FROM slipway.llm_calls_superseded"

settle_the_rest() {
	db >"$suite_dir/output" <<-'END'
		UPDATE slipway.reservations SET lease_until = now();
		SELECT slipway.janitor(NULL, 14);
	END
	is "0|0" "SELECT sum(reserved), (SELECT count(*)
		FROM slipway.reservations) FROM slipway.daily_spend"
}
check "settled to the last one, nothing stays reserved" settle_the_rest
check "no fault in the ledger" ledger_is_right

# The janitor drops a day and makes one while somebody reads both tables, one
# after the other: neither is in the other's way for good.
reads_meanwhile() {
	db <<-'END' >"$suite_dir/output" || return 1
		SELECT slipway.partition_create('llm_calls', now()::date - 9),
			slipway.partition_create('llm_attempts', now()::date - 9),
			slipway.rollup();
		UPDATE slipway.rollup_state SET rolled_until = now();
	END
	PGAPPNAME=reader db <<-END >"$suite_dir/reader" 2>&1 || {
		SET statement_timeout = '60s';
		BEGIN;
		SELECT count(*) FROM slipway.$1;
		\! PGAPPNAME=janitor "$bin/psql" -X -q -A -t -c "SELECT * FROM slipway.janitor(5, $3)" >"$suite_dir/janitor" 2>&1 &
		DO \$\$
		BEGIN
			WHILE NOT EXISTS (
				SELECT FROM pg_stat_activity
				WHERE application_name = 'janitor'
					AND wait_event IN ('PgSleep', 'relation'))
			LOOP
				PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
			END LOOP;
		END;
		\$\$;
		SELECT count(*) FROM slipway.$2;
		COMMIT;
	END
		cat "$suite_dir/reader"
		return 1
	}
	until [[ $(db -c "SELECT count(*) FROM pg_stat_activity
		WHERE application_name = 'janitor'") == 0 ]]; do
		sleep 0.05
	done
	! grep -H . "$suite_dir/janitor" | grep ERROR
}
check "calls are read, then attempts, while days are made and dropped" \
	reads_meanwhile llm_calls llm_attempts 40
check "attempts, then calls" reads_meanwhile llm_attempts llm_calls 41
check "no deadlock" no_deadlock
dropped_at_last() {
	local i
	for ((i = 0; i < 30; i++)); do
		db -c "SELECT * FROM slipway.janitor(5, 41)" >"$suite_dir/janitor"
		is 0 "SELECT count(*) FROM pg_class WHERE relname ~
			to_char(now()::date - 9, '\"^llm_.*_\"YYYYMMDD\"$\"')" && return
	done
	cat "$suite_dir/janitor"
	return 1
}
check "the janitor drops the day once nobody reads" dropped_at_last

# The same again, while sessions are killed and at last the whole server.
killed() {
	local bench i
	db -c "DELETE FROM t.made" -c "UPDATE slipway.daily_spend SET day =
		day - 100" -c "SET slipway.janitor = on" -c "DELETE FROM
		slipway.llm_calls" -c "DELETE FROM slipway.llm_attempts" -c \
		"DELETE FROM slipway.llm_calls_superseded" -c \
		"DELETE FROM slipway.daily_spend" >"$suite_dir/output"
	mixed 400 >"$suite_dir/killed" 2>&1 &
	bench=$!
	for ((i = 0; i < 12; i++)); do
		# when some work was done since the last one
		until [[ $(db -c "SELECT count(*) >= $i * 40
			FROM slipway.llm_calls") == t ]]; do
			kill -0 "$bench" 2>/dev/null || {
				cat "$suite_dir/killed"
				return 1
			}
		done
		db -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE application_name = 'pgbench' ORDER BY random()
			LIMIT 1" >"$suite_dir/output"
	done
	server pg_ctl -D "$pg/data" -m immediate -w stop >"$suite_dir/output"
	wait "$bench" || true
	server pg_ctl -D "$pg/data" -l "$pg/log" -w start >"$suite_dir/output" \
		2>&1
}
check "sessions and the server are killed" killed
check "no fault in the ledger after that" ledger_is_right
check "calls were under way" is t \
	"SELECT count(*) > 0 FROM slipway.reservations"
check "what was under way is settled" settle_the_rest
check "no fault in the ledger" ledger_is_right
check "no deadlock" no_deadlock
