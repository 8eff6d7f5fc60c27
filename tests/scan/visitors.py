"""Whom a scanner goes as: people of the demonstration, one of each role, signed in by its page."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.parse
import urllib.request

#: One of each, by the name of the role on their own page.
ROLES = (
    "Practitioner",
    "Line manager",
    "Senior manager",
    "Designated child protection lead",
    "Chief Social Work Officer",
    "CPC officer",
    "Auditor",
    "Administrator",
)
CASE = re.compile(r'href="/cases/([0-9A-Z]{3}-[0-9A-Z]{4})/')


def page(url: str, path: str, cookie: str) -> str:
    """Return the text of a page for somebody signed in."""
    asked = urllib.request.Request(urllib.parse.urljoin(url, path), headers={"Cookie": cookie})
    with urllib.request.urlopen(asked) as found:
        return str(found.read().decode())


def most_cases(url: str) -> dict[str, str]:
    """Return for each role the number of the one who holds it and has the most cases on their first page."""
    best: dict[str, tuple[int, str]] = {}
    for person in re.findall(r'name="person" value="(\d+)"', page(url, "/demonstration/", "")):
        cookie = signed_in(url, person)
        me, cases = page(url, "/me/", cookie), len(cases_of(url, cookie))
        for role in ROLES:
            if role in me and cases > best.get(role, (-1, ""))[0]:
                best[role] = cases, person
    assert best.keys() == set(ROLES), "the demonstration has nobody of some role"
    return {role: person for role, (_, person) in best.items()}


def cases_of(url: str, cookie: str) -> list[str]:
    """Return the references on the first page of somebody's cases."""
    return list(dict.fromkeys(CASE.findall(page(url, "/cases/", cookie))))


def signed_in(url: str, person: str) -> str:
    """Return the cookies of somebody whom the demonstration signed in now."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    text = browser.open(urllib.parse.urljoin(url, "/demonstration/")).read().decode()
    sent = urllib.parse.urlencode({"csrfmiddlewaretoken": token_in(text), "person": person}).encode()
    browser.open(urllib.parse.urljoin(url, "/demonstration/"), sent)
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def not_signed_in(url: str) -> str:
    """Return the cookies of somebody who has only opened the page for signing in."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(urllib.parse.urljoin(url, "/sign-in/?password")).close()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def token_in(text: str) -> str:
    """Return the token that a form of a page sends with it."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    assert found, "the page has no form"
    return found[1]
