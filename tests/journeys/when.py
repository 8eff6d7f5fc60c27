"""What people do, one sentence each: `when(nurse).gives_her_sides_position(case, words)`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cases.steps import STEPS
from tests.journeys import words
from tests.journeys.person import Person
from tests.journeys.words import noon


@dataclass
class When:
    """Somebody does something, from the page where they are or from the page of the case."""

    who: Person

    def begins(self, case: str, step: str) -> Person:
        """Come to the form of a step as people do: over the page of the case and the button on it."""
        page = f"/cases/{case}/"
        heading = self.who.page.locator("h1").first
        if self.who.path == f"{page}do/{step}/" and heading.inner_text() == STEPS[step].label:
            return self.who  # there already
        if self.who.path != page:
            self.who.goes_to(page)
        self.who.follows(STEPS[step].label)
        assert self.who.path == f"{page}do/{step}/"
        return self.who

    def begins_in_vain(self, case: str, step: str) -> Person:
        """Ask for a step that cannot be taken now, and read why."""
        self.who.goes_to(f"/cases/{case}/do/{step}/", status=409)
        return self.who.is_at(f"{STEPS[step].label}: not now")

    def writes_for_a_while(self, label: str, text: str) -> Person:
        """Write, and let so much time pass that the page keeps the words by itself; the clock is the page's own."""
        self.who.page.clock.install()
        self.who.writes(label, text)
        with self.who.page.expect_response(lambda answer: answer.url.endswith("/draft/")):
            self.who.page.clock.fast_forward(11_000)
        return self.who

    # Logging

    def begins_to_log(self) -> Person:
        """Go from home to the first question."""
        return self.who.goes_to("/").follows("Log a disagreement").follows("Start")

    def finds_it_in_scope(self) -> Person:
        """Say no to every other route."""
        for no in self.who.page.get_by_role("radio", name="No", exact=True).all():
            no.check()
        return self.who.presses("Save and go on")

    def says_what_it_is_about(self) -> Person:
        self.who.picks("What do you disagree with?", "A decision")
        self.who.picks("What kind of disagreement is it?", "Referral threshold", "Different assessments")
        self.who.picks("Who is it about?", "Child").selects("What age?", "5 to 11")
        self.who.writes("Your own reference for the child", "HV-2041")
        return self.who.presses("Save and go on")

    def says_what_happened(self) -> Person:
        self.who.writes("What happened, and why do you disagree?", words.WHAT)
        self.who.dates("When did it happen?", noon(-3))
        self.who.writes("What is likely to happen to the child if nothing changes?", words.CONSEQUENCE)
        return self.who.presses("Save and go on")

    def says_what_keeps_the_child_safe(self, *, safe: str = "Yes, safe for now") -> Person:
        self.who.picks("Is the child safe now?", safe)
        self.who.writes("What is the situation now?", words.SITUATION)
        self.who.writes("What holds until this is settled?", words.SAFETY_LINE)
        self.who.writes("Who makes sure of it?", "Health visitor")
        self.who.dates("When must this be confirmed again?", noon(6))
        return self.who.presses("Save and go on")

    def says_how_urgent_it_is(self, *, harm_by: datetime | None = None) -> Person:
        self.who.picks("How soon could the child be harmed?", "Weeks ahead")
        if harm_by:
            self.who.dates("By when could harm occur, or the decision take effect?", harm_by)
            self.who.writes("What happens then?", "The school holidays begin.")
        return self.who.presses("Save and go on")

    def finds_the_other_side(self, name: str) -> Person:
        """Look a person up in the directory by a part of the name, and choose them."""
        part = name.rsplit(maxsplit=1)[-1].lower()[:4]
        self.who.writes("Search for a name, job, team or agency", part).presses("Search")
        self.who.picks("The other person or team", name)
        return self.who.presses("Save and go on")

    def opens_it(self, other: str) -> str:
        """Check the answers and open the disagreement; return its reference."""
        self.who.is_at("Check your answers").sees(words.WHAT, words.CONSEQUENCE, words.SAFETY_LINE)
        self.who.presses(f"Log it and tell {other}")
        found = re.fullmatch(r"/cases/([2-9A-Z]{3}-[2-9A-Z]{4})/", self.who.path)
        assert found, self.who.path
        return found[1]

    def logs_a_disagreement_with(self, other: str) -> str:
        """Log it, page by page, from home; return the reference of the case."""
        self.begins_to_log()
        self.finds_it_in_scope()
        self.says_what_it_is_about()
        self.says_what_happened()
        self.says_what_keeps_the_child_safe()
        self.says_how_urgent_it_is()
        self.finds_the_other_side(other)
        return self.opens_it(other)

    # Talking

    def records_a_contact(self, case: str, *, people: str) -> Person:
        self.begins(case, "contact").dates("When was it?", noon(-1)).picks("How?", "Telephone")
        self.who.writes("With whom?", people).picks("Did you speak with them?", "Yes")
        self.who.writes("What was said?", words.DISCUSSED)
        return self.who.presses("Add this to the record")

    def records_a_meeting(self, case: str, *, people: str, agreed: str, agreed_under: str) -> Person:
        self.begins(case, "meeting").dates("When was it?", noon(-1))
        self.who.picks("How?", "Online meeting, such as Teams").writes("Who was there?", people)
        self.who.writes(agreed_under, agreed)
        return self.who.presses("Add this to the record")

    def gives_a_position(self, case: str, position: Mapping[str, str]) -> Person:
        self.begins(case, "position")
        for heading, text in position.items():
            self.who.writes(heading, text)
        return self.who.presses("Give this position")

    def sets_out_common_ground(self, case: str) -> Person:
        self.begins(case, "common-ground")
        self.who.writes("What do both sides agree on?", "The child missed nine days of school.")
        self.who.writes("What is disputed?", "Whether there is enough food at home.")
        self.who.writes("What does nobody know yet?", "What the father thinks.")
        self.who.writes("What is the one question to decide for the child?", words.QUESTION)
        return self.who.presses("Save this for both sides")

    # Going up

    def tells_the_other_side(self, case: str) -> Person:
        self.begins(case, "intention")
        self.who.writes("What do you tell the other side?", "I mean to take this further on Monday.")
        return self.who.presses("Tell them")

    def asks_herself_first(self) -> Person:
        """Answer the four questions before leaving the first stage: three times yes, and no to the last."""
        questions = self.who.group("Questions to ask yourself first")
        for yes in questions.get_by_role("radio", name="Yes", exact=True).all():
            yes.check()
        questions.get_by_role("radio", name="No", exact=True).last.check()
        return self.who

    def says_why_now(self, *, feedback: str = "") -> Person:
        """Answer what stands under the brief."""
        self.who.writes("Why can this not be left as it is for the child?", "The child goes hungry.")
        self.who.writes("How is the child now?", "At school today, thin and tired.")
        if feedback:
            self.who.writes("What do you tell the person who raised it?", feedback)
        return self.who

    def takes_it_to(self, stage: str) -> Person:
        return self.who.presses(f"Take it to {stage} and tell them")

    # The managers

    def accepts(self, case: str) -> Person:
        return self.begins(case, "accept").presses("Accept this and tell them")

    def supports_the_concern(self, case: str) -> Person:
        self.begins(case, "manager-view")
        self.who.writes("What did the two of you talk through?", "The three visits, one by one.")
        self.who.picks("Do you support the concern?", "Yes, I support it")
        self.who.writes("How is the child now?", "At school today, thin and tired.")
        self.who.writes("Why?", "The pattern is clear.")
        self.who.writes("What do you tell the person who raised it?", "I support you and meet their manager.")
        return self.who.presses("Give your view and tell them")

    def does_not_support_the_concern(self, case: str) -> Person:
        self.begins(case, "manager-view")
        self.who.writes("What did the two of you talk through?", "The three visits, one by one.")
        self.who.picks("Do you support the concern?", "No, I do not support it")
        self.who.writes("Why?", "One more visit would tell us more.")
        self.who.writes("What do you tell the person who raised it?", "Not yet: please visit once more.")
        return self.who.presses("Give your view and tell them")

    def asks_for_an_independent_view(self, case: str) -> Person:
        self.begins(case, "answer-refusal").picks("What happens now?", "I ask for an independent view")
        self.who.writes("What should be looked at?", "Whether it is safe to wait for one more visit.")
        return self.who.presses("Go on with this")

    def gives_an_independent_view(self, case: str, *, supports: bool) -> Person:
        answer = "Yes, I support it" if supports else "No, I do not support it"
        self.begins(case, "independent-view").picks("Do you support the concern?", answer)
        self.who.writes("What is your view, and why?", "Waiting for one more visit is not safe.")
        return self.who.presses("Give this view and tell them")

    # Settling

    def plans_an_action(self, number: int, what: str, who: str, by: datetime) -> Person:
        """Fill in one row of agreed actions."""
        row = f"Action {number}"
        self.who.writes("What is to be done?", what, among=row)
        self.who.selects("Who does it?", who, among=row)
        for label, value in (("Day", by.day), ("Month", by.month), ("Year", by.year)):
            self.who.writes(label, str(value), among=row)
        return self.who

    def records_an_agreement(self, case: str, *, action_for: str) -> Person:
        self.begins(case, "agree").writes("What have you agreed?", "A joint visit this week.")
        self.plans_an_action(1, "Visit the family together", action_for, noon(3))
        self.who.picks("What has been done already?", "Each agency has written it in its own record")
        self.who.writes("How is the child now?", "At school today.")
        return self.who.presses("Record this agreement and tell them")

    def determines(self, case: str, *, action_for: str, question: str = "") -> Person:
        """Determine a case; `question` where nobody has put one before."""
        self.begins(case, "determine")
        if question:
            self.who.writes("What is the question to decide?", question)
        self.who.writes("What is your decision?", "Yes. An assessment begins this week.")
        self.who.writes("What are your reasons?", "The visits and the school's record show the same.")
        self.plans_an_action(1, "Start the assessment", action_for, noon(3))
        self.who.writes("Who is told, by whom and when?", "Both sides and their managers, by me, today.")
        self.who.writes("How is the child now?", "At school today, thin and tired.")
        self.who.writes("What do you tell the person who raised it?", "Your concern was upheld.")
        return self.who.presses("Record this determination and tell them")

    def refers_it_to(self, case: str, body: str) -> Person:
        self.begins(case, "refer").picks("To whom is it referred?", body)
        self.who.dates("On which day?", noon(-1).date())
        self.who.writes(
            "Why is it referred, and what is asked?", "Thresholds differ between the two agencies."
        )
        self.who.writes("What do you tell the person who raised it?", "I have referred this.")
        return self.who.presses("Refer it and tell them")

    def records_what_the_committee_decided(self, case: str) -> Person:
        self.begins(case, "committee-outcome").dates("On which day was it decided?", noon(-1).date())
        self.who.writes("What was decided, and why?", "Both agencies write down one threshold.")
        self.who.writes("How is the child now?", "At school today.")
        self.who.writes("What do you tell the person who raised it?", "The committee has decided.")
        return self.who.presses("Record this and tell them")

    # Afterwards

    def reads_the_feedback(self, case: str, *, reply: str = "") -> Person:
        self.begins(case, "acknowledge")
        if reply:
            self.who.writes("Is there anything you want to say to it?", reply)
        return self.who.presses("I have read this")

    def reports_the_action(self, case: str) -> Person:
        self.begins(case, "report-action").picks("Was it done?", "Yes, it was done")
        self.who.dates("When was it done, or when did it turn out that it is not?", noon(-1))
        self.who.writes("What shows it? If it was not done: why not?", "Visit note, social work record.")
        return self.who.presses("Report this and tell them")

    def confirms_what_was_agreed(self, case: str) -> Person:
        self.begins(case, "check-understood")
        self.who.page.get_by_role("radio", name="Yes", exact=True).check()
        return self.who.presses("Send this answer")

    def understands_it_otherwise(self, case: str, how: str) -> Person:
        self.begins(case, "check-understood")
        self.who.page.get_by_role("radio", name="No", exact=True).check()
        self.who.writes("What do you understand differently?", how)
        return self.who.presses("Send this answer")

    def says_that_it_was_done_and_helped(self, case: str) -> Person:
        self.begins(case, "check-done")
        for yes in self.who.page.get_by_role("radio", name="Yes", exact=True).all():
            yes.check()
        return self.who.presses("Send these answers")

    def says_that_it_did_not_help(self) -> Person:
        """Pick yes for everything but the one question that matters most."""
        for yes in self.who.page.get_by_role("radio", name="Yes", exact=True).all():
            yes.check()
        return self.who.picks("Did it help the child?", "No")

    def debriefs_and_closes(self, case: str) -> Person:
        self.begins(case, "close")
        self.who.writes("Who was talked to about how it ended, and when?", "Everybody, together.")
        self.who.dates("On which day was the last of these talks?", noon(-1).date())
        self.who.picks("Does the family know that professionals disagreed?", "Yes, they were told")
        self.who.writes("Who told them, or why were they not told?", "The health visitor told the mother.")
        self.who.writes("What should practice, policy or procedure learn from this?", "Ring before refusing.")
        self.who.picks("Where should that go?", "Child Protection Committee")
        return self.who.presses("Close it and tell them")
