"""The page on which somebody outside says that they have kept a checkpoint."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from escalation.clock import now
from escalation.routes import policy
from escalation.trail.anchors import Receipt
from escalation.trail.checkpoints import acknowledge, text_of


@policy("public")
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
def receipt(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show a checkpoint to whoever has the link from its mail, and take their word that they kept it."""
    found = get_object_or_404(Receipt.objects.select_related("checkpoint", "witness"), key=key)
    if request.method == "POST":
        acknowledge(found, now())
        return redirect("trail_receipt", key)
    shown = {"receipt": found, "point": found.checkpoint, "lines": text_of(found.checkpoint).splitlines()}
    return render(request, "trail/receipt.html", shown)
