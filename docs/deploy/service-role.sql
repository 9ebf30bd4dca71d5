-- Makes the role with which the service connects; `intellog migrate --role intellog_service` says what it may do.
-- The container of PostgreSQL runs this when it makes the database; psql runs it on one that is there.
\set password `cat /run/secrets/service_password`
CREATE ROLE intellog_service LOGIN PASSWORD :'password';
