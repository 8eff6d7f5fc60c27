-- Each event of a case notes that the figures kept of it are to be worked out anew (cases/reports/facts.py). One small
-- row inside the transaction of the change; nothing waits for it and nothing is looked up.
CREATE OR REPLACE FUNCTION case_facts_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cases_factsdue (case_id) VALUES (substr(NEW.object_ref, 6)::bigint);
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS case_facts_due ON trail_event;
CREATE TRIGGER case_facts_due AFTER INSERT ON trail_event FOR EACH ROW
    WHEN (NEW.object_ref ~ '^case:[0-9]+$') EXECUTE FUNCTION case_facts_due();
INSERT INTO cases_factsdue (case_id) SELECT id FROM cases_case;
