"""Where other engines are: each in an environment of its own, which a variable names."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """Another engine."""

    name: str
    variable: str
    """Of the environment: names the interpreter that has it."""
    program: str
    """What measures it there."""

    @property
    def is_there(self) -> bool:
        """Whether an interpreter with it is named."""
        return bool(os.environ.get(self.variable))


PEERS = (
    Peer("Home Assistant", "HOME_ASSISTANT", "peer_home_assistant.py"),
    Peer("ansible-rulebook", "ANSIBLE_RULEBOOK", "peer_ansible_rulebook.py"),
)
