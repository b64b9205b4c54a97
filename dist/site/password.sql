-- Give a role a random password whose proof is quick: SCRAM with one round in place of
-- 4,096.  psql -v role=NAME -v password=PASSWORD -f password.sql
--
-- The rounds slow down who guesses passwords from a stolen hash.  One of 32 random
-- characters is not guessed anyway, and each new connection of a worker pays for them:
-- 2.5 ms of CPU, under plain CGI in each call.  PostgreSQL 16 has a setting for it,
-- scram_iterations.  Not for a password that a person made up.

-- RFC 2104 for keys of up to 64 bytes.
CREATE FUNCTION pg_temp.hmac(p_key bytea, p_text bytea)
RETURNS bytea
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    v_inner bytea := decode(repeat('36', 64), 'hex');
    v_outer bytea := decode(repeat('5c', 64), 'hex');
BEGIN
    FOR i IN 0 .. length(p_key) - 1 LOOP
        v_inner := set_byte(v_inner, i, get_byte(v_inner, i) # get_byte(p_key, i));
        v_outer := set_byte(v_outer, i, get_byte(v_outer, i) # get_byte(p_key, i));
    END LOOP;
    RETURN sha256(v_outer || sha256(v_inner || p_text));
END;
$$;

-- RFC 5803: the form in which PostgreSQL keeps it.
-- A short password is hashed in the usual way.
SELECT format('ALTER ROLE %I PASSWORD %L', :'role',
    CASE WHEN length(:'password') BETWEEN 32 AND 64
        THEN concat('SCRAM-SHA-256$1:', encode(salt, 'base64'), '$',
            encode(sha256(pg_temp.hmac(salted, 'Client Key')), 'base64'), ':',
            encode(pg_temp.hmac(salted, 'Server Key'), 'base64'))
        ELSE :'password' END)
FROM uuid_send(gen_random_uuid()) AS salt
CROSS JOIN LATERAL pg_temp.hmac(:'password'::text::bytea,
    salt || '\x00000001'::bytea) AS salted
\gexec
