"""Every page of the service, and somebody who may see it. A route that no stop comes to fails the walk."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from cases.forms.log import PAGES
from cases.reports.every import REPORTS
from cases.steps import STEPS
from tests.pages.situations import SITUATIONS
from tests.walk.world import World

#: Routes that are no page to look at, and what they are instead.
NO_PAGE: dict[str, str] = {
    **dict.fromkeys(
        (
            "log_draft",
            "case_step_draft",
            "rethink_ask_draft",
            "rethink_step_draft",
            "stay",
        ),
        "asked for by a script, answers with a line of data",
    ),
    **dict.fromkeys(
        (
            "check_trail",
            "take_trail",
            "approve_removal",
            "answer_review",
            "take_review",
            "paper_approve",
            "rethink_take_on",
            "rethink_action",
            "agree_reset",
            "decline_reset",
            "provider_unlink",
            "quick_exit",
            "confirm",
            "remove_factor",
            "new_codes",
            "end_other_sign_ins",
            "end_sign_in",
            "sign_out",
            "confirm_staff_list",
            "decline_staff_list",
            "invite",
            "reactivate_person",
            "confirm_role",
            "decline_role",
            "end_deputy",
            "inbox_read",
            "confirm_email_change",
            "decline_email_change",
            "operations_retry",
            "calendar_feed_make",
            "calendar_feed_end",
        ),
        "a button of another page, which leads back to a page of the walk",
    ),
    **dict.fromkeys(
        (
            "paper_file",
            "report_file",
            "meeting_calendar",
            "rethink_calendar",
            "reflection_file",
            "calendar_feed",
            "trail_receipt",
        ),
        "a file",
    ),
    **dict.fromkeys(("healthz", "readyz"), "for machines"),
    **dict.fromkeys(
        ("find_case", "provider_start", "provider_link", "provider_back", "forgotten_link"),
        "leads on to another page",
    ),
}


@dataclass(frozen=True)
class Stop:
    """One page: its route, who looks, and the words of its address as `World.part` reads them."""

    route: str
    who: str = ""  # nobody is signed in without a name
    parts: tuple[str, ...] = ()
    query: str = ""
    status: int = 200
    takes_all: str = ""  # why a form here takes whatever is sent, or is not sent by the walk
    under_way: str = ""  # who has given a right password here, and nothing more
    plain: str = ""  # why this page has neither the name of the service nor its furniture
    devices: bool = False  # also looked at as devices are set: tests/walk/media.py
    empty: str = ""  # why its form is refused only when nothing at all is answered

    def address(self, world: World) -> str:
        """Return where the page is."""
        path = reverse(self.route, args=[world.part(part) for part in self.parts])
        return f"{path}?{self.query}" if self.query else path

    def __str__(self) -> str:
        return " ".join([self.route, *self.parts, self.query]).strip()


def _stop(route: str, who: str = "", *parts: str, **more: object) -> Stop:
    return Stop(route, who, parts, **more)  # type: ignore[arg-type]


#: Steps whose one box may stay empty.
TAKES_ALL = {"acknowledge": "a reply is welcome, and nobody has to write one"}
#: Steps whose form takes any one answer.
EMPTY = {"common-ground": "any one of its questions may be answered"}

STOPS: tuple[Stop, ...] = (
    # Anybody
    _stop("sign_in", query="password"),
    _stop("demo_sign_in", takes_all="a button for each person"),
    _stop("forgotten"),
    _stop("forgotten_sent"),
    _stop("new_password", status=410),
    _stop("left", plain="tells nobody what was open"),
    _stop("invitation", "", "invitation"),
    _stop("invitation", "", "no-such-token", status=410),
    _stop("second_step", under_way="social_worker"),
    _stop("set_up", under_way="nurse"),
    _stop("set_up_app", under_way="nurse"),
    _stop("set_up_passkey", under_way="nurse", takes_all="the browser makes the passkey first"),
    _stop("accessibility"),
    _stop("accessibility", "nurse"),
    _stop("gallery", devices=True, takes_all="an example, which answers to nothing"),
    _stop("sent_mail"),
    # Somebody's own
    _stop("home", "nurse", devices=True),
    _stop("home", "cswo"),
    _stop("home", "newcomer"),
    _stop("home", "colleague"),  # nothing is due
    _stop("home", "social_worker"),  # something lapsed
    _stop("me", "nurse"),
    _stop("directory", "nurse"),
    _stop("inbox", "nurse", devices=True),
    _stop("inbox", "newcomer"),
    _stop("my_news", "nurse", takes_all="every answer is one that may be given"),
    _stop("my_sign_in", "social_worker"),
    _stop("change_password", "social_worker"),
    _stop("add_app", "social_worker"),
    _stop("add_passkey", "social_worker", takes_all="the browser makes the passkey first"),
    # Cases
    _stop("case_list", "nurse"),
    _stop("case_list", "newcomer"),
    _stop("case_list", "nurse", query="due=lapsed"),
    _stop("case_list", "colleague"),  # empty
    _stop("saved_searches", "nurse"),
    _stop("saved_searches", "nurse", query="due=lapsed"),
    _stop("saved_search", "nurse", "saved"),
    _stop("ask_removal", "nurse", "case"),
    _stop("log", "nurse"),
    *(_stop("log_page", "nurse", page) for page in (*(form.slug for form in PAGES), "check")),
    *(
        _stop(
            "case_step",
            SITUATIONS[key].by,
            f"case:{key}",
            f"step:{key}",
            empty=EMPTY.get(key, ""),
            takes_all=TAKES_ALL.get(key, ""),
            devices=key == "determine",
        )
        for key in STEPS
    ),
    _stop("case_step", "social_worker", "case:escalate", "step:escalate", status=403),
    _stop("case_step", "nurse", "case:close", "step:agree", status=409),
    *(
        _stop("case", SITUATIONS[key].by, f"case:{key}", devices=key == "determine")
        for key in ("position", "escalate", "determine", "check-done", "close", "answer-refusal", "resume")
    ),
    _stop("case", "social_worker", "case:lapsed"),
    _stop("case", "stranger", "case", status=404),
    _stop("case_due", "nurse", "case", "duty"),
    _stop("take_record", "nurse", "case"),
    _stop("who_looked", "nurse", "case"),
    _stop("emergency_access", "education_senior"),
    _stop("emergency_access", "nurse", status=403),
    _stop("review_access", "health_lead", "look"),
    _stop("flagged_looks", "health_lead"),
    _stop("meeting", "cpc_officer", "panel"),
    _stop("meeting", "nurse", "panel"),
    # Beside the ladder
    _stop("concerns", "nurse"),
    _stop("concern_raise", "nurse"),
    _stop("concern", "nurse", "concern"),
    _stop("concerns_lead", "health_lead"),
    _stop("concern_lead", "health_lead", "concern"),
    _stop("concern_decide", "health_lead", "concern"),
    _stop("concern_follow_up", "health_lead", "concern:decided"),
    _stop("rethinks", "coordinator"),
    _stop("rethinks", "nurse"),
    _stop("rethink_ask", "nurse"),
    _stop("rethink", "nurse", "rethink:asked"),
    _stop("rethink", "facilitator", "rethink:arranged"),
    _stop("rethink", "nurse", "rethink:held"),
    _stop("ask_rethink_removal", "nurse", "rethink:held"),
    _stop("rethink_step", "coordinator", "rethink:asked", "arrange"),
    _stop("rethink_step", "facilitator", "rethink:met", "record"),
    # What was learnt
    _stop("learning", "nurse"),
    _stop("learning_raise", "nurse"),
    _stop("my_learning", "nurse"),
    _stop("learning_list", "cpc_officer"),
    _stop("learning_item", "cpc_officer", "item"),
    _stop("learning_item", "cpc_officer", "item:adopted"),
    _stop("recognise", "nurse"),
    _stop("recognitions", "social_worker"),
    _stop("briefing", "nurse_manager"),
    _stop("supervision", "nurse_manager"),
    _stop("reflections", "nurse"),
    _stop("reflection_new", "nurse"),
    _stop("reflection", "nurse", "reflection"),
    _stop("reflection_edit", "nurse", "reflection"),
    _stop(
        "reflection_delete", "nurse", "reflection", takes_all="a press takes it; the page itself asks first"
    ),
    # The committee's officer, the auditor, those who keep records
    _stop("reports", "cpc_officer"),
    *(_stop("report", "cpc_officer", name, devices=name == "activity") for name in REPORTS),
    _stop("report_cases", "cpc_officer", "activity", query="table=agencies&row=&column="),
    _stop("papers", "cpc_officer"),
    _stop("small_numbers", "cpc_officer"),
    _stop("paper_run", "cpc_officer", "run", query="still=yes"),
    _stop("paper", "cpc_officer", "paper"),
    _stop("paper", "auditor", "paper:approved"),
    _stop("paper_words", "cpc_officer", "paper", takes_all="every part may stay without words"),
    _stop("paper_publish", "cpc_officer", "paper:approved"),
    _stop("trail", "auditor"),
    _stop("keeping", "cpc_officer"),
    _stop("keeping", "cswo"),
    _stop("answer_removal", "cswo", "wish"),
    _stop("legal_holds", "cswo"),
    _stop("lift_hold", "cswo", "hold"),
    # Help
    _stop("help", "nurse"),
    *(_stop("help_role", "nurse", name) for name in ("practitioner", "line_manager")),
    _stop("glossary", "nurse"),
    _stop("sources", "nurse"),
    _stop("unclear", "nurse"),
    # The procedure
    _stop("procedure", "nurse"),
    _stop("what_if", "nurse"),
    _stop("procedure_version", "nurse", "version"),
    _stop("compare_procedures", "nurse", "version"),
    # Administrators
    _stop("administration", "administrator"),
    _stop("operations", "administrator"),
    _stop("calendar", "administrator"),
    _stop("calendar_add_day", "administrator"),
    _stop("calendar_day", "administrator", "day"),
    _stop("calendar_hours", "administrator"),
    _stop("calendar_agency_hours", "administrator", "agency"),
    _stop("calendar_fill", "administrator", takes_all="the year stands in it; the next page asks again"),
    _stop("calendar_change", "administrator", "change"),
    _stop("procedure_office", "administrator"),
    _stop("adopt_procedure", "administrator", "version"),
    _stop("local_limits", "administrator"),
    _stop("local_limit", "administrator", "limit"),
    _stop("add_agency", "administrator"),
    _stop("agency", "administrator", "agency"),
    _stop("add_team", "administrator", "agency"),
    _stop("staff_list", "administrator", "agency"),
    _stop("staff_list_waits", "administrator", "list"),
    _stop("staff", "administrator"),
    _stop("add_person", "administrator"),
    _stop("person", "administrator", "person"),
    _stop("deactivate_person", "administrator", "person"),
    _stop("correct_person", "administrator", "person"),
    _stop("ask_email_change", "administrator", "person"),
    _stop("move_person", "administrator", "person"),
    _stop("choose_role", "administrator", "person"),
    _stop("grant_role", "administrator", "person", "line_manager"),
    _stop("end_role", "administrator", "role"),
    _stop("hand_over_role", "administrator", "role"),
    _stop("name_deputy", "administrator", "role"),
    _stop("role_requests", "administrator"),
    _stop("ask_reset", "administrator", "locked out"),
)
