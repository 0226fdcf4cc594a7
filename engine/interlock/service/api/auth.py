"""Who may do what: bearer tokens, with a role each.

There are no cookies and no passwords that a browser sends by itself, so that a page in somebody's browser
cannot act in their name (CSRF), and a name that is made to point here (DNS rebinding) brings no token along.
No cross-origin header is ever sent.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from interlock.service.api.problems import Problem
from interlock.service.tokens import Doorkeeper, Role, Token

_bearer = HTTPBearer(
    scheme_name="token",
    description="A token that `interlock token create` made. One with the role `operate` may do all that "
    "one with the role `read` may.",
    auto_error=False,
)


def reader(
    request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Token:
    """Return the token of who asks; a dependency of routes that change nothing.

    Raises:
        Problem: 401, there is none.
    """
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    token = doorkeeper.bearer(shown.credentials) if shown else None
    if token is None:
        why = "this token is not known" if shown else "a bearer token is needed"
        code = 'Bearer realm="interlock"' + (', error="invalid_token"' if shown else "")
        raise Problem(401, why, headers={"WWW-Authenticate": code})
    return token


def operator(token: Annotated[Token, Depends(reader)]) -> Token:
    """Return the token of who asks; a dependency of routes that do something.

    Raises:
        Problem: 401, there is none; 403, it may only read.
    """
    if token.role is not Role.OPERATE:
        raise Problem(
            403,
            f"token '{token.name}' may read only: this needs the role operate",
            headers={"WWW-Authenticate": 'Bearer realm="interlock", error="insufficient_scope"'},
        )
    return token


Reader = Annotated[Token, Depends(reader)]
"""The parameter of a route that whoever bears a token may use."""
Operator = Annotated[Token, Depends(operator)]
"""The parameter of a route that needs the role ``operate``."""
