-- Checkpoints over the heads of all chains. The application may ask for the heads and add a
-- checkpoint; number, time, chaining and hash are computed here, whatever it brought.
CREATE FUNCTION trail_heads() RETURNS TABLE (chain uuid, seq bigint, hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT h.chain, h.seq, h.hash FROM public.trail_head h ORDER BY h.chain
$$;

CREATE FUNCTION trail_checkpoint_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last record;
BEGIN
    PERFORM pg_advisory_xact_lock(7301);  -- one at a time
    SELECT c.n, c.hash INTO last FROM public.trail_checkpoint c ORDER BY c.n DESC LIMIT 1;
    NEW.n := coalesce(last.n, 0) + 1;
    NEW.prev := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
    NEW.at := clock_timestamp();
    NEW.hash := sha256(
        '\x06'::bytea || NEW.prev || int8send(NEW.n) || int8send((extract(epoch FROM NEW.at) * 1000000)::bigint)
        || int8send(NEW.chains) || int8send(NEW.events) || NEW.root
    );
    RETURN NEW;
END $$;

DO $$
DECLARE
    guarded text;
BEGIN
    EXECUTE 'GRANT CREATE ON SCHEMA public TO escalation_seal';
    EXECUTE 'ALTER FUNCTION trail_heads() OWNER TO escalation_seal';
    EXECUTE 'ALTER FUNCTION trail_checkpoint_seal() OWNER TO escalation_seal';
    EXECUTE 'REVOKE CREATE ON SCHEMA public FROM escalation_seal';
    EXECUTE 'GRANT SELECT ON trail_checkpoint TO escalation_seal';
    EXECUTE 'REVOKE ALL ON FUNCTION trail_heads() FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION trail_heads() TO escalation_app';
    FOREACH guarded IN ARRAY ARRAY['trail_checkpoint', 'trail_checkpoint_head', 'trail_tombstone'] LOOP
        EXECUTE format('CREATE TRIGGER trail_keep BEFORE UPDATE OR DELETE ON %I FOR EACH ROW '
                       'EXECUTE FUNCTION trail_refuse()', guarded);
        EXECUTE format('CREATE TRIGGER trail_keep_all BEFORE TRUNCATE ON %I FOR EACH STATEMENT '
                       'EXECUTE FUNCTION trail_refuse()', guarded);
    END LOOP;
END $$;
CREATE TRIGGER trail_checkpoint_seal BEFORE INSERT ON trail_checkpoint
    FOR EACH ROW EXECUTE FUNCTION trail_checkpoint_seal();
