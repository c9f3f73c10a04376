"""Languages: which one a visitor gets, catalogues that are whole, and the verifier's sentences in each."""

from __future__ import annotations

import itertools
import re
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import pytest
from babel.messages import Catalog
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from scripts import messages
from tests.support.evidence import make_world

from lcert_issuer.badge.text import shape
from lcert_issuer.language import LANGUAGES, choose, facts_of, install_in, isolate, sentence, texts
from lcert_verifier import sentences
from lcert_verifier.credential import Credential, from_claims
from lcert_verifier.report import AsOf, Code, Report, Verdict
from lcert_verifier.vocabulary import Securing

OTHERS = [code for code in LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
ISOLATES = re.compile("[\u2066-\u2069]")


@pytest.mark.parametrize(
    ("asked", "header", "code"),
    [
        (None, None, "en"),
        ("de", "fr", "de"),
        ("DE-at", None, "de"),
        ("xx", "fr", "fr"),
        ("", "ja", "ja"),
        (None, "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
        (None, "nl, es;q=0.4, ar;q=0.6", "ar"),
        (None, "de;q=0, fr;q=0.1", "fr"),
        (None, "de;q=0.3,ja;q=0.300", "de"),
        (None, "nl, *;q=0.1", "en"),
        (None, "*", "en"),
        (None, "fr;q=1.5, de;q=0.2", "de"),
        (None, "fr;q=NaN;x, de ; q=0.2", "de"),
        (None, ";;;,,,q=1", "en"),
        ("../../de", None, "en"),
        ("de\r\nSet-Cookie: x", None, "en"),
    ],
)
def test_the_parameter_comes_first_then_the_best_of_the_header(
    asked: str | None, header: str | None, code: str
) -> None:
    assert choose(asked, header).code == code


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_header_raises(asked: str, header: str) -> None:
    assert choose(asked, header).code in LANGUAGES


def test_an_endless_header_costs_little() -> None:
    start = time.perf_counter()
    assert choose("a" * 10_000_000, "de;q=0.1," * 1_000_000).code == "de"
    assert choose(None, "x" * 999 + ",de").code == "en"
    assert time.perf_counter() - start < 0.5


@cache
def template() -> Catalog:
    return messages.collect()


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_is_translated_with_the_same_placeholders(code: str) -> None:
    catalogue = messages.updated(code, template())
    assert list(messages.problems(code, catalogue)) == []
    for message in catalogue:
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        wanted = set(PLACEHOLDER.findall(ids[-1]))
        for form in forms:
            found = set(PLACEHOLDER.findall(form))
            assert found == wanted or (len(forms) > 1 and found == wanted - {"count", "num"}), (ids, form)
            assert form.count("%") == len(PLACEHOLDER.findall(form)) + 2 * form.count("%%"), form


@pytest.mark.parametrize("code", OTHERS)
def test_catalogues_are_up_to_date_and_compiled(code: str) -> None:
    po = messages.written(messages.updated(code, template()))
    path = messages.path_of(code)
    assert path.read_bytes() == po, "run python -m scripts.messages"
    assert path.with_suffix(".mo").read_bytes() == messages.compiled(po, code), (
        "run python -m scripts.messages"
    )


@pytest.mark.parametrize("code", OTHERS)
def test_the_bundled_fonts_can_draw_every_translation(code: str) -> None:
    for message in messages.read(code):
        if message.id:
            for form in [message.string] if isinstance(message.string, str) else message.string:
                for weight in ("regular", "bold"):
                    assert shape(form.replace("\n", " "), weight).outlined, form


def test_terms_are_one_word_each() -> None:
    """A certificate is called the same wherever it is spoken of."""
    banned = {
        "de": ("Abzeichen",),
        "ja": ("証明書", "資格"),
        "fr": ("agréé",),
        "es": ("insignia",),
    }
    for code, words in banned.items():
        for message in messages.read(code):
            forms = [message.string] if isinstance(message.string, str) else message.string
            assert not any(word in form for word in words for form in forms)


WORLD = make_world()
CREDENTIAL: Credential = from_claims(
    WORLD.claims(), securing=Securing.VC_JWT, trust_base_url=WORLD.base_url, issuer=WORLD.issuer
)
DAY = datetime(2027, 3, 4, 9, 30, tzinfo=UTC)
FACTS = [
    sentences.Facts(verdict=verdict, asked=asked, issuer=issuer, day=day, current=current, host=host)
    for verdict, asked, issuer, day, current, host in itertools.product(
        (Verdict.REJECTED, Verdict.INDETERMINATE),
        (None, DAY),
        (None, "L Certification Office"),
        (None, DAY),
        (None, "https://certs.example/c/LC-2026-0001"),
        (None, "evil.example"),
    )
]


@pytest.mark.parametrize("code", list(Code))
def test_english_is_what_the_verifier_says(code: Code) -> None:
    for facts, about in itertools.product(FACTS, (None, CREDENTIAL)):
        assert sentence(code, facts, "en", about) == sentences.sentence(code, facts, about)


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("code", list(Code))
def test_a_sentence_says_in_every_language_what_the_english_one_says(code: Code, lang: str) -> None:
    for facts, about in itertools.product(FACTS, (None, CREDENTIAL)):
        english = sentences.sentence(code, facts, about)
        said = ISOLATES.sub("", sentence(code, facts, lang, about))
        assert said != english
        assert "%(" not in said
        dates = {CREDENTIAL.certificate.valid_from, CREDENTIAL.certificate.valid_through, DAY.date()}
        for day in dates:
            assert (texts(lang).long_date(day) in said) == (sentences.plain_date(day) in english), said
        for fact in (
            CREDENTIAL.holder.legal_name, CREDENTIAL.scope.statement, "L Certification Office", "evil.example",
            "https://certs.example/c/LC-2026-0001", "09:30 UTC", *CREDENTIAL.domain_names,
        ):  # fmt: skip
            assert (fact in said) == (fact in english), (fact, said)


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_unknown_never_sounds_like_a_withdrawal(lang: str) -> None:
    withdrawn = texts(lang).gettext("Withdrawn").lower()
    invalid = texts(lang).gettext("Not valid").lower()
    for code in (Code.TRUST_UNAVAILABLE, Code.STATUS_UNAVAILABLE, Code.STATUS_STALE):
        said = sentence(code, FACTS[-1], lang, CREDENTIAL).lower()
        assert withdrawn not in said
        assert invalid not in said


def test_a_report_gives_its_own_facts() -> None:
    report = Report(
        verdict=Verdict.REJECTED,
        code=Code.SUPERSEDED,
        sentence="",
        checks=(),
        credential=CREDENTIAL,
        as_of=AsOf(status=DAY),
        current_edition="https://certs.example/c/LC-2026-0001",
    )
    said = sentence(report, None, "de")
    assert said.startswith("Nicht mehr gültig: Ausgabe 1")
    assert said.endswith("Die aktuelle Ausgabe ist https://certs.example/c/LC-2026-0001.")
    assert facts_of(report, host="x.example").host == "x.example"
    assert sentence(replace(report, code=Code.SUSPENDED), None, "en").endswith(
        "(as of 4 March 2027, 09:30 UTC)."
    )


def test_a_name_in_another_script_cannot_reorder_the_sentence() -> None:
    assert isolate("Quillwater") == "Quillwater"
    assert isolate("نموذج") == "\u2068نموذج\u2069"
    assert isolate("Quillwater", LANGUAGES["ar"]) == "\u2068Quillwater\u2069"
    assert isolate("نموذج", LANGUAGES["ar"]) == "نموذج"
    assert "\u2068https://certs.example/c/LC-2026-0001\u2069" in sentence(
        Code.EXPIRED, FACTS[-1], "ar", CREDENTIAL
    )


@pytest.mark.parametrize(
    ("lang", "short", "long", "number", "several"),
    [
        ("en", "4 Sep 2027", "4 September 2027", "1,234,567", "a, b and c"),
        ("de", "4. Sept. 2027", "4. September 2027", "1.234.567", "a, b und c"),
        ("fr", "4 sept. 2027", "4 septembre 2027", "1\u202f234\u202f567", "a, b et c"),
        ("es", "4 sept 2027", "4 de septiembre de 2027", "1.234.567", "a, b y c"),
        ("ja", "2027年9月4日", "2027年9月4日", "1,234,567", "a、b、c"),
        ("ar", "4 سبتمبر 2027", "4 سبتمبر 2027", "1,234,567", "a وb وc"),
    ],
)
def test_dates_numbers_and_lists_are_as_usual(
    lang: str, short: str, long: str, number: str, several: str
) -> None:
    words = texts(lang)
    assert words.short_date(date(2027, 9, 4)) == short
    assert words.long_date(date(2027, 9, 4)) == long
    assert words.number(1_234_567) == number
    assert ISOLATES.sub("", words.list(["a", "b", "c"])) == several
    assert "09:30 UTC" in words.time(DAY)


def test_a_time_is_shown_in_utc() -> None:
    moment = datetime.fromisoformat("2027-03-04T00:30:00+09:00")
    assert texts("en").time(moment) == "3 March 2027, 15:30 UTC"
    assert texts("en").long_date(moment) == "3 March 2027"


def test_plurals_follow_the_language() -> None:
    def more(lang: str, count: int) -> str:
        return texts(lang).ngettext("%(name)s + %(count)s more", "%(name)s + %(count)s more", count, name="X")

    assert [more("de", n) for n in (1, 2)] == ["X + 1 weiteres", "X + 2 weitere"]
    assert len({more("ar", n) for n in (1, 2, 3, 11, 100)}) == 5


def test_an_unknown_language_is_english() -> None:
    assert texts("tlh") is texts("en")
    assert texts("../de") is texts("en")


def test_templates_speak_the_language_of_the_moment() -> None:
    current = ["de"]
    environment = Environment(autoescape=True)
    install_in(environment, lambda: texts(current[0]))
    template = environment.from_string(
        "{{ _('Suspended') }} {% trans date=day %}Starts on %(date)s{% endtrans %}"
        "{{ _('%(state)s.', state='<b>') }}".replace("%(date)s{%", "{{ date }}{%")
    )
    assert template.render(day="1. Mai") == "Ausgesetzt Gültig ab 1. Mai&lt;b&gt;."
    current[0] = "fr"
    assert template.render(day="1er mai").startswith("Suspendu Débute le 1er mai")


def test_threads_may_share_texts() -> None:
    found: list[str] = []

    def look() -> None:
        found.extend(texts(code).gettext("Suspended") for code in LANGUAGES for _ in range(50))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(LANGUAGES)


def test_a_text_costs_microseconds() -> None:
    words = texts("ja")
    words.long_date(date(2027, 9, 4))
    start = time.perf_counter()
    for _ in range(2000):
        words.gettext("Starts on %(date)s", date=words.long_date(date(2027, 9, 4)))
    assert time.perf_counter() - start < 0.2
