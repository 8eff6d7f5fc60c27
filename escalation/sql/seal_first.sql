-- The seal again, for two who begin a chain at the same instant (two first looks at one case): the second waits for the
-- first instead of failing. Everything else is as in trail.sql.
CREATE OR REPLACE FUNCTION trail_seal() RETURNS trigger
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
