"""Every text for people in six languages.

>>> from lcert_issuer.language import choose, texts
>>> language = choose(None, "fr-CH, fr;q=0.9, en;q=0.8")
>>> language.name, language.direction
('Français', 'ltr')
>>> texts(language).gettext("Suspended")
'Suspendu'
"""

from __future__ import annotations

from .languages import DEFAULT, LANGUAGES, Language, choose
from .sentences import facts_of, sentence
from .texts import N_, Texts, install_in, isolate, texts

__all__ = [
    "DEFAULT",
    "LANGUAGES",
    "N_",
    "Language",
    "Texts",
    "choose",
    "facts_of",
    "install_in",
    "isolate",
    "sentence",
    "texts",
]
