-- The figures of each visit to a stage of some cases. Parameters: keys (bigint[]).
INSERT INTO cases_stagefacts ({columns})
SELECT
    g.id, c.id, c.partnership_id, (c.opened_at AT TIME ZONE p.timezone)::date,
    floor(extract(epoch FROM g.left_at - g.entered_at) / 3600)::int,
    floor(extract(epoch FROM g.accepted_at - g.entered_at) / 3600)::int,
    CASE WHEN g.left_at IS NULL THEN g.first_due_at END,
    g.state, g.urgency,
    CASE
        WHEN g.left_at IS NULL THEN 'open'
        WHEN g.first_due_at IS NULL THEN 'no_limit'
        WHEN g.left_at <= g.first_due_at THEN 'in_time'
        ELSE 'late'
    END,
    g.outcome
FROM cases_stage g
JOIN cases_case c ON c.id = g.case_id
JOIN accounts_partnership p ON p.id = c.partnership_id
WHERE g.case_id = ANY (%(keys)s)
ON CONFLICT (stage_id) DO UPDATE SET {updates}
