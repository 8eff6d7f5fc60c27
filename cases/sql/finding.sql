-- What search finds: the prose of an entry as words, kept beside it by the database. It is worked out from the text
-- itself, so that a text that was lawfully removed is gone from here by the same statement.

-- Not words of people: chosen answers, instants, days and keys; and what somebody wrote for themselves alone.
CREATE OR REPLACE FUNCTION entry_words(content text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF content = '' THEN
        RETURN ''::tsvector;
    END IF;
    RETURN jsonb_to_tsvector('english', content::jsonb - ARRAY[
        'self_check', 'method', 'safe', 'until', 'from', 'to', 'by', 'at', 'on', 'due', 'body', 'round', 'route', 'family',
        'checklist', 'confirmed'
    ], '["string"]');
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    RETURN ''::tsvector;  -- never a text of ours: a row is kept whatever it holds, and the trail says what is wrong
END $$;

ALTER TABLE cases_entry ADD COLUMN words tsvector GENERATED ALWAYS AS (entry_words(content)) STORED;
CREATE INDEX entry_words ON cases_entry USING gin (words);
