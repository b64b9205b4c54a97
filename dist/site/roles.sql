-- The logins, their groups and an empty database, where they are missing; run
-- by a superuser.  What a group may do comes from sql/roles.sql.  Passwords are
-- given by the caller.
SELECT format('CREATE ROLE %I %s', name, kind)
FROM (VALUES
    ('slipway_admin', 'NOLOGIN'),
    ('slipway_app', 'NOLOGIN'),
    ('slipway_finance', 'NOLOGIN'),
    ('slipway_owner', 'LOGIN'),
    ('slipway_web', 'LOGIN'),
    ('slipway_admin_web', 'LOGIN'),
    ('slipway_finance_ro', 'LOGIN')) AS r(name, kind)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
GRANT slipway_app TO slipway_web;
GRANT slipway_admin TO slipway_admin_web;
GRANT slipway_finance TO slipway_finance_ro;
SELECT 'CREATE DATABASE slipway OWNER slipway_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'slipway')
\gexec
