"""Words for generated cases, by reason: each case reads like one matter, and no two batches read alike."""

from __future__ import annotations

from random import Random

#: reason: a few whole matters, each the words of one disagreement. Every child and place is invented.
MATTERS: dict[str, list[dict[str, str]]] = {
    "referral_threshold": [
        {
            "what": "The referral was closed at screening with advice to the family. Since then the child was "
            "seen twice in wet clothes, and no adult could say who was at home the night before.",
            "consequence": "The child is likely to be left alone again, and nobody has asked who takes care at night.",
            "seen": "Two visits, wet clothes on both. No adult could say who was at home overnight.",
            "view": "This is neglect that goes on. It meets the threshold for assessment.",
            "other": "One referral with no injury, and a parent who took up the offer of a group.",
            "other_view": "On what screening had, advice was proportionate.",
            "other_impact": "An assessment now could lose the parent's trust.",
            "forward": "A joint visit this week, then a decision on assessment.",
            "question": "Does what has been seen since then meet the threshold for assessment?",
        },
        {
            "what": "A second notification of drinking at home was marked for information only. The child told the "
            "class teacher about making tea for a baby brother on three evenings.",
            "consequence": "A young child goes on caring for a baby while the adults sleep.",
            "seen": "Two notifications in five weeks, and what the child said in class on Monday.",
            "view": "Two notifications and a child's own words are more than information.",
            "other": "Each notification on its own was of low risk. The health service visits the baby.",
            "other_view": "The threshold is for a pattern of harm, which has not been shown.",
            "other_impact": "The family may stop letting the health service in.",
            "forward": "Put both notifications and the child's words in one chronology and look at it together.",
            "question": "Do the two notifications together meet the threshold?",
        },
    ],
    "divergent_assessments": [
        {
            "what": "Our two assessments of contact say opposite things. One calls it safe without supervision; in "
            "the other the child hides before each visit and wets the bed after it.",
            "consequence": "Contact may go on in a way that frightens the child.",
            "seen": "Bed-wetting on the night after each of the last four visits. Hides when the car comes.",
            "view": "The child shows fear. Contact should be supervised until it is understood.",
            "other": "Warm visits, both observed from beginning to end. No fear was seen.",
            "other_view": "The change of school explains the sleep better than contact does.",
            "other_impact": "Less contact would take away a bond that protects the child.",
            "forward": "Two supervised visits, observed by both of us, and then one shared assessment.",
            "question": "Should contact be supervised until the shared assessment is done?",
        },
        {
            "what": "The plan rests on a report that sees the grandmother as a safe carer. She has told us that she "
            "cannot manage the stairs and leaves the child with a neighbour most afternoons.",
            "consequence": "The child would live with somebody who cannot keep up, and with an unknown adult.",
            "seen": "Three calls with the grandmother. The neighbour opened the door twice.",
            "view": "The care is willing but not enough without daily help.",
            "other": "A home that was tidy and warm, and a child who runs to the grandmother.",
            "other_view": "Help can be added. A move would do more harm.",
            "other_impact": "A third move in a year.",
            "forward": "Check the neighbour this week and add help in the afternoons.",
            "question": "Is the care safe with help in the afternoons, or must the plan change?",
        },
    ],
    "action_not_taken": [
        {
            "what": "The plan says that somebody visits each week. Nobody has visited for four weeks, and the core "
            "group was told that the task had been done.",
            "consequence": "The child is on a plan that nobody carries out.",
            "seen": "No entry of a visit since the last core group. The family confirms it.",
            "view": "The task was agreed and not done. It matters because the house was cold at the last visit.",
            "other": "Two visits were tried and nobody was in. A letter was left.",
            "other_view": "Visits were tried. The record is late, not empty.",
            "other_impact": "Visits at fixed times let the family prepare for them.",
            "forward": "Two visits without notice within the week, by each service in turn.",
            "question": "Who visits, how often, and who is told when nobody is in?",
        },
        {
            "what": "Weekly weighing was agreed. The weights in the record are three weeks apart, and the last one "
            "was taken on scales at home.",
            "consequence": "A drop in weight would be seen too late.",
            "seen": "Three weights in nine weeks, one of them at home.",
            "view": "The plan was made because the weight had fallen before. Weekly means weekly.",
            "other": "The weights follow the line. Clinic was closed on two days.",
            "other_view": "At this age every third week is usual.",
            "other_impact": "More appointments are hard to reach by bus.",
            "forward": "Weekly weighing at home by either service until the review.",
            "question": "Is the child weighed each week, and by whom?",
        },
    ],
    "timescales": [
        {
            "what": "The assessment was to be ready in twenty days. It is now day forty-one, and the child has not "
            "been seen alone.",
            "consequence": "Decisions are made without knowing what the child says.",
            "seen": "No date has been given. The child asked at school when somebody would come.",
            "view": "The child's time is not ours. The assessment cannot wait for the review.",
            "other": "Two workers left the team, and the case was given on last week.",
            "other_view": "A hurried assessment would miss what the new worker needs to learn.",
            "other_impact": "The child would have to tell it twice.",
            "forward": "See the child alone this week, together; the report follows within ten days.",
            "question": "By which day is the child seen alone, and by whom?",
        },
        {
            "what": "The plan is to end on Friday, two weeks after the adult who posed the risk came back to town.",
            "consequence": "Support stops just as the risk rises.",
            "seen": "The adult was seen at the shop twice this week. The mother is afraid.",
            "view": "Two weeks are too short to know that it is safe.",
            "other": "Nine months of progress, and a mother who calls for help when she needs it.",
            "other_view": "The plan has done its work. Universal services can take over.",
            "other_impact": "Staying on a plan tells the mother that nothing she did counts.",
            "forward": "Keep the plan for six weeks with one review in the middle.",
            "question": "Does the plan end on Friday or in six weeks?",
        },
    ],
    "information_sharing": [
        {
            "what": "We asked whether the adult at the address is known. The answer was that nothing can be shared.",
            "consequence": "We cannot judge whether the child is safe overnight.",
            "seen": "An unknown adult has opened the door on three visits.",
            "view": "We need a yes or a no on risk, not the details.",
            "other": "An open enquiry that could be harmed, and a person with rights of their own.",
            "other_view": "The request did not say what it was needed for.",
            "other_impact": "Evidence could be lost, and the child with it.",
            "forward": "A call between the two leads today: risk yes or no, and what to do meanwhile.",
            "question": "Can we be told whether the adult poses a risk to this child?",
        },
        {
            "what": "We learn of missed days three weeks late, although the parent agreed in writing that we are told.",
            "consequence": "A child kept at home is not seen by anybody.",
            "seen": "Eleven missed days in the term report; we had been told of two.",
            "view": "Consent was given. The delay leaves the child unseen.",
            "other": "The list is sent at the end of the month to everybody alike.",
            "other_view": "The consent does not name the list.",
            "other_impact": "Staff would have to ring several services each morning.",
            "forward": "A consent that names the list, and one call on each missed day.",
            "question": "Are we told of each missed day, and how?",
        },
    ],
}
SHARED: dict[str, list[str]] = {
    "line": [
        "An aunt has the child after school each day until this is settled.",
        "School sees the child each morning and calls if the child is not there.",
        "The health service visits every second day.",
        "The child stays with the grandparents until the end of the week.",
        "A worker calls each evening and visits if nobody answers.",
    ],
    "owner": [
        "Health visitor",
        "Class teacher",
        "Family support worker",
        "Duty social worker",
        "School nurse",
    ],
    "situation": [
        "Seen this morning. Well, and glad to have breakfast.",
        "In school today. Quiet, ate lunch.",
        "At home with the mother. Nothing new since yesterday.",
        "With the grandparents. They confirmed it by telephone.",
        "At nursery, tired, no marks seen.",
    ],
    "discussed": [
        "We went through what each of us has seen, with dates.",
        "I asked what stood behind the decision and said what worries me.",
        "We read the last plan together and marked where we differ.",
    ],
    "result": [
        "We read each other's notes and speak again tomorrow.",
        "No agreement. Both of us take it to our own record.",
        "An offer to look at it again, without a date.",
    ],
}
SUBJECTS = (
    ("child", "1 to 4"),
    ("child", "5 to 11"),
    ("young_person", "12 to 15"),
    ("baby", "Under 1"),
    ("child", "5 to 11"),
    ("young_person", "16 or 17"),
    ("unborn_baby", "Not born yet"),
    ("sibling_group", "Several ages"),
)
ABOUT = ("decision", "action", "inaction")


def words_of(rng: Random, number: int) -> dict[str, str]:
    """Return the words and the facts of one generated case, by the marks they stand for."""
    reason = rng.choice(list(MATTERS))
    subject, age = rng.choice(SUBJECTS)
    return {
        **rng.choice(MATTERS[reason]),
        **{mark: rng.choice(texts) for mark, texts in SHARED.items()},
        "reason": reason,
        "about": rng.choice(ABOUT),
        "subject": subject,
        "age": age,
        "file": f"EM-{number:06d}",
    }
