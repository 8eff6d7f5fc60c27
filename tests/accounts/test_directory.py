"""Who acts for an agency at a tier: the usual person, the deputy in a conflict, the agency on whose behalf (G18)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.directory import Directory, colleagues
from accounts.models import Agency, Membership, User
from accounts.people import gaps, tiers
from accounts.roles import Role
from tests.cast import Cast
from tests.factories import TeamFactory, cover, member

pytestmark = pytest.mark.usefixtures("tuesday")
TODAY = date(2026, 6, 2)


def people(cast: Cast, *agencies: Agency) -> Directory:
    return Directory.load(cast.partnership.pk, agencies or [cast.health, cast.social_work], TODAY)


def found(directory: Directory, *args: Any, **kwargs: Any) -> tuple[str, str] | None:
    holder = directory.holder(*args, **kwargs)
    return (holder.user.full_name, holder.why) if holder else None


def test_the_manager_of_the_team_and_their_opposite_number(cast: Cast) -> None:
    directory = people(cast)
    assert found(directory, Role.LINE_MANAGER, cast.health.pk, cast.health_team.pk) == ("Morag Lunan", "")
    assert found(directory, Role.LINE_MANAGER, cast.social_work.pk, cast.social_work_team.pk) == (
        "Tara Munro",
        "",
    )
    assert found(directory, Role.SENIOR_MANAGER, cast.social_work.pk) == ("Victor Shaw", "")
    assert found(directory, Role.CSWO, None) == ("Greta Holm", "")


def test_the_whole_directory_of_a_case_costs_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        directory = people(cast, cast.nursery, cast.social_work)
        found(directory, Role.LINE_MANAGER, cast.nursery.pk)
        found(directory, Role.CSWO, None, exclude={cast.cswo.pk})


def test_the_deputy_acts_when_the_usual_person_has_a_conflict(cast: Cast) -> None:
    holder = people(cast).holder(Role.CSWO, None, exclude={cast.cswo.pk})
    assert holder is not None
    assert (holder.user.pk, holder.role) == (cast.cswo_deputy.pk, Role.CSWO)
    assert holder.why == "Greta Holm has a part in this or decided it before, so the deputy acts"


def test_nobody_when_deputy_and_usual_person_both_have_one(cast: Cast) -> None:
    assert people(cast).holder(Role.CSWO, None, exclude={cast.cswo.pk, cast.cswo_deputy.pk}) is None


def test_a_deputy_who_left_or_whose_days_are_over_is_passed_over(cast: Cast) -> None:
    User.objects.filter(pk=cast.cswo_deputy.pk).update(is_active=False)
    assert people(cast).holder(Role.CSWO, None, exclude={cast.cswo.pk}) is None


def test_the_next_manager_up_when_nobody_is_free_to_act(cast: Cast) -> None:
    name, why = found(
        people(cast), Role.LINE_MANAGER, cast.health.pk, cast.health_team.pk, exclude={cast.nurse_manager.pk}
    ) or ("", "")
    assert (name, why) == ("Stuart Vane", "nobody free to act holds the role of line manager")


def test_a_deputy_of_the_line_manager_comes_before_the_next_manager_up(cast: Cast) -> None:
    cover(Membership.objects.get(user=cast.nurse_manager), cast.colleague)
    name, _ = found(
        people(cast), Role.LINE_MANAGER, cast.health.pk, cast.health_team.pk, exclude={cast.nurse_manager.pk}
    ) or ("", "")
    assert name == "Kirsty Adair"


def test_another_agency_acts_on_behalf_of_a_nursery(cast: Cast) -> None:
    directory = people(cast, cast.nursery, cast.social_work)
    for role, name in ((Role.LINE_MANAGER, "Fergus Boyd"), (Role.SENIOR_MANAGER, "Ingrid Marr")):
        holder = directory.holder(role, cast.nursery.pk)
        assert holder is not None
        assert (holder.user.full_name, holder.agency_id) == (name, cast.education.pk)
        assert holder.why == "acts on behalf of the agency"


def test_a_role_of_another_day_is_not_found(cast: Cast) -> None:
    Membership.objects.filter(user=cast.nurse_manager).update(ends_on=TODAY - timedelta(days=1))
    name, _ = found(people(cast), Role.LINE_MANAGER, cast.health.pk, cast.health_team.pk) or ("", "")
    assert name == "Stuart Vane"


def test_colleagues_are_found_by_every_word_in_one_partnership(cast: Cast) -> None:
    def names(words: str) -> list[str]:
        return [m.user.full_name for m in colleagues(cast.partnership.pk, words, TODAY)]

    assert names("callum") == ["Callum Petrie"]
    assert names("visitor north") == ["Kirsty Adair", "Nadia Reid"]
    assert names("Zoe") == []
    assert names("Anders") == [], "nobody has a disagreement with the administrator"


def test_tiers_side_by_side_with_those_who_act_on_behalf(cast: Cast) -> None:
    table, wide = tiers(cast.partnership, TODAY)
    rows = {
        row.agency.short_name: {role.value: [p.full_name for p in row.people[role]] for role in row.people}
        for row in table
    }
    assert rows["Health"] == {
        "senior_manager": ["Stuart Vane"],
        "designated_lead": ["Leila Baird"],
        "line_manager": ["Morag Lunan"],
    }
    assert rows["Nursery"] == {
        "senior_manager": ["Ingrid Marr"],
        "designated_lead": [],
        "line_manager": ["Fergus Boyd"],
    }
    nursery = next(row for row in table if row.agency == cast.nursery)
    assert nursery.on_behalf == {Role.SENIOR_MANAGER: cast.education, Role.LINE_MANAGER: cast.education}
    assert {m.user.full_name for m in wide} == {
        "Anders Blair",
        "Bryony Nairn",
        "Greta Holm",
        "Quentin Ross",
        "Yvonne Tait",
    }


def test_gaps_name_each_manager_that_nobody_is(cast: Cast) -> None:
    TeamFactory(agency=cast.health, name="Midwifery, south")
    assert gaps(cast.partnership, TODAY) == [
        "Little Burn Nursery has no designated child protection lead.",
        "Strathbracken Council Education has no designated child protection lead.",
        "Strathbracken Police has no senior manager.",
        "Strathbracken Police has no designated child protection lead.",
        "Midwifery, south (NHS Strathbracken) has no line manager.",
    ]
    member("Una Gray", Role.LINE_MANAGER, cast.health)
    assert "Midwifery, south (NHS Strathbracken) has no line manager." not in gaps(cast.partnership, TODAY)
    User.objects.filter(pk=cast.cswo_deputy.pk).update(is_active=False)
    assert gaps(cast.partnership, TODAY)[-1] == "The Chief Social Work Officer has no deputy."
