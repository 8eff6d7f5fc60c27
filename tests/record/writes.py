"""One real request for each route that writes: who sends it, to which address, with what typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from accounts import actions
from cases.models import ClosedDay
from tests.accounts.test_staff_lists import GOOD as GOOD_LIST
from tests.cast import Cast, opened
from tests.factories import PASSWORD, cover
from tests.learning.test_learning import ITEM
from tests.meetings.room import Room
from tests.pages.desk import NOW, on
from tests.pages.test_calendar import CONFIRMED, DAY
from tests.pages.test_limits import PATH, STEP_TWO
from tests.record import prepared
from tests.record.prepared import DAY_OF, GOOD, LONG, QUARTER, Sent

WRITES: dict[str, Callable[[Cast], Sent]] = {
    # What is kept
    "take_record": lambda c: Sent(
        c.nurse, (opened(c).reference,), {"audience": "shared", "form": "child", "reason": LONG}
    ),
    "check_trail": lambda c: Sent(c.auditor),
    "take_trail": lambda c: Sent(c.auditor),
    "ask_removal": prepared.ask,
    "ask_rethink_removal": prepared.ask_in_a_rethink,
    "answer_removal": lambda c: Sent(
        c.cswo, (prepared.wish(c),), {"words": "Order 9 of 2026", "answer": "remove"}
    ),
    "approve_removal": lambda c: Sent(c.health_lead, (prepared.removal(c),)),
    "keeping": lambda c: Sent(c.cpc_officer, (), {"reference": opened(c).reference, "reason": LONG}),
    "legal_holds": lambda c: Sent(c.cpc_officer, (), {"reference": opened(c).reference, "authority": LONG}),
    "lift_hold": lambda c: Sent(c.cpc_officer, (prepared.hold(c),), {"why": LONG}),
    "answer_review": lambda c: Sent(c.cswo, (prepared.review(c),), {"answer": "allow"}),
    "take_review": lambda c: Sent(c.cpc_officer, (prepared.review(c, allowed=True),)),
    "emergency_access": lambda c: Sent(
        c.health_senior, (), {"reference": opened(c).reference, "reason": LONG}
    ),
    "review_access": lambda c: Sent(
        c.health_lead,
        (prepared.emergency(c),),
        {"justified": "no", "words": "The duty team could have rung."},
    ),
    "trail_receipt": lambda c: Sent(None, (prepared.receipt(),)),
    # What the area lays down
    "calendar_add_day": lambda c: Sent(c.administrator, (), DAY | CONFIRMED),
    "calendar_day": lambda c: Sent(
        c.administrator,
        (ClosedDay.objects.filter(partnership=c.partnership, date__gt=NOW.date()).order_by("date")[0].pk,),
        {"reason": "We work.", **CONFIRMED},
    ),
    "calendar_hours": lambda c: Sent(c.administrator, (), prepared.week()),
    "calendar_agency_hours": lambda c: Sent(c.administrator, (c.education.pk,), prepared.week()),
    "adopt_procedure": lambda c: Sent(
        c.administrator,
        (prepared.next_procedure(),),
        {**on("from_date", date(2026, 6, 8)), "reason": "Agreed on 28 May.", **CONFIRMED},
    ),
    "calendar_fill": lambda c: Sent(c.administrator, (), {"year": "2028", **CONFIRMED}),
    "local_limit": lambda c: Sent(c.administrator, (PATH,), STEP_TWO),
    # What the committee reads
    "papers": lambda c: Sent(
        c.cpc_officer, (), {**on("first", QUARTER.first), **on("last", QUARTER.last)}, page=False
    ),
    "small_numbers": lambda c: Sent(
        c.cpc_officer, (), {"threshold": "3", "rounding": "1", "zeros": "yes", "base": "20", "reason": LONG}
    ),
    "paper_words": lambda c: Sent(c.cpc_officer, (prepared.paper(c).pk,), {"activity": LONG}),
    "paper_approve": lambda c: Sent(c.cpc_officer, (prepared.paper(c).pk,)),
    "paper_publish": lambda c: Sent(c.cpc_officer, (prepared.paper(c, approved=True).pk,), {"reason": LONG}),
    # Beside the ladder
    "concern_raise": lambda c: Sent(
        c.nurse, (), {"about": str(c.social_work.pk), "families": ["information"], "words": LONG}, page=True
    ),
    "concern_decide": lambda c: Sent(
        c.health_lead,
        (prepared.concern(c).reference,),
        {"decision": "watch", "reasons": LONG, "told": "I watch it.", **on("follow_up_on", date(2026, 7, 1))},
        page=True,
    ),
    "concern_follow_up": lambda c: Sent(
        c.health_lead,
        (prepared.decided(c).reference,),
        {"came_of_it": LONG, "told": "I looked again."},
        page=True,
    ),
    "rethink_action": lambda c: Sent(c.social_worker, (Room.of(c).held().reference, 1), {"done": "yes"}),
    "rethink_ask": prepared.ask_for_a_rethink,
    "rethink_step": prepared.arrange,
    # Learning
    "learning_raise": lambda c: Sent(c.nurse, (), ITEM),
    "learning_item": lambda c: Sent(
        c.cpc_officer,
        (prepared.learning(c).pk,),
        {"adopted": "no", "decision": "We know of it.", "theme": "guidance", "shared": "no"},
    ),
    "recognise": lambda c: Sent(c.nurse, (), {"email": c.social_worker.email, "words": LONG}),
    "unclear": lambda c: Sent(c.nurse, (), {"words": "What counts as contact?"}),
    # Places and people
    "add_agency": lambda c: Sent(
        c.administrator, (), {"name": "Housing Strathbracken", "short_name": "Housing", "kind": "housing"}
    ),
    "add_team": lambda c: Sent(c.administrator, (c.health.pk,), {"name": "Night nurses"}),
    "staff_list": lambda c: Sent(
        c.administrator,
        (c.health.pk,),
        {"text": GOOD_LIST, "ask": ""},
    ),
    "confirm_staff_list": lambda c: Sent(c.administrator, (prepared.staff_list(c).pk,)),
    "decline_staff_list": lambda c: Sent(c.administrator, (prepared.staff_list(c).pk,)),
    "add_person": lambda c: Sent(
        c.administrator,
        (),
        {
            "full_name": "Isla Newton",
            "email": "isla@example.org",
            "job_title": "Midwife",
            "agency": c.health.pk,
        },
    ),
    "correct_person": lambda c: Sent(
        c.administrator, (c.teacher.pk,), {"full_name": "Nora Muir", "job_title": "Teacher"}
    ),
    "ask_email_change": lambda c: Sent(
        c.administrator, (c.teacher.pk,), {"email": "nora.muir@example.org", "checked": "I rang her."}
    ),
    "invite": lambda c: Sent(c.administrator, (prepared.newcomer(c).pk,)),
    "invitation": lambda c: Sent(
        None,
        (actions.invite(person=prepared.newcomer(c), by=c.administrator, at=NOW),),
        {"password": GOOD, "again": GOOD},
    ),
    "confirm_email_change": lambda c: Sent(c.administrator, (prepared.change(c),)),
    "decline_email_change": lambda c: Sent(c.administrator, (prepared.change(c),)),
    "move_person": lambda c: Sent(
        c.administrator, (c.colleague.pk,), {"place": f"team-{c.school_team.pk}", "role": "practitioner"}
    ),
    "deactivate_person": lambda c: Sent(c.administrator, (c.colleague.pk,), {"to_practitioner": c.nurse.pk}),
    "reactivate_person": prepared.come_back,
    "grant_role": lambda c: Sent(
        c.administrator, (c.teacher.pk, "line_manager"), {"place": f"team-{c.school_team.pk}", **DAY_OF}
    ),
    "confirm_role": lambda c: Sent(c.administrator, (prepared.asked_role(c).pk,)),
    "decline_role": lambda c: Sent(c.administrator, (prepared.asked_role(c).pk,)),
    "end_role": lambda c: Sent(c.administrator, (prepared.only(c.teacher).pk,), {"when": "now"}),
    "hand_over_role": prepared.ended_role,
    "name_deputy": lambda c: Sent(
        c.administrator,
        (prepared.only(c.health_senior).pk,),
        {"deputy": c.nurse_manager.pk, "reason": "Annual leave", **DAY_OF},
    ),
    "end_deputy": lambda c: Sent(c.administrator, (cover(prepared.only(c.teacher), c.education_manager).pk,)),
    "ask_reset": lambda c: Sent(c.administrator, (prepared.secure(c.nurse).pk,), {"checked": LONG}),
    "agree_reset": lambda c: Sent(c.administrator, (prepared.reset(c),)),
    "decline_reset": lambda c: Sent(c.administrator, (prepared.reset(c),)),
    # Signing in
    "new_codes": lambda c: Sent(prepared.secure(c.nurse)),
    "remove_factor": prepared.remove,
    "sign_in": lambda c: Sent(None, (), {"email": prepared.secure(c.nurse).email, "password": "wrong"}),
    "forgotten": lambda c: Sent(None, (), {"email": prepared.secure(c.nurse).email}),
    "change_password": lambda c: Sent(
        prepared.secure(c.nurse), (), {"old": PASSWORD, "password": GOOD, "again": GOOD}
    ),
    "sign_out": lambda c: Sent(c.nurse),
    "quick_exit": lambda c: Sent(c.nurse),
    "end_other_sign_ins": lambda c: Sent(c.nurse),
    "saved_search": prepared.rename,
    "calendar_feed_make": lambda c: Sent(c.nurse),
    "calendar_feed_end": prepared.end_calendar,
    "operations_retry": prepared.try_again,
    "saved_searches": lambda c: Sent(
        c.nurse, (), {"agency": c.health.pk, "due": "lapsed", "order": "urgent", "name": "Late ones"}
    ),
}

#: What a write route leaves alone: nothing that anybody else reads, and no part of any record. Each with its reason.
NO_PART_OF_A_RECORD = {
    "log_draft": "half-written words, for their writer alone",
    "case_step_draft": "half-written words, for their writer alone",
    "rethink_ask_draft": "half-written words, for their writer alone",
    "rethink_step_draft": "half-written words, for their writer alone",
    "rethink_take_on": "begins a draft; the case that comes of it has its event",
    "reflection_new": "belongs to its writer and never shows anywhere (PK11)",
    "reflection_edit": "belongs to its writer and never shows anywhere (PK11)",
    "reflection_delete": "belongs to its writer and never shows anywhere (PK11)",
    "log_page": "a page of a draft; opening what was typed is tried with the steps (tests/pages/log)",
    "find_case": "words to look for; what is found has its event when it is shown",
    "inbox_read": "a mark in one’s own inbox",
    "my_news": "how one wants to hear of news",
}
#: Pages that show the same whatever is sent to them, to administrators: tried to write nothing.
SHOWS_ONLY = (
    *(
        "administration",
        "agency",
        "calendar",
        "calendar_change",
        "choose_role",
        "local_limits",
        "operations",
        "person",
    ),
    *("procedure_office", "role_requests", "staff", "staff_list_waits"),
)
#: Need a passkey, an organisation’s own sign-in or a step before them: their events are in tests/sign_in.
NEED_A_DEVICE = (
    *("add_app", "add_passkey", "confirm", "end_sign_in", "new_password", "provider_unlink", "second_step"),
    *("set_up", "set_up_app", "set_up_passkey", "provider_link"),
)
