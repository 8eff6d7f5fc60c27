"""Every address of the service. Apps are included by name; a test walks this list (tests/access/test_routes.py)."""

from django.urls import include, path

from escalation import gallery, health, views
from escalation.trail import views as trail_views

urlpatterns = [
    path("", include("cases.urls")),
    path("", include("cases.urls_beside")),
    path("", include("cases.learning.urls")),
    path("", include("cases.guidance.urls")),
    path("", include("accounts.urls")),
    path("", include("notifications.urls")),
    path("trail/receipts/<uuid:key>/", trail_views.receipt, name="trail_receipt"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "escalation.views.bad_request"
handler403 = "escalation.views.not_allowed"
handler404 = "escalation.views.not_found"
handler500 = "escalation.views.broken"
