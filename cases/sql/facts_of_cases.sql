-- The figures of some cases, worked out from their own rows. Parameters: ladder (text[]), families (text[]), keys (bigint[]).
INSERT INTO cases_casefacts ({columns})
SELECT
    c.id, c.partnership_id, c.raising_agency_id, c.receiving_agency_id,
    (c.opened_at AT TIME ZONE p.timezone)::date,
    (coalesce(c.settled_at, c.closed_at) AT TIME ZONE p.timezone)::date,
    floor(extract(epoch FROM coalesce(c.settled_at, c.closed_at) - c.opened_at) / 3600)::int,
    s.reached,
    (SELECT coalesce(sum(1 << (n - 1)::int), 0)::int
        FROM unnest(%(families)s::text[]) WITH ORDINALITY AS f (family, n) WHERE f.family = ANY (c.reason_families)),
    c.reasons,
    v.lapses, e.safety_lines, s.notices_due, s.notices_given, d.feedback_given, d.feedback_read,
    b.understood_asked, b.understood_yes, b.understood_no, b.done_asked, b.done_yes, b.done_no,
    v.reopened, v.declined, v.views_asked, v.views_for, v.views_against, v.determined, v.referred,
    c.subject_reference <> '', v.debriefed, v.learning,
    c.state = 'withdrawn' AND e.senior_wrote,
    e.heard_raising, e.heard_receiving,
    c.state, c.urgency, c.outcome, c.settled_in, d.replied,
    CASE
        WHEN b.done_asked = 0 THEN ''
        WHEN b.last_helped_yes = 2 THEN 'both'
        WHEN b.last_helped_yes = 1 AND b.last_helped_no = 1 THEN 'mismatch'
        WHEN b.last_helped_no > 0 THEN 'no'
        ELSE 'waiting'
    END,
    c.about
FROM cases_case c
JOIN accounts_partnership p ON p.id = c.partnership_id
CROSS JOIN LATERAL (
    SELECT
        max(array_position(%(ladder)s::text[], g.state::text)) - 1 AS reached,
        count(*) FILTER (WHERE g.outcome IN ('escalated_next_tier', 'level_skipped') AND g.state <> 'line_manager')
            AS notices_due,
        count(*) FILTER (WHERE g.outcome IN ('escalated_next_tier', 'level_skipped') AND g.state <> 'line_manager'
            AND g.notice_at IS NOT NULL) AS notices_given
    FROM cases_stage g WHERE g.case_id = c.id
) s
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE t.verb = 'lapsed') AS lapses,
        count(*) FILTER (WHERE t.verb = 'reopened' OR t.payload LIKE '%%"reopened":true%%') AS reopened,
        count(*) FILTER (WHERE t.verb = 'declined') AS declined,
        count(*) FILTER (WHERE t.verb = 'view_asked') AS views_asked,
        count(*) FILTER (WHERE t.verb = 'view_supports') AS views_for,
        count(*) FILTER (WHERE t.verb = 'view_does_not_support') AS views_against,
        count(*) FILTER (WHERE t.verb IN ('determined', 'committee_decided')) AS determined,
        count(*) FILTER (WHERE t.verb = 'referred') AS referred,
        count(*) FILTER (WHERE t.verb = 'closed') > 0 AS debriefed,
        count(*) FILTER (WHERE t.verb = 'closed' AND t.payload LIKE '%%"learning":true%%') > 0 AS learning
    FROM trail_event t WHERE t.chain = c.chain
) v
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE n.kind = 'safety_line') AS safety_lines,
        coalesce(bool_or(EXISTS (
            SELECT FROM cases_participation a
            WHERE a.case_id = c.id AND a.user_id = n.author_id AND a.user_id <> c.raiser_id
                AND a.relation IN ('senior_manager', 'decider')
        )) FILTER (WHERE c.state = 'withdrawn'), false) AS senior_wrote,
        coalesce((array_agg(CASE WHEN n.content ~ '"closing":[{{][^}}]*"no"' THEN 'no' ELSE 'yes' END
            ORDER BY n.written_at DESC, n.id) FILTER (WHERE n.kind = 'check_back' AND n.side = 'raising'
            AND n.content LIKE '%%"closing":{{%%'))[1], '') AS heard_raising,
        coalesce((array_agg(CASE WHEN n.content ~ '"closing":[{{][^}}]*"no"' THEN 'no' ELSE 'yes' END
            ORDER BY n.written_at DESC, n.id) FILTER (WHERE n.kind = 'check_back' AND n.side = 'receiving'
            AND n.content LIKE '%%"closing":{{%%'))[1], '') AS heard_receiving
    FROM cases_entry n WHERE n.case_id = c.id
) e
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE l.rule = 'acknowledge') AS feedback_given,
        count(*) FILTER (WHERE l.rule = 'acknowledge' AND l.state = 'met') AS feedback_read,
        coalesce((array_agg(CASE
            WHEN l.state = 'open' THEN 'waiting'
            WHEN l.state <> 'met' THEN 'silent'
            WHEN l.met_at <= l.due_at THEN 'in_time'
            ELSE 'late'
        END ORDER BY l.id) FILTER (WHERE l.rule = 'reply' AND g.ordinal = 1))[1], 'silent') AS replied
    FROM cases_deadline l JOIN cases_stage g ON g.id = l.stage_id WHERE l.case_id = c.id
) d
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE k.round = 'understood') AS understood_asked,
        count(*) FILTER (WHERE k.round = 'understood' AND k.answer = 'yes') AS understood_yes,
        count(*) FILTER (WHERE k.round = 'understood' AND k.answer = 'no') AS understood_no,
        count(*) FILTER (WHERE k.round = 'done') AS done_asked,
        count(*) FILTER (WHERE k.round = 'done' AND k.answer = 'yes') AS done_yes,
        count(*) FILTER (WHERE k.round = 'done' AND k.answer = 'no') AS done_no,
        count(*) FILTER (WHERE k.round = 'done' AND k.helped = 'yes' AND g.ordinal = k.last) AS last_helped_yes,
        count(*) FILTER (WHERE k.round = 'done' AND k.helped = 'no' AND g.ordinal = k.last) AS last_helped_no
    FROM (
        SELECT k.*, max(g.ordinal) OVER () AS last
        FROM cases_checkback k JOIN cases_stage g ON g.id = k.stage_id WHERE k.case_id = c.id
    ) k JOIN cases_stage g ON g.id = k.stage_id
) b
WHERE c.id = ANY (%(keys)s)
ON CONFLICT (case_id) DO UPDATE SET {updates}
