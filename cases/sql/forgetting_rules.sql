-- Why a procedure was adopted or a limit set is kept like any other text (erase_text.sql removes it lawfully).

CREATE TRIGGER note_keep BEFORE UPDATE OR DELETE ON cases_rulenote FOR EACH ROW EXECUTE FUNCTION entry_refuse();
CREATE TRIGGER note_keep_all BEFORE TRUNCATE ON cases_rulenote FOR EACH STATEMENT EXECUTE FUNCTION entry_refuse();
