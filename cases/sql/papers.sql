-- What a paper says of a period stays as it was frozen; once it is approved its words stay too, and once it is
-- published nothing of it changes.
CREATE OR REPLACE FUNCTION paper_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = 'draft' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'paper %: only a draft may be thrown away', OLD.id USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.status = 'published'
        OR (OLD.partnership_id, OLD.first, OLD.last, OLD.made_at, OLD.made_by_id, OLD.frozen, OLD.digest)
            IS DISTINCT FROM
           (NEW.partnership_id, NEW.first, NEW.last, NEW.made_at, NEW.made_by_id, NEW.frozen, NEW.digest)
        OR (OLD.status <> 'draft' AND OLD.words IS DISTINCT FROM NEW.words)
        OR (OLD.status = 'approved' AND NEW.status = 'draft')
    THEN
        RAISE EXCEPTION 'paper %: what was frozen stays as it was', OLD.id USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS paper_keep ON cases_paper;
CREATE TRIGGER paper_keep BEFORE UPDATE OR DELETE ON cases_paper FOR EACH ROW EXECUTE FUNCTION paper_keep();
