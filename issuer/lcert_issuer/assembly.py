"""The only place where settings, keys, registry, storage and clock are put together into an issuer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from lcert_keys import Keyring, Signer, file_uri, open_signer
from lcert_verifier.errors import LcertError
from lcert_verifier.identity import certificate_url
from lcert_verifier.published import NotPublished
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import KeyPurpose, Securing

from . import readmodel
from .acting import canonical_number
from .anchors import HighWaterMark, prove_extension
from .badge.artwork import render_svg
from .badge.bake import bake_png, bake_svg
from .badge.embeds import embed_files
from .badge.face import Face, face_of
from .badge.modules import fits_code
from .badge.png import render_png
from .badge.snippets import write_kit
from .desk import Desk
from .erasing import Erased, erase_private
from .home_keys import make_key, passphrase_of
from .intake import Draft, parse_form, split_number
from .office import load_identity, load_keyring
from .places import Known, check_origin, check_there, open_storage, remember
from .publish import Issuer, Publisher
from .records import public_record
from .refusals import NotAllowed, NotFound
from .registry import journal
from .registry.schema import check_schema
from .registry.session import Registry, open_registry
from .replaying import Replayed, replay
from .settings import Settings
from .spreadsheet import parse_csv
from .storage import Storage

__all__ = ["House", "open_house"]


class House:
    """An issuer with everything in its place. `open_house` makes one; `close` ends it."""

    def __init__(self, settings: Settings, registry: Registry, *, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self.registry = registry
        self.clock = clock
        with registry.read() as session:
            self.identity = load_identity(session)
        check_origin(settings, self.identity.base_url)
        self._passphrase = passphrase_of(settings)

    @property
    def base_url(self) -> str:
        return self.identity.base_url

    @cached_property
    def storage(self) -> Storage:
        return open_storage(self.settings.storage_url)

    @cached_property
    def desk(self) -> Desk:
        """Where things are done. PublishRefused when this database is older than what others have seen."""
        self._check_newest()
        return Desk(
            registry=self.registry,
            identity=self.identity,
            clock=self.clock,
            open_signer=self._signer,
            make_key=lambda purpose, alg: make_key(self.settings, self._passphrase, purpose, alg),
        )

    @cached_property
    def publisher(self) -> Publisher:
        remember(self.settings, self.known())
        return Publisher(
            registry=self.registry,
            storage=self.storage,
            load_keyring=load_keyring,
            issuer=Issuer(
                base_url=self.base_url,
                open_signer=lambda key: self._signer(key.signer_uri),
                render_badges=self._render_badges,
            ),
            high_water=self.settings.high_water_file,
            clock=self.clock,
        )

    @cached_property
    def root_thumbprint(self) -> str:
        """What verifiers of this issuer pin: the newest active root."""
        return self.keyring().signing(KeyPurpose.ROOT).thumbprint

    def known(self) -> Known:
        """Who the issuer is, as programs that hold no key need it."""
        identity = self.identity
        return Known(base_url=identity.base_url, name=identity.name, root=self.root_thumbprint)

    def keyring(self) -> Keyring:
        with self.registry.read() as session:
            return load_keyring(session)

    def read_form(self, value: Any) -> Draft:
        return parse_form(value)

    def read_csv(self, data: bytes) -> Sequence[Draft]:
        return parse_csv(data)

    def record(self, number: str) -> dict[str, Any]:
        """The public record as of now. Raises NotFound."""
        with self.registry.read() as session:
            view = readmodel.load_certificate(session, canonical_number(number))
            if view is None:
                raise NotFound(f"there is no certificate {number}; `lcert list` shows those there are")
            return public_record(view, base_url=self.base_url, head=journal.head(session), now=self.clock())

    def token(self, number: str, *, securing: str, edition: int | None = None) -> str:
        """A stored token, byte for byte as issued; of the edition in force unless told. Raises NotFound."""
        chosen = edition if edition is not None else int(self.record(number)["currentEdition"])
        with self.registry.read() as session:
            token = readmodel.find_token(session, canonical_number(number), chosen, securing)
        if token is None:
            raise NotFound(f"there is no {securing} token of {number} edition {chosen}")
        return token

    def list_certificates(self, *, state: str | None, now: datetime) -> Iterator[dict[str, Any]]:
        """One line about every certificate, by number; only those in `state` when it is given."""
        with self.registry.read() as session:
            numbers = sorted(
                readmodel.all_numbers(session), key=lambda number: split_number(number) or (0, 0)
            )
            views = readmodel.load_certificates(session, numbers, with_tokens=False, with_history=False)
            for view in views:
                edition, found = view.in_force(now), view.state(now).value
                if state is not None and found != state:
                    continue
                subject = edition.claims["credentialSubject"]
                yield {
                    "number": view.number,
                    "state": found,
                    "edition": edition.edition,
                    "holder": subject["holder"]["legalName"],
                    "statement": subject["scope"]["statement"],
                    "valid_from": edition.valid_from.isoformat(),
                    "valid_through": edition.valid_through.isoformat(),
                    "url": certificate_url(self.base_url, view.number),
                }

    def face(self, record: Mapping[str, Any], token: str) -> Face:
        """What a badge shows: the record's words, and the state that the verifier finds in what is published."""
        report = Verifier([self._published], clock=self.clock).verify(token)
        return face_of(record, report, self.clock())

    def badge_kit(self, number: str) -> Mapping[str, bytes]:
        """Every file of a certificate's badge kit by name. Raises NotFound, NotAllowed."""
        record = self.record(number)
        tokens = {
            securing: self.token(number, securing=securing, edition=record["currentEdition"])
            for securing in Securing
        }
        if not fits_code(self.base_url, tokens[Securing.COMPACT]):  # issued before that was asked
            raise NotAllowed(
                f"{number} is too long for an offline code: correct it with a shorter scope.statement, then ask again"
            )
        face = self.face(record, tokens[Securing.VC_JWT])
        kit = write_kit(
            face,
            base_url=self.base_url,
            token=tokens[Securing.VC_JWT],
            openbadge=tokens[Securing.OPENBADGE],
            compact=tokens[Securing.COMPACT],
            as_of=self.clock(),
        )
        more = embed_files(face, record, base_url=self.base_url, issuer_name=self.identity.name)
        return {**kit, **more}

    def replay(self, *, actor: str) -> Replayed:
        """Catches an older database up with what is published (`replaying`)."""
        return replay(
            self.registry,
            self.storage,
            self.identity,
            mark=HighWaterMark(self.settings.high_water_file),
            find_key=self._find_key,
            now=self.clock(),
            actor=actor,
        )

    def erase(self, number: str, *, actor: str, reason: str | None = None) -> Erased:
        """Erases what is private about a certificate. Raises NotFound."""
        return erase_private(self.desk.office, canonical_number(number), actor=actor, reason=reason)

    def close(self) -> None:
        self.registry.close()

    def _check_newest(self) -> None:
        """An old database gives out numbers and status indices that are taken: it records nothing."""
        mark = HighWaterMark(self.settings.high_water_file).read()
        if mark is not None:
            with self.registry.read() as session:
                prove_extension(journal.head(session), mark, journal.nodes(session))

    def _find_key(self, thumbprint: str) -> str | None:
        """The URI of the key file with a thumbprint, by the public halves in the key folder."""
        for path in sorted(self.settings.keys_folder.glob("*.pem")):
            uri = file_uri(path, base=self.settings.home)
            with contextlib.suppress(LcertError):
                if self._signer(uri).thumbprint == thumbprint:
                    return uri
        return None

    def _signer(self, uri: str) -> Signer:
        return open_signer(uri, passphrase=self._passphrase, base=self.settings.home)

    @cached_property
    def _published(self) -> PublishedSource:
        """The evidence as everybody else reads it, at once."""

        def read(path: str) -> bytes:
            data = self.storage.get(path)
            if data is None:
                raise NotPublished(f"{path} is not published")
            return data

        return PublishedSource(read, base_url=self.base_url, clock=self.clock, list_ttl=0, trust_ttl=0)

    def _render_badges(self, record: Mapping[str, Any], tokens: Mapping[str, str]) -> Mapping[str, bytes]:
        number, token = record["number"], tokens[Securing.OPENBADGE]
        face = self.face(record, token)
        svg, png = render_svg(face), render_png(face)
        return {
            f"badge/{number}.svg": svg,
            f"badge/{number}.png": png,
            f"badge/{number}/baked.svg": bake_svg(svg, token),
            f"badge/{number}/baked.png": bake_png(png, token),
        }


@contextlib.contextmanager
def open_house(settings: Settings, *, clock: Callable[[], datetime]) -> Iterator[House]:
    """The issuer in `settings.home`. Raises RegistryUnavailable before `init`, SettingsError for another's settings."""
    check_there(settings)
    registry = open_registry(settings.database_url, existing=True)
    try:
        check_schema(registry)
        yield House(settings, registry, clock=clock)
    finally:
        registry.close()
