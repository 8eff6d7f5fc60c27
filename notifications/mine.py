"""How I hear of news, and my due items in my own calendar program."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.views.fetch import person
from escalation.clock import now
from escalation.forms import ClockField, EscalationForm, YesNoField
from escalation.routes import policy
from notifications import feeds, preferences
from notifications.models import CalendarFeed, Preference


class NewsForm(EscalationForm):
    """Email about news: at once, together at a time of day, or not at all."""

    news_by_mail = YesNoField(
        label="Do you want email about news?",
        help_text="News stand in your notices in any case. Whatever asks something of you is always sent at once.",
        yes={"label": "Yes", "reveals": "together_at"},
        no={"label": "No, I read my notices here"},
        missing="Choose whether you want email about news",
    )
    together_at = ClockField(
        label="At what time should they come together, in one email a day?",
        help_text="For example, 8:30am. Leave it empty to get each at once. News of danger today always come at once.",
        required=False,
    )


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def my_news(request: HttpRequest) -> HttpResponse:
    """Choose how to hear of news."""
    user = person(request)
    kept = Preference.objects.filter(user=user).first() or Preference()
    initial = {"news_by_mail": kept.news_by_mail, "together_at": kept.together_at}
    form = NewsForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        wanted = given["news_by_mail"]
        preferences.save(user, news_by_mail=wanted, together_at=given["together_at"] if wanted else None)
        messages.success(request, "Your choice is kept.")
        return redirect("my_news")
    feed = CalendarFeed.objects.filter(user=user).first()
    return render(request, "notifications/my_news.html", {"form": form, "feed": feed})


@policy("signed_in")
@require_POST
def calendar_feed_make(request: HttpRequest) -> HttpResponse:
    """Make a new address for my calendar program, shown this once; the one before it ends."""
    token = feeds.make(person(request), now())
    where = settings.BASE_URL.geturl().rstrip("/") + reverse("calendar_feed", args=[token])
    return render(request, "notifications/calendar_made.html", {"where": where})


@policy("signed_in")
@require_POST
def calendar_feed_end(request: HttpRequest) -> HttpResponse:
    """End the address of my calendar."""
    feeds.end(person(request), now())
    messages.success(request, "The address of your calendar leads nowhere any more.")
    return redirect("my_news")


@policy("public")
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give what is due to whoever has the secret address: no name and no fact of a case. 410 for any other address."""
    user = feeds.owner(token, now())
    if user is None:
        return HttpResponse("This calendar has ended.", status=410, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(feeds.calendar_of(user, now()), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="due.ics"'
    return answer
