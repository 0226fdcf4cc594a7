"""ETS 6 projects, as small as they can be."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from pathlib import Path

import pyzipper

_NAMESPACE = "http://knx.org/xml/project/21"
_MASTER = f"""<?xml version="1.0" encoding="utf-8"?>
<KNX xmlns="{_NAMESPACE}"><MasterData/></KNX>
"""
_META = f"""<?xml version="1.0" encoding="utf-8"?>
<KNX xmlns="{_NAMESPACE}" CreatedBy="ETS6" ToolVersion="6.1">
  <Project Id="P-0001"><ProjectInformation Name="Villa" GroupAddressStyle="ThreeLevel" Guid="1"/></Project>
</KNX>
"""
_PROJECT = """<?xml version="1.0" encoding="utf-8"?>
<KNX xmlns="{namespace}">
  <Project Id="P-0001"><Installations><Installation Name="">
    <Topology><Area Id="A-1" Address="1" Name=""><Line Id="L-1" Address="1" Name=""><Segment Id="S-1">
      <DeviceInstance Id="D-1" Address="5" Name="Actuator" ProductRefId="M-1_H-1"><ComObjectInstanceRefs>
        {objects}
      </ComObjectInstanceRefs></DeviceInstance>
    </Segment></Line></Area></Topology>
    <GroupAddresses><GroupRanges>
      {ranges}
    </GroupRanges></GroupAddresses>
  </Installation></Installations></Project>
</KNX>
"""
GROUPS = """
<GroupRange Id="R-1" RangeStart="2048" RangeEnd="4095" Name="Lights">
  <GroupRange Id="R-2" RangeStart="2048" RangeEnd="2303" Name="Ground floor">
    <GroupAddress Id="P-0001-0_GA-1" Address="2049" Name="Küche Decke" DatapointType="DPST-1-1" Puid="1"/>
    <GroupAddress Id="P-0001-0_GA-2" Address="2050" Name="Küche Decke" DatapointType="DPST-5-1"
                  Description="dims" Puid="2"/>
    <GroupAddress Id="P-0001-0_GA-3" Address="2051" Name="Clock" DatapointType="DPST-10-1" Puid="3"/>
    <GroupAddress Id="P-0001-0_GA-4" Address="2052" Name="Nobody knows" Puid="4"/>
    <GroupAddress Id="P-0001-0_GA-5" Address="2053" Name="Secret" DatapointType="DPST-1-1" Key="a" Puid="5"/>
    <GroupAddress Id="P-0001-0_GA-6" Address="2054" Name="Fan" DatapointType="DPST-5-100" Puid="6"/>
    <GroupAddress Id="P-0001-0_GA-8" Address="2056" Name="Master" DatapointType="DPST-15-0" Puid="8"/>
    <GroupAddress Id="P-0001-0_GA-9" Address="2057" Name="Mode" DatapointType="DPST-20-102" Puid="9"/>
    <GroupAddress Id="P-0001-0_GA-10" Address="2058" Name="Display" DatapointType="DPT-16" Puid="10"/>
    <GroupAddress Id="P-0001-0_GA-7" Address="2055" Name="" DatapointType="DPT-9" Puid="7"/>
  </GroupRange>
</GroupRange>
"""
OBJECTS = """
<ComObjectInstanceRef RefId="O-1_R-1" Links="GA-1" ReadFlag="Disabled"/>
<ComObjectInstanceRef RefId="O-2_R-2" Links="GA-2" ReadFlag="Disabled"/>
<ComObjectInstanceRef RefId="O-3_R-3" Links="GA-2" ReadFlag="Enabled"/>
"""


def write_project(path: Path, *, ranges: str = GROUPS, objects: str = OBJECTS, password: str = "") -> Path:
    """Write a project; with a password, protected as ETS 6 does it."""
    text = _PROJECT.format(namespace=_NAMESPACE, ranges=ranges, objects=objects)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("knx_master.xml", _MASTER)
        archive.writestr("P-0001.signature", "")
        if password:
            archive.writestr("P-0001.zip", _protected({"0.xml": text, "project.xml": _META}, password))
        else:
            archive.writestr("P-0001/0.xml", text)
            archive.writestr("P-0001/project.xml", _META)
    return path


def _protected(files: dict[str, str], password: str) -> bytes:
    # Source: xknxproject 3.10, zip/extractor.py; ETS itself does not document it.
    salt = b"21.project.ets.knx.org"
    key = hashlib.pbkdf2_hmac("sha256", password.encode("utf-16-le"), salt, 65536, 32)
    content = io.BytesIO()
    with pyzipper.AESZipFile(content, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(base64.b64encode(key))
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()
