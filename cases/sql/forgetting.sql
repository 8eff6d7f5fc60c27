-- Lawful removal of one text, or of a whole case, asked for by one person and approved by another (cases.record.forgetting).
-- Words go; what committed to them stays, so that the chains still verify and say what was removed, when and by whom.

CREATE FUNCTION removal_to_do(removal bigint, wanted text) RETURNS cases_removal
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found cases_removal;
BEGIN
    SELECT * INTO found FROM cases_removal r WHERE r.id = removal FOR UPDATE;
    IF found.id IS NULL OR found.kind <> wanted OR found.done_at IS NOT NULL THEN
        RAISE EXCEPTION 'no removal % of this kind is waiting', removal USING ERRCODE = 'check_violation';
    END IF;
    IF found.approved_by_id IS NULL OR found.approved_by_id = found.asked_by_id OR found.authority = '' THEN
        RAISE EXCEPTION 'removal % needs two people and an authority', removal USING ERRCODE = 'check_violation';
    END IF;
    UPDATE cases_removal r SET done_at = clock_timestamp() WHERE r.id = removal;
    RETURN found;
END $$;

CREATE FUNCTION removal_event(chain uuid, verb text, ref text, payload text, removal cases_removal) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO trail_event (id, chain, seq, at, claimed_at, actor_id, acting_for_id, acting_role, agency_id, verb,
        object_ref, payload, salt, commitment, prev, hash)
    VALUES (gen_random_uuid(), chain, 0, now(), clock_timestamp(), removal.approved_by_id, NULL, 'keeper', NULL, verb,
        ref, payload, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), '', '', '')
$$;

-- Remove rows with everything that points to them, however deep; the keys are those of the table's primary key.
CREATE FUNCTION dispose_rows(parent regclass, keys text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    link record;
    own name;
    below text[];
BEGIN
    FOR link IN
        SELECT c.conrelid::regclass AS child, a.attname AS pointer, p.attname AS key
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        JOIN pg_index i ON i.indrelid = c.conrelid AND i.indisprimary
        JOIN pg_attribute p ON p.attrelid = c.conrelid AND p.attnum = i.indkey[0]
        WHERE c.contype = 'f' AND c.confrelid = parent AND c.conrelid <> 'cases_case'::regclass
    LOOP
        EXECUTE format('SELECT array_agg(%I::text) FROM %s WHERE %I::text = ANY($1)', link.key, link.child, link.pointer)
            INTO below USING keys;
        IF below IS NOT NULL THEN
            PERFORM dispose_rows(link.child, below);
        END IF;
    END LOOP;
    SELECT p.attname INTO own FROM pg_index i JOIN pg_attribute p ON p.attrelid = i.indrelid AND p.attnum = i.indkey[0]
        WHERE i.indrelid = parent AND i.indisprimary;
    EXECUTE format('DELETE FROM %s WHERE %I::text = ANY($1)', parent, own) USING keys;
END $$;

CREATE FUNCTION dispose_case(removal bigint, reads uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asked cases_removal;
    gone record;
    chains text;
BEGIN
    asked := removal_to_do(removal, 'case');
    SELECT c.id, c.chain, c.state INTO gone FROM cases_case c WHERE c.chain = asked.chain FOR UPDATE;
    IF gone.id IS NULL OR gone.state NOT IN ('closed', 'withdrawn', 'diverted') THEN
        RAISE EXCEPTION 'only a case that has ended is disposed of' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM cases_legalhold h WHERE h.case_id = gone.id AND h.lifted_at IS NULL) THEN
        RAISE EXCEPTION 'the case is under a legal hold' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO trail_tombstone (chain, seq, hash, at)
        SELECT DISTINCT ON (e.chain) e.chain, e.seq, e.hash, clock_timestamp() FROM trail_event e
        WHERE e.chain IN (gone.chain, reads) ORDER BY e.chain, e.seq DESC;
    SELECT string_agg(format('{"chain":"%s","hash":"%s","seq":%s}', t.chain, encode(t.hash, 'hex'), t.seq), ',')
        INTO chains FROM trail_tombstone t WHERE t.chain IN (gone.chain, reads);
    DELETE FROM trail_event e WHERE e.chain IN (gone.chain, reads);
    PERFORM dispose_rows('cases_case'::regclass, ARRAY[gone.id::text]);
    PERFORM removal_event(
        '00000000-0000-4000-8000-000000000001', 'case_disposed', 'removal:' || asked.id,
        format('{"approved_by":%s,"asked_by":%s,"chains":[%s],"ground":"%s","removal":%s}',
               asked.approved_by_id, asked.asked_by_id, chains, asked.ground, asked.id),
        asked
    );
END $$;

DO $$
BEGIN
    EXECUTE 'GRANT CREATE ON SCHEMA public TO escalation_eraser';
    EXECUTE 'ALTER FUNCTION removal_to_do(bigint, text) OWNER TO escalation_eraser';
    EXECUTE 'ALTER FUNCTION removal_event(uuid, text, text, text, cases_removal) OWNER TO escalation_eraser';
    EXECUTE 'ALTER FUNCTION erase_text(bigint) OWNER TO escalation_eraser';
    EXECUTE 'ALTER FUNCTION dispose_rows(regclass, text[]) OWNER TO escalation_eraser';
    EXECUTE 'ALTER FUNCTION dispose_case(bigint, uuid) OWNER TO escalation_eraser';
    EXECUTE 'REVOKE CREATE ON SCHEMA public FROM escalation_eraser';
    EXECUTE 'REVOKE ALL ON FUNCTION erase_text(bigint), dispose_case(bigint, uuid), dispose_rows(regclass, text[]), '
            'removal_to_do(bigint, text), removal_event(uuid, text, text, text, cases_removal) FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION erase_text(bigint), dispose_case(bigint, uuid) TO escalation_app';
END $$;
