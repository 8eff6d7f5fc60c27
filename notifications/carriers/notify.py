"""GOV.UK Notify: needs `pip install '.[notify]'`, a key and one template with ((subject)) and ((body)).

One recipient a mail, no copy, nothing beside the words (a meeting's page has them), and it says what became of it.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from notifications.carriers import Letter
from notifications.models import Receipt

#: What Notify calls the end of a mail, in our words. Whatever else it says, the mail is on its way.
STATUS = {
    "delivered": Receipt.DELIVERED,
    "permanent-failure": Receipt.BOUNCED,
    "temporary-failure": Receipt.RETURNED,
    "technical-failure": Receipt.RETURNED,
}


class Notify:
    """A carrier over Notify's own client."""

    reads_back = True

    def __init__(self, client: Any, template: str) -> None:
        self._client, self._template = client, template

    @classmethod
    def from_settings(cls) -> Notify:
        """Return the carrier that the settings describe. ImproperlyConfigured when the extra is not installed."""
        try:
            from notifications_python_client.notifications import NotificationsAPIClient
        except ImportError as error:
            raise ImproperlyConfigured(
                "EMAIL_URL names GOV.UK Notify, which needs an extra: pip install '.[notify]'"
            ) from error
        client = NotificationsAPIClient(
            settings.NOTIFY_KEY, base_url=settings.NOTIFY_ADDRESS, timeout=settings.EMAIL_TIMEOUT
        )
        return cls(client, settings.NOTIFY_TEMPLATE)

    def open(self) -> None:
        """Nothing to open: each mail is a request of its own."""

    def close(self) -> None:
        """Nothing to close."""

    def carry(self, letter: Letter) -> str:
        answer = self._client.send_email_notification(
            email_address=letter.to,
            template_id=self._template,
            personalisation={"subject": letter.subject, "body": letter.body},
            reference=letter.key.strip("<>"),
        )
        return str(answer["id"])

    def receipt(self, reference: str) -> Receipt:
        said = self._client.get_notification_by_id(reference)
        return STATUS.get(str(said.get("status")), Receipt.PENDING)
