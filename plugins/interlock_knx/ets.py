"""The importer ``ets``: the group addresses of an ETS project. The only module that imports xknxproject."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from interlock import Found, Imported, Importer, ImportFailed
from interlock_knx.addresses import format_group_address
from interlock_knx.datapoint_table import DATAPOINTS

if TYPE_CHECKING:
    from xknxproject.models.knxproject import (
        CommunicationObject,
        DPTType,
        GroupAddress,
        GroupRange,
        KNXProject,
    )


class EtsImporter(Importer):
    """Reads the project files of ETS 4, 5 and 6."""

    name = "ets"
    description = "the group addresses of an ETS project (.knxproj)"
    drivers = ("knx-raw",)

    @classmethod
    def read(cls, path: Path, password: str) -> Imported:
        """Return a group for each group address whose DPT is known and supported."""
        project = _parse(path, password)
        places = dict(_places(project["group_ranges"]))
        found: list[Found] = []
        left_out: list[str] = []
        for address in project["group_addresses"].values():
            reason = _why_not(address)
            if reason:
                left_out.append(f"{_shown(address)}: {reason}")
            else:
                found.append(_found(address, places, project["communication_objects"]))
        return Imported(found=found, left_out=left_out)


def _parse(path: Path, password: str) -> KNXProject:
    try:
        from xknxproject.exceptions import InvalidPasswordException, XknxProjectException
        from xknxproject.xknxproj import XKNXProj
    except ImportError:
        raise ImportFailed("ETS projects need the extra ets: pip install 'interlock[ets]'") from None
    try:
        return XKNXProj(path, password=password or None).parse()
    except InvalidPasswordException:
        which = "does not fit" if password else "is needed: give --password"
        raise ImportFailed(f"{path} is protected, and its password {which}") from None
    except OSError as error:
        raise ImportFailed(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
    except (XknxProjectException, zipfile.BadZipFile, ParseError, KeyError, ValueError) as error:
        raise ImportFailed(f"{path} is no project of ETS: {error}") from None


def _places(ranges: Mapping[str, GroupRange], above: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield for each group address the names of the ranges that it stands in: ``Lights / Ground floor``."""
    for each in ranges.values():
        names = (*above, each["name"])
        yield from ((address, " / ".join(names)) for address in each["group_addresses"])
        yield from _places(each["group_ranges"], names)


def _why_not(address: GroupAddress) -> str:
    """Return why a group address does not become a device; empty where it does."""
    if address["raw_address"] == 0:
        return "it is the broadcast"
    if address["data_secure"]:
        return "it is secured by KNX Data Secure"
    dpt = address["dpt"]
    if dpt is None:
        return "the project does not say its DPT"
    return "" if str(dpt["main"]) in DATAPOINTS else f"DPT {_written(dpt)} is not supported"


def _found(
    address: GroupAddress, places: Mapping[str, str], objects: Mapping[str, CommunicationObject]
) -> Found:
    dpt = address["dpt"]
    assert dpt is not None
    number = _written(dpt)
    settings: dict[str, str | bool] = {
        "address": format_group_address(address["raw_address"]),
        "dpt": number if number in DATAPOINTS else str(dpt["main"]),
    }
    linked = [objects[each] for each in address["communication_object_ids"] if each in objects]
    if linked and all(each["flags"]["read"] is False for each in linked):
        settings["read"] = False
    texts = (places.get(address["address"], ""), address["name"], address["description"])
    return Found(
        name=address["name"] or f"group {settings['address']}",
        type="group",
        settings=settings,
        description=" / ".join(filter(None, texts)),
    )


def _written(dpt: DPTType) -> str:
    return f"{dpt['main']}" if dpt["sub"] is None else f"{dpt['main']}.{dpt['sub']:03d}"


def _shown(address: GroupAddress) -> str:
    return f"{format_group_address(address['raw_address'])} '{address['name']}'"
