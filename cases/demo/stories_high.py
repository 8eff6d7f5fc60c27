"""Disagreements of the demonstration that went far up the ladder. Every child, person and agency is invented."""

from __future__ import annotations

from dataclasses import dataclass

from cases.demo.play import Play
from cases.demo.stories_open import BRIEF_STEPS


def danger_today(p: Play) -> None:
    """Immediate danger: at the CSWO today, each stage within hours."""
    p.ago(150).log(
        "craig",
        "tamsin",
        about="decision",
        reasons=["divergent_assessments"],
        subject="sibling_group",
        subject_reference="PP-5567",
        age_band="Several ages",
        urgency="immediate",
        what="The children are to go home from foster care tonight. Last night we took a weapon from the house.",
        consequence="The person it belongs to still has a key and has made threats.",
        child_safe="no",
        safety_line="The carers keep the children until this is decided. Police car near the house.",
        safety_owner="Detective constable and foster carers",
        safety_until=p.ahead(hours=6),
        situation="All three children with the carers now.",
        horizon_at=p.ahead(hours=8),
        horizon_why="They are to go home at the end of today.",
    )
    p.ago(142).intention("craig", "I have told you by telephone that this goes up now.")
    p.ago(136).escalate(
        "craig",
        {
            "concerns": "The house is not safe tonight.",
            "consequences": "Serious injury.",
            "steps": "One call, an hour after we heard.",
            "other_position": "The plan to go home was made by the court's date and the mother has changed the lock.",
        },
        situation="Children with the carers.",
        tried="One call; there is no time for more.",
        threshold="They are not safe there tonight.",
    )
    p.ago(130).accept("hazel")
    p.ago(118).support(
        "hazel", "By telephone, ten minutes.", "The threat is real.", "I am ringing Euan Selkirk-Hale now."
    )
    p.ago(95).meeting(
        "hazel",
        "Hazel Brannoch, Euan Selkirk-Hale",
        {"concerns": "The key and the threats.", "way_forward": "No agreement on tonight."},
        minutes_ago=15,
    )
    p.ago(92).intention("hazel", "Euan, I am taking this to my chief inspector now.")
    p.ago(88).escalate(
        "hazel",
        {
            "concern": "Return home tonight.",
            "steps": "Calls at both levels.",
            "consequences": "Serious injury.",
        },
        situation="Children with the carers until they are fetched.",
        tried="Practitioners and managers have spoken.",
        feedback="No agreement yet. It goes to the senior managers now.",
    )
    p.ago(80).accept("magnus")
    p.ago(55).intention("magnus", "Alastair, I will ask the Chief Social Work Officer to decide.")
    p.ago(45).escalate(
        "magnus",
        {
            "issue": "Whether the children go home tonight.",
            "consequences": "Serious injury.",
            "steps": "Three levels within two hours.",
            "blocked": "We read the mother's protection differently, and neither can check the key today.",
        },
        situation="Children with the carers until they are fetched.",
        tried="All stages today.",
        feedback="It is with the Chief Social Work Officer now.",
    )


def same_agency(p: Play) -> None:
    """Between senior managers: two services of one agency."""
    p.on(14, "09:50").log(
        "tamsin",
        "duncan",
        about="action",
        reasons=["timescales"],
        subject="young_person",
        subject_reference="LT-2210",
        age_band="16 or 17",
        what="The assessment was closed after nine days, before the young person had been seen alone.",
        consequence="The plan rests on what the stepfather said.",
        child_safe="yes",
        safety_line="Staying with a friend's family; school checks in each day.",
        safety_owner="Social worker, long-term team",
        safety_until=p.ahead(days=6),
        situation="Seen at school. Settled with the friend's family.",
    )
    p.on(12, "10:00").meeting(
        "tamsin",
        "Tamsin Orrick, Duncan Airdale",
        {
            "views": "Duncan holds that nine days were enough with school's report.",
            "way_forward": "None yet.",
        },
    )
    p.on(11, "09:00").intention("tamsin", "I will take this to Euan.")
    p.on(11, "09:15").escalate(
        "tamsin",
        {
            "concerns": "The young person was not seen alone.",
            "consequences": "A plan that does not protect.",
            "steps": "A meeting with the social worker.",
            "other_position": "The school had seen the young person alone.",
        },
        situation="With the friend's family.",
        tried="A meeting.",
        threshold="We do not know what home is like.",
    )
    p.on(10, "10:00").accept("euan")
    p.on(9, "11:00").support(
        "euan", "We read the assessment.", "It has a gap.", "I will meet Sheena Marlowe."
    )
    p.on(9, "14:20").acknowledge("tamsin")
    p.on(7, "14:00").meeting(
        "euan",
        "Euan Selkirk-Hale, Sheena Marlowe",
        {"concerns": "The gap in the assessment.", "way_forward": "Sheena would add a note, not reopen it."},
    )
    p.on(4, "09:30").intention("euan", "Sheena, I am asking our service managers to settle it.")
    p.on(4, "10:00").escalate(
        "euan",
        {
            "concern": "An assessment without seeing the young person alone.",
            "steps": "Two meetings.",
            "consequences": "The plan may send the young person back too soon.",
        },
        situation="With the friend's family.",
        tried="Practitioners and managers have met.",
        feedback="We did not agree. It goes to the service managers.",
    )
    p.on(4, "13:05").acknowledge("tamsin")
    p.on(3, "15:00").accept("alastair")


@dataclass(frozen=True)
class Dispute:
    """What is said at every stage of one dispute that goes all the way up."""

    concern: str
    consequence: str
    other_side: str
    threshold: str
    issue: str
    blocked: str
    situation: str


def committee_referral(p: Play) -> None:
    """With the committee: determined for this child, and referred because two services read one rule differently."""
    p.on(30, "10:00").log(
        "rowan",
        "tamsin",
        about="inaction",
        reasons=["action_not_taken", "timescales"],
        subject="child",
        subject_reference="HV-2954",
        age_band="5 to 11",
        what="Speech and language support was agreed in the plan. Both services say the other should ask for it.",
        consequence="The child cannot tell anybody what happens at home.",
        child_safe="yes",
        safety_line="School nurse sees the child each week.",
        safety_owner="Health visitor",
        safety_until=p.ahead(days=8),
        situation="Seen at school.",
    )
    climb_to_cswo(
        p,
        29,
        Dispute(
            concern="What was agreed is not being done.",
            consequence="The child goes without, and cannot tell anybody what happens at home.",
            other_side="The other service holds that it is for health to do.",
            threshold="It has been agreed twice and not done.",
            issue="Whose task it is to ask.",
            blocked="Each service reads its own guidance.",
            situation="Seen at school. No change.",
        ),
    )
    p.on(20, "11:00").determine(
        "helena",
        [("Send one request together for speech and language support", "tamsin", 40)],
        question="Which service asks for the support?",
        decision="Both, with one request this week.",
        reasons="The plan names the support and not who asks for it. The child should not wait for that.",
        told="Everybody in this case, by me on the same day.",
        feedback="Both services send one request together this week.",
    )
    p.on(20, "15:40").acknowledge("rowan")
    p.on(19, "10:00").refer(
        "helena",
        "cpc",
        "The same gap has come up before. It needs a rule for both services, not a decision on one child.",
        "I have asked the Child Protection Committee to settle who asks for such support from now on.",
    )
    p.on(18, "09:20").acknowledge("rowan")


def climb_to_cswo(p: Play, day: int, said: Dispute) -> None:
    """Take a health visitor's case up every stage to the CSWO, one working day each, in the words of the dispute."""
    p.on(day, "09:00").intention("rowan", "I am taking this to Mirren.")
    p.on(day, "09:30").escalate(
        "rowan",
        {
            "concerns": said.concern,
            "consequences": said.consequence,
            "steps": BRIEF_STEPS,
            "other_position": said.other_side,
        },
        situation=said.situation,
        tried="Two calls and a meeting.",
        threshold=said.threshold,
    )
    p.on(day, "12:00").accept("mirren")
    p.on(day - 1, "10:00").support("mirren", "We read the plan.", said.threshold, "I will meet Euan.")
    p.on(day - 1, "14:10").acknowledge("rowan")
    p.on(day - 3, "14:00").meeting(
        "mirren",
        "Mirren Tolmie, Euan Selkirk-Hale",
        {"concerns": said.issue, "way_forward": "No agreement yet."},
    )
    p.on(day - 3, "16:00").intention("mirren", "Euan, I will ask Catriona to take it up.")
    p.on(day - 4, "09:30").escalate(
        "mirren",
        {
            "concern": said.concern,
            "steps": BRIEF_STEPS,
            "consequences": said.consequence,
        },
        situation=said.situation,
        tried="Practitioners and managers have met.",
        feedback="We could not settle it. It goes to the senior managers.",
    )
    p.on(day - 4, "13:30").acknowledge("rowan")
    p.on(day - 5, "10:00").accept("catriona")
    p.on(day - 6, "14:00").meeting(
        "catriona",
        "Catriona Velde, Alastair Quill",
        {"concerns": said.issue, "next_steps": "Ask the Chief Social Work Officer."},
    )
    p.on(day - 6, "15:30").intention("catriona", "Alastair, we agreed that this goes to Helena.")
    p.on(day - 7, "09:30").escalate(
        "catriona",
        {
            "issue": said.issue,
            "consequences": said.consequence,
            "steps": "Every stage met.",
            "blocked": said.blocked,
        },
        situation=said.situation,
        tried="All stages.",
        feedback="It goes to the Chief Social Work Officer.",
    )
    p.on(day - 7, "11:15").acknowledge("rowan")
    p.on(day - 8, "11:00").accept("helena")


STORIES = (
    danger_today,
    same_agency,
    committee_referral,
)
