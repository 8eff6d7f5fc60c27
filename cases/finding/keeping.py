"""Searches that a person keeps: added, renamed and removed by themselves alone."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from cases.finding.noting import Verb, record
from cases.models import SavedSearch
from cases.refusals import NotNow

#: More than this is a list to search in.
MOST = 20


def keep(*, by: User, name: str, query: str, at: datetime) -> SavedSearch:
    """Keep a search under a name. Raises NotNow when the name is taken or there are too many."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two windows at once keep one too many
        if SavedSearch.objects.filter(user=by).count() >= MOST:
            raise NotNow(f"You have {MOST} saved searches. Remove one you no longer need.")
        kept = _saved(SavedSearch(user=by, name=name, query=query, saved_at=at))
        record(Verb.SEARCH_KEPT, by=by, facts={"search": kept.pk}, at=at)
    return kept


def rename(kept: SavedSearch, *, by: User, name: str, at: datetime) -> None:
    """Give a search another name. Raises NotNow when the name is taken."""
    with transaction.atomic():
        kept.name = name
        _saved(kept)
        record(Verb.SEARCH_RENAMED, by=by, facts={"search": kept.pk}, at=at)


def remove(kept: SavedSearch, *, by: User, at: datetime) -> None:
    """Remove a search."""
    with transaction.atomic():
        record(Verb.SEARCH_REMOVED, by=by, facts={"search": kept.pk}, at=at)
        kept.delete()


def _saved(kept: SavedSearch) -> SavedSearch:
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as error:
        raise NotNow("You have a saved search of this name. Choose another name.") from error
    return kept
