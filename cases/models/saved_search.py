"""A search that a person keeps under a name of their own: what narrows the list, never words they looked for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import User


class SavedSearch(models.Model):
    """`query` is the part of an address behind the question mark, in the one order in which the list writes it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_searches", db_index=False)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=300)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "saved searches"
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_search_once_by_name")
        ]

    def __str__(self) -> str:
        return f"saved search {self.pk}"
