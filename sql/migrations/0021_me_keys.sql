-- A key that a person makes has a scope, too: me_key_create() has one more
-- parameter, which takes the place of the older form.

DROP FUNCTION IF EXISTS slipway.me_key_create(text, text, text, text, integer);
