-- The seal of the audit trail. The head of each chain belongs to a role nobody can log in as;
-- the trigger alone reads and moves it, and overwrites whatever sequence, time or hash a caller brought.
CREATE TABLE trail_head (
    chain uuid PRIMARY KEY,
    seq bigint NOT NULL,
    hash bytea NOT NULL
);

-- Two who begin a chain at the same instant (two first looks at one case) both get their place: the second waits.
CREATE FUNCTION trail_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last record;
BEGIN
    SELECT h.seq, h.hash INTO last FROM public.trail_head h WHERE h.chain = NEW.chain FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO public.trail_head (chain, seq, hash) VALUES (NEW.chain, 0, decode(repeat('00', 32), 'hex'))
            ON CONFLICT (chain) DO NOTHING;
        SELECT h.seq, h.hash INTO last FROM public.trail_head h WHERE h.chain = NEW.chain FOR UPDATE;
    END IF;
    NEW.seq := last.seq + 1;
    NEW.at := clock_timestamp();
    NEW.prev := last.hash;
    NEW.commitment := sha256('\x02'::bytea || NEW.salt || convert_to(NEW.payload, 'UTF8'));
    NEW.hash := sha256(
        '\x01'::bytea || NEW.prev || uuid_send(NEW.chain) || int8send(NEW.seq)
        || int8send((extract(epoch FROM NEW.at) * 1000000)::bigint)
        || int8send((extract(epoch FROM NEW.claimed_at) * 1000000)::bigint)
        || int8send(coalesce(NEW.actor_id, 0)) || int8send(coalesce(NEW.acting_for_id, 0))
        || int8send(coalesce(NEW.agency_id, 0))
        || sha256(convert_to(NEW.acting_role, 'UTF8')) || sha256(convert_to(NEW.verb, 'UTF8'))
        || sha256(convert_to(NEW.object_ref, 'UTF8')) || NEW.commitment
    );
    UPDATE public.trail_head h SET seq = NEW.seq, hash = NEW.hash WHERE h.chain = NEW.chain;
    RETURN NEW;
END $$;

-- Nothing sealed is changed or removed, except a whole chain by a disposal (eraser.sql).
CREATE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'escalation_eraser' AND TG_OP = 'DELETE' AND TG_TABLE_NAME = 'trail_event' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'append-only: % is refused on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

GRANT SELECT, INSERT, UPDATE ON trail_head TO escalation_seal;
DO $$ BEGIN
    -- Ownership of a function needs CREATE on its schema at the moment of the change only.
    EXECUTE 'GRANT CREATE ON SCHEMA public TO escalation_seal';
    EXECUTE 'ALTER TABLE trail_head OWNER TO escalation_seal';
    EXECUTE 'ALTER FUNCTION trail_seal() OWNER TO escalation_seal';
    EXECUTE 'REVOKE CREATE ON SCHEMA public FROM escalation_seal';
    EXECUTE 'GRANT USAGE ON SCHEMA public TO escalation_seal';
END $$;

CREATE TRIGGER trail_seal BEFORE INSERT ON trail_event FOR EACH ROW EXECUTE FUNCTION trail_seal();
CREATE TRIGGER trail_keep BEFORE UPDATE OR DELETE ON trail_event FOR EACH ROW EXECUTE FUNCTION trail_refuse();
CREATE TRIGGER trail_keep_all BEFORE TRUNCATE ON trail_event FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();

-- For what the clock and the leads ask of the trail; each index covers a small part of it.
CREATE INDEX trail_event_weighty ON trail_event (at)
    WHERE verb IN ('determined', 'committee_decided', 'text_erased', 'case_disposed');
CREATE INDEX trail_event_without_duty ON trail_event (claimed_at)
    WHERE verb = 'looked' AND payload LIKE '{"duty":false,%';
-- For what one person opened lately, and whether that was said (bar F8).
CREATE INDEX trail_event_looks_of_a_person ON trail_event (actor_id, claimed_at)
    WHERE verb IN ('looked', 'many_cases_opened');
