"""Disagreements of the demonstration that are still going on. Every child, person and agency is invented."""

from __future__ import annotations

from cases.demo.play import Play

BRIEF_STEPS = "Two telephone calls and one meeting online, recorded here."


def declined_referral(p: Play) -> None:
    """Resolution, due soon: a referral was declined; both positions are given."""
    p.on(2, "09:40").log(
        "rowan",
        "duncan",
        about="decision",
        reasons=["referral_threshold"],
        subject="child",
        subject_reference="HV-3318",
        age_band="1 to 4",
        what="My referral was closed at screening with advice to the family. I have since made two visits. "
        "On both the child was in yesterday's nappy and there was no food in the kitchen.",
        consequence="If nobody assesses the home, the child is likely to keep losing weight. The weight has "
        "dropped across two lines in eight weeks.",
        child_safe="yes",
        safety_line="The aunt takes the child each day from 8am to 6pm and gives the main meal.",
        safety_owner="Health visitor, with the aunt",
        safety_until=p.ahead(days=3),
        situation="Seen this morning with the aunt. Alert, hungry, ate well.",
    )
    p.on(2, "15:20").contact(
        "rowan",
        "Duncan Airdale",
        "I went through the weights and both visits. He explained what screening had in front of it.",
        "We agreed to read each other's notes and speak again tomorrow.",
    )
    p.on(1, "10:00").position(
        "rowan",
        seen="Weight down across two lines since April. Two visits, no food, no clean nappies.",
        view="This is neglect that is getting worse. It meets the threshold for assessment.",
        impact="The child will go on losing weight.",
        other_side="Screening saw one missed appointment and a family that said yes to help.",
        way_forward="A joint visit this week, then a decision on assessment.",
    )
    p.on(1, "16:10").position(
        "duncan",
        seen="One referral, one missed appointment, and a mother who accepted a parenting group.",
        view="On what we had, advice was right. The new weights were not in the referral.",
        impact="An assessment could lose the mother's trust just as she has begun to come.",
        other_side="Health see a pattern over weeks that one form did not show.",
        way_forward="A joint visit, and the weights sent to us in full.",
    )


def unborn_baby(p: Play) -> None:
    """With the line manager, waiting to be accepted: an unborn baby, the birth is the horizon."""
    p.on(4, "11:15").log(
        "isla",
        "tamsin",
        about="inaction",
        reasons=["timescales", "divergent_assessments"],
        subject="unborn_baby",
        subject_reference="MW-0772",
        age_band="Not born yet",
        expected_on=p.ahead(days=24).date(),
        urgency="urgent",
        what="The assessment before birth was to start at 28 weeks. It is now 35 weeks and nobody has been named.",
        consequence="The baby may go home to a house where nothing has been put in place.",
        child_safe="yes",
        safety_line="The mother comes to clinic twice a week and stays with her sister.",
        safety_owner="Community midwife",
        safety_until=p.ahead(days=4),
        situation="Seen at clinic. Baby is growing well. Mother is staying with her sister.",
        horizon_at=p.ahead(days=24),
        horizon_why="Expected date of birth.",
    )
    p.on(3, "09:30").contact(
        "isla",
        "Tamsin Orrick",
        "Asked when the assessment starts.",
        "No date could be given.",
        method="email",
    )
    p.on(1, "11:30").contact(
        "isla",
        "Tamsin Orrick",
        "Rang to say that the birth may come early.",
        "No date yet: two posts in the team are vacant.",
    )
    p.ago(80).intention("isla", "I told you on the telephone that I am taking this to my team leader.")
    p.ago(65).escalate(
        "isla",
        {
            "concerns": "The assessment has not started, seven weeks after it was due.",
            "consequences": "No plan at birth.",
            "steps": "One email and one call to the social worker.",
            "other_position": "The team has two vacancies and sees the sister's support as enough for now.",
        },
        situation="35 weeks. Baby growing well. Mother with her sister until the end of next week.",
        tried="An email, and a call two days later.",
        threshold="The birth will not wait for the assessment.",
    )


def information_refused(p: Play) -> None:
    """Between managers, lapsed: nobody answered the request to meet."""
    p.on(12, "09:10").log(
        "fraser",
        "craig",
        about="decision",
        reasons=["information_sharing"],
        subject="young_person",
        subject_reference="AHS-14-221",
        age_band="12 to 15",
        what="I asked whether an adult seen at the school gate is known. I was told nothing can be shared.",
        consequence="The school cannot judge whether the young person may leave alone at four o'clock.",
        child_safe="unsure",
        safety_line="A member of staff walks with the young person to the bus each day.",
        safety_owner="Depute head teacher",
        safety_until=p.ahead(days=1),
        situation="In school today. No new sighting.",
    )
    p.on(11, "14:00").contact("fraser", "Craig Sundby", "Asked again and explained why.", "Same answer.")
    p.on(9, "09:00").intention("fraser", "I will take this to our depute head today.")
    p.on(9, "09:20").escalate(
        "fraser",
        {
            "concerns": "Information that bears on safety is not shared.",
            "consequences": "We may send a young person out to somebody who means harm.",
            "steps": BRIEF_STEPS,
            "other_position": "The police see an open enquiry that could be harmed.",
        },
        situation="In school. Staff walk to the bus.",
        tried="Two calls.",
        threshold="Nobody can say whether going home is safe.",
    )
    p.on(9, "13:00").accept("una")
    p.on(8, "10:00").support(
        "una",
        "We went through what we need to know and what we do not.",
        "We need a yes or no on risk, not the details of the enquiry.",
        "I support you. I will ask Hazel Brannoch to meet me this week.",
    )


def refused_by_manager(p: Play) -> None:
    """With the line manager, who did not support it: the raiser decides what happens now."""
    p.on(4, "10:45").log(
        "ailsa",
        "rowan",
        about="action",
        reasons=["action_not_taken"],
        subject="baby",
        subject_reference="LH-0419",
        age_band="Under 1",
        what="Weekly weighing was agreed at the team around the child. It has been every three weeks.",
        consequence="A drop in weight may be seen too late.",
        child_safe="yes",
        safety_line="I visit each week and call the health visitor if feeding changes.",
        safety_owner="Family support worker",
        safety_until=p.ahead(days=5),
        situation="Feeding well at this week's visit.",
    )
    p.on(3, "11:00").intention("ailsa", "I am going to ask Benedict to take this up.")
    p.on(3, "11:30").escalate(
        "ailsa",
        {
            "concerns": "The plan says weekly. It is not weekly.",
            "consequences": "Slow weight gain may be missed.",
            "steps": "I raised it with Rowan on the telephone.",
            "other_position": "Rowan says three-weekly is normal at this age.",
        },
        situation="Feeding well at this week's visit.",
        tried="One call.",
        threshold="The plan was made for a reason.",
    )
    p.on(3, "14:00").accept("benedict")
    p.on(1, "09:30").decline(
        "benedict",
        why="The weights so far follow the line. I would wait for the next one, which is due this week.",
        feedback="I do not support taking it further yet. If the next weight is down, come back the same day.",
        discussion="We looked at the red book together.",
    )


def independent_view(p: Play) -> None:
    """A refusal was not accepted: the designated lead is asked for an independent view."""
    p.on(5, "13:20").log(
        "jodie",
        "duncan",
        about="decision",
        reasons=["divergent_assessments"],
        subject="child",
        subject_reference="AS-0093",
        age_band="1 to 4",
        what="We told the duty team about marks on the child's arm. The answer was that they fit with play.",
        consequence="If we are right, the child goes home each day to somebody who hurts them.",
        child_safe="unsure",
        safety_line="The grandmother collects the child, who stays with her until the medical opinion is there.",
        safety_owner="Nursery, with the grandmother",
        safety_until=p.ahead(days=2),
        situation="At nursery today. No new marks.",
    )
    p.on(4, "09:00").intention("jodie", "I will ask the education service to take this up for the nursery.")
    p.on(4, "09:25").escalate(
        "jodie",
        {
            "concerns": "The marks were round and in a row. They do not look like play.",
            "consequences": "The child may be hurt again.",
            "steps": "We spoke to duty twice.",
            "other_position": "The social worker saw the child once and heard a fall described.",
        },
        situation="At nursery. Grandmother collects.",
        tried="Two calls to duty.",
        threshold="The child may not be safe at home.",
    )
    p.on(3, "10:00").accept("una")
    p.on(2, "15:30").decline(
        "una",
        why="A paediatric opinion is already booked for next week.",
        feedback="I would wait for the medical opinion before going further.",
    )
    p.on(1, "09:10").ask_view("jodie", "Is it safe to wait for the medical opinion?")


STORIES = (
    declined_referral,
    unborn_baby,
    information_refused,
    refused_by_manager,
    independent_view,
)
