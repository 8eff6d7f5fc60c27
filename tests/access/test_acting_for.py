"""A deputy is seen as one everywhere: page by page, as the deputy and as everybody else in the case."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import time_machine
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import Role
from cases.actions import following, settling, talking
from cases.models import Entry, Participation
from cases.models.participation import Relation, Side
from cases.presenters.below import check_back_table
from cases.presenters.sides import positions
from cases.reading import Record
from cases.record import looks, pack, wishing
from cases.record.as_data import as_json
from cases.record.audience import Audience
from cases.record.exporting import record_export
from cases.views.removals import request_rows
from notifications.delivery import compose
from notifications.models import Message
from tests.cases.steps import audit, fresh
from tests.cast import TUESDAY, Cast, opened
from tests.factories import cover, member
from tests.pages.scene import signed_in, words

HOUR = timedelta(hours=1)


def test_acting_for_stands_wherever_a_deputy_is_named(cast: Cast) -> None:
    deputy = member("Deirdre Moir", Role.PRACTITIONER, cast.social_work_team)
    cover(Membership.objects.get(user=cast.social_worker), deputy)
    case = opened(cast)
    acting = "acting for Callum Petrie"
    with time_machine.travel(TUESDAY + HOUR, tick=False):
        at = TUESDAY + HOUR
        talking.give_update(case, by=deputy, audit=audit(case, at), update="We ring the school today.")
        entry = Entry.objects.get(author=deputy)
        talking.correct_entry(
            fresh(case), by=deputy, audit=audit(fresh(case), at), entry=entry, correction="Tomorrow."
        )
        talking.give_position(
            fresh(case), by=deputy, audit=audit(fresh(case), at), position={"view": "She is safe at school."}
        )
        talking.give_position(  # each side's stays closed until both are given
            fresh(case), by=cast.nurse, audit=audit(fresh(case), at), position={"view": "She is not."}
        )
        own, other = signed_in(deputy), signed_in(cast.nurse)
        case_page = reverse("case", args=[case.reference])
        for page in (reverse("home"), reverse("case_list"), reverse("inbox"), case_page, reverse("me")):
            assert acting in own.get(page).content.decode(), f"the header of {page}"
        for name in ("home", "case_list", "inbox"):
            assert "Acting for Callum Petrie" in words(own.get(reverse(name))), name
        reader_of = {own: deputy, other: cast.nurse}
        for reader in (own, other):
            said = words(reader.get(case_page))
            assert f", {acting})" in said, "beside each thing she wrote"
            assert f"by Deirdre Moir, {acting}" in said, "who corrected it"
            shown = positions(Record.load(fresh(case), reader_of[reader], at), ())["sides"][1]
            assert shown["byline"] == f"Deirdre Moir, {acting}, Resolution: talk to each other", shown
            assert shown["byline"] in said, "whose position it is"
        looked = words(other.get(reverse("who_looked", args=[case.reference])))
        assert f", {acting}" in looked
        sealed = as_json(Record.load(fresh(case), cast.nurse, at), defaultdict(list))["events"]
        taken = [e["who"] for e in sealed if "Deirdre" in e["who"]]
        assert taken == [f"Deirdre Moir, {acting}"] * 3, "the record that is taken away"
        record_export(fresh(case), deputy, audience="shared", form="pdf", reason="For the file.", at=at)
        Participation.of(
            case,
            user=deputy,
            agency=cast.social_work,
            relation=Relation.OWNER,
            side=Side.RECEIVING,
            started_at=at,
        ).save()
        record_export(fresh(case), deputy, audience="shared", form="pdf", reason="For me.", at=at + HOUR)
        looked = words(other.get(reverse("who_looked", args=[case.reference])))
        assert f"Deirdre Moir, {acting} Social Work" in looked, "who took a record out"
        assert "Deirdre Moir Social Work" in looked, "and who took one out for herself"
        shown = pack.context(Record.load(fresh(case), cast.nurse, at), Audience.SHARED)
        assert [e.who for e in shown["exports"]] == [f"Deirdre Moir, {acting}", "Deirdre Moir"]
        assert f": Deirdre Moir, {acting}, Social Work" in render_to_string(
            "cases/record/lookers.html", shown
        )
        data = as_json(Record.load(fresh(case), cast.nurse, at), shown)
        assert [e["by"] for e in data["taken_away"]] == [f"Deirdre Moir, {acting}", "Deirdre Moir"]
        asked = words(own.get(reverse("ask_removal", args=[case.reference])))
        assert f"Update, Deirdre Moir, {acting}, " in asked, "whose words are to go"
        mail = Message.objects.filter(recipient=deputy).first()
        assert mail is not None
        assert "or the person you act for" in compose(mail).body


def test_acting_for_stands_whole_where_it_is_said_last(cast: Cast) -> None:
    """A long name, a check back, a wish that words go, and a look at a time when nothing waited."""
    whom = cast.social_worker
    whom.full_name = "Callum Petrie of Easter and Wester Strathbracken"
    whom.save(update_fields=["full_name"])
    deputy = member("Deirdre Moir", Role.PRACTITIONER, cast.social_work_team)
    cover(Membership.objects.get(user=whom), deputy)
    who, at = f"Deirdre Moir, acting for {whom.full_name}", TUESDAY + HOUR
    with time_machine.travel(at, tick=False):
        case = opened(cast)
        talking.give_update(case, by=deputy, audit=audit(case, at), update="We ring the school today.")
        entry = Entry.objects.get(author=deputy)
        assert entry.role.endswith("Wester S"), "the column is too short for it"
        page = words(signed_in(cast.nurse).get(reverse("case", args=[case.reference])))
        assert f"Deirdre Moir, Social Work (counterpart, acting for {whom.full_name})" in page
        wish = wishing.ask(
            fresh(case), entry.pk, ground="wrong_child", why="It is about the other child.", by=deputy, at=at
        )
        asked = next(row["value"] for row in request_rows(wish) if row["key"] == "Asked by")
        assert asked.startswith(f"{who}, ")
        settling.agree(
            fresh(case), by=cast.nurse, audit=audit(fresh(case), at), agreement="Both go.", actions=[]
        )
        following.check_understood(fresh(case), by=deputy, audit=audit(fresh(case), at), answer=True)
        record = Record.load(fresh(case), cast.nurse, at)
        assert f"Answered by {who}." in str(check_back_table(record)["rows"])
        given = as_json(record, defaultdict(list, point=None))["check_backs"]
        assert [c["answered_by"] for c in given if c["answer"]] == [who]
        other = opened(cast)
        settling.withdraw(other, by=cast.nurse, audit=audit(other, at), statement="Safe now.")
        looks.note(fresh(other), deputy, page="case", at=at)
        assert [(f.name, f.acting_for) for f in looks.without_duty(cast.social_work, at)] == [
            ("Deirdre Moir", whom.full_name)
        ]
        flagged = words(signed_in(cast.social_work_lead).get(reverse("flagged_looks")))
        assert who in flagged
