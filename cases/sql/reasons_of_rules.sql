-- Why procedures were adopted and limits set moves from the rows, which nobody may change, into notes of their own.
ALTER TABLE cases_adoption DISABLE TRIGGER adoption_keep;
ALTER TABLE cases_localsetting DISABLE TRIGGER local_setting_keep;
SET CONSTRAINTS ALL IMMEDIATE;

CREATE TEMPORARY TABLE reasons ON COMMIT DROP AS
    SELECT gen_random_uuid() AS note, 'adoption' AS kind, a.id AS rule, a.partnership_id AS partnership, a.reason,
        a.adopted_by_id AS author, a.adopted_at AS at
        FROM cases_adoption a WHERE btrim(a.reason) <> ''
    UNION ALL
    SELECT gen_random_uuid(), 'limit', s.id, s.partnership_id, s.reason, s.set_by_id, s.at FROM cases_localsetting s;
INSERT INTO cases_rulenote (id, kind, partnership_id, author_id, agency_id, written_at, content, salt)
    SELECT r.note, r.kind, r.partnership, r.author, u.agency_id, r.at, '{"words":' || to_json(r.reason) || '}',
        uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
    FROM reasons r LEFT JOIN accounts_user u ON u.id = r.author;
UPDATE cases_adoption a SET note_id = r.note FROM reasons r WHERE r.kind = 'adoption' AND r.rule = a.id;
UPDATE cases_localsetting s SET note_id = r.note FROM reasons r WHERE r.kind = 'limit' AND r.rule = s.id;
UPDATE cases_reprojection p SET note_id = s.note_id, reason = '' FROM cases_localsetting s
    WHERE p.cause = 'limit' AND s.partnership_id = p.partnership_id AND s.at = p.made_at;

ALTER TABLE cases_adoption ENABLE TRIGGER adoption_keep;
ALTER TABLE cases_localsetting ENABLE TRIGGER local_setting_keep;
