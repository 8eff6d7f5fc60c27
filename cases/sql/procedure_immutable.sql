-- Published procedures, adoptions and local settings are only ever added: a case stays on the version it opened
-- under, and the limit that held on any day can be shown. Reversed by dropping the function with CASCADE.
CREATE OR REPLACE FUNCTION procedure_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to: % refused', TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege', HINT = 'Publish a new version, or add a new row.';
END $$;
DROP TRIGGER IF EXISTS procedure_version_keep ON cases_procedureversion;
CREATE TRIGGER procedure_version_keep BEFORE UPDATE OR DELETE ON cases_procedureversion
    FOR EACH ROW EXECUTE FUNCTION procedure_refuse_change();
DROP TRIGGER IF EXISTS adoption_keep ON cases_adoption;
CREATE TRIGGER adoption_keep BEFORE UPDATE OR DELETE ON cases_adoption
    FOR EACH ROW EXECUTE FUNCTION procedure_refuse_change();
DROP TRIGGER IF EXISTS local_setting_keep ON cases_localsetting;
CREATE TRIGGER local_setting_keep BEFORE UPDATE OR DELETE ON cases_localsetting
    FOR EACH ROW EXECUTE FUNCTION procedure_refuse_change();
