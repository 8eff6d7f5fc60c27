"""Beside the ladder too a deputy acts for somebody and the trail says for whom; the holder acts for nobody (G18)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, User
from accounts.roles import Role
from accounts.standing import acted_for
from cases.models import BreakGlass, Entry
from cases.reports.papers import approve, draft, publish
from escalation.templatetags.words import day, moment
from escalation.trail.models import Event
from tests.access.test_glass import WHY
from tests.cast import Cast, opened
from tests.factories import cover, member
from tests.pages.desk import NOW, client_of
from tests.pages.scene import words
from tests.record import prepared
from tests.record.prepared import Sent
from tests.record.writes import WRITES

#: What is done: who does it, for whom, in which role, and the events that it leaves.
DONE: dict[str, tuple[str, Role, tuple[str, ...]]] = {
    "emergency_access": ("health_senior", Role.SENIOR_MANAGER, ("glass_broken", "glass_broken")),
    "review_access": ("health_lead", Role.DESIGNATED_LEAD, ("glass_reviewed", "glass_reviewed")),
    "answer_review": ("cswo", Role.CSWO, ("review_allowed", "review_allowed")),
    "concern_decide": ("health_lead", Role.DESIGNATED_LEAD, ("concern_decided",)),
    "concern_follow_up": ("health_lead", Role.DESIGNATED_LEAD, ("concern_followed_up",)),
    "paper_approve": ("cpc_officer", Role.CPC_OFFICER, ("paper_approved",)),
    "learning_item": ("cpc_officer", Role.CPC_OFFICER, ("learning_decided",)),
}

#: Where it is read afterwards who did it: by whom, on which page, and after which words. Beside the name of the deputy
#: stands for whom they did it.
PRINTED: dict[str, tuple[str, str, str]] = {
    "emergency_access": ("health_lead", "emergency_access", "read by "),
    "answer_review": ("cpc_officer", "keeping", "Allowed by "),
    "concern_decide": ("health_lead", "concern_lead", "Decided by "),
    "paper_approve": ("auditor", "paper", ", "),
}


def deputy_of(cast: Cast, person: User, role: Role) -> User:
    """Return somebody of the same agency without a role of their own, who covers this one today."""
    deputy = User.objects.create(
        email="deirdre@example.org", full_name="Deirdre Moir", agency=person.agency, password="!"
    )
    cover(Membership.objects.get(user=person, role=role), deputy)
    return User.objects.get(pk=deputy.pk)


def send(client: Client, name: str, sent: Sent) -> set[Any]:
    """Send what somebody sends, and return the keys of the events that were there before."""
    where, seen = reverse(name, args=sent.args), {}
    if sent.page:
        form = client.get(where).context["form"]
        seen = {n: str(form[n].value()) for n in ("form_token", "version") if n in form.fields}
    before = set(Event.objects.values_list("pk", flat=True))
    answer = client.post(where, {**(sent.typed or {}), **seen})
    assert answer.status_code == 302, answer.content.decode()
    return before


@pytest.mark.parametrize("name", DONE)
@pytest.mark.requirement("G18")
def test_what_a_deputy_does_beside_a_case_says_for_whom(cast: Cast, settings: Any, name: str) -> None:
    settings.DEMO_MODE = False
    whose, role, verbs = DONE[name]
    person = getattr(cast, whose)
    with time_machine.travel(NOW, tick=False):
        sent, deputy = WRITES[name](cast), deputy_of(cast, person, role)
        before = send(client_of(deputy), name, sent)
        events = Event.objects.exclude(pk__in=before).filter(actor_id=deputy.pk, verb__in=verbs)
        assert sorted(events.values_list("verb", flat=True)) == sorted(verbs)
        assert set(events.values_list("acting_for_id", flat=True)) == {person.pk}
        if name in PRINTED:
            reader, page, said = PRINTED[name]
            where = reverse(page, args=sent.args if page in ("paper", "concern_lead") else ())
            read = words(client_of(getattr(cast, reader)).get(where))
            assert f"{said}Deirdre Moir, acting for {person.full_name}" in read, read


@pytest.mark.parametrize("name", DONE)
def test_who_holds_the_role_acts_for_nobody(cast: Cast, settings: Any, name: str) -> None:
    """The twin: the same thing done by the one whose role it is."""
    settings.DEMO_MODE = False
    whose, _, verbs = DONE[name]
    with time_machine.travel(NOW, tick=False):
        sent = WRITES[name](cast)
        before = send(client_of(getattr(cast, whose)), name, sent)
        if name in PRINTED:
            reader, page, said = PRINTED[name]
            where = reverse(page, args=sent.args if page in ("paper", "concern_lead") else ())
            read = words(client_of(getattr(cast, reader)).get(where))
            assert f"{said}{getattr(cast, whose).full_name}" in read, read
            assert "acting for" not in read
    events = Event.objects.exclude(pk__in=before).filter(verb__in=verbs)
    assert set(events.values_list("actor_id", "acting_for_id")) == {(getattr(cast, whose).pk, None)}


def test_a_paper_says_for_whom_it_was_drafted_approved_and_published(cast: Cast, settings: Any) -> None:
    """On the page, in the list, and in every file of it: all print the same facts."""
    settings.DEMO_MODE = False
    with time_machine.travel(NOW, tick=False):
        deputy, person = deputy_of(cast, cast.cpc_officer, Role.CPC_OFFICER), cast.cpc_officer
        made = draft(cast.partnership, prepared.QUARTER, by=deputy, at=NOW)
        approve(made, by=person, at=NOW)
        publish(made, "Nobody could be told from these.", by=deputy, at=NOW)
        who, reader = "Deirdre Moir, acting for Quentin Ross", client_of(cast.auditor)
        assert f"{day(NOW)}, {who}" in words(reader.get(reverse("papers")))
        facts = {
            row["key"]: row["value"] for row in reader.get(reverse("paper", args=[made.pk])).context["facts"]
        }
        at = moment(NOW)
        assert (facts["Figures frozen"], facts["Approved"], facts["Published"]) == (
            f"{at}, {who}",
            f"{at}, Quentin Ross",
            f"{at}, {who}",
        )
        table = reader.get(reverse("paper_file", args=[made.pk, "committee", "csv"])).content.decode()
        assert table.count(who) == 2


def test_the_record_says_for_whom_a_case_was_read_and_looked_into(cast: Cast, settings: Any) -> None:
    settings.DEMO_MODE = False
    with time_machine.travel(NOW, tick=False):
        case, deputy = opened(cast), deputy_of(cast, cast.social_work_senior, Role.SENIOR_MANAGER)
        answer = client_of(deputy).post(
            reverse("emergency_access"), {"reference": case.reference, "reason": WHY}
        )
        assert answer.status_code == 302
        glass = BreakGlass.objects.get()
        assert (glass.user, glass.reviewer) == (deputy, cast.health_lead), (
            "the deputy reads, and is asked about it"
        )
        assert client_of(deputy).get(reverse("case", args=[case.reference])).status_code == 200
        said = words(client_of(cast.nurse).get(reverse("case", args=[case.reference])))
        assert f"acting for {cast.social_work_senior.full_name}" in said
        looked = words(client_of(cast.nurse).get(reverse("who_looked", args=[case.reference])))
        assert f"Emergency access, acting for {cast.social_work_senior.full_name}" in looked
        assert Entry.objects.get(kind="glass").acting_for == cast.social_work_senior


def test_the_raiser_of_a_concern_reads_who_answered_and_for_whom(cast: Cast, settings: Any) -> None:
    settings.DEMO_MODE = False
    with time_machine.travel(NOW, tick=False):
        sent, deputy = (
            WRITES["concern_decide"](cast),
            deputy_of(cast, cast.health_lead, Role.DESIGNATED_LEAD),
        )
        send(client_of(deputy), "concern_decide", sent)
        by = "Deirdre Moir, acting for Leila Baird, "
        raiser = client_of(cast.nurse).get(reverse("concern", args=sent.args)).content.decode()
        lead = client_of(cast.health_lead).get(reverse("concern_lead", args=sent.args)).content.decode()
        assert (raiser.count(by), lead.count(by)) == (1, 3), "beside the notes, and beside the decision"
        client_of(deputy).get(reverse("concern_lead", args=sent.args))
        looked = Event.objects.filter(verb="looked", actor_id=deputy.pk).order_by("seq").last()
        assert looked is not None
        assert looked.acting_for_id == cast.health_lead.pk


def test_a_role_of_ones_own_comes_before_one_that_is_covered(cast: Cast) -> None:
    deputy = member("Ishbel Ross", Role.DESIGNATED_LEAD, cast.education)
    cover(Membership.objects.get(user=cast.health_lead, role=Role.DESIGNATED_LEAD), deputy)
    asked: Callable[..., int | None] = lambda *agencies: acted_for(  # noqa: E731
        deputy, Role.DESIGNATED_LEAD, agencies=[a.pk for a in agencies]
    )
    assert asked(cast.health) == cast.health_lead.pk
    assert asked(cast.education) is None
    assert asked(cast.health, cast.education) is None
    assert asked(cast.social_work) is None
    assert acted_for(deputy, Role.CSWO) is None
    assert prepared.only(deputy).role == Role.DESIGNATED_LEAD
