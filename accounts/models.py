"""People, the places they work in, and the roles they hold there."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from accounts.permissions import Permission
from accounts.roles import Role
from accounts.sign_in import models as _sign_in_models  # noqa: F401 (tables of this app)
from accounts.throttle import SignInThrottle  # noqa: F401 (its table belongs to this app)


class Partnership(models.Model):
    """A committee or board area. Everything belongs to one; several in one deployment never see each other."""

    DIVISIONS: ClassVar = [
        ("SCT", "Scotland"),
        ("ENG", "England"),
        ("WLS", "Wales"),
        ("NIR", "Northern Ireland"),
    ]

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    division = models.CharField(max_length=3, choices=DIVISIONS, default="SCT")
    timezone = models.CharField(max_length=40, default="Europe/London")
    # Shown on every page (G06): [{"label": "Child protection and duty team, 24 hours", "number": "01632 960001"}]
    emergency_contacts = models.JSONField(default=list)
    # Counted up whenever calendar days, opening hours or local limits change, so that processes may keep them.
    settings_version = models.PositiveIntegerField(default=1)

    class Meta:
        permissions: ClassVar = [
            (Permission.DETERMINE.value, "Can determine what managers could not settle"),
            (Permission.VIEW_REPORTS.value, "Can read the audit reports"),
            (Permission.RECEIVE_REFERRALS.value, "Can receive referrals for the committee"),
            (Permission.ARRANGE_RETHINK.value, "Can arrange facilitated reflection"),
            (Permission.VERIFY_TRAIL.value, "Can verify the audit trail"),
            (Permission.ADMINISTER.value, "Can look after people and roles"),
        ]

    def __str__(self) -> str:
        return self.name


class Agency(models.Model):
    """An organisation of any size in a partnership (G07)."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="agencies")
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40)
    kind = models.CharField(max_length=40, blank=True)
    # A nursery or a GP practice may have no manager tier: this agency's managers act on its behalf.
    represented_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="represents"
    )

    class Meta:
        verbose_name_plural = "agencies"
        permissions: ClassVar = [
            (Permission.LOG_DISAGREEMENT.value, "Can record a disagreement for this agency"),
            (Permission.LEAD_AGENCY.value, "Can act as senior manager of this agency"),
            (Permission.ADVISE.value, "Can advise as designated lead of this agency"),
            (Permission.OPEN_IN_EMERGENCY.value, "Can read a case of this agency in an emergency"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partnership", "name"], name="agency_named_once"),
            models.CheckConstraint(
                condition=Q(represented_by=None) | ~Q(represented_by=F("id")), name="agency_not_for_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A team of an agency: it gives a practitioner their line manager."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=120)

    class Meta:
        permissions: ClassVar = [(Permission.MANAGE_TEAM.value, "Can act as line manager of this team")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "name"], name="team_named_once_in_agency")
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, full_name: str, password: str | None = None, **extra: Any) -> User:
        """Create a person who can sign in; without a password they can only be signed in by the demonstration."""
        user = self.model(email=self.normalize_email(email).lower(), full_name=full_name, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, full_name: str, password: str, **extra: Any) -> User:
        """Refused: nobody stands above the roles; `accounts.actions` grants them."""
        raise NotImplementedError("There are no superusers here: give the person the role of administrator.")


class User(AbstractBaseUser, PermissionsMixin):
    """A person, employed by one agency."""

    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=120)
    job_title = models.CharField(max_length=120, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="people")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["full_name"]
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ", 1)[0]


class DatedQuerySet(models.QuerySet[Any]):
    """Rows that hold from one day to another, both included; no end day means until further notice."""

    def on(self, day: date) -> DatedQuerySet:
        """Return those that hold on this local day."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)


class Membership(models.Model):
    """A person holds a role in a team, an agency or the partnership, from one day to another."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=Role.choices)
    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(
        Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # The second administrator; null for what the set-up command granted, and for roles from before the rule.
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # When the administrators heard that it ended by its date and left something to do (accounts.actions.ended_roles).
    left_told_at = models.DateTimeField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["partnership", "role", "agency"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | ~Q(confirmed_by=F("granted_by")) & ~Q(confirmed_by=F("user")),
                name="membership_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="membership_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(team=None) | Q(agency__isnull=False), name="membership_team_in_agency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} of {self.place}"

    @property
    def place(self) -> Team | Agency | Partnership:
        """Return the narrowest place in which the role is held."""
        return self.team or self.agency or self.partnership


class Cover(models.Model):
    """A deputy: another person acts in somebody's role on given days, and everything says so."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="covers")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="covering")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="cover_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} acts for {self.membership.user}"


class Asked(models.Model):
    """What one administrator asks for and another decides on: nobody gives rights alone (abuse case T12)."""

    class Decision(models.TextChoices):
        WAITING = "waiting", "Waiting for a second administrator"
        CONFIRMED = "confirmed", "Confirmed"
        DECLINED = "declined", "Declined"

    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.WAITING)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(decision="confirmed")
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
                name="%(class)s_confirmed_by_another",
            ),
        ]


class RoleRequest(Asked):
    """A role that one administrator wants a person to hold; it is held once another has confirmed it."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_requests")
    role = models.CharField(max_length=30, choices=Role.choices)
    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="role_requests")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta(Asked.Meta):
        indexes: ClassVar = [
            models.Index(fields=["partnership"], name="role_request_waiting", condition=Q(decision="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.person} to be {self.get_role_display()} of {self.place}"

    @property
    def place(self) -> Team | Agency | Partnership:
        """Return the place in which the role would be held."""
        return self.team or self.agency or self.partnership


class StaffList(Asked):
    """A list of an agency's people and roles, checked and waiting; taken in as a whole, or not at all."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="staff_lists")
    rows = models.JSONField()  # as accounts.staff_lists reads them; emptied once decided
    people = models.PositiveIntegerField()
    roles = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.people} people for {self.agency}"


class EmailChange(Asked):
    """A person's new address: asked for by one administrator, told to the person, confirmed by another."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="email_changes")
    email = models.EmailField(blank=True)  # emptied once decided, as is how it was checked
    checked = models.CharField(max_length=300, blank=True)

    class Meta(Asked.Meta):
        constraints: ClassVar = [
            *Asked.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(asked_by=F("person")) & ~Q(decision="confirmed", decided_by=F("person")),
                name="email_change_not_of_oneself",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(decision="waiting"), name="email_change_waits_once"
            ),
        ]

    def __str__(self) -> str:
        return f"another address of {self.person_id}"


# Direct foreign keys, so that a grant can never outlive what it was granted on.
class PartnershipUserObjectPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Partnership, on_delete=models.CASCADE)


class PartnershipGroupObjectPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Partnership, on_delete=models.CASCADE)


class AgencyUserObjectPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Agency, on_delete=models.CASCADE)


class AgencyGroupObjectPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Agency, on_delete=models.CASCADE)


class TeamUserObjectPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Team, on_delete=models.CASCADE)


class TeamGroupObjectPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Team, on_delete=models.CASCADE)
