-- A second verifier, written from the description of the format and sharing nothing with verify.py. It takes the lines of
-- an export of everything (as Latin-1, so that each character is one byte) and the mails as {"n": hash}.
CREATE OR REPLACE FUNCTION pg_temp.b(t text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT convert_to(t, 'LATIN1') $$;

CREATE OR REPLACE FUNCTION pg_temp.root(leaves bytea[]) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    above bytea[];
    i int;
BEGIN
    IF coalesce(array_length(leaves, 1), 0) = 0 THEN RETURN decode(repeat('00', 32), 'hex'); END IF;
    WHILE array_length(leaves, 1) > 1 LOOP
        above := '{}';
        FOR i IN 1..array_length(leaves, 1) BY 2 LOOP
            IF i = array_length(leaves, 1) THEN above := above || leaves[i];
            ELSE above := above || sha256('\x05'::bytea || leaves[i] || leaves[i + 1]); END IF;
        END LOOP;
        leaves := above;
    END LOOP;
    RETURN leaves[1];
END $$;

CREATE OR REPLACE FUNCTION pg_temp.verify_export(lines text[], mails jsonb) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    uuid_ constant text := '([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})';
    hex_ constant text := '([0-9a-f]{64})';
    num_ constant text := '(0|[1-9][0-9]{0,17})';
    word_ constant text := '([^"\\]*)';
    head jsonb; texts text; scope text;
    wrong int := 0; i int; line text; m text[]; ended boolean := false; whole bytea := '';
    chain text := ''; seq bigint := 0; hash text := repeat('00', 32); prev text;
    floor_ bigint := 0; loose bigint := 0; at_ bigint; latest bigint := 0;
    past jsonb := '{}'; owed jsonb := '{}'; missing jsonb := '{}'; erased jsonb := '{}'; present jsonb := '{}';
    tombs jsonb := '{}'; disposals jsonb := '{}'; points jsonb := '{}'; heads jsonb := '{}'; leaves jsonb := '{}';
    given text[]; n int; r record;
BEGIN
    BEGIN
        head := convert_from(pg_temp.b(lines[1]), 'UTF8')::jsonb;
        IF NOT (head ?& ARRAY['t', 'format', 'made', 'scope', 'texts']) OR head->>'t' <> 'export'
            OR head->>'format' <> '1' OR (head->>'made')::numeric < 0 THEN RETURN 3; END IF;
    EXCEPTION WHEN OTHERS THEN
        RETURN 3;
    END;
    texts := head->>'texts'; scope := head->>'scope';
    whole := pg_temp.b(lines[1]) || '\x0a';
    FOR i IN 2..array_length(lines, 1) LOOP
        line := lines[i];
        IF ended THEN wrong := wrong + 1; CONTINUE; END IF;
        IF line LIKE '{"t":"z"%' THEN
            ended := true;
            IF line <> format('{"t":"z","lines":%s,"sha256":"%s"}', i, encode(sha256(whole), 'hex')) THEN
                wrong := wrong + 1;
            END IF;
            CONTINUE;
        END IF;
        IF line ~ U&'\0100' THEN  -- a zero byte, which a text cannot hold
            wrong := wrong + 1;
            whole := whole || '\x00'::bytea;
            CONTINUE;
        END IF;
        whole := whole || pg_temp.b(line) || '\x0a';
        m := regexp_match(line, '^\{"t":"e","chain":"' || uuid_ || '","seq":' || num_ || ',"at":' || num_ || ',"claimed":'
            || num_ || ',"actor":' || num_ || ',"for":' || num_ || ',"agency":' || num_ || ',"role":"' || word_
            || '","verb":"' || word_ || '","ref":"' || word_ || '","salt":"((?:[0-9a-f]{2})+)","hash":"' || hex_
            || '","payload":(\{.*\})\}$');
        IF m IS NOT NULL THEN
            missing := missing || owed; owed := '{}';
            at_ := m[3]::bigint;
            IF m[1] <> chain THEN
                IF loose <> 0 AND loose < latest - 900000000 THEN wrong := wrong + 1; END IF;
                IF past ? m[1] THEN wrong := wrong + 1; END IF;
                past := past || jsonb_build_object(m[1], 1);
                chain := m[1]; seq := 0; hash := repeat('00', 32); floor_ := 0; loose := 0;
            END IF;
            IF m[2]::bigint <> seq + 1 OR at_ < floor_ OR length(m[11]) % 2 = 1 THEN wrong := wrong + 1; END IF;
            seq := m[2]::bigint; prev := hash; hash := m[12];
            IF loose = 0 THEN loose := at_; END IF;
            IF length(m[11]) % 2 = 0 AND encode(sha256(
                '\x01'::bytea || decode(prev, 'hex') || uuid_send(chain::uuid) || int8send(seq) || int8send(at_)
                || int8send(m[4]::bigint) || int8send(m[5]::bigint) || int8send(m[6]::bigint) || int8send(m[7]::bigint)
                || sha256(pg_temp.b(m[8])) || sha256(pg_temp.b(m[9])) || sha256(pg_temp.b(m[10]))
                || sha256('\x02'::bytea || decode(m[11], 'hex') || pg_temp.b(m[13]))), 'hex') <> hash THEN
                wrong := wrong + 1;
            END IF;
            IF texts <> 'none' THEN
                FOR given IN SELECT regexp_matches(m[13], '\{"commitment":"' || hex_ || '","id":"' || uuid_ || '","kind":', 'g')
                LOOP owed := owed || jsonb_build_object(given[2], given[1]); END LOOP;
            END IF;
            IF m[9] = 'text_erased' THEN
                FOR given IN SELECT regexp_matches(m[13], '"commitment":"' || hex_ || '","entry":"' || uuid_ || '","ground":', 'g')
                LOOP erased := erased || jsonb_build_object(given[2], given[1]); END LOOP;
            ELSIF m[9] = 'case_disposed' THEN
                FOR given IN SELECT regexp_matches(m[13], '\{"chain":"' || uuid_ || '","hash":"' || hex_ || '","seq":' || num_ || '\}', 'g')
                LOOP disposals := disposals || jsonb_build_object(given[1], given[3] || ' ' || given[2]); END LOOP;
            END IF;
            CONTINUE;
        END IF;
        m := regexp_match(line, '^\{"t":"x","entry":"' || uuid_ || '","salt":"((?:[0-9a-f]{2})+)","content":(\{.*\})\}$');
        IF m IS NOT NULL THEN
            IF length(m[2]) % 2 = 1 THEN wrong := wrong + 1;
            ELSIF coalesce(owed->>m[1], '') <> encode(sha256('\x03'::bytea || decode(m[2], 'hex') || pg_temp.b(m[3])), 'hex') THEN
                wrong := wrong + 1;
            END IF;
            owed := owed - m[1];
            present := present || jsonb_build_object(m[1], 1);
            CONTINUE;
        END IF;
        m := regexp_match(line, '^\{"t":"k","n":' || num_ || ',"at":' || num_ || ',"prev":"' || hex_ || '","chains":' || num_
            || ',"events":' || num_ || ',"root":"' || hex_ || '","hash":"' || hex_ || '"\}$');
        IF m IS NOT NULL THEN
            n := m[1]::int;
            IF (points <> '{}' AND NOT points ? (n - 1)::text) OR points ? n::text
                OR coalesce(points->(n - 1)::text->>'hash', m[3]) <> m[3]
                OR encode(sha256('\x06'::bytea || decode(m[3], 'hex') || int8send(n) || int8send(m[2]::bigint)
                    || int8send(m[4]::bigint) || int8send(m[5]::bigint) || decode(m[6], 'hex')), 'hex') <> m[7] THEN
                wrong := wrong + 1;
            END IF;
            points := points || jsonb_build_object(n::text, jsonb_build_object('at', m[2], 'chains', m[4], 'root', m[6], 'hash', m[7]));
            latest := greatest(latest, m[2]::bigint);
            CONTINUE;
        END IF;
        m := regexp_match(line, '^\{"t":"h","n":' || num_ || ',"chain":"' || uuid_ || '","seq":' || num_ || ',"hash":"' || hex_ || '"\}$');
        IF m IS NOT NULL AND points ? m[1] THEN
            IF tombs ? m[2] THEN
                IF m[3]::bigint > split_part(tombs->>m[2], ' ', 1)::bigint
                    OR (m[3] = split_part(tombs->>m[2], ' ', 1) AND m[4] <> split_part(tombs->>m[2], ' ', 2)) THEN
                    wrong := wrong + 1;
                END IF;
            ELSIF (m[2], m[3]::bigint, m[4]) <> (chain, seq, hash) THEN wrong := wrong + 1; END IF;
            floor_ := greatest(floor_, (points->m[1]->>'at')::bigint - 900000000); loose := 0;
            IF scope <> 'all' THEN wrong := wrong + 1; END IF;
            heads := jsonb_set(heads, ARRAY[m[1]], coalesce(heads->m[1], '{}') || jsonb_build_object(
                m[2], encode(sha256('\x04'::bytea || uuid_send(m[2]::uuid) || int8send(m[3]::bigint) || decode(m[4], 'hex')), 'hex')));
            CONTINUE;
        END IF;
        m := regexp_match(line, '^\{"t":"d","chain":"' || uuid_ || '","seq":' || num_ || ',"hash":"' || hex_ || '"\}$');
        IF m IS NOT NULL THEN
            tombs := tombs || jsonb_build_object(m[1], m[2] || ' ' || m[3]);
            CONTINUE;
        END IF;
        wrong := wrong + 1;
    END LOOP;
    missing := missing || owed;
    IF loose <> 0 AND loose < latest - 900000000 THEN wrong := wrong + 1; END IF;
    IF NOT ended THEN wrong := wrong + 1; END IF;
    FOR r IN SELECT * FROM jsonb_each_text(missing) LOOP
        IF coalesce(erased->>r.key, '') <> r.value THEN wrong := wrong + 1; END IF;
    END LOOP;
    IF EXISTS (SELECT FROM jsonb_object_keys(present) k WHERE erased ? k) THEN wrong := wrong + 1; END IF;
    FOR r IN SELECT * FROM jsonb_each_text(tombs) LOOP
        IF coalesce(disposals->>r.key, '') <> r.value OR past ? r.key THEN wrong := wrong + 1; END IF;
    END LOOP;
    IF scope = 'all' THEN
        FOR n IN SELECT k::int FROM jsonb_object_keys(points) k ORDER BY 1 LOOP
            leaves := leaves || coalesce(heads->n::text, '{}');
            IF (SELECT count(*) FROM jsonb_object_keys(leaves)) <> (points->n::text->>'chains')::bigint OR encode(pg_temp.root(
                (SELECT array_agg(decode(l.value, 'hex') ORDER BY l.key COLLATE "C") FROM jsonb_each_text(leaves) l)), 'hex')
                <> points->n::text->>'root' THEN wrong := wrong + 1; END IF;
        END LOOP;
    END IF;
    FOR r IN SELECT * FROM jsonb_each_text(mails) LOOP
        IF coalesce(points->r.key->>'hash', '') <> r.value THEN wrong := wrong + 1; END IF;
    END LOOP;
    IF wrong > 0 THEN RETURN 1; END IF;
    RETURN CASE WHEN missing <> '{}' OR tombs <> '{}' THEN 2 ELSE 0 END;
END $$;
