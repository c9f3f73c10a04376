"""Deciding, recording, signing, publishing: what `lcert` does. Installed with the extra `server`.

`desk.Desk` acts, `publish.Publisher` publishes, and `assembly.open_house` puts both together from the settings.
What can be done to a certificate is a closed set:

>>> from lcert_issuer.certificate import Action
>>> Action("rekey") is Action.REKEY
True
"""

__all__: list[str] = []
