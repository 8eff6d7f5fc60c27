"""A state field that stays protected.

django-fsm-2 lifts the protection of a class-level field while `refresh_from_db()` runs, for every thread of the
process, and for good when the row is gone. Here the protection is lifted for the one instance that is loading.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMField, FSMFieldDescriptor


class GuardedDescriptor(FSMFieldDescriptor):
    """Refuses assignment from outside a transition, except while this very instance loads from the database."""

    def __set__(self, instance: Any, value: Any) -> None:
        values = instance.__dict__
        if self.field.name in values and (values.get("_fsm_loading") or values[self.field.name] == value):
            self.field.set_proxy(instance, value)
            self.field.set_state(instance, value)
            return
        super().__set__(instance, value)


class StateField(FSMField):
    """An FSM field with the guarded descriptor; migrations see a plain CharField."""

    descriptor_class = GuardedDescriptor

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, {k: v for k, v in kwargs.items() if k != "protected"}


class StateModel(ConcurrentTransitionMixin, models.Model):
    """Base of a model with a StateField."""

    class Meta:
        abstract = True

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__["_fsm_loading"] = True
        try:
            models.Model.refresh_from_db(self, *args, **kwargs)
        finally:
            self.__dict__.pop("_fsm_loading", None)
        self._update_initial_state()
