"""What happens beside the ladder in the demonstration: two Re-thinks and a concern about an agency. All invented."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from cases.actions import raising, rethinking
from cases.actions.rethinking import Arrangement, Held, NewAction, NewRethink
from cases.audit import Audit
from cases.demo.play import Play
from cases.learning import items
from cases.models import Invitation, Rethink

GUEST = "play.worker@quayside-toys.example"


def rethink_held(p: Play) -> None:
    """A Re-think about work that was stuck, held last week, with a guest who has no account."""
    people = p.demo.people
    p.on(14, "11:00")
    asked = rethinking.ask(
        NewRethink(
            reason=Rethink.Reason.STUCK,
            about="Five services have visited for a year. Each sees its own part, and little changes for the child.",
            considered={"raised": True, "talked": True, "formal": False},
            considered_words="We have met twice in the core group. Nobody disagrees; nobody sees a way on.",
            addresses=(people["tamsin"].email, people["isla"].email, people["fraser"].email, GUEST),
            when="A Tuesday or a Thursday, after school hours",
        ),
        by=people["ailsa"],
        audit=Audit(p.at),
        procedure=p.demo.procedure,
    )
    meets_at = p.on(5, "15:30").at
    p.on(12, "09:40")
    how = Arrangement(
        meets_at=meets_at,
        minutes=90,
        place="Lantern House, garden room",
        link="",
        facilitator=people["lewis"],
        addresses=(people["tamsin"].email, people["isla"].email, people["fraser"].email, GUEST),
    )
    rethinking.arrange(asked, how, by=people["rhona"], audit=Audit(p.at))
    rows = {i.email: i for i in Invitation.objects.live().filter(rethink=asked)}
    there = [people[key].email for key in ("ailsa", "tamsin", "isla", "lewis")]
    what = Held(
        steps={
            "strengths": "The mother keeps every appointment at the clinic. The aunt has the child each Friday.",
            "perspectives": "Two of us felt alone with the worry and needed to know that somebody else was looking.",
            "impact": "The child tells the same story to five adults, and has stopped telling it.",
            "ways_forward": "One worker whom the child knows does the talking. The others bring what they see to her.",
            "learning": "Ask the child who should be in the room before the next plan is made.",
        },
        outcomes={
            "shared_picture": "We had four different dates for the same visit.",
            "creative_ways": "One worker instead of five.",
            "support": "",
        },
        there=frozenset(rows[address].pk for address in (*there, GUEST)),
        names={rows[GUEST].pk: "Marnie Oakes"},
        actions=(
            NewAction(
                "Ask the child which worker she would like to talk to",
                rows[people["ailsa"].email],
                (p.now + timedelta(days=4)).date(),
            ),
            NewAction(
                "Send one shared calendar of visits",
                rows[people["tamsin"].email],
                (p.now + timedelta(days=2)).date(),
            ),
        ),
    )
    p.on(5, "17:10")
    rethinking.hold(asked, what, by=people["lewis"], audit=Audit(p.at))


def rethink_asked_for(p: Play) -> None:
    """A Re-think that waits for the coordinator."""
    people = p.demo.people
    p.on(1, "14:20")
    rethinking.ask(
        NewRethink(
            reason=Rethink.Reason.DISAGREEMENT,
            about="School and social work read the same attendance figures in opposite ways.",
            considered={"raised": True, "talked": True, "formal": True},
            considered_words="",
            addresses=(people["duncan"].email, people["una"].email),
            when="Any afternoon next week",
        ),
        by=people["fraser"],
        audit=Audit(p.at),
        procedure=p.demo.procedure,
    )


def concern_about_an_agency(p: Play) -> None:
    """A concern that built up over months, decided by the designated lead and to be looked at again."""
    demo = p.demo
    p.on(22, "10:15")
    concern = raising.raise_concern(
        by=demo.people["rowan"],
        about=demo.agencies["police"],
        families=["information", "timescale"],
        words="Reports of visits reach us three or four weeks late. It has been so since spring, whoever writes.",
        audit=Audit(p.at),
    )
    p.on(19, "16:00")
    raising.decide(
        concern,
        by=demo.people["lorne"],
        audit=Audit(p.at),
        decision="with_the_agency",
        reasons="The midwives say the same. It is a matter of their rota, not of one person.",
        told="I have raised it with their public protection unit. I will ask again in six weeks.",
        follow_up_on=(p.now + timedelta(days=12)).date(),
    )


def learning_that_comes_back(p: Play) -> None:
    """Four things raised to learn from: changed, taken up, noted, and still to be decided; and a word of praise."""
    people = p.demo.people
    at = p.on(60, "10:00").at
    raised = [
        items.raise_item(by=people[who], theme=theme, source=source, route=route, what=what, at=at)
        for who, theme, source, route, what in (
            (
                "ailsa",
                "information",
                "case",
                "cpc",
                "Say by telephone when a referral is declined, before the letter.",
            ),
            (
                "duncan",
                "guidance",
                "guidance",
                "cpc",
                "Nobody says who is told when a nursery has no manager.",
            ),
            (
                "rowan",
                "timescales",
                "debrief",
                "practice_improvement_group",
                "Send minutes within three days.",
            ),
            (
                "tamsin",
                "roles",
                "rethink",
                "practice_improvement_group",
                "Ask the child who should be in the room.",
            ),
        )
    ]
    officer = people["sorcha"]
    p.on(40, "11:30")
    for item, adopted, decision in (
        (raised[0], True, "We agree. Each team leader will say so at the next team meeting."),
        (raised[1], True, "We will write it into the procedure at its next review."),
        (raised[2], False, "Three days is laid down already. We have reminded those who take minutes."),
    ):
        items.decide(
            item,
            by=officer,
            adopted=adopted,
            decision=decision,
            theme=item.theme,
            shared=adopted,
            owner="Lead officer of the committee" if adopted else "",
            due_on=(p.now + timedelta(days=30)).date() if adopted else None,
            at=p.at,
        )
    p.on(9, "14:00")
    changed = "All four agencies now telephone on the same day and write afterwards."
    items.say_what_changed(raised[0], by=officer, changed=changed, procedure=None, at=p.at)
    items.recognise(
        by=people["ailsa"],
        colleague=people["tamsin"],
        manager=people["euan"],
        words="She changed her mind in front of everybody when she had heard what the nursery sees.",
        at=p.at,
    )


STORIES: tuple[Callable[[Play], None], ...] = (
    rethink_held,
    rethink_asked_for,
    concern_about_an_agency,
    learning_that_comes_back,
)
