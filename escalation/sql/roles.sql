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
    -- The owner hands the seal over to escalation_seal below, for which it must be a member of it.
    IF NOT pg_has_role(current_user, 'escalation_seal', 'MEMBER') THEN
        EXECUTE format('GRANT escalation_seal TO %I', current_user);
    END IF;
END $$;
