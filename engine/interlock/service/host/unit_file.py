"""The unit by which systemd runs a site: what stands in it, whether it can work, and where it goes."""

from __future__ import annotations

import glob
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from interlock.config.journal_place import JournalPlace, beside
from interlock.config.site import Site
from interlock.errors import InterlockError, ReportFailed
from interlock.whole_file import replaced

_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
"""What the hardened unit may not read unless something of the service lies there."""
_PATIENCE_S = 60


class CannotInstall(InterlockError):
    """The unit would not work, or cannot be written; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """How a site is to be run."""

    name: str
    """The unit is ``interlock-NAME.service``."""
    title: str
    """The site's own name."""
    site: Path
    """The site file, absolute."""
    journal: JournalPlace
    """The journal, with an absolute path."""
    user: str
    program: Path
    """``interlock``, absolute."""
    interpreter: Path
    """The Python that runs it, behind every link."""
    files: tuple[Path, ...] = ()
    """What else the service reads, absolute."""
    environment: Path | None = None
    """A file of ``NAME=value`` lines for ``!env``, absolute."""

    @property
    def unit(self) -> str:
        """The unit's name, such as ``interlock-flat.service``."""
        return f"interlock-{self.name}.service"

    @property
    def writable(self) -> tuple[Path, ...]:
        """The folders that the service writes: the journal's, with the lock and the socket beside it."""
        return (beside(self.journal).parent,)


def unit_name(site: Path) -> str:
    """Return a name for a site's unit: that of its folder, with what systemd allows in it."""
    return re.sub(r"[^a-zA-Z0-9_.-]+", "-", site.resolve().parent.name).strip("-.") or "site"


def installed_program() -> Path:
    """Return the path of ``interlock`` in the environment that this runs in.

    Raises:
        CannotInstall: there is none.
    """
    beside = Path(sys.executable).with_name("interlock")
    found = str(beside) if beside.exists() else shutil.which("interlock")
    if not found:
        raise CannotInstall(f"there is no program interlock beside {sys.executable}")
    return Path(found).absolute()


def interpreter() -> Path:
    """Return the Python that runs this, behind every link: a virtual environment may hold none of its own."""
    return Path(sys.executable).resolve()


def files_of(site: Site) -> tuple[Path, ...]:
    """Return the files beside the site file that its service reads: absolute, as far as they are there."""
    settings = site.service
    of_api = (settings.tokens, *((settings.tls.cert, settings.tls.key) if settings.tls else ()))
    wanted = (*site.files, *(of_api if settings.listen else ()))
    found = dict.fromkeys(path.resolve() for path in wanted if path.exists())
    return tuple(path for path in found if path != site.path.resolve())


def check_installation(installation: Installation) -> None:
    """Make sure that the unit can work.

    Raises:
        CannotInstall: there is no such user, it may not read the site's files, run the program or write the
            journal's folder, or a path cannot stand in a unit.
    """
    if not re.fullmatch(r"[a-zA-Z0-9_.-]+", installation.name):
        raise CannotInstall(
            f"'{installation.name}' cannot name a unit: letters, digits, '-', '_' and '.' can"
        )
    try:
        user = pwd.getpwnam(installation.user)
    except KeyError:
        raise CannotInstall(
            f"there is no user '{installation.user}': make one by "
            f"'useradd --system --no-create-home {installation.user}', or name another by --user"
        ) from None
    wanted = (
        *((file, "-r", "read") for file in (installation.site, *installation.files)),
        *((file, "-x", "run") for file in (installation.program, installation.interpreter)),
        *((folder, "-w", "write to") for folder in installation.writable),
        # Whoever ran it by hand before may have begun them.
        *((file, "-w", "write") for file in _begun(beside(installation.journal))),
    )
    # systemd itself reads it, as root.
    if installation.environment:
        _refuse_unprintable(installation.environment)
        if not installation.environment.is_file():
            raise CannotInstall(f"there is no file {installation.environment}")
    for path, mode, what in wanted:
        _refuse_unprintable(path)
        if not _may(user, path, mode):
            raise CannotInstall(f"user '{installation.user}' cannot {what} {path}")


def _refuse_unprintable(path: Path) -> None:
    if not str(path).isprintable() or str(path).endswith(" "):
        raise CannotInstall(
            f"{str(path)!r} cannot stand in a unit: it has unprintable characters, or a space at its end"
        )


def _may(user: pwd.struct_passwd, path: Path, mode: str) -> bool:
    """Return whether a user may do something with a file: ``-r``, ``-w`` or ``-x``, as ``test(1)`` says."""
    if os.geteuid() not in (0, user.pw_uid):
        return path.exists()
    is_other = os.geteuid() != user.pw_uid
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    asked = subprocess.run(
        ["/usr/bin/test", mode, str(path)],
        user=user.pw_uid if is_other else None,
        group=user.pw_gid if is_other else None,
        extra_groups=groups if is_other else None,
        cwd="/",
        timeout=_PATIENCE_S,
        check=False,
    )
    return asked.returncode == 0


def unit_text(installation: Installation) -> str:
    """Return the unit: started after the network and the time, watched, restarted, and shut in."""
    is_file = isinstance(installation.journal, Path)
    place = ("--journal", str(installation.journal)) if is_file else ()
    arguments = " ".join(map(_argument, ("run", str(installation.site), *place)))
    others = "network-online.target time-sync.target"
    environment = f"EnvironmentFile={_pattern(installation.environment)}" if installation.environment else ""
    lines = [
        "[Unit]",
        f"Description=Interlock runs {_escaped(_printable(installation.title))}",
        f"Wants={others}",
        f"After={others}" if is_file else f"After={others} postgresql.service",
        # A journal on another disk must not be begun anew below the place where that is going to be.
        f"RequiresMountsFor={' '.join(map(_word, _folders(installation)))}",
        "# A site whose server is away at night must not be given up after some attempts.",
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=notify",
        "NotifyAccess=main",
        f"ExecStart={_word(str(installation.program))} {arguments}",
        "ExecReload=/bin/kill -HUP $MAINPID",
        f"User={installation.user}",
        f"WorkingDirectory={_escaped(installation.site.parent)}/",
        *([environment] if environment else []),
        "Environment=PYTHONUNBUFFERED=1",
        "Restart=always",
        "RestartSec=10s",
        "# The control loop itself gives the signs of life: where it hangs, it is restarted.",
        "WatchdogSec=60s",
        "TimeoutStartSec=5min",
        "# Longer than commands on the wire, rules that act at the end and messages take together.",
        "TimeoutStopSec=2min",
        "UMask=0077",
        "# What is in its memory when it crashes holds passwords.",
        "LimitCORE=0",
        "",
        "# It reads its files, writes its journal, and talks to the network: nothing else.",
        *_SHUT_IN,
        f"ProtectHome={'read-only' if _lies_at_home(installation) else 'yes'}",
        *(f"ReadWritePaths={_word(str(path))}" for path in installation.writable),
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


_SHUT_IN = (
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectControlGroups=yes",
    "ProtectProc=invisible",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "RemoveIPC=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
)


def _begun(journal: Path) -> Sequence[Path]:
    return sorted(journal.parent.glob(f"{glob.escape(journal.name)}*"))


def _folders(installation: Installation) -> Sequence[str]:
    return list(dict.fromkeys(map(str, (installation.site.parent, *installation.writable))))


def _lies_at_home(installation: Installation) -> bool:
    programs = (installation.program, installation.program.resolve(), installation.interpreter)
    paths = (installation.site, *installation.files, *programs, *installation.writable)
    return any(path.is_relative_to(home) for path in paths for home in _HOMES)


def _printable(text: str) -> str:
    """Return a text on one line, which goes on in no other."""
    return "".join(char if char.isprintable() else " " for char in text).rstrip(" \\")


def _escaped(text: object) -> str:
    return str(text).replace("%", "%%")


def _word(text: str) -> str:
    """Return a word as settings take it, in which a dollar sign is none but itself."""
    escaped = _escaped(text).replace("\\", "\\\\").replace('"', '\\"')
    return escaped if re.fullmatch(r"[\w./@:+=%-]+", escaped) else f'"{escaped}"'


def _argument(text: str) -> str:
    """Return a word of a command line after the program, where a dollar sign would begin a variable."""
    return _word(text).replace("$", "$$")


def _pattern(path: Path) -> str:
    """Return a path where systemd takes a pattern, as the one that only this path matches."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", _escaped(path))


def verify_unit(path: Path) -> str:
    """Return what systemd finds wrong with a unit; empty for nothing, or where it cannot be asked."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return ""
    asked = subprocess.run(
        [program, "verify", "--man=no", str(path)],
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    # It also tells of the units of others.
    about = [line for line in asked.stderr.splitlines() if path.name in line]
    return "\n".join(about)


def write_unit(path: Path, text: str) -> None:
    """Write a unit, in place of an older one of this name.

    Raises:
        CannotInstall: it cannot be written.
    """
    try:
        with replaced(path) as file:
            file.write(text.encode())
    except ReportFailed as error:
        raise CannotInstall(
            f"{error}: run it as root, or give --print and install the unit yourself"
        ) from error
