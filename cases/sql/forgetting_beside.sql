-- Lawful removal beside the ladder: the words of a note of a Re-think or of a concern about an agency, and a whole
-- Re-think or concern (see forgetting.sql). A case that is disposed of takes the Re-thinks beside it along.

CREATE TRIGGER note_keep BEFORE UPDATE OR DELETE ON cases_rethinknote FOR EACH ROW EXECUTE FUNCTION entry_refuse();
CREATE TRIGGER note_keep_all BEFORE TRUNCATE ON cases_rethinknote FOR EACH STATEMENT EXECUTE FUNCTION entry_refuse();
CREATE TRIGGER note_keep BEFORE UPDATE OR DELETE ON cases_concernnote FOR EACH ROW EXECUTE FUNCTION entry_refuse();
CREATE TRIGGER note_keep_all BEFORE TRUNCATE ON cases_concernnote FOR EACH STATEMENT EXECUTE FUNCTION entry_refuse();

CREATE OR REPLACE FUNCTION erase_text(removal bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asked cases_removal;
    found record;
    words record;
    said text;
BEGIN
    asked := removal_to_do(removal, 'text');
    SELECT t.* INTO found FROM (
        SELECT 'cases_entry' AS place, c.id AS about, c.chain, 'case:' || c.id AS ref, c.reference
            FROM cases_entry e JOIN cases_case c ON c.id = e.case_id WHERE e.id = asked.entry
        UNION ALL
        SELECT 'cases_rethinknote', r.id, r.chain, 'rethink:' || r.id, r.reference
            FROM cases_rethinknote n JOIN cases_rethink r ON r.id = n.rethink_id WHERE n.id = asked.entry
        UNION ALL
        SELECT 'cases_concernnote', k.id, k.chain, 'concern:' || k.id, k.reference
            FROM cases_concernnote n JOIN cases_agencyconcern k ON k.id = n.concern_id WHERE n.id = asked.entry
    ) t;
    IF found.place IS NOT NULL THEN
        EXECUTE format('SELECT salt, content, kind, author_id FROM %I WHERE id = $1 FOR UPDATE', found.place)
            INTO words USING asked.entry;
    END IF;
    IF found.place IS NULL OR words.content = '' THEN
        RAISE EXCEPTION 'entry % has no words to remove', asked.entry USING ERRCODE = 'check_violation';
    END IF;
    said := format(
        '{"approved_by":%s,"asked_by":%s,"commitment":"%s","entry":"%s","ground":"%s","removal":%s}',
        asked.approved_by_id, asked.asked_by_id,
        encode(sha256('\x03'::bytea || words.salt || convert_to(words.content, 'UTF8')), 'hex'),
        asked.entry, asked.ground, asked.id
    );
    EXECUTE format('UPDATE %I SET content = '''', salt = '''' WHERE id = $1', found.place) USING asked.entry;
    IF found.place = 'cases_entry' THEN
        DELETE FROM cases_draft d WHERE d.case_id = found.about AND d.user_id = words.author_id;
        IF asked.ground = 'wrong_child' AND words.kind = 'concern' THEN
            UPDATE cases_case c SET subject_reference = '', version = version + 1 WHERE c.id = found.about;
        END IF;
    ELSE
        DELETE FROM cases_draft d
            WHERE d.user_id = words.author_id AND d.purpose LIKE 'rethink:' || found.reference || ':%';
    END IF;
    PERFORM removal_event(found.chain, 'text_erased', found.ref, said, asked);
    PERFORM removal_event('00000000-0000-4000-8000-000000000001', 'text_erased', 'removal:' || asked.id, said, asked);
END $$;

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
