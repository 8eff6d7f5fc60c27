"""Learning items and Re-thinks of a year, made through the actions at random: what stands beside the cases."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from accounts.models import Partnership, User
from accounts.roles import Role
from cases.actions import rethinking
from cases.actions.opening import record_diversion
from cases.actions.rethinking import Arrangement, Held, NewAction, NewRethink
from cases.audit import Audit
from cases.learning import items
from cases.models import Case, Invitation, LearningItem, Rethink, RethinkAction
from cases.models.learning import Theme
from cases.procedures import publishing
from cases.reports.activity import ROUTES

GUEST = "guest.worker@elsewhere.example"


def people(partnership: Partnership, role: Role) -> list[User]:
    """Return the people of a partnership in a role."""
    return list(User.objects.filter(memberships__partnership=partnership, memberships__role=role).distinct())


def learnt(partnership: Partnership, at: datetime, *, count: int, rng: random.Random) -> None:
    """Send people elsewhere and raise items over fourteen months; decide on most, change something because of some."""
    raisers, officer = (
        people(partnership, Role.PRACTITIONER),
        people(partnership, Role.CPC_OFFICER)[0],
    )
    version = publishing.current_for(partnership, at.date())
    for _ in range(count):
        when = at - timedelta(minutes=rng.randrange(60 * 24 * 420))
        record_diversion(
            by=rng.choice(raisers),
            question="about_conduct",
            route=rng.choice(list(ROUTES)),
            audit=Audit(when),
            procedure=version,
            signpost="The complaints procedure",
        )
        item = items.raise_item(
            by=rng.choice(raisers),
            theme=rng.choice(Theme.values),
            source=rng.choice(LearningItem.Source.values),
            route=rng.choice(LearningItem.Route.values),
            what="Say who is told at night.",
            at=when,
        )
        if rng.random() < 0.25:
            continue
        adopted = rng.random() < 0.7
        items.decide(
            item,
            by=officer,
            adopted=adopted,
            decision="We looked at it together.",
            theme=rng.choice([item.theme, rng.choice(Theme.values)]),
            shared=rng.random() < 0.5,
            owner="Lead officer" if adopted else "",
            due_on=(at + timedelta(days=rng.randrange(-90, 90))).date() if adopted else None,
            at=when + timedelta(hours=1),
        )
        if adopted and rng.random() < 0.5:
            procedure = version if rng.random() < 0.5 else None
            later = when + timedelta(hours=2)
            items.say_what_changed(
                item, by=officer, changed="It is written down.", procedure=procedure, at=later
            )


def thought_again(partnership: Partnership, at: datetime, *, count: int, rng: random.Random) -> None:
    """Ask for Re-thinks, hold most of those arranged, and report some of what was agreed."""
    coordinator = people(partnership, Role.RETHINK_COORDINATOR)[0]
    facilitator = people(partnership, Role.RETHINK_FACILITATOR)[0]
    askers = people(partnership, Role.PRACTITIONER)
    version = publishing.current_for(partnership, at.date())
    laid = version.definition.rethink
    assert laid is not None
    cases = list(Case.objects.filter(partnership=partnership).order_by("pk"))
    for n in range(count):
        when = at - timedelta(days=rng.randrange(3, 30), minutes=n)
        asker, other = rng.sample(askers, 2)
        asked = rethinking.ask(
            NewRethink(
                rng.choice(Rethink.Reason.values),
                "The plan stands still.",
                {c.key: rng.random() < 0.5 for c in laid.considerations},
                "",
                (other.email, GUEST),
            ),
            by=asker,
            audit=Audit(when),
            procedure=version,
        )
        end = rng.random()
        if end < 0.2:
            continue
        if end < 0.3:
            rethinking.redirect(asked, by=coordinator, audit=Audit(when), why="A talk first.")
            continue
        meets = when + timedelta(hours=rng.randrange(2, 60))
        how = Arrangement(meets, 60, "Burnside", "", facilitator, (other.email, GUEST))
        rethinking.arrange(asked, how, by=coordinator, audit=Audit(when))
        if end < 0.4:
            rethinking.call_off(asked, by=coordinator, audit=Audit(when), why="Nobody can come.")
        elif end > 0.5:
            rows = list(Invitation.objects.live().filter(rethink=asked).select_related("user"))
            there = [i for i in rows if i.user_id == facilitator.pk or rng.random() < 0.7]
            brought = {o.key: "" for o in laid.outcomes if rng.random() < 0.5}
            acts = tuple(
                NewAction("Write one plan", rng.choice(rows), at.date()) for _ in range(rng.randrange(3))
            )
            what = Held({}, brought, frozenset(i.pk for i in there), {}, acts)
            rethinking.hold(asked, what, by=facilitator, audit=Audit(meets))
            for action in RethinkAction.objects.filter(rethink=asked):
                if rng.random() < 0.6:
                    rethinking.report_action(
                        asked, action, by=asker, audit=Audit(meets), done=rng.random() < 0.7
                    )
            mine = [c for c in cases if c.raiser_id == asker.pk and not hasattr(c, "rethink_before")]
            if mine and rng.random() < 0.5:
                rethinking.became(asked, mine[0], by=asker, audit=Audit(meets))
