"""The rows a working-time calendar is built from: people may edit them, and each says where it came from."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import Agency, Partnership

# Closing at 00:00 means the midnight that ends the day, so a team that works round the clock can say so.
IN_ORDER = Q(closes__gt=F("opens")) | Q(closes=time(0))


class Weekday(models.IntegerChoices):
    """The days of the week, numbered as in `date.weekday()`."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class OpeningHours(models.Model):
    """The local hours of one weekday, of a partnership or of one agency in it. No row: it is not worked.

    An agency with any row of its own has its own week; the partnership's rows then say nothing about it.
    """

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="opening_hours")
    agency = models.ForeignKey(
        Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="opening_hours"
    )
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices, validators=[MaxValueValidator(6)])
    opens = models.TimeField()
    closes = models.TimeField(help_text="00:00 means midnight at the end of the day")

    class Meta:
        verbose_name_plural = "opening hours"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partnership", "agency", "weekday"],
                name="opening_hours_once_a_weekday",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_hours_on_a_weekday"),
            models.CheckConstraint(condition=IN_ORDER, name="opening_hours_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M} to {self.closes:%H:%M}"


class ClosedDay(models.Model):
    """One date that differs from its weekday, for a partnership or for one agency in it.

    Without hours the day is closed. With hours it is open then: a half day, or a holiday that is worked after
    all. An agency's row for a date stands in place of the partnership's.
    """

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="closed_days")
    agency = models.ForeignKey(
        Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="closed_days"
    )
    date = models.DateField()
    name = models.CharField(max_length=120)
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True, help_text="00:00 means midnight at the end of the day")
    source = models.CharField(
        max_length=120, help_text="For example: holidays package 0.109, Scotland; set locally by Jo Example"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partnership", "agency", "date"], name="closed_day_once_a_date", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None)
                | (Q(opens__isnull=False, closes__isnull=False) & IN_ORDER),
                name="closed_day_hours_in_order",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="closed_day_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.date.isoformat()} {self.name}"
