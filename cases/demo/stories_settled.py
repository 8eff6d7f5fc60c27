"""Disagreements of the demonstration that were settled or have ended, and those just begun."""

from __future__ import annotations

from cases.demo.play import Play
from cases.demo.stories_high import Dispute, climb_to_cswo


def determined(p: Play) -> None:
    """Determined by the CSWO, feedback waiting for the raiser, actions under way."""
    p.on(13, "09:30").log(
        "rowan",
        "tamsin",
        about="decision",
        reasons=["divergent_assessments"],
        subject="baby",
        subject_reference="HV-3101",
        age_band="Under 1",
        what="Contact with the father was to go on without anybody present. I saw the mother afraid on two visits.",
        consequence="The baby may be in the room when somebody is hurt.",
        child_safe="yes",
        safety_line="Contact is on hold until this is settled.",
        safety_owner="Social worker, long-term team",
        safety_until=p.ahead(days=10),
        situation="Baby well, with the mother.",
    )
    climb_to_cswo(
        p,
        12,
        Dispute(
            concern="Contact with the father goes on without anybody present, and the mother is afraid of him.",
            consequence="The baby may be in the room when somebody is hurt.",
            other_side="Contact has gone well so far, and the father keeps to what was agreed.",
            threshold="No risk assessment has been done, and contact is each week.",
            issue="Whether contact may go on without anybody present.",
            blocked="Each service weighs the mother’s fear differently.",
            situation="Baby well, with the mother.",
        ),
    )
    p.on(1, "15:00").determine(
        "helena",
        [
            ("Arrange supervised contact at the family centre", "tamsin", 30),
            ("Visit the mother within a week and ask about safety at home", "rowan", 28),
        ],
        question="May contact with the father go on without anybody present?",
        decision="No. Contact is supervised until the risk assessment is done.",
        reasons="Both accounts agree that the mother was afraid. The cost of a short delay is small.",
        told="Both practitioners, both managers and both senior managers, by me on the same day.",
        feedback="Your concern was upheld. Contact is supervised until the risk assessment is done.",
    )


def agreed(p: Play) -> None:
    """Agreed between managers, check backs going on."""
    p.on(8, "10:20").log(
        "fraser",
        "tamsin",
        about="inaction",
        reasons=["timescales"],
        subject="young_person",
        subject_reference="AHS-15-087",
        age_band="12 to 15",
        what="A change of school was to be decided by the end of term. No meeting has been called.",
        consequence="The young person may be out of school for weeks.",
        child_safe="yes",
        safety_line="Place kept open here; daily check by guidance.",
        safety_owner="Guidance teacher",
        safety_until=p.ahead(days=9),
        situation="In school each day this week.",
    )
    p.on(7, "09:10").intention("fraser", "I will take this to Una today.")
    p.on(7, "09:40").escalate(
        "fraser",
        {
            "concerns": "No decision, and the term ends soon.",
            "consequences": "Weeks out of school.",
            "steps": "Two emails.",
            "other_position": "The social worker waits for the carers' move.",
        },
        situation="In school.",
        tried="Two emails and a call.",
        threshold="The date will not move.",
    )
    p.on(6, "10:00").accept("una")
    p.on(5, "11:00").support("una", "We looked at the dates.", "The date is fixed.", "I will meet Euan.")
    p.on(4, "09:00").acknowledge("fraser")
    p.on(2, "10:30").meeting(
        "una",
        "Una Drummore, Euan Selkirk-Hale",
        {"concerns": "The end of term.", "way_forward": "Meet with the carers before term ends."},
        agreed="A meeting with the carers within nine days; the place is kept until then.",
    )
    p.on(2, "11:40").agree(
        "una",
        "The place is kept until the carers have moved. A planning meeting is held within nine days.",
        [
            ("Hold the planning meeting", "tamsin", 9),
            ("Keep the place open and tell the family", "fraser", 5),
        ],
        feedback="We agreed. The place is kept, and the planning meeting is held within nine days.",
    )
    p.on(2, "14:00").acknowledge("fraser")
    p.on(1, "09:00").understood("fraser")
    p.on(1, "10:30").understood("tamsin")
    p.on(1, "15:00").done("fraser", 2, "Letter to the family of that day, held in the pupil's file.")


def check_back_failed(p: Play) -> None:
    """Reopened: the counterpart says that it was not done."""
    p.on(10, "13:00").log(
        "isla",
        "duncan",
        about="action",
        reasons=["action_not_taken"],
        subject="baby",
        subject_reference="MW-0698",
        age_band="Under 1",
        what="A visit in the first week after birth was agreed. The baby is sixteen days old and was not visited.",
        consequence="Nobody has seen where the baby sleeps.",
        child_safe="yes",
        safety_line="Midwife visits every second day.",
        safety_owner="Community midwife",
        safety_until=p.ahead(days=3),
        situation="Baby seen today, gaining weight.",
    )
    p.on(9, "10:00").contact(
        "isla", "Duncan Airdale", "Agreed a joint visit.", "Within three days, both of us."
    )
    p.on(9, "11:00").agree(
        "isla",
        "A joint visit within three days to see where the baby sleeps.",
        [("Joint visit to see where the baby sleeps", "duncan", 3)],
    )
    p.on(8, "09:00").understood("isla")
    p.on(8, "09:30").understood("duncan")
    p.on(3, "16:00").done("duncan", 1, "The visit was moved twice and has not happened.", done=False)
    p.on(2, "10:00").checked("isla", answer=False, helped=False, words="The visit has not happened.")


def closed(p: Play) -> None:
    """Closed after both check backs, with a debrief and learning."""
    p.on(40, "09:00").log(
        "ailsa",
        "fraser",
        about="decision",
        reasons=["information_sharing"],
        subject="child",
        subject_reference="LH-0377",
        age_band="5 to 11",
        what="School would not tell us when the child is absent, although the mother had agreed in writing.",
        consequence="We learn too late when the child is kept at home.",
        child_safe="yes",
        safety_line="I ring the mother each morning.",
        safety_owner="Family support worker",
        safety_until=p.later(days=12),
        situation="In school on four days of five.",
    )
    p.on(39, "10:30").contact(
        "ailsa", "Fraser Lindqvist", "Went through the mother's consent.", "He will check."
    )
    p.on(38, "14:00").agree(
        "ailsa",
        "School tells us of each absence by 10am. The mother knows and agrees.",
        [("Add us to the absence list", "fraser", 3)],
    )
    p.on(37, "09:00").understood("ailsa")
    p.on(37, "09:40").understood("fraser")
    p.on(35, "12:00").done("fraser", 1, "Absence list of the school, entry of that day.")
    p.on(33, "10:00").checked("ailsa", words="Two absences, both known by 10am.")
    p.on(33, "11:00").checked("fraser")
    p.on(30, "15:00").close(
        "ailsa",
        "Ailsa and Fraser, by telephone, with both managers told.",
        "The mother was part of it from the beginning.",
        learning="A form of consent that names the school's absence list would have saved a week.",
    )


def withdrawn(p: Play) -> None:
    """Withdrawn by the raiser when new facts came."""
    p.on(9, "11:30").log(
        "duncan",
        "craig",
        about="decision",
        reasons=["information_sharing"],
        subject="child",
        subject_reference="SW-8814",
        age_band="5 to 11",
        what="The report of the first visit was not sent for two weeks.",
        consequence="The planning meeting would decide without it.",
        child_safe="yes",
        safety_line="Child lives with the grandparents.",
        safety_owner="Social worker",
        safety_until=p.ahead(days=4),
        situation="With the grandparents.",
    )
    p.on(8, "09:20").withdraw(
        "duncan", "The report came before the meeting. The child is safe with the grandparents."
    )


def diverted(p: Play) -> None:
    """Found to belong to the complaints procedure."""
    p.on(16, "10:10").log(
        "jodie",
        "rowan",
        about="action",
        reasons=["action_not_taken"],
        subject="child",
        subject_reference="AS-0101",
        age_band="1 to 4",
        what="A visit to the nursery was cut short and staff were spoken to in front of parents.",
        consequence="The nursery may stop asking for help.",
        child_safe="yes",
        safety_line="Nursery sees the child four days a week.",
        safety_owner="Nursery",
        safety_until=p.ahead(days=5),
        situation="At nursery, well.",
    )
    p.on(15, "09:00").intention("jodie", "I am asking the education service to take this up.")
    p.on(15, "09:30").escalate(
        "jodie",
        {
            "concerns": "How staff were spoken to.",
            "consequences": "Less trust.",
            "steps": "One call.",
            "other_position": "The visitor felt that time was short.",
        },
        situation="At nursery.",
        tried="One call.",
        threshold="It stands between us.",
    )
    p.on(15, "14:00").accept("una")
    p.on(14, "10:00").divert(
        "una",
        "complaint",
        "This is about how somebody behaved. It goes to the health board's complaints team today.",
        "You were right to say so. It is a matter for the complaints procedure, and I have sent it there.",
    )


def just_opened(p: Play) -> None:
    """Opened an hour ago; the counterpart has not read it."""
    p.ago(60).log(
        "una",
        "sheena",
        about="decision",
        reasons=["referral_threshold"],
        subject="young_person",
        subject_reference="AHS-16-004",
        age_band="16 or 17",
        what="Three notes of concern in a month were each answered with no further action.",
        consequence="The young person sleeps at different houses and has begun to miss school.",
        child_safe="unsure",
        safety_line="Guidance sees the young person each morning. A bed at an aunt's is agreed for this week.",
        safety_owner="Depute head teacher",
        safety_until=p.ahead(days=2),
        situation="In school today.",
        urgency="urgent",
    )


def due_today(p: Play) -> None:
    """Resolution, due at the end of today: advice was asked of the designated lead."""
    p.on(5, "11:00").log(
        "fraser",
        "rowan",
        about="inaction",
        reasons=["divergent_assessments"],
        subject="child",
        subject_reference="AHS-P7-031",
        age_band="5 to 11",
        what="School and health see the child's tiredness differently. No joint plan has been made since March.",
        consequence="The child sleeps in class most afternoons.",
        child_safe="yes",
        safety_line="Breakfast club each day and a quiet room after lunch.",
        safety_owner="Guidance teacher",
        safety_until=p.ahead(days=7),
        situation="In school, tired.",
    )
    p.on(4, "15:00").contact(
        "fraser", "Rowan Ferrier", "Compared what each has seen.", "To speak again at the end of the week."
    )
    p.on(1, "10:30").advice("fraser", "Is poor sleep alone enough to ask for a joint plan?")


STORIES = (
    determined,
    agreed,
    check_back_failed,
    closed,
    withdrawn,
    diverted,
    just_opened,
    due_today,
)
