"""Organisations' own sign-in against a real provider on this machine; what is forged: test_forged_sign_ins.py."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts import actions, invitations
from accounts.models import User
from accounts.sign_in.models import Identity, IdentityProvider
from accounts.sign_in.providers import describing
from escalation.clock import now
from tests.cast import TUESDAY, Cast
from tests.factories import PASSWORD
from tests.sign_in.conftest import Registry
from tests.sign_in.going_out import SUBJECT, comes_back, goes_out, is_in, through
from tests.sign_in.local_provider import LocalProvider
from tests.sign_in.proof import code

# The ordinary way


def test_by_email_domain_to_the_provider_and_back_to_the_page_asked_for(
    client: Client, linked: User, local: LocalProvider, registry: Registry
) -> None:
    assert "Use my organisation’s sign-in" in client.get(reverse("sign_in")).content.decode()
    page = client.post(
        reverse("sign_in"), {"email": "Nadia.Reid@EXAMPLE.org", "organisation": "yes", "next": "/directory/"}
    ).content.decode()
    assert "Go on to NHS Scotland" in page
    assert 'href="/sign-in/with/nhs-scot/?next=%2Fdirectory%2F"' in page
    address = goes_out(client, next="/directory/")
    assert address.startswith(f"{local.issuer}/authorize?")
    assert "login_hint=nadia.reid%40example.org" in address
    answer = comes_back(client, local.says_yes(address))
    assert answer.url == reverse("second_step"), "the provider vouched for no second factor"
    assert client.post(reverse("second_step"), {"confirm_code": code()}).url == "/directory/"
    assert registry("signed_in") == [
        ("signed_in", linked.pk, {"factor": "authenticator", "how": "nhs-scot", "roles": ["practitioner"]})
    ]


def test_another_domain_has_no_provider_and_the_answer_tells_of_no_account(
    client: Client, linked: User, cast: Cast
) -> None:
    text = client.post(reverse("sign_in"), {"email": "x@example.com", "organisation": "yes"}).content.decode()
    assert "Your organisation has no sign-in of its own here. Enter your password." in text
    assert 'value="x@example.com"' in text
    known, unknown = (
        client.post(reverse("sign_in"), {"email": e, "organisation": "yes"}).status_code
        for e in (linked.email, "nobody@example.org")
    )
    assert known == unknown == 200


@pytest.mark.parametrize(
    ("amr", "asked"), [(["pwd", "mfa"], False), (["pwd"], True), ([], True), ("mfa", True), (None, True)]
)
def test_a_second_factor_counts_only_when_the_provider_says_so_in_the_agreed_way(
    client: Client, linked: User, local: LocalProvider, amr: Any, asked: bool
) -> None:
    local.claims = {"amr": amr} if amr is not None else {}
    assert (through(client, local).url == reverse("second_step")) is asked
    assert is_in(client) is not asked


def test_what_the_provider_vouched_for_is_no_fresh_proof(
    client: Client, linked: User, local: LocalProvider
) -> None:
    local.claims = {"amr": ["mfa"]}
    through(client, local)
    assert is_in(client)
    assert client.post(reverse("new_codes")).status_code == 401


def test_who_has_no_second_step_of_ours_sets_one_up_whatever_the_provider_says(
    client: Client, cast: Cast, nhs: IdentityProvider, local: LocalProvider, clock: Any
) -> None:
    Identity.objects.create(
        user=cast.colleague, provider=nhs, issuer=nhs.issuer, subject="kirsty", linked_at=TUESDAY
    )
    local.claims = {"amr": ["mfa"]}
    assert through(client, local, "kirsty").url == reverse("second_step")
    assert client.get(reverse("second_step")).url == reverse("set_up")


# Linking


@pytest.fixture
def invited(cast: Cast, clock: Any) -> User:
    return actions.add_person(
        email="isla.newton@example.org", full_name="Isla Newton", job_title="Midwife",
        agency=cast.health, by=cast.administrator, at=TUESDAY,
    )  # fmt: skip


def test_an_invitation_links_once_in_place_of_a_password(
    client: Client, invited: User, nhs: IdentityProvider, local: LocalProvider, registry: Registry
) -> None:
    link = reverse("invitation", args=[invitations.token_for(invited)])
    page = client.get(link).content.decode()
    assert 'href="/sign-in/with/nhs-scot/?invitation=yes"' in page
    answer = through(client, local, "isla", invitation="yes")
    assert answer.url == reverse("second_step")
    assert Identity.objects.get().user == invited
    assert client.get(link).status_code == 410, "used up"
    assert Client().post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 410
    assert through(Client(), local, "isla").url == reverse("second_step"), "and signs in from now on"
    assert registry("identity_linked") == [("identity_linked", invited.pk, {"provider": nhs.pk})]


@pytest.mark.parametrize("email", ["anders.blair@example.org", "isla.newton@elsewhere.example"])
def test_an_invitation_is_not_linked_to_another_address(
    client: Client, invited: User, nhs: IdentityProvider, local: LocalProvider, email: str
) -> None:
    client.get(reverse("invitation", args=[invitations.token_for(invited)]))
    local.claims = {"email": email}
    assert through(client, local, "isla", invitation="yes").status_code == 403
    assert not Identity.objects.exists()


def test_an_invitation_of_another_agency_offers_no_provider(
    client: Client, cast: Cast, nhs: IdentityProvider, clock: Any
) -> None:
    other = actions.add_person(
        email="pat.lorne@example.org", full_name="Pat Lorne", job_title="Teacher",
        agency=cast.education, by=cast.administrator, at=TUESDAY,
    )  # fmt: skip
    page = client.get(reverse("invitation", args=[invitations.token_for(other)])).content.decode()
    assert "NHS Scotland" not in page


def test_who_is_signed_in_links_with_fresh_proof_and_takes_it_away_again(
    inside: Client, nurse: User, nhs: IdentityProvider, local: LocalProvider, clock: Any
) -> None:
    start = reverse("provider_link", args=["nhs-scot"])
    clock.shift(timedelta(minutes=11))
    assert inside.get(start).status_code == 401
    inside.post(reverse("confirm"), {"confirm_code": code(), "next": start})
    for site in ("cross-site", "same-site"):  # led here by a page of somebody else's
        assert inside.get(start, headers={"Sec-Fetch-Site": site}).status_code == 403
    ours = inside.get(start, headers={"Sec-Fetch-Site": "same-origin"})
    answer = comes_back(inside, local.says_yes(ours.url))
    assert answer.url == reverse("my_sign_in")
    identity = Identity.objects.get()
    assert (identity.user, identity.issuer, identity.subject) == (nurse, local.issuer, SUBJECT)
    assert inside.post(reverse("provider_unlink", args=[identity.pk])).url == reverse("my_sign_in")
    assert not Identity.objects.exists()


def test_one_subject_is_one_person(client: Client, linked: User, invited: User, local: LocalProvider) -> None:
    client.get(reverse("invitation", args=[invitations.token_for(invited)]))
    answer = through(client, local, SUBJECT, invitation="yes")
    assert answer.status_code == 403
    assert "linked already" in answer.content.decode()
    assert [i.user for i in Identity.objects.all()] == [linked]


# The provider itself


@pytest.mark.parametrize(
    "describes",
    [
        {"issuer": "https://login.elsewhere.example"},
        {"token_endpoint": "http://login.elsewhere.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_gone_to(
    client: Client, linked: User, local: LocalProvider, describes: dict[str, str]
) -> None:
    describing.forget()
    local.describes = describes
    assert client.get(reverse("provider_start", args=["nhs-scot"])).status_code == 502


def test_a_provider_out_of_reach_is_said_so_and_a_password_still_works(
    client: Client, linked: User, local: LocalProvider
) -> None:
    describing.forget()
    local.close()
    answer = client.get(reverse("provider_start", args=["nhs-scot"]))
    assert answer.status_code == 502
    assert "Do you have a password here? You can sign in with it now." in answer.content.decode()
    answer = client.post(reverse("sign_in"), {"email": linked.email, "password": PASSWORD})
    assert answer.url == reverse("second_step")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is written down, that of requests too: it does not go on to the root."""
    requests = logging.getLogger("django.request")
    requests.addHandler(caplog.handler)
    yield caplog
    requests.removeHandler(caplog.handler)


#: How a provider says no to a code that is wrong, used or too old, and the word that the record keeps of it.
SAYS_NO: dict[str, tuple[int, dict[str, Any], str]] = {
    "no such code": (400, {"error": "invalid_grant"}, "code_invalid_grant"),
    "our secret is wrong there": (401, {"error": "invalid_client"}, "code_invalid_client"),
    "with words of its own": (403, {"error": "nadia.reid@example.org"}, "code_other"),
    "without a word": (400, {}, "code_other"),
}


@pytest.mark.parametrize("how", SAYS_NO)
def test_whoever_a_provider_refuses_reads_what_to_do_and_nothing_is_broken(
    client: Client, linked: User, local: LocalProvider, registry: Registry, log: Any, how: str
) -> None:
    status, body, why = SAYS_NO[how]
    local.answers = (status, body)
    answer = through(client, local)
    said = answer.content.decode()
    assert answer.status_code == 403
    assert "Begin again at the sign-in page. If it goes wrong again, tell the administrator" in said
    assert "does not answer" not in said
    assert [(verb, facts["why"]) for verb, _, facts in registry("sign_in_failed")] == [
        ("sign_in_failed", why)
    ]
    assert [
        r.levelname for r in log.records if r.levelno >= logging.WARNING and r.name != "django.request"
    ] == ["WARNING"]
    assert not [r for r in log.records if r.levelno >= logging.ERROR]
    assert "nadia.reid" not in log.text
    local.answers = None
    assert through(client, local).status_code == 302, "the next time all is well"


BROKEN: dict[str, tuple[int, dict[str, Any]] | None] = {
    "broken": (500, {"error": "invalid_grant"}),
    "closed for repair": (503, {}),
    "another address": (404, {}),
    "too busy": (429, {}),
    "keys that cannot be read": None,
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_provider_out_of_order_is_an_error_and_the_page_says_whose(
    client: Client, linked: User, local: LocalProvider, registry: Registry, log: Any, how: str
) -> None:
    local.answers = BROKEN[how]
    if local.answers is None:
        local.keys = {"keys": "none"}
    answer = through(client, local)
    assert answer.status_code == 502
    assert "Your organisation’s sign-in does not answer as it should" in answer.content.decode()
    assert [facts["why"] for _, _, facts in registry("sign_in_failed")] == ["OutOfReach"]
    assert [r.levelname for r in log.records if r.name == "django.request"] == ["ERROR"]
    assert not is_in(client)


def test_a_new_key_is_found_when_the_provider_changes_it(
    client: Client, linked: User, local: LocalProvider, clock: Any
) -> None:
    through(client, local)
    described = describing.description_of(IdentityProvider.objects.get(), now())
    described.keys.clear()  # as if the provider had changed its keys since
    clock.shift(timedelta(seconds=61))
    assert through(Client(), local).status_code == 302


def test_the_command_refuses_what_would_not_work(nhs: IdentityProvider, cast: Cast) -> None:
    def add(
        slug: str, issuer: str = "https://login.example.net", domain: str = "example.net", agency: int = 0
    ) -> None:
        call_command(
            "provider", "add", slug, "--name=Council", f"--issuer={issuer}", "--client-id=x",
            f"--domain={domain}", f"--agency={agency or cast.education.pk}", stdout=StringIO(),
        )  # fmt: skip

    with pytest.raises(CommandError, match="https"):
        add("council", issuer="http://login.example.net")
    with pytest.raises(CommandError, match="NHS Scotland has one of these domains already"):
        add("council", domain="Example.org")
    with pytest.raises(CommandError, match="No agency has this number"):
        add("council", agency=10_000)
    with pytest.raises(CommandError, match="none with the slug"):
        call_command("provider", "end", "council", stdout=StringIO())
    said = StringIO()
    call_command("provider", "list", stdout=said)
    assert said.getvalue().startswith("nhs-scot (on): NHS Scotland, http://127.0.0.1:")
