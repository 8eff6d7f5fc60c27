-- What no code path may get around: nobody decides a case in which they have a part, manage a party's team, or judged
-- on another rung (X11). The same rules stand in cases/conflicts.py, where they say so in words.
CREATE OR REPLACE FUNCTION decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    who bigint;
    today date := (NEW.written_at AT TIME ZONE 'Europe/London')::date;
BEGIN
    FOREACH who IN ARRAY array_remove(ARRAY[NEW.author_id, NEW.acting_for_id], NULL) LOOP
        IF EXISTS (
            SELECT 1 FROM cases_participation p
            WHERE p.case_id = NEW.case_id AND p.user_id = who AND p.side <> 'neutral'
        ) OR EXISTS (
            SELECT 1 FROM cases_entry e  -- a deputy who wrote for a side stood on it
            WHERE e.case_id = NEW.case_id AND e.author_id = who AND e.acting_for_id IS NOT NULL AND e.side <> 'neutral'
        ) THEN
            RAISE EXCEPTION 'case %: a party does not decide it', NEW.case_id USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM cases_case c JOIN accounts_membership m
              ON m.team_id IN (c.raising_team_id, c.receiving_team_id)
              OR (m.team_id IS NULL AND m.agency_id IN (c.raising_agency_id, c.receiving_agency_id))
            WHERE c.id = NEW.case_id AND m.user_id = who AND m.role = 'line_manager'
              AND m.starts_on <= today AND (m.ends_on IS NULL OR m.ends_on >= today)
        ) THEN
            RAISE EXCEPTION 'case %: a line manager of a party does not decide it', NEW.case_id
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM cases_entry e
              JOIN cases_stage s ON s.id = e.stage_id
              JOIN cases_stage here ON here.id = NEW.stage_id
            WHERE e.case_id = NEW.case_id AND who IN (e.author_id, e.acting_for_id)
              AND e.kind IN ('determination', 'committee_outcome', 'independent_view')
              AND s.state <> here.state
        ) THEN
            RAISE EXCEPTION 'case %: who judged it on another rung does not decide it', NEW.case_id
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS decision_guard ON cases_entry;
CREATE TRIGGER decision_guard BEFORE INSERT ON cases_entry FOR EACH ROW
    WHEN (NEW.kind IN ('determination', 'committee_outcome')) EXECUTE FUNCTION decision_guard();
