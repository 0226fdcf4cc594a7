"""What the gateway says about itself."""

from __future__ import annotations

from xknx.knxip import (
    DIB,
    HPAI,
    DescriptionResponse,
    DIBDeviceInformation,
    DIBServiceFamily,
    DIBSuppSVCFamilies,
    SearchResponse,
)
from xknx.telegram import IndividualAddress

_FAMILIES = ((DIBServiceFamily.CORE, 1), (DIBServiceFamily.TUNNELING, 1))


def describe(address: str) -> DescriptionResponse:
    """Return the answer to a description request, of a gateway with this individual address."""
    response = DescriptionResponse()
    response.dibs = _blocks(address)
    return response


def found(own: HPAI, address: str) -> SearchResponse:
    """Return the answer to a search, of a gateway that is reached at `own`."""
    response = SearchResponse(control_endpoint=own)
    response.dibs = _blocks(address)
    return response


def _blocks(address: str) -> list[DIB]:
    device, services = DIBDeviceInformation(), DIBSuppSVCFamilies()
    device.name = "interlock simulator"
    device.individual_address = IndividualAddress(address)
    device.serial_number = "00:00:00:00:00:01"
    device.mac_address = "02:00:00:00:00:01"
    services.families = [DIBSuppSVCFamilies.Family(name, version) for name, version in _FAMILIES]
    return [device, services]
