-- The role that may forget, and only through functions that write down what was forgotten. Nobody logs in as it.
DO $$
BEGIN
    BEGIN
        CREATE ROLE escalation_eraser NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- another database of this server made it
    END;
    IF current_setting('server_version_num')::int < 160000 THEN
        IF NOT pg_has_role(current_user, 'escalation_eraser', 'MEMBER') THEN
            EXECUTE format('GRANT escalation_eraser TO %I', current_user);
        END IF;
    ELSIF NOT pg_has_role(current_user, 'escalation_eraser', 'SET') THEN
        EXECUTE format('GRANT escalation_eraser TO %I WITH SET TRUE, INHERIT TRUE', current_user);
    END IF;
    GRANT USAGE ON SCHEMA public TO escalation_eraser;
    GRANT SELECT, INSERT, DELETE ON trail_event TO escalation_eraser;
    GRANT SELECT, INSERT ON trail_tombstone TO escalation_eraser;
END $$;

-- That something was lawfully forgotten can be written by the functions that forget, and by nobody else.
CREATE FUNCTION trail_reserved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.verb IN ('text_erased', 'case_disposed') AND current_user <> 'escalation_eraser' THEN
        RAISE EXCEPTION 'the verb % is written by the database alone', NEW.verb
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER trail_reserved BEFORE INSERT ON trail_event FOR EACH ROW EXECUTE FUNCTION trail_reserved();
