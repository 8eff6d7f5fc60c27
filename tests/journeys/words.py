"""What the people of the journeys write, and the times they name: all counted from now, at noon, so none is unclear."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

from escalation.forms.clocks import LONDON

WHAT = "The referral was declined at screening. I saw the child unfed on three visits."
CONSEQUENCE = "Without help at home the child is likely to go hungry and miss school again."
SITUATION = "At school today. The grandmother confirmed it by telephone at 9am."
SAFETY_LINE = "The grandmother has the child each evening; the health visitor calls on Thursday."
DISCUSSED = "I told him what I saw. He explained how the referral was screened."
RAISING = {
    "What we have seen and know": "Three visits in May. Each time there was no food in the house.",
    "How we see the need or risk": "The threshold for an assessment is met.",
    "What it means for the child": "Hunger now, and more school missed.",
    "How we understand the other side": "They saw a lively child in clean clothes.",
    "What we would agree to": "An assessment that begins this month.",
}
RECEIVING = {
    "What we have seen and know": "One visit in May. The child was lively and well dressed.",
    "How we see the need or risk": "The threshold for an assessment is not met.",
    "What it means for the child": "Help through school is enough for now.",
    "How we understand the other side": "They worry about food on days when they visit.",
    "What we would agree to": "A joint visit in a fortnight.",
}
QUESTION = "Is the threshold for an assessment met?"


def noon(days: int) -> datetime:
    """Return noon in Scotland so many days from today: no change of clocks makes it unclear or takes it away."""
    day = timezone.localdate() + timedelta(days=days)
    return datetime.combine(day, time(12), LONDON)
