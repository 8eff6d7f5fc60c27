"""What is asked when people sign in, look somebody up, or look after people and roles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts.duties import Left
from accounts.grants import Place
from accounts.models import Agency, Membership, Partnership, Team, User
from accounts.people import able_to_follow
from accounts.roles import ROLES, Role
from accounts.staff_lists import MOST_BYTES, Unreadable, decode
from escalation.forms import Choice, ChoiceCards, DayField, EscalationForm, LongTextField, ShortTextField

PASSWORD_ATTRS = {"autocomplete": "new-password", "spellcheck": "false"}


class SignInForm(EscalationForm):
    """Email address and password."""

    missing = {"email": "Enter your email address", "password": "Enter your password"}

    email = forms.EmailField(
        label="Work email address", widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "spellcheck": "false"}),
    )

    def clean_email(self) -> str:
        """Addresses are kept in small letters."""
        return str(self.cleaned_data["email"]).lower()


class PasswordForm(EscalationForm):
    """A first password, typed twice. Long is what counts: no rules about signs and figures."""

    missing = {"password": "Choose a password", "again": "Type the password again"}

    password = forms.CharField(
        label="Password",
        help_text="At least 15 characters. Four words that nobody would guess are good, and spaces are allowed.",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs=PASSWORD_ATTRS),
    )
    again = forms.CharField(
        label="The same password again", strip=False, widget=forms.PasswordInput(attrs=PASSWORD_ATTRS)
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_password(self) -> str:
        """Refuse short and common passwords, each with its reason."""
        password = str(self.cleaned_data["password"])
        validate_password(password, self.person)
        return password

    def clean(self) -> dict[str, Any] | None:
        """Both must be the same."""
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "The two passwords differ. Type the same one twice.")
        return cleaned


class DirectoryForm(EscalationForm):
    """Finds people by name, job, team, agency or role."""

    mark_optional = False

    q = ShortTextField(label="Name, job or team", required=False, max_length=80, width=20)
    agency = forms.ChoiceField(label="Agency", required=False)
    role = forms.ChoiceField(label="Role", required=False, choices=[("", "All roles"), *Role.choices])

    def __init__(self, *args: Any, agencies: list[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pairs = [(str(agency.pk), agency.name) for agency in agencies]
        self.fields["agency"].choices = [("", "All agencies"), *pairs]  # type: ignore[attr-defined]


class PeopleForm(EscalationForm):
    """Finds people for an administrator, leavers included when asked for."""

    mark_optional = False

    q = ShortTextField(label="Name, email or job", required=False, max_length=80, width=20)
    show = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[
            ("", "People who work here"),
            ("none", "People without a role"),
            ("left", "People who left"),
        ],
    )


class AgencyForm(EscalationForm):
    """A new agency."""

    missing = {"name": "Enter the name of the agency", "short_name": "Enter a short name"}

    name = ShortTextField(label="Name of the agency", max_length=120)
    short_name = ShortTextField(
        label="Short name",
        help_text="For lists and buttons, such as Health or Social work.",
        max_length=40,
        width=20,
    )
    kind = ShortTextField(
        label="What kind of agency it is",
        help_text="For example, health board, charity or nursery.",
        required=False,
        max_length=40,
        width=20,
    )
    represented_by = forms.ModelChoiceField(
        label="Who acts on its behalf",
        help_text="Only for an agency without managers of its own, such as a small nursery or a GP practice.",
        required=False,
        queryset=Agency.objects.none(),
        empty_label="Nobody: it has managers of its own",
    )

    def __init__(self, *args: Any, partnership: Partnership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = Agency.objects.filter(partnership=partnership, represented_by=None).order_by("name")
        self.fields["represented_by"].queryset = able  # type: ignore[attr-defined]


class TeamForm(EscalationForm):
    """A new team."""

    missing = {"name": "Enter the name of the team"}

    name = ShortTextField(label="Name of the team", max_length=120)


class PersonForm(EscalationForm):
    """A new person."""

    missing = {
        "full_name": "Enter the person’s name",
        "email": "Enter the person’s work email address",
        "job_title": "Enter what the person does",
        "agency": "Choose the agency that employs the person",
    }

    full_name = ShortTextField(label="Name", max_length=120)
    email = forms.EmailField(
        label="Work email address",
        max_length=254,
        help_text="Messages go there, and the person signs in with it.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    job_title = ShortTextField(label="Job", help_text="For example, health visitor.", max_length=120)
    agency = forms.ModelChoiceField(
        label="Agency", queryset=Agency.objects.none(), empty_label="Choose an agency"
    )

    def __init__(self, *args: Any, partnership: Partnership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = Agency.objects.filter(partnership=partnership).order_by("name")
        self.fields["agency"].queryset = here  # type: ignore[attr-defined]


class CorrectionForm(EscalationForm):
    """A name or a job put right."""

    missing = {"full_name": "Enter the person’s name", "job_title": "Enter what the person does"}

    full_name = ShortTextField(label="Name", max_length=120)
    job_title = ShortTextField(label="Job", help_text="For example, health visitor.", max_length=120)


class EmailChangeForm(EscalationForm):
    """A person's new address, and how the administrator made sure."""

    missing = {"email": "Enter the new email address", "checked": "Say how you made sure that it is theirs"}

    email = forms.EmailField(
        label="New work email address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    checked = ShortTextField(
        label="How did you make sure that it is really theirs?",
        help_text="For example, I rang them on the number in the directory. A mail is not enough.",
        max_length=300,
    )


class StaffListForm(EscalationForm):
    """An agency's people as a CSV file, or pasted. Gives `text`: that of the file when one was chosen."""

    mark_optional = False

    file = forms.FileField(
        label="Choose a CSV file",
        help_text="At most 2,000 rows. The first line names the columns: Name, Email, Job, Team, Role.",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )
    text = LongTextField(label="Or paste the rows here", required=False, max_length=MOST_BYTES, rows=8)

    def clean(self) -> dict[str, Any]:
        """Read the file; a file and pasted text together are taken for the file."""
        cleaned = super().clean() or {}
        chosen = cleaned.get("file")
        if chosen is not None:
            try:
                cleaned["text"] = decode(chosen.read())
            except Unreadable as problem:
                self.add_error("file", str(problem))
        elif not cleaned.get("text") and not self.errors:
            self.add_error("file", "Choose a CSV file of at most 1 megabyte, or paste the rows below")
        return cleaned

    def with_text(self, text: str) -> StaffListForm:
        """Return the same form, its errors with it, showing this text to be mended."""
        again = StaffListForm({"text": text})
        again.full_clean()
        for name, problems in self.errors.items():
            again.add_error(name, list(problems))
        return again


class GrantForm(EscalationForm):
    """A role for a person: where, and from when to when. Gives `place` as the team, agency or partnership itself."""

    missing = {"place": "Choose where the role is held"}

    place = ChoiceCards(label="Where is the role held?")
    starts_on = DayField(label="First day", noun="First day", future=True)
    ends_on = DayField(
        label="Last day",
        noun="Last day",
        help_text="Leave this empty when it is until further notice.",
        required=False,
        future=True,
    )

    def __init__(self, *args: Any, person: User, role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places_for(person, role)
        choices = [(key, words) for key, (_, words) in self.places.items()]
        self.fields["place"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.fields["place"].initial = choices[0][0]

    def clean_place(self) -> Place:
        """Return the place itself."""
        return self.places[self.cleaned_data["place"]][0]


def places_for(person: User, role: Role) -> dict[str, tuple[Place, str]]:
    """Return where this person may hold this role: key -> (place, its name in words)."""
    if ROLES[role].held_at == "partnership":
        partnership = person.agency.partnership
        return {f"partnership-{partnership.pk}": (partnership, f"The whole partnership: {partnership}")}
    found: dict[str, tuple[Place, str]] = {}
    for agency in (person.agency, *person.agency.represents.order_by("name")):
        if ROLES[role].held_at == "team":
            for team in Team.objects.filter(agency=agency).order_by("name"):
                found[f"team-{team.pk}"] = (team, f"{team.name}, {agency.name}")
        found[f"agency-{agency.pk}"] = (agency, f"{agency.name}: the whole agency")
    return found


class HandOverForm(EscalationForm):
    """Who takes over what a person leaves behind, one question for each role. Gives `successors`."""

    def __init__(self, *args: Any, person: User, left: Iterable[Left], day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left = list(left)
        for found in self.left:
            field = forms.ModelChoiceField(
                label=f"Who takes over as {found.role.label}?",
                help_text=str(found).partition(": ")[2].capitalize() + ".",
                queryset=able_to_follow(person, found.role, day),
                empty_label="Choose a person",
                error_messages={
                    "required": f"Choose who takes over as {found.role.label}",
                    "invalid_choice": "Choose one of the answers listed",
                },
            )
            field.label_from_instance = _named  # type: ignore[assignment]
            self.fields[f"to_{found.role.value}"] = field

    @property
    def successors(self) -> dict[Role, User]:
        """Return who takes over in each role, from a form that was checked."""
        return {found.role: self.cleaned_data[f"to_{found.role.value}"] for found in self.left}


class MoveForm(HandOverForm):
    """Where a person works from now on, and who takes over: `chosen()` gives agency, team and role."""

    place = forms.ChoiceField(
        label="Where do they work from now on?", error_messages={"required": "Choose the agency or the team"}
    )
    role = forms.ChoiceField(
        label="Which role will they have there?",
        help_text="Another administrator confirms it. Until then they have no role there.",
        required=False,
        choices=[
            ("", "None for now"),
            *((r.value, r.label) for r in Role if ROLES[r].held_at != "partnership"),
        ],
    )

    def __init__(self, *args: Any, person: User, left: Iterable[Left], day: date, **kwargs: Any) -> None:
        super().__init__(*args, person=person, left=left, day=day, **kwargs)
        here = Agency.objects.filter(partnership=person.agency.partnership_id).order_by("name")
        teams = Team.objects.filter(agency__in=here).select_related("agency").order_by("name")
        self.places: dict[str, tuple[Agency, Team | None, str]] = {}
        for agency in here:
            self.places[f"agency-{agency.pk}"] = (agency, None, f"{agency.name}: no team")
            for team in teams:
                if team.agency_id == agency.pk:
                    self.places[f"team-{team.pk}"] = (agency, team, f"{agency.name}: {team.name}")
        choices = [("", "Choose a place"), *((key, words) for key, (_, _, words) in self.places.items())]
        self.fields["place"].choices = choices  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """Return agency, team and role, from a form that was checked."""
        agency, team, _ = self.places[self.cleaned_data["place"]]
        role = self.cleaned_data["role"]
        return {"agency": agency, "team": team, "role": Role(role) if role else None}


class EndRoleForm(HandOverForm):
    """When a role ends, and who takes over. Gives `last_day`: a day, or None for at once."""

    when = ChoiceCards(
        label="When does it end?",
        choices=[
            Choice("now", "Now", hint="It no longer counts from the person’s next click."),
            Choice("later", "At the end of a day", reveals="last_day"),
        ],
        missing="Choose when the role ends",
    )
    last_day = DayField(label="Last day", noun="Last day", future=True)


class DeputyForm(EscalationForm):
    """A deputy for a role."""

    missing = {"deputy": "Choose the deputy"}

    deputy = forms.ModelChoiceField(
        label="Deputy", queryset=User.objects.none(), empty_label="Choose a person"
    )
    starts_on = DayField(label="First day", noun="First day", future=True)
    ends_on = DayField(
        label="Last day",
        noun="Last day",
        help_text="Leave this empty when it is until further notice.",
        required=False,
        future=True,
    )
    reason = ShortTextField(
        label="Why",
        help_text="For example, annual leave. Everybody can read this.",
        required=False,
        max_length=200,
    )

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = User.objects.filter(is_active=True, agency__partnership=membership.partnership_id)
        if membership.agency is not None:
            theirs = [pk for pk in (membership.agency_id, membership.agency.represented_by_id) if pk]
            able = able.filter(agency_id__in=theirs)
        able = able.exclude(pk=membership.user_id).select_related("agency").order_by("full_name", "pk")
        field = self.fields["deputy"]
        field.queryset = able  # type: ignore[attr-defined]
        field.label_from_instance = _named  # type: ignore[attr-defined]


def _named(person: User) -> str:
    job = f", {person.job_title}" if person.job_title else ""
    return f"{person.full_name}{job} ({person.agency.short_name})"
