"""Those beside the ladder: committee, auditor, administrator, a new colleague, and everybody's own pages."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from cases.models.deadline import Rule
from cases.workflow import State
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.journeys import given
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.then import Then as then
from tests.journeys.when import When as when
from tests.journeys.words import noon

pytestmark = pytest.mark.browser

#: What stands in every case here about the child, and must never leave it.
WORDS_OF_THE_CASE = ("unfed on three visits", "HV-2041", "go hungry")


def test_the_committees_officer_reads_the_report_and_takes_it_as_a_file(
    stage: Cast, person: OpenWindow, tmp_path: Path
) -> None:
    # Given one case in dispute and one that was agreed
    case = given.a_case_at(stage, State.SENIOR_MANAGERS)
    given.an_agreed_case(stage)
    officer = person(stage.cpc_officer).signs_in()

    # When the officer opens the report
    officer.follows("Reports").follows("Activity")
    # Then it counts both cases, and holds not a word of either
    figures = officer.page.get_by_role("table", name="Where the cases logged in this period stand now")
    assert figures.get_by_role("row", name="All").get_by_role("cell").last.inner_text().split()[-1] == "2"
    officer.does_not_see(case.reference, *WORDS_OF_THE_CASE)
    then(officer).cannot_find(case.reference)
    officer.follows("Reports").follows("Activity")
    # And a figure opens the cases behind it, by their references alone
    figures.get_by_role("row", name="Between senior managers").get_by_role("link").last.click()
    officer.sees("1 case", case.reference).does_not_see(*WORDS_OF_THE_CASE)

    # When the officer asks for another period, the wrong way round at first
    officer.follows("Reports").follows("Activity")
    officer.dates("From", noon(-1).date()).dates("To", noon(-30).date())
    officer.presses_in_vain("Show this period")
    then(officer).is_asked_to_mend("The last day must be on or after the first day")
    officer.dates("From", noon(-60).date()).dates("To", noon(-30).date()).presses("Show this period")
    # Then nothing was opened in it
    months = officer.page.get_by_role("table", name="Logged in each month").first
    assert months.get_by_role("row", name="All").get_by_role("cell").last.inner_text().split()[-1] == "0"

    # When the officer looks through the other reports, each is there
    for title in ("Timeliness", "Process", "Outcome for the child", "Deference and silence", "Open work now"):
        officer.follows("Reports").follows(title)

    # When the officer takes today's report as a file
    officer.follows("Reports").follows("Activity")
    with officer.page.expect_download() as download:
        officer.page.get_by_role("link", name="CSV").click()
    saved = tmp_path / "report.csv"
    download.value.save_as(saved)
    # Then it has the same numbers under the same headings
    assert download.value.suggested_filename.startswith("escalation-activity-")
    text = saved.read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert stage.partnership.name in text
    assert ["Between senior managers", "0", "0", "1", "1"] in rows
    assert not any(word in text for word in (*WORDS_OF_THE_CASE, case.reference))
    assert pages_checked(officer) >= 1


def test_the_auditor_reads_the_report_and_no_case(stage: Cast, person: OpenWindow) -> None:
    case = given.an_agreed_case(stage).reference
    auditor = person(stage.auditor).signs_in()
    auditor.sees("Nothing waits for you now").does_not_see("Log a disagreement")
    auditor.follows("Reports").does_not_see("Open work now").follows("Activity").sees("Health", "Social Work")
    then(auditor).cannot_find(case)
    # And may not log a disagreement
    auditor.goes_to("/cases/new/", status=403).sees("Your role does not log disagreements.")
    assert pages_checked(auditor) >= 1


def test_the_administrator_names_a_deputy_and_sees_no_case(stage: Cast, person: OpenWindow) -> None:
    # Given a case that waits on the nurse's manager, who goes on leave
    case = given.a_case_at(stage, State.LINE_MANAGER).reference
    administrator, colleague = person(stage.administrator).signs_in(), person(stage.colleague).signs_in()
    then(administrator).cannot_find(case)
    administrator.goes_to("/reports/", status=403).sees("The audit reports are for the committee")
    then(colleague).cannot_find(case)

    # When the administrator names a colleague as her deputy from today
    administrator.follows("Administration").follows("People")
    administrator.writes("Name, email or job", "lunan").presses("Find").follows("Morag Lunan")
    administrator.follows("Name a deputy for Line manager").presses_in_vain("Name this deputy")
    then(administrator).is_asked_to_mend("Choose the deputy")
    administrator.selects("Deputy", "Kirsty Adair").dates("Last day", noon(14).date())
    administrator.writes("Why", "Annual leave").presses("Name this deputy")
    administrator.sees("Deputy: Kirsty Adair").does_not_see(*WORDS_OF_THE_CASE)

    # Then what waits on the manager waits on the colleague too, who accepts it for her
    then(colleague).has_waiting(case, Rule.ACCEPT, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION).sees(
        "Acting for Morag Lunan"
    )
    when(colleague).accepts(case)
    colleague.sees("Accepted for Morag Lunan")
    assert pages_checked(administrator, colleague) >= 1


def test_a_new_colleague_sets_a_password_and_begins(stage: Cast, person: OpenWindow) -> None:
    # Given an administrator who adds a team and a person with a role in it
    administrator = person(stage.administrator).signs_in()
    administrator.follows("Administration").follows("Strathbracken Police").follows("Add a team")
    administrator.writes("Name of the team", "Family protection").presses(re.compile("^Add"))
    administrator.goes_to("/administration/people/add/").presses_in_vain("Add this person")
    then(administrator).is_asked_to_mend(
        "Enter the person’s name",
        "Enter the person’s work email address",
        "Enter what the person does",
        "Choose the agency that employs the person",
    )
    administrator.writes("Name", "Rhona Gilmour").writes("Work email address", "rhona.gilmour@example.org")
    administrator.writes("Job", "Detective sergeant").selects("Agency", "Strathbracken Police")
    administrator.presses("Add this person").sees("Rhona Gilmour is added.", "No role yet")
    administrator.follows("Give a role").follows("Practitioner")
    administrator.picks("Where is the role held?", "Family protection, Strathbracken Police")
    administrator.presses("Ask for this role").sees("waits for a second administrator")
    # And another administrator who confirms it
    second = person(stage.second_administrator).signs_in()
    second.follows("Administration").follows("Waiting for a second administrator (1)")
    second.sees("Rhona Gilmour", "Practitioner").presses("Give this role").sees("Nothing waits")
    administrator.presses("Make an invitation").is_at("Invitation for Rhona Gilmour")
    link = administrator.page.get_by_text("/invitation/").inner_text().strip().removeprefix(administrator.url)

    # When the new colleague follows the link and sets a password
    newcomer = person(stage.stranger)  # a window in which nobody is signed in
    newcomer.goes_to(link).is_at("Choose your password").presses_in_vain("Set this password")
    then(newcomer).is_asked_to_mend("Choose a password", "Type the password again")
    for label in ("Password", "The same password again"):
        newcomer.page.get_by_label(label, exact=True).fill(PASSWORD)
    newcomer.presses("Set this password").sees("Your password is set.").is_at("Sign in")
    # And signs in with it
    newcomer.writes("Work email address", "rhona.gilmour@example.org")
    newcomer.page.get_by_label("Password", exact=True).fill("not the right one at all")
    newcomer.presses_in_vain("Sign in").sees("do not belong together")
    newcomer.page.get_by_label("Password", exact=True).fill(PASSWORD)
    # Then a second step is asked for before anything opens, and the link opens nothing any more
    newcomer.presses("Sign in").is_at("Set up your second step")
    newcomer.goes_to(link, status=410)
    assert pages_checked(administrator, second, newcomer) >= 1


def test_notices_mail_directory_and_ones_own_page(stage: Cast, person: OpenWindow) -> None:
    # Given a case that went to the nurse's manager, and a minute later the messengers
    case = given.a_case_at(stage, State.LINE_MANAGER).reference
    call_command("sweep", "--send", verbosity=0)
    manager = person(stage.nurse_manager).signs_in()

    # When the manager reads her notices
    manager.goes_to("/inbox/").sees("The next step is yours", case).presses("Mark these as read")
    # Then they are read
    manager.is_at("Notices").sees(case).does_not_see("Mark these as read")

    # And the mails, which the demonstration shows, say nothing about the child
    manager.goes_to("/demo/sent-mail/").sees("To Morag Lunan", case)
    manager.does_not_see(*WORDS_OF_THE_CASE, "Child:", "Hungry")

    # When she looks for somebody in the directory
    manager.follows("Directory").sees("Tara Munro", "Little Burn Nursery")
    manager.writes("Name, job or team", "petrie").presses("Find").sees("Callum Petrie")
    manager.does_not_see("Zoe Fallon")
    manager.writes("Name, job or team", "nobody of this name").presses("Find").sees("Nobody was found")
    # And at her own page
    manager.follows("Morag Lunan").sees("Your roles", "Line manager")
    # And at the date by which she has to settle it
    manager.goes_to(f"/cases/{case}/").follows(re.compile("^Due by"))
    manager.sees("How this date came about", "Set by your committee, not by the guide", "Day by day")
    assert pages_checked(manager) >= 1
