"""Organisations' own sign-in: `manage.py provider add`, `end`, `list` (docs/running.md says how)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.audit import Verb, by_administrator, record
from accounts.models import Agency
from accounts.sign_in.models import IdentityProvider
from accounts.sign_in.providers.describing import description_of
from accounts.sign_in.providers.fetching import OutOfReach, is_safe
from accounts.sign_in.providers.flow import redirect_uri, secret_of
from escalation.clock import now


class Command(BaseCommand):
    help = "Adds, changes, ends and lists organisations' own sign-in (OpenID Connect)."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        add = what.add_parser("add", help="add one, or change the one with this slug")
        add.add_argument("slug", help="a short name for addresses, such as nhs-scot")
        add.add_argument("--name", required=True, help="what people call it")
        add.add_argument("--issuer", required=True, help="as its own description names it, https")
        add.add_argument("--client-id", required=True)
        add.add_argument(
            "--domain", action="append", required=True, help="of email addresses; may be repeated"
        )
        add.add_argument(
            "--agency", action="append", required=True, type=int, help="number of an agency; may be repeated"
        )
        add.add_argument(
            "--claim", action="append", default=[], help="must be just so: tid=...; may be repeated"
        )
        add.add_argument(
            "--second-factor",
            action="append",
            default=[],
            help="value of amr that means a second factor, such as mfa",
        )
        end = what.add_parser("end", help="nobody signs in with it any more")
        end.add_argument("slug")
        what.add_parser("list", help="show all")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        {"add": self._add, "end": self._end, "list": self._list}[what](options)

    def _add(self, given: dict[str, Any]) -> None:
        if not is_safe(given["issuer"]):
            raise CommandError("--issuer must be an https address.")
        domains = sorted({domain.lower().lstrip("@") for domain in given["domain"]})
        active = IdentityProvider.objects.filter(is_active=True).exclude(slug=given["slug"])
        other = active.filter(domains__overlap=domains).order_by("pk").first()
        if other is not None:
            raise CommandError(f"{other} has one of these domains already; a domain leads to one sign-in.")
        agencies = list(Agency.objects.filter(pk__in=given["agency"]))
        if len(agencies) != len(set(given["agency"])):
            raise CommandError(
                "No agency has this number. The addresses of the agencies' pages end with theirs."
            )
        try:
            claims = dict(claim.split("=", 1) for claim in given["claim"])
        except ValueError as error:
            raise CommandError("--claim is a name and a value: tid=...") from error
        with transaction.atomic():
            provider, _ = IdentityProvider.objects.update_or_create(
                slug=given["slug"],
                defaults={
                    "name": given["name"],
                    "issuer": given["issuer"],
                    "client_id": given["client_id"],
                    "domains": domains,
                    "claims": claims,
                    "factor_values": given["second_factor"],
                    "is_active": True,
                },
            )
            provider.agencies.set(agencies)
            facts = {"active": True, "agencies": sorted(a.pk for a in agencies)}
            record(Verb.PROVIDER_CHANGED, actor=by_administrator(None), about=provider, facts=facts, at=now())
        self.stdout.write(f"{provider} is set. Register this address with it: {redirect_uri(provider)}")
        if not secret_of(provider):
            name = provider.slug.upper().replace("-", "_")
            self.stdout.write(f"Still to do: put our secret there into OIDC_SECRET_{name} and start again.")
        try:
            description_of(provider, now())
            self.stdout.write("It answers, and describes itself with this issuer.")
        except OutOfReach as error:
            self.stdout.write(f"It could not be asked just now ({error}). Check the issuer if this stays so.")

    def _end(self, given: dict[str, Any]) -> None:
        with transaction.atomic():
            provider = IdentityProvider.objects.filter(slug=given["slug"]).first()
            if provider is None:
                raise CommandError(f"There is none with the slug {given['slug']}.")
            IdentityProvider.objects.filter(pk=provider.pk).update(is_active=False)
            record(
                Verb.PROVIDER_CHANGED,
                actor=by_administrator(None),
                about=provider,
                facts={"active": False},
                at=now(),
            )
        self.stdout.write(f"Nobody signs in with {provider} any more.")

    def _list(self, given: dict[str, Any]) -> None:
        for provider in IdentityProvider.objects.order_by("slug"):
            state = "on" if provider.is_active else "off"
            names = ", ".join(str(agency) for agency in provider.agencies.order_by("pk"))
            self.stdout.write(
                f"{provider.slug} ({state}): {provider}, {provider.issuer}, {', '.join(provider.domains)}; {names}"
            )
