-- Lawful removal of one text: of an entry, of a note of a Re-think or of a concern about an agency, or of why a
-- procedure was adopted or a limit set (see forgetting.sql for the two people it takes).

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
        UNION ALL
        SELECT 'cases_rulenote', NULL, '00000000-0000-4000-8000-000000000001', 'rule:' || n.id, NULL
            FROM cases_rulenote n WHERE n.id = asked.entry
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
    ELSIF found.reference IS NOT NULL THEN
        DELETE FROM cases_draft d
            WHERE d.user_id = words.author_id AND d.purpose LIKE 'rethink:' || found.reference || ':%';
    END IF;
    IF found.place <> 'cases_rulenote' THEN  -- it stands in the registry alone
        PERFORM removal_event(found.chain, 'text_erased', found.ref, said, asked);
    END IF;
    PERFORM removal_event('00000000-0000-4000-8000-000000000001', 'text_erased', 'removal:' || asked.id, said, asked);
END $$;
