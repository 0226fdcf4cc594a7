"""Who may do what: bearer tokens, with a role each.

There are no cookies and no passwords that a browser sends by itself, so that a page in somebody's browser
cannot act in their name (CSRF), and a name that is made to point here (DNS rebinding) brings no token along.
No header ever lets a page of another origin read an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from interlock.service.api.connection import welcome
from interlock.service.api.problems import Problem
from interlock.service.api.refusals import Refusals
from interlock.service.tokens import Doorkeeper, Role, Token

_CHALLENGE = 'Bearer realm="interlock"'
_bearer = HTTPBearer(
    scheme_name="token",
    description="A token that `interlock token create` made. One with the role `operate` may do all that "
    "one with the role `read` may.",
    auto_error=False,
)


Shown = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
"""What a request shows of a token; None where it shows nothing."""


async def reader(request: Request, shown: Shown) -> Token:
    """Return the token of who asks; a dependency of routes that change nothing.

    Raises:
        Problem: 401, there is none.
    """
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    refusals: Refusals = request.app.state.refusals
    if shown is None:
        raise Problem(401, "a bearer token is needed", headers={"WWW-Authenticate": _CHALLENGE})
    token = doorkeeper.bearer(shown.credentials)
    if token is None:
        refusals.note(request.client.host if request.client else "nobody")
        challenge = f'{_CHALLENGE}, error="invalid_token"'
        raise Problem(401, "this token is not known", headers={"WWW-Authenticate": challenge})
    welcome(request.state)
    return token


async def operator(token: Annotated[Token, Depends(reader)]) -> Token:
    """Return the token of who asks; a dependency of routes that do something.

    Raises:
        Problem: 401, there is none; 403, it may only read.
    """
    if token.role is not Role.OPERATE:
        raise Problem(
            403,
            f"token '{token.name}' may only read: this needs the role operate",
            headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope"'},
        )
    return token


async def still_reader(
    request: Request, shown: Shown, token: Annotated[Token, Depends(reader)]
) -> Callable[[], bool]:
    """Return what says whether the token of who asks is one still; for answers that take long.

    Raises:
        Problem: 401, there is none.
    """
    assert shown
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    return lambda: doorkeeper.bearer(shown.credentials) == token


Reader = Annotated[Token, Depends(reader)]
"""The parameter of a route that whoever bears a token may use."""
Operator = Annotated[Token, Depends(operator)]
"""The parameter of a route that needs the role ``operate``."""
StillReader = Annotated[Callable[[], bool], Depends(still_reader)]
"""As `Reader`, of a route whose answer goes on: whether the token is one still."""
