-- The network whose attempts count together: an IPv4 address, also one that an
-- IPv6 socket saw (::ffff:192.0.2.7), the /64 of an IPv6 address, because one
-- customer has all of that.
--
-- p_address  as text; whatever is no address counts as it is
--
-- Locks: none.  Immutable.
CREATE OR REPLACE FUNCTION slipway.address_network(p_address text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_address inet;
BEGIN
    v_address := p_address::inet;
    IF v_address <<= '::ffff:0:0/96' THEN
        RETURN host(inet '0.0.0.0' + (v_address - inet '::ffff:0:0'));
    END IF;
    IF family(v_address) = 6 THEN
        RETURN network(set_masklen(v_address, 64))::text;
    END IF;
    RETURN coalesce(host(v_address), '');
EXCEPTION WHEN invalid_text_representation THEN
    RETURN coalesce(left(p_address, 64), '');
END;
$$;
COMMENT ON FUNCTION slipway.address_network(text) IS
    'The network of an address whose attempts count together.';
