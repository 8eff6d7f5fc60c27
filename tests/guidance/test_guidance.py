"""Help: a page for each role, words, sources of prompts, and saying that a page is not clear (G11, G31)."""

from __future__ import annotations

import json
import re

import pytest
import time_machine
from django.template import Context, Template
from django.urls import reverse

from accounts.roles import Role
from cases.guidance.forms import UnclearForm
from cases.guidance.pages import in_words, page_named
from cases.guidance.sources import SENTENCES
from cases.guidance.texts import glossary, role_pages
from cases.models import LearningItem
from cases.procedures.declared import Declared
from cases.procedures.loading import load_file, shipped_files
from cases.procedures.parts import Words
from cases.steps import STEPS
from escalation.trail.models import REGISTRY, Event
from notifications.delivery import compose
from notifications.models import Kind, Message
from tests.cast import TUESDAY, Cast, opened
from tests.pages.scene import HOUR, signed_in, words


def test_every_role_has_its_page_and_each_says_the_same_five_things() -> None:
    assert list(role_pages()) == Role.values
    for page in role_pages().values():
        assert list(page) == ["lead", "waits", "steps", "cannot", "helps"]
        assert all(page.values())


def test_words_stand_in_the_order_of_the_alphabet_and_once_each() -> None:
    assert list(glossary()) == sorted(glossary())
    with pytest.raises(KeyError):
        Template('{% load guidance_tags %}{% terms "unheard-of" %}').render(Context())


def test_pages_of_help_are_there_for_everybody_and_begin_with_ones_own(cast: Cast) -> None:
    client = signed_in(cast.nurse_manager)
    index = words(client.get(reverse("help")))
    assert index.index("Line manager") < index.index("What others do") < index.index("Practitioner")
    for role in Role:
        page = words(client.get(reverse("help_role", args=[role.value])))
        assert role_pages()[role.value]["helps"] in page
    page = client.get(reverse("glossary")).content.decode()
    assert all(f'id="{key}"' in page for key in glossary())


def test_a_word_says_what_it_means_on_the_spot_and_leads_to_the_glossary(cast: Cast) -> None:
    with time_machine.travel(TUESDAY + HOUR, tick=False):
        page = signed_in(cast.nurse).get(f"/cases/{opened(cast).reference}/").content.decode()
    described = set(re.findall(r'aria-describedby="(means-[a-z-]+)"', page))
    assert "means-position" in described
    assert described == set(re.findall(r'role="tooltip" id="(means-[a-z-]+)"', page))
    assert f'href="{reverse("glossary")}#position"' in page


class TestSources:
    def test_every_sentence_of_an_area_is_listed_and_says_where_its_document_says_it(self) -> None:
        sentences = set(Words.model_fields) - set(Declared.model_fields) - {"sections"}
        assert sentences == set(SENTENCES)
        for key, path in shipped_files().items():
            said = load_file(path).words
            taken = {n for n in SENTENCES if getattr(said, n) and said.source_of(n) == "document"}
            assert taken == set(said.sections), key

    def test_a_prompt_links_to_its_place_on_the_page_of_sources(self, cast: Cast) -> None:
        with time_machine.travel(TUESDAY + HOUR, tick=False):
            case, client = opened(cast), signed_in(cast.nurse)
            page = client.get(f"/cases/{case.reference}/do/agree/").content.decode()
            place = re.search(r'class="esc-prompt">.*?href="([^"]+)">([^<]+)<', page)
            assert place is not None
            assert place[1] == f"{reverse('sources')}#resolved"
            assert place[2].endswith(", “Resolution”")
            sources = client.get(reverse("sources"))
        assert 'id="resolved"' in sources.content.decode()
        assert "section “Resolution”" in words(sources)


class TestUnclear:
    def test_it_reaches_the_officer_without_name_reference_or_address(self, cast: Cast) -> None:
        with time_machine.travel(TUESDAY + HOUR, tick=False):
            case, client = opened(cast), signed_in(cast.nurse)
            page = client.get(f"/cases/{case.reference}/do/contact/").content.decode()
            (link,) = re.findall(r'href="([^"]+)">This page is unclear<', page)
            assert link == f"{reverse('unclear')}?page=case_step%3Acontact"
            form = words(client.get(link))
            assert f"You came from: Step of a case: {STEPS['contact'].label}." in form
            refused = client.post(link, {"words": f"In {case.reference} I do not know what is meant."})
            assert "Leave the reference of the case out" in words(refused)
            assert "I do not know what is meant." in words(refused), "what was typed is given back"
            assert client.post(link, {"words": "What counts as contact?"}).status_code == 302
            item = LearningItem.objects.get()
            assert (item.case, item.theme, item.source, item.route) == (None, "guidance", "guidance", "cpc")
            assert item.what == (
                f"A page of this service is unclear. Step of a case: {STEPS['contact'].label}.\n\n"
                "What counts as contact?"
            )
            (told,) = Message.objects.filter(recipient=cast.cpc_officer)
            assert (told.kind, told.url_path) == (Kind.LEARNING_RAISED, reverse("learning_list"))
            mail = compose(told)
            for word in ("What counts", "contact", case.reference, cast.nurse.full_name, cast.health.name):
                assert word not in mail.subject + mail.body, word
            officer = signed_in(cast.cpc_officer)
            assert "Something was raised for you to decide on" in words(officer.get(reverse("inbox")))
            assert "What counts as contact?" in words(officer.get(reverse("learning_item", args=[item.pk])))
            assert cast.nurse.full_name not in words(officer.get(reverse("learning_list")))
            assert "What counts as contact?" in words(client.get(reverse("my_learning")))
        payload = json.loads(Event.objects.get(chain=REGISTRY, verb="learning_raised").payload)
        assert payload == {"theme": "guidance", "source": "guidance", "route": "cpc"}

    @pytest.mark.parametrize(
        "written", ["7KQ-M4TX", "KQM-WTXZ", "kqm-wtxz", "7KQM4TX", "7KQ M4TX", "KQMWTXZ"]
    )
    def test_a_reference_is_refused_however_it_is_written(self, written: str) -> None:
        form = UnclearForm({"words": f"In {written} I do not know what is meant."})
        assert form.errors["words"] == ["Leave the reference of the case out: this is about the page"]

    @pytest.mark.parametrize(
        "written", ["What is a counterpart? The CPC shall tell us.", "Ring 01632 234 5678.", "By 22 June."]
    )
    def test_other_words_are_taken(self, written: str) -> None:
        assert UnclearForm({"words": written}).is_valid()

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("case", "case"),
            ("case_step:contact", "case_step:contact"),
            ("case_step:7KQ-M4TX", "case_step"),
            ("help_role:cswo", "help_role:cswo"),
            ("case:7KQ-M4TX", "case"),
            ("7KQ-M4TX", ""),
            ("<b>", ""),
            ("", ""),
        ],
    )
    def test_only_the_name_of_a_page_is_taken_from_the_address(self, given: str, kept: str) -> None:
        assert page_named(given) == kept
        assert "7KQ" not in in_words(page_named(given))
