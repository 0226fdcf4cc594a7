"""The contract's clauses about what a driver declares, and about what its code must not do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, get_args

from pydantic import BaseModel, SecretStr

from interlock.declarations import driver_faults
from interlock.testing.basis import Basis
from interlock.testing.clockwork import clock_calls

_SECRET = re.compile(r"(^|_)(password|passphrase|pwd|secret|token|key)$", re.IGNORECASE)


class DeclaringContract(Basis):
    """Declarations hold together and explain themselves; time is the engine's."""

    may_wait: ClassVar[frozenset[str]] = frozenset()
    """Calls of clocks that this driver cannot do without, such as ``asyncio.sleep`` between two attempts
    to reach a peer that pushes. Write the reason beside them."""

    def test_its_declarations_hold(self) -> None:
        """What `interlock drivers` would complain of is not there."""
        assert list(driver_faults(self.driver)) == []

    def test_secrets_have_a_type_of_their_own(self) -> None:
        """A connection's passwords, keys and tokens are ``SecretStr``, which no log and no error shows."""
        plain = [
            name
            for name, field in self.driver.Settings.model_fields.items()
            if _SECRET.search(name) and SecretStr not in (field.annotation, *get_args(field.annotation))
        ]
        assert plain == []

    def test_each_setting_is_described(self) -> None:
        """Help texts and documentation are made from it."""
        silent = [
            f"{model.__name__}.{name}"
            for model in self._models()
            for name, field in model.model_fields.items()
            if not field.description
        ]
        assert silent == []

    def test_each_controller_says_what_it_is_and_where_that_is_written(self) -> None:
        """A description, and the document and section that it comes from."""
        silent = [
            f"{kind.name}.{row.controller}"
            for kind in self.driver.device_types
            for row in kind.controllers
            if not row.description or not row.source
        ]
        assert silent == []

    def test_it_neither_sleeps_nor_reads_the_clock(self) -> None:
        """Retries, poll times and time stamps are the engine's; `may_wait` names exceptions."""
        found = [call for call in clock_calls(self.driver) if call.name not in self.may_wait]
        assert [str(call) for call in found] == []

    def _models(self) -> Iterator[type[BaseModel]]:
        yield self.driver.Settings
        yield from {kind.settings for kind in self.driver.device_types}
