-- The figures of some cases, worked out from their own rows: each table is read once for all of them, so that the work
-- stays in proportion whatever the planner knows. Parameters: ladder (text[]), families (text[]), keys (bigint[]).
WITH c AS MATERIALIZED (
    SELECT k.*, p.timezone FROM cases_case k JOIN accounts_partnership p ON p.id = k.partnership_id
    WHERE k.id = ANY (%(keys)s)
), s AS MATERIALIZED (
    SELECT
        g.case_id,
        max(array_position(%(ladder)s::text[], g.state::text)) - 1 AS reached,
        count(*) FILTER (WHERE g.outcome IN ('escalated_next_tier', 'level_skipped') AND g.state <> 'line_manager')
            AS notices_due,
        count(*) FILTER (WHERE g.outcome IN ('escalated_next_tier', 'level_skipped') AND g.state <> 'line_manager'
            AND g.notice_at IS NOT NULL) AS notices_given
    FROM cases_stage g WHERE g.case_id = ANY (%(keys)s) GROUP BY g.case_id
), v AS MATERIALIZED (
    SELECT
        t.chain,
        count(*) FILTER (WHERE t.verb = 'lapsed') AS lapses,
        count(*) FILTER (WHERE t.verb = 'reopened' OR t.payload LIKE '%%"reopened":true%%') AS reopened,
        count(*) FILTER (WHERE t.verb = 'declined') AS declined,
        count(*) FILTER (WHERE t.verb = 'view_asked') AS views_asked,
        count(*) FILTER (WHERE t.verb = 'view_supports') AS views_for,
        count(*) FILTER (WHERE t.verb = 'view_does_not_support') AS views_against,
        count(*) FILTER (WHERE t.verb IN ('determined', 'committee_decided')) AS determined,
        count(*) FILTER (WHERE t.verb = 'referred') AS referred,
        bool_or(t.verb = 'closed') AS debriefed,
        bool_or(t.verb = 'closed' AND t.payload LIKE '%%"learning":true%%') AS learning
    FROM trail_event t WHERE t.chain = ANY (ARRAY(SELECT chain FROM c)) GROUP BY t.chain
), e AS MATERIALIZED (
    SELECT
        n.case_id,
        count(*) FILTER (WHERE n.kind = 'safety_line') AS safety_lines,
        (array_agg(CASE WHEN n.content ~ '"closing":[{{][^}}]*"no"' THEN 'no' ELSE 'yes' END
            ORDER BY n.written_at DESC, n.id) FILTER (WHERE n.kind = 'check_back' AND n.side = 'raising'
            AND n.content LIKE '%%"closing":{{%%'))[1] AS heard_raising,
        (array_agg(CASE WHEN n.content ~ '"closing":[{{][^}}]*"no"' THEN 'no' ELSE 'yes' END
            ORDER BY n.written_at DESC, n.id) FILTER (WHERE n.kind = 'check_back' AND n.side = 'receiving'
            AND n.content LIKE '%%"closing":{{%%'))[1] AS heard_receiving
    FROM cases_entry n WHERE n.case_id = ANY (%(keys)s) GROUP BY n.case_id
), senior AS MATERIALIZED (
    SELECT DISTINCT n.case_id
    FROM c JOIN cases_entry n ON n.case_id = c.id
    JOIN cases_participation a ON a.case_id = n.case_id AND a.user_id = n.author_id
    WHERE c.state = 'withdrawn' AND n.author_id <> c.raiser_id AND a.relation IN ('senior_manager', 'decider')
), d AS MATERIALIZED (
    SELECT
        l.case_id,
        count(*) FILTER (WHERE l.rule = 'acknowledge') AS feedback_given,
        count(*) FILTER (WHERE l.rule = 'acknowledge' AND l.state = 'met') AS feedback_read,
        (array_agg(CASE
            WHEN l.state = 'open' THEN 'waiting'
            WHEN l.state <> 'met' THEN 'silent'
            WHEN l.met_at <= l.due_at THEN 'in_time'
            ELSE 'late'
        END ORDER BY l.starts_at, l.id) FILTER (WHERE l.rule = 'reply'))[1] AS replied
    FROM cases_deadline l WHERE l.case_id = ANY (%(keys)s) GROUP BY l.case_id
), b AS MATERIALIZED (
    SELECT
        k.case_id,
        count(*) FILTER (WHERE k.round = 'understood') AS understood_asked,
        count(*) FILTER (WHERE k.round = 'understood' AND k.answer = 'yes') AS understood_yes,
        count(*) FILTER (WHERE k.round = 'understood' AND k.answer = 'no') AS understood_no,
        count(*) FILTER (WHERE k.round = 'done') AS done_asked,
        count(*) FILTER (WHERE k.round = 'done' AND k.answer = 'yes') AS done_yes,
        count(*) FILTER (WHERE k.round = 'done' AND k.answer = 'no') AS done_no,
        count(*) FILTER (WHERE k.round = 'done' AND k.helped = 'yes' AND k.ordinal = k.last) AS last_yes,
        count(*) FILTER (WHERE k.round = 'done' AND k.helped = 'no' AND k.ordinal = k.last) AS last_no
    FROM (
        SELECT q.case_id, q.round, q.answer, q.helped, g.ordinal, max(g.ordinal) OVER (PARTITION BY q.case_id) AS last
        FROM cases_checkback q JOIN cases_stage g ON g.id = q.stage_id WHERE q.case_id = ANY (%(keys)s)
    ) k GROUP BY k.case_id
)
INSERT INTO cases_casefacts ({columns})
SELECT
    c.id, c.partnership_id, c.raising_agency_id, c.receiving_agency_id,
    (c.opened_at AT TIME ZONE c.timezone)::date,
    (coalesce(c.settled_at, c.closed_at) AT TIME ZONE c.timezone)::date,
    floor(extract(epoch FROM coalesce(c.settled_at, c.closed_at) - c.opened_at) / 3600)::int,
    s.reached,
    (SELECT coalesce(sum(1 << (n - 1)::int), 0)::int
        FROM unnest(%(families)s::text[]) WITH ORDINALITY AS f (family, n) WHERE f.family = ANY (c.reason_families)),
    c.reasons,
    coalesce(v.lapses, 0), coalesce(e.safety_lines, 0), s.notices_due, s.notices_given,
    coalesce(d.feedback_given, 0), coalesce(d.feedback_read, 0),
    coalesce(b.understood_asked, 0), coalesce(b.understood_yes, 0), coalesce(b.understood_no, 0),
    coalesce(b.done_asked, 0), coalesce(b.done_yes, 0), coalesce(b.done_no, 0),
    coalesce(v.reopened, 0), coalesce(v.declined, 0), coalesce(v.views_asked, 0), coalesce(v.views_for, 0),
    coalesce(v.views_against, 0), coalesce(v.determined, 0), coalesce(v.referred, 0),
    c.subject_reference <> '', coalesce(v.debriefed, false), coalesce(v.learning, false),
    senior.case_id IS NOT NULL,
    coalesce(e.heard_raising, ''), coalesce(e.heard_receiving, ''),
    c.state, c.urgency, c.outcome, c.settled_in, coalesce(d.replied, 'silent'),
    CASE
        WHEN b.case_id IS NULL THEN ''
        WHEN b.last_yes = 2 THEN 'both'
        WHEN b.last_yes = 1 AND b.last_no = 1 THEN 'mismatch'
        WHEN b.last_no > 0 THEN 'no'
        ELSE 'waiting'
    END,
    c.about
FROM c
JOIN s ON s.case_id = c.id
LEFT JOIN v ON v.chain = c.chain
LEFT JOIN e ON e.case_id = c.id
LEFT JOIN d ON d.case_id = c.id
LEFT JOIN b ON b.case_id = c.id
LEFT JOIN senior ON senior.case_id = c.id
ON CONFLICT (case_id) DO UPDATE SET {updates}
