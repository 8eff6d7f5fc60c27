"""The product's addresses, and L1: the thinnest page a signed-in person can be given."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from accounts.models import Agency
from escalation.routes import policy
from escalation.urls import handler400, handler403, handler404, handler500  # noqa: F401 (of a URLconf)


@policy("signed_in")
def thinnest(request: HttpRequest) -> HttpResponse:
    """Ask one thing beside session and person, and answer in plain text: what every ratio is measured against."""
    return HttpResponse(str(Agency.objects.only("name").order_by("pk")[0]), content_type="text/plain")


urlpatterns = [path("l1/", thinnest), path("", include("escalation.urls"))]
