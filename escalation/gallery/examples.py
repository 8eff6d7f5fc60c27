"""What the gallery shows: dicts as presenters would prepare them. Plainly made up."""

from datetime import UTC, datetime, timedelta
from typing import Any

from escalation.templatetags.small_tags import COLOURS, MEANINGS
from escalation.templatetags.words import by, day, in_words, moment

NOON = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)  # a Friday; the gallery looks the same every day
DUE = NOON + timedelta(days=4, hours=4)

LADDER = {
    "heading": "Where this is",
    "steps": [
        {"label": "Resolution", "detail": "The two of you", "state": "done", "note": "No agreement, 3 June"},
        {"label": "Stage 1", "detail": "Line managers", "state": "refused", "note": "Not supported"},
        {"label": "Stage 2", "detail": "Senior managers", "state": "current", "note": by(DUE, NOON)},
        {"label": "Stage 3", "detail": "Chief social work officer", "state": "next"},
        {
            "label": "Committee",
            "detail": "Child protection committee",
            "state": "skipped",
            "note": "Left out: danger",
        },
    ],
}
HORIZON = {
    "heading": "The time there is",
    "width": 600,
    "height": 52,
    "ground": 44,
    "marks": [
        {"number": 1, "label": "Resolution began", "words": "9am today", "tone": "past", "x": 20, "y": 21},
        {"number": 2, "label": "Now", "words": "Midday today", "tone": "now", "x": 90, "y": 21},
        {"number": 3, "label": "Resolution ends", "words": "By 5pm today", "tone": "due", "x": 200, "y": 21},
        {
            "number": 4,
            "label": "Stage 1, if it comes to this",
            "words": "By noon",
            "tone": "next",
            "x": 400,
            "y": 21,
        },
        {
            "number": 5,
            "label": "Harm could occur",
            "words": "By 5pm tomorrow",
            "tone": "harm",
            "x": 580,
            "y": 21,
        },
    ],
    "note": "",
}
FACTS = [
    {
        "question": "Is the child safe now?",
        "answer": "Yes, with a plan",
        "detail": "A health visitor calls every day until Friday 19 June.",
        "tone": "safe",
    },
    {"question": "Where is it?", "answer": "Stage 2: senior managers"},
    {
        "question": "Who holds it?",
        "answer": "Example Person One",
        "detail": "Head of service, Northshire Council",
    },
    {
        "question": "What is due?",
        "answer": f"A meeting, {by(DUE, NOON)}",
        "tone": "today",
        "how": [
            "Reached Stage 2 at midday on Friday 12 June.",
            "Monday 15 June: a public holiday.",
            "Tuesday 16 June: working day 1.",
        ],
    },
]
DANGER = [
    {
        "question": "Is the child safe now?",
        "answer": "No",
        "detail": "The emergency contacts come first.",
        "tone": "danger",
    },
    {"question": "What is due?", "answer": "Lapsed yesterday at 4pm", "tone": "lapsed"},
]
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September")
TEXT = "The baby was seen twice this week.\nBoth visits were short.\n\nNobody has spoken to the father yet."


def duties() -> list[dict[str, Any]]:
    """Return rows of every tone."""
    tones = [("lapsed", "Was due yesterday at 4pm", "Lapsed"), ("today", "by 4pm today", "Due today")]
    tones += [("soon", "by 4pm tomorrow", "Due tomorrow"), ("later", by(DUE, NOON), "Due later")]
    return [
        {
            "url": "#duties",
            "title": "Unborn baby: whether a meeting is needed",
            "todo": "Record the meeting of the two managers",
            "reference": "K7M2-QX4P",
            "stage": "Stage 1",
            "holder": "Example Person Two",
            "facts": ["Raised by Northshire Nurseries"],
            "due": due,
            "due_tone": tone,
            "tags": [{"text": words, "colour": tone}],
            "new": tone == "today",
        }
        for tone, due, words in tones
    ]


def components() -> dict[str, Any]:
    """Return everything the gallery shows, as presenters would prepare it."""
    go = {"label": "Record the meeting", "url": "#now"}
    ask = {"label": "Ask for advice", "url": "#now", "kind": "secondary"}
    side = {
        "heading": "Health visiting",
        "role": "Raised it",
        "facts": [{"key": "What we have seen", "value": TEXT}, {"key": "How we see the risk", "value": TEXT}],
        "byline": "Example Person One",
        "when": moment(NOON),
    }
    return {
        "now": NOON,
        "tags": [
            {"text": name.capitalize(), "colour": name} for name in [*sorted(MEANINGS), *sorted(COLOURS)]
        ],
        "panel": {
            "reference": "K7M2-QX4P",
            "heading": "Baby under 1: whether a visit each day is enough",
            "facts": FACTS,
            "tags": [{"text": "Due Tuesday", "colour": "soon"}],
            "action": go,
            "other_actions": [ask, {**ask, "kind": "quiet", "label": "Withdraw"}],
        },
        "danger": {
            "reference": "D4RT-99XB",
            "url": "#now",
            "heading": "Child of 8: leaving hospital",
            "facts": DANGER,
            "waiting": "Waiting for Example Person Three. You will be told when it is your turn.",
        },
        "ladder": LADDER,
        "horizon": HORIZON,
        "positions": {
            "sides": [
                side,
                {
                    "heading": "Social work",
                    "role": "Asked to respond",
                    "empty": "Not written yet.",
                    "action": ask,
                },
            ],
            "agreed": ["The baby was seen twice."],
            "disputed": ["Whether that is enough."],
            "question": "Is a visit each day enough to keep the baby safe?",
        },
        "duties": {
            "heading": "Waiting for you",
            "rows": duties(),
            "more": {"label": "Show all 14", "url": "#duties"},
        },
        "no_duties": {
            "rows": [],
            "empty": {
                "heading": "Nothing waits for you",
                "text": "You will get an email when something does.",
                "action": go,
            },
        },
        "rows": [
            {"key": "Reference", "value": "K7M2-QX4P"},
            {"key": "What happened", "value": TEXT, "change": {"url": "#summary"}},
            {
                "key": "Urgency",
                "value": "Within a day",
                "tag": {"text": "Urgent", "colour": "today"},
                "change": {"url": "#summary"},
            },
            {
                "key": "Agreement",
                "value": "",
                "missing": True,
                "change": {"url": "#summary", "label": "Answer"},
            },
        ],
        "card_action": {"label": "Change all", "url": "#summary"},
        "entries": [
            {
                "heading": "Meeting of the two managers",
                "by": "Example Person One, Northshire Council, as line manager",
                "when": moment(NOON),
                "datetime": NOON,
                "written": f"Written later: {moment(DUE)}",
                "text": TEXT,
                "facts": [{"key": "Came", "value": ["Example Person One", "Example Person Two"]}],
                "new": True,
            },
            {
                "heading": "Position",
                "by": "Example Person Two",
                "when": day(NOON),
                "datetime": NOON,
                "text": "First words.",
                "superseded": True,
                "links": [{"label": "See the correction", "url": "#timeline"}],
            },
            {
                "heading": "Note",
                "when": day(NOON),
                "empty": "The words were removed under the retention rules.",
                "tags": [{"text": "Removed", "colour": "grey"}],
            },
        ],
        "table": {
            "caption": "Cases by stage",
            "columns": [
                {"label": "Stage"},
                {"label": "Open", "numeric": True},
                {"label": "Lapsed", "numeric": True},
                {"label": "Usual time"},
            ],
            "rows": [
                ["Resolution", 12, {"text": 1, "tag": {"text": "Lapsed", "colour": "lapsed"}}, in_words(960)],
                [{"text": "Stage 1", "url": "#table", "small": "Line managers"}, 4, 0, None],
            ],
            "foot": ["All", 16, 1, None],
        },
        "wide": {
            "caption": "Cases by stage and month",
            "columns": [{"label": "Stage"}, *({"label": name, "numeric": True} for name in MONTHS)],
            "rows": [["Resolution", *range(len(MONTHS))]],
        },
        "no_rows": {
            "caption": "Actions",
            "columns": [{"label": "Action"}, {"label": "Owner"}],
            "rows": [],
            "empty": "No actions have been agreed yet.",
        },
        "chart": {
            "caption": "Open cases by stage",
            "unit": "case",
            "bars": [
                {"label": "Resolution", "value": 12},
                {"label": "Stage 1", "value": 4},
                {"label": "Stage 2, lapsed", "value": 1, "tone": "lapsed"},
            ],
        },
        "tasks": [
            {"label": "What happened", "url": "#tasks", "status": {"text": "To do", "colour": "soon"}},
            {"label": "The child", "hint": "Age band and place", "status": "Done"},
        ],
        "links": [
            {"label": "What is a position?", "url": "#side", "detail": "One page"},
            {"label": "Ring your designated lead"},
        ],
        "crumbs": [{"label": "Cases", "url": "#top"}, {"label": "K7M2-QX4P"}],
        "go": go,
    }
