-- A legal hold that lasts is never deleted, and so nothing is disposed of that hangs on it: a case, with the Re-thinks
-- beside it, a Re-think, or a concern about an agency (dispose_rows deletes what hangs on a row before the row).
CREATE FUNCTION hold_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.lifted_at IS NULL THEN
        RAISE EXCEPTION 'hold %: it is under a legal hold', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER hold_keeps BEFORE DELETE ON cases_legalhold FOR EACH ROW EXECUTE FUNCTION hold_keeps();
