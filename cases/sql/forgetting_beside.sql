-- Lawful removal beside the ladder: the words of a note of a Re-think or of a concern about an agency, and a whole
-- Re-think or concern (see forgetting.sql). A case that is disposed of takes the Re-thinks beside it along.

CREATE TRIGGER note_keep BEFORE UPDATE OR DELETE ON cases_rethinknote FOR EACH ROW EXECUTE FUNCTION entry_refuse();
CREATE TRIGGER note_keep_all BEFORE TRUNCATE ON cases_rethinknote FOR EACH STATEMENT EXECUTE FUNCTION entry_refuse();
CREATE TRIGGER note_keep BEFORE UPDATE OR DELETE ON cases_concernnote FOR EACH ROW EXECUTE FUNCTION entry_refuse();
CREATE TRIGGER note_keep_all BEFORE TRUNCATE ON cases_concernnote FOR EACH STATEMENT EXECUTE FUNCTION entry_refuse();

-- `reads` are the chains in which looks at what goes are written down.
CREATE FUNCTION dispose(removal bigint, reads uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asked cases_removal;
    place text;
    gone text;
    going uuid[];
    chains text;
BEGIN
    SELECT * INTO asked FROM cases_removal r WHERE r.id = removal;
    asked := removal_to_do(removal, CASE WHEN asked.kind = 'text' THEN 'case' ELSE asked.kind END);
    IF asked.kind = 'case' THEN
        place := 'cases_case';
        SELECT c.id::text INTO gone FROM cases_case c
            WHERE c.chain = asked.chain AND c.state IN ('closed', 'withdrawn', 'diverted') FOR UPDATE;
        IF EXISTS (SELECT FROM cases_legalhold h WHERE h.case_id::text = gone AND h.lifted_at IS NULL) THEN
            RAISE EXCEPTION 'the case is under a legal hold' USING ERRCODE = 'check_violation';
        END IF;
        going := ARRAY(SELECT r.chain FROM cases_rethink r WHERE gone IN (r.case_id::text, r.became_id::text));
    ELSIF asked.kind = 'rethink' THEN
        place := 'cases_rethink';
        SELECT r.id::text INTO gone FROM cases_rethink r WHERE r.chain = asked.chain AND r.case_id IS NULL
            AND r.became_id IS NULL AND r.state IN ('held', 'redirected', 'cancelled') FOR UPDATE;
    ELSE
        place := 'cases_agencyconcern';
        SELECT k.id::text INTO gone FROM cases_agencyconcern k
            WHERE k.chain = asked.chain AND k.state = 'ended' FOR UPDATE;
    END IF;
    IF gone IS NULL THEN
        RAISE EXCEPTION 'only what has ended is disposed of' USING ERRCODE = 'check_violation';
    END IF;
    going := going || asked.chain || reads;
    INSERT INTO trail_tombstone (chain, seq, hash, at)
        SELECT DISTINCT ON (e.chain) e.chain, e.seq, e.hash, clock_timestamp() FROM trail_event e
        WHERE e.chain = ANY(going) ORDER BY e.chain, e.seq DESC;
    SELECT string_agg(format('{"chain":"%s","hash":"%s","seq":%s}', t.chain, encode(t.hash, 'hex'), t.seq), ',')
        INTO chains FROM trail_tombstone t WHERE t.chain = ANY(going);
    DELETE FROM trail_event e WHERE e.chain = ANY(going);
    PERFORM dispose_rows(place::regclass, ARRAY[gone]);
    PERFORM removal_event(
        '00000000-0000-4000-8000-000000000001', 'case_disposed', 'removal:' || asked.id,
        format('{"approved_by":%s,"asked_by":%s,"chains":[%s],"ground":"%s","kind":"%s","removal":%s}',
               asked.approved_by_id, asked.asked_by_id, chains, asked.ground, asked.kind, asked.id),
        asked
    );
END $$;

DROP FUNCTION dispose_case(bigint, uuid);
DO $$
BEGIN
    EXECUTE 'GRANT CREATE ON SCHEMA public TO escalation_eraser';
    EXECUTE 'ALTER FUNCTION dispose(bigint, uuid[]) OWNER TO escalation_eraser';
    EXECUTE 'REVOKE CREATE ON SCHEMA public FROM escalation_eraser';
    EXECUTE 'REVOKE ALL ON FUNCTION dispose(bigint, uuid[]) FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION dispose(bigint, uuid[]) TO escalation_app';
END $$;
