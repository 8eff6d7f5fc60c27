-- The roles nobody logs in as. Created once per server; several databases may share them.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['escalation_app', 'escalation_seal'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server made it
        END;
    END LOOP;
    -- The owner hands the seal over to escalation_seal, for which it must be able to act as that role. Since
    -- PostgreSQL 16 whoever creates a role may administer it, but not act as it, until that is granted.
    IF current_setting('server_version_num')::int < 160000 THEN
        IF NOT pg_has_role(current_user, 'escalation_seal', 'MEMBER') THEN
            EXECUTE format('GRANT escalation_seal TO %I', current_user);
        END IF;
    ELSIF NOT pg_has_role(current_user, 'escalation_seal', 'SET') THEN
        EXECUTE format('GRANT escalation_seal TO %I WITH SET TRUE, INHERIT TRUE', current_user);
    END IF;
END $$;
