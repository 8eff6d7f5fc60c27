"""Organisations' own sign-in against a real provider on this machine, and every forgery of bar E4."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import jwt
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
from tests.sign_in.local_provider import CLIENT, FOREIGN, OURS, SECRET, LocalProvider, public_pem
from tests.sign_in.proof import code

SUBJECT = "nadia-at-nhs"
TRIED: set[str] = set()


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Iterator[None]:
    """Count this test as a forgery, once it ran to its end."""
    yield
    TRIED.add(request.node.name)


@pytest.fixture
def local(settings: Any) -> Iterator[LocalProvider]:
    settings.OIDC_SECRETS = {"NHS_SCOT": SECRET, "COUNCIL": SECRET}
    describing.forget()
    running = LocalProvider()
    yield running
    running.close()
    describing.forget()


@pytest.fixture
def nhs(local: LocalProvider, cast: Cast) -> IdentityProvider:
    """The provider of Health, for addresses at example.org."""
    call_command(
        "provider", "add", "nhs-scot", "--name=NHS Scotland", f"--issuer={local.issuer}",
        f"--client-id={CLIENT}", "--domain=example.org", f"--agency={cast.health.pk}", "--second-factor=mfa",
        stdout=StringIO(),
    )  # fmt: skip
    return IdentityProvider.objects.get()


@pytest.fixture
def linked(nurse: User, nhs: IdentityProvider) -> User:
    """The nurse, linked to who she is at the provider."""
    Identity.objects.create(user=nurse, provider=nhs, issuer=nhs.issuer, subject=SUBJECT, linked_at=TUESDAY)
    return nurse


def goes_out(client: Client, **wanted: str) -> str:
    answer = client.get(reverse("provider_start", args=["nhs-scot"]), wanted)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url)


def comes_back(client: Client, given: dict[str, str], slug: str = "nhs-scot") -> Any:
    return client.get(reverse("provider_back", args=[slug]), given)


def through(client: Client, local: LocalProvider, subject: str = SUBJECT, **wanted: str) -> Any:
    return comes_back(client, local.says_yes(goes_out(client, **wanted), subject))


def is_in(client: Client) -> bool:
    return client.get(reverse("me")).status_code == 200


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
    answer = comes_back(inside, local.says_yes(inside.get(start).url))
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


# Forgeries


def _bent(name: str, value: Any) -> Callable[[LocalProvider], None]:
    def bend(local: LocalProvider) -> None:
        local.claims = {name: value}

    return bend


def _without(name: str) -> Callable[[LocalProvider], None]:
    def bend(local: LocalProvider) -> None:
        local.dropped = {name}

    return bend


def _signs(**how: Any) -> Callable[[LocalProvider], None]:
    def bend(local: LocalProvider) -> None:
        local.sign = lambda claims: local.signed(claims, **how)

    return bend


def _none(local: LocalProvider) -> None:
    local.sign = lambda claims: jwt.encode(claims, None, algorithm="none", headers={"kid": "one"})


def _confused(local: LocalProvider) -> None:
    """Sign with the public key as if it were a shared secret (key confusion)."""

    def sign(claims: dict[str, Any]) -> str:
        import hashlib
        import hmac

        def part(value: Any) -> bytes:
            text = value if isinstance(value, bytes) else json.dumps(value).encode()
            return base64.urlsafe_b64encode(text).rstrip(b"=")

        head = part({"alg": "HS256", "typ": "JWT", "kid": "one"}) + b"." + part(claims)
        return (head + b"." + part(hmac.digest(public_pem(OURS), head, hashlib.sha256))).decode()

    local.sign = sign


def _shared_key(local: LocalProvider) -> None:
    """Publish a shared key among the public ones, and sign with it."""
    shared = b"whoever reads the list of keys knows this one"
    k = base64.urlsafe_b64encode(shared).rstrip(b"=").decode()
    local.more_keys = [{"kty": "oct", "kid": "two", "k": k, "alg": "HS256"}]
    local.sign = lambda claims: local.signed(claims, key=shared, alg="HS256", kid="two")


def _changed(local: LocalProvider) -> None:
    """Put another subject into a token that was signed."""

    def sign(claims: dict[str, Any]) -> str:
        head, _, signature = local.signed(claims | {"sub": "nobody"}).split(".")
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        return f"{head}.{body}.{signature}"

    local.sign = sign


SOON, LATE = TUESDAY + timedelta(hours=1), TUESDAY - timedelta(hours=1)
BENT: dict[str, Callable[[LocalProvider], None]] = {
    "another issuer": _bent("iss", "https://login.elsewhere.example"),
    "issuer with a slash more": lambda local: _bent("iss", local.issuer + "/")(local),
    "another audience": _bent("aud", "another-service"),
    "several audiences, none of them named": _bent("aud", [CLIENT, "another-service"]),
    "for another party": lambda local: setattr(
        local, "claims", {"aud": [CLIENT, "another"], "azp": "another"}
    ),
    "one audience, another party": _bent("azp", "another"),
    "another nonce": _bent("nonce", "of another sign-in"),
    "expired": _bent("exp", int(LATE.timestamp())),
    "issued in the future": _bent("iat", int(SOON.timestamp())),
    "issued long ago": lambda local: setattr(
        local, "claims", {"iat": int(LATE.timestamp()), "exp": int(SOON.timestamp())}
    ),
    "not valid yet": _bent("nbf", int(SOON.timestamp())),
    "an empty subject": _bent("sub", ""),
    "a subject that is a number": _bent("sub", 7),
    "an email of another domain": _bent("email", "nadia.reid@elsewhere.example"),
    "a name of another domain": _bent("preferred_username", "nadia.reid@elsewhere.example"),
    "no signature (alg none)": _none,
    "public key as a secret": _confused,
    "a shared key among the keys": _shared_key,
    "a foreign key": _signs(key=FOREIGN),
    "a foreign key of another name": _signs(key=FOREIGN, kid="two"),
    "an algorithm not agreed on": _signs(alg="RS384"),
    "changed after signing": _changed,
    "no token at all": lambda local: setattr(local, "sign", lambda claims: ""),
    **{f"without {name}": _without(name) for name in ("iss", "aud", "sub", "exp", "iat", "nonce")},
}


@pytest.mark.parametrize("forgery", BENT)
@pytest.mark.usefixtures("tried")
def test_a_forged_token_opens_nothing(
    client: Client, linked: User, local: LocalProvider, forgery: str, registry: Registry
) -> None:
    BENT[forgery](local)
    local.claims.setdefault("amr", ["mfa"])
    answer = through(client, local)
    assert answer.status_code == 403
    assert not is_in(client)
    assert client.get(reverse("second_step")).url == f"{reverse('sign_in')}?password"
    (verb, _, facts), *more = registry("sign_in_failed")
    assert (verb, facts["how"], more) == ("sign_in_failed", "provider", [])
    # The allowed twin: the same but for what was bent
    local.claims, local.dropped, local.sign, local.more_keys = {"amr": ["mfa"]}, set(), local.signed, []
    twin = Client()
    assert through(twin, local).url == "/"
    assert is_in(twin)


def _state(client: Client, local: LocalProvider, given: dict[str, str]) -> Any:
    return comes_back(client, given | {"state": "of another browser"})


def _no_state(client: Client, local: LocalProvider, given: dict[str, str]) -> Any:
    return comes_back(client, {"code": given["code"]})


def _other_browser(client: Client, local: LocalProvider, given: dict[str, str]) -> Any:
    return comes_back(Client(), given)


def _replayed(client: Client, local: LocalProvider, given: dict[str, str]) -> Any:
    assert comes_back(client, given).status_code == 302
    client.post(reverse("sign_out"))
    return comes_back(client, given)


def _code_twice(client: Client, local: LocalProvider, given: dict[str, str]) -> Any:
    """A stolen code, brought with the thief's own state: it was bound to another verifier."""
    thief = Client()
    own = local.says_yes(goes_out(thief), "thief")
    return comes_back(thief, own | {"code": given["code"]})


def _mixed_up(client: Client, local: LocalProvider, given: dict[str, str]) -> Any:
    return comes_back(client, given | {"iss": "https://login.elsewhere.example"})


def _other_provider(client: Client, local: LocalProvider, given: dict[str, str]) -> Any:
    return comes_back(client, given, slug="council")


def _refused(client: Client, local: LocalProvider, given: dict[str, str]) -> Any:
    return comes_back(client, {"error": "access_denied", "state": given["state"]})


def _no_code(client: Client, local: LocalProvider, given: dict[str, str]) -> Any:
    return comes_back(client, {"state": given["state"]})


ANSWERS = {
    "a state of another browser": _state,
    "no state": _no_state,
    "brought to another browser": _other_browser,
    "the same answer twice": _replayed,
    "a stolen code": _code_twice,
    "two providers mixed up": _mixed_up,
    "brought back to another provider's address": _other_provider,
    "refused by the provider": _refused,
    "without a code": _no_code,
}


@pytest.mark.parametrize("forgery", ANSWERS)
@pytest.mark.usefixtures("tried")
def test_a_forged_answer_opens_nothing(
    client: Client, linked: User, local: LocalProvider, nhs: IdentityProvider, forgery: str
) -> None:
    IdentityProvider.objects.create(
        slug="council", name="Council", issuer=local.issuer, client_id="another", domains=["example.net"]
    ).agencies.add(linked.agency)
    local.claims = {"amr": ["mfa"]}
    answer = ANSWERS[forgery](client, local, local.says_yes(goes_out(client)))
    assert answer.status_code in (403, 502)
    assert not is_in(client)


@pytest.mark.usefixtures("tried")
def test_too_late_an_answer_opens_nothing(
    client: Client, linked: User, local: LocalProvider, clock: Any
) -> None:
    given = local.says_yes(goes_out(client))
    clock.shift(timedelta(minutes=10))
    assert comes_back(client, given).status_code == 403


@pytest.mark.parametrize(
    "who", ["a stranger to us", "of another agency", "a leaver", "provider ended", "tenant"]
)
@pytest.mark.usefixtures("tried")
def test_a_true_token_of_somebody_not_linked_opens_nothing(
    client: Client, linked: User, local: LocalProvider, nhs: IdentityProvider, cast: Cast, who: str
) -> None:
    local.claims = {"amr": ["mfa"], "email": linked.email}  # the address alone is nothing (T15)
    subject = SUBJECT
    match who:
        case "a stranger to us":
            subject = "somebody-else"
        case "of another agency":
            nhs.agencies.set([cast.education])
        case "a leaver":
            User.objects.filter(pk=linked.pk).update(is_active=False)
        case "tenant":
            IdentityProvider.objects.update(claims={"tid": "our-tenant"})
            local.claims |= {"tid": "another-tenant"}
    given = local.says_yes(goes_out(client), subject)
    if who == "provider ended":
        call_command("provider", "end", "nhs-scot", stdout=StringIO())
    answer = comes_back(client, given)
    assert answer.status_code == 403
    assert not is_in(client)


@pytest.mark.usefixtures("tried")
def test_the_same_subject_of_another_issuer_is_somebody_else(
    client: Client, linked: User, local: LocalProvider, cast: Cast
) -> None:
    second = LocalProvider()
    try:
        other = IdentityProvider.objects.create(
            slug="council", name="Council", issuer=second.issuer, client_id=CLIENT, domains=["example.net"]
        )
        other.agencies.add(cast.health)
        second.claims = {"amr": ["mfa"]}
        address = client.get(reverse("provider_start", args=["council"])).url
        assert address.startswith(second.issuer)
        assert comes_back(client, second.says_yes(address, SUBJECT), slug="council").status_code == 403
    finally:
        second.close()
    assert not is_in(client)


def test_at_least_forty_forgeries_were_tried(request: pytest.FixtureRequest) -> None:
    """E4 asks for 20. Counted is what ran, and nothing of what was to run is missing."""
    wanted = {
        item.name
        for item in request.session.items
        if item.path == request.path and "tried" in getattr(item, "fixturenames", ())
    }
    if not wanted:
        pytest.skip("only this test was asked for")
    if len(wanted) >= 40:  # the whole file, and not a choice of it
        assert len(wanted) == 45
    if "PYTEST_XDIST_WORKER" not in os.environ:  # several processes share the file out among them
        assert wanted - TRIED == set()


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
    assert client.get(reverse("provider_start", args=["nhs-scot"])).status_code == 502
    answer = client.post(reverse("sign_in"), {"email": linked.email, "password": PASSWORD})
    assert answer.url == reverse("second_step")


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
