"""What people and programs reach over HTTP, and the `lcert` command. Installed with the extra `server`.

`public.create_public_app` makes the public site, `verifier.create_verifier_app` the verifier, which knows no issuer:

>>> from lcert_web.verifier import create_verifier_app
>>> app = create_verifier_app(trust="https://certs.example")
>>> app.test_client().get("/healthz").status_code
200
"""

__all__: list[str] = []
