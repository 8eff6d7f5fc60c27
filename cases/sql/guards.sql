-- What no code path may get around: states move along the table of moves only, upwards one rung of the case's own
-- procedure at a time (further only in immediate danger), with the version counted up.
CREATE OR REPLACE FUNCTION case_state_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rungs text[];
    form jsonb;
    track jsonb;
    was int;
    becomes int;
    before cases_case;
BEGIN
    -- When a timescale lapses, somebody may act beside the holder. That takes nothing from what anybody is writing, so
    -- it does not count as a change of the case.
    before := OLD;
    before.stand_in_id := NEW.stand_in_id;
    before.changed_at := NEW.changed_at;
    before.last_change := NEW.last_change;
    -- Nor does a date that was worked out again because the settings of the partnership changed.
    before.due_at := NEW.due_at;
    IF NEW.version <= OLD.version AND NEW IS DISTINCT FROM before THEN
        RAISE EXCEPTION 'case %: a change must count the version up', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = OLD.state AND NEW.rung_key = OLD.rung_key THEN
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (VALUES {pairs}) THEN
        RAISE EXCEPTION 'case %: no move leads from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = ANY (ARRAY[{ladder}]) AND NEW.state = ANY (ARRAY[{ladder}]) THEN
        SELECT p.ladder, p.shape INTO rungs, form FROM cases_procedureversion p WHERE p.id = NEW.procedure_id;
        was := array_position(rungs, OLD.rung_key::text);
        becomes := array_position(rungs, NEW.rung_key::text);
        IF was IS NULL OR becomes IS NULL THEN
            RAISE EXCEPTION 'case %: its procedure has no rung % or %', OLD.id, OLD.rung_key, NEW.rung_key
                USING ERRCODE = 'check_violation';
        END IF;
        IF becomes <= was OR COALESCE(form->'states'->>NEW.rung_key, NEW.state) <> NEW.state THEN
            RAISE EXCEPTION 'case %: no move leads from rung % to rung % as %',
                OLD.id, OLD.rung_key, NEW.rung_key, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        track := COALESCE(form->'tracks'->NEW.urgency, to_jsonb(rungs));
        IF NOT COALESCE(form->'skip', '["immediate"]'::jsonb) ? NEW.urgency
            AND EXISTS (SELECT 1 FROM generate_series(was + 1, becomes - 1) i WHERE track ? rungs[i]) THEN
            RAISE EXCEPTION 'case %: a rung may be passed over in immediate danger only', OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS case_state_guard ON cases_case;
CREATE TRIGGER case_state_guard BEFORE UPDATE ON cases_case FOR EACH ROW EXECUTE FUNCTION case_state_guard();
-- Entries are added and read. The role that lawfully forgets (forgetting.sql) may empty one, or remove it with its case.
CREATE OR REPLACE FUNCTION entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'escalation_eraser' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        ELSIF TG_OP = 'UPDATE' AND NEW.content = '' AND NEW.salt = ''::bytea THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'append-only: % is refused on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER IF EXISTS entry_keep ON cases_entry;
CREATE TRIGGER entry_keep BEFORE UPDATE OR DELETE ON cases_entry FOR EACH ROW EXECUTE FUNCTION entry_refuse();
DROP TRIGGER IF EXISTS entry_keep_all ON cases_entry;
CREATE TRIGGER entry_keep_all BEFORE TRUNCATE ON cases_entry FOR EACH STATEMENT EXECUTE FUNCTION entry_refuse();
