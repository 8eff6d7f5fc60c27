"""What waits on a person beside the cases: an emergency access to look into, a Re-think to arrange, learning to decide.

Cases wait on the home page one by one (`cases.lists`). Of these it says how many there are, and where.
"""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.roles import Role
from accounts.standing import Standing
from cases import glass
from cases.models import Rethink
from cases.models.learning import LearningItem
from cases.models.rethink import coordinates_for


def waiting_beside(user: User, standing: Standing, at: datetime) -> dict[str, int]:
    """Return how many of each wait for this person, by the name of the page where they stand; nothing for 0.

    No query for whoever is never asked for any of it.
    """
    found = {"emergency_access": glass.waiting_for(user, standing, at)}
    if places := coordinates_for(user):
        found["rethinks"] = Rethink.objects.filter(
            partnership_id__in=places, state=Rethink.State.ASKED
        ).count()
    if Role.CPC_OFFICER in standing.roles:
        found["learning_list"] = LearningItem.objects.filter(
            partnership=user.agency.partnership_id, state=LearningItem.State.RAISED
        ).count()
    return {page: number for page, number in found.items() if number}
