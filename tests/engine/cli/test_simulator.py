"""``interlock simulator``: a vendor's server without the vendor."""

import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.command import Interlock
from support.flat import PASSWORD, copy_flat, read_until, start_interlock

pytestmark = pytest.mark.slow

DIGEST = httpx.DigestAuth("integrator", PASSWORD)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_the_sites_devices_until_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    site = copy_flat(tmp_path)
    with start_interlock(
        "simulator", "thinknx", "--site", site, "--port", "0", "--fault", "429:7@daylight"
    ) as process:
        assert process.stdout
        [line] = read_until(process.stdout, "http://")
        url = next(word for word in line.split() if word.startswith("http://"))
        lamp = httpx.get(f"{url}/api/v1/powerstatus?guid=6OdUxeNBFZzacyCGRpeBV", auth=DIGEST)
        light = httpx.get(f"{url}/api/v1/getvalue?guid=4MbSvcLZDXxyawAEPncZT", auth=DIGEST)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (lamp.status_code, lamp.json()["status"]) == (200, 0)
    assert (light.status_code, light.headers["retry-after"]) == (429, "7")
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_that_is_taken_is_said(interlock: Interlock, tmp_path: Path, taken_port: int) -> None:
    done = interlock("simulator", "thinknx", "--site", copy_flat(tmp_path), "--port", str(taken_port))
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: cannot listen on 127.0.0.1 port {taken_port}: ")
    assert len(done.err.splitlines()) == 1


def test_an_unknown_simulator_is_wrong_usage(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("simulator", "thinkx", "--site", copy_flat(tmp_path))
    assert done.code == 2
    assert "there is no simulator 'thinkx'; did you mean 'thinknx'?" in done.err


def test_an_unknown_fault_is_wrong_usage(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("simulator", "thinknx", "--site", copy_flat(tmp_path), "--fault", "earthquake")
    assert done.code == 2
    assert "earthquake" in done.err
    assert "latency" in done.err


def test_an_unknown_connection_is_said_with_those_it_can_serve(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("simulator", "thinknx", "--site", copy_flat(tmp_path), "--connection", "garden")
    assert done.code == 1
    assert done.err == "error: simulator thinknx cannot serve a connection 'garden'; it can serve house\n"


def test_with_tls_it_serves_https_and_writes_what_clients_must_trust(tmp_path: Path) -> None:
    site, trusted = copy_flat(tmp_path), tmp_path / "ca.pem"
    with start_interlock("simulator", "thinknx", "--site", site, "--port", "0", "--tls", trusted) as process:
        assert process.stdout
        [line] = read_until(process.stdout, "https://")
        [hint] = read_until(process.stdout, "ca:")
        url = next(word for word in line.split() if word.startswith("https://"))
        trust = ssl.create_default_context(cafile=trusted)
        answer = httpx.get(f"{url}/api/v1/powerstatus?guid=x", auth=DIGEST, verify=trust)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert answer.json() == {"error": "device not found"}
    assert hint == f"clients must trust it: write ca: {trusted} into the connection\n"


def test_what_clients_must_trust_is_there_before_the_site_is_loaded(
    interlock: Interlock, tmp_path: Path
) -> None:
    trusted, site = tmp_path / "ca.pem", tmp_path / "site.yaml"
    site.write_text("site: {name: S, timezone: UTC}\n", encoding="utf-8")
    done = interlock("simulator", "thinknx", "--site", site, "--port", "0", "--tls", trusted)
    assert done.code == 1
    assert trusted.read_text(encoding="utf-8").startswith("-----BEGIN CERTIFICATE-----")


def test_a_certificate_that_cannot_be_written_is_said(interlock: Interlock, tmp_path: Path) -> None:
    trusted = tmp_path / "nowhere" / "ca.pem"
    done = interlock("simulator", "thinknx", "--site", copy_flat(tmp_path), "--port", "0", "--tls", trusted)
    assert (done.code, done.err) == (1, f"error: cannot write {trusted}: no such file or directory\n")


def test_twice_verbose_shows_each_request_without_its_secrets(tmp_path: Path) -> None:
    site = copy_flat(tmp_path)
    with start_interlock("simulator", "thinknx", "--site", site, "--port", "0", "-v", "-v") as process:
        assert process.stdout
        [line] = read_until(process.stdout, "http://")
        url = next(word for word in line.split() if word.startswith("http://"))
        httpx.get(f"{url}/api/v1/power?guid=x&cmd=1&password={PASSWORD}")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    [logged] = [line for line in err.splitlines() if "interlock.simulator" in line]
    assert logged.endswith(
        " DEBUG interlock.simulator: 127.0.0.1 asks GET /api/v1/power?guid=x&cmd=1&password=********"
    )


def test_a_knx_bus_is_served_where_its_gateway_is_said_to_be(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        "site: {name: S, timezone: UTC}\n"
        "connections:\n"
        "  bus: {driver: knx-raw, gateway: 127.0.0.1}\n"
        "  by_multicast: {driver: knx-raw, gateway: routing}\n"
        "devices:\n"
        "  lamp: {connection: bus, type: group, address: 1/0/1, dpt: 1.001}\n",
        encoding="utf-8",
    )
    with start_interlock("simulator", "knx", "--site", site, "--port", "0") as process:
        assert process.stdout
        [line] = read_until(process.stdout, "127.0.0.1:")
        place = next(word for word in line.split() if word.startswith("127.0.0.1:"))
        pressed = httpx.post(f"http://{place}/simulator/telegrams/1/0/1", content="on")
        points = httpx.get(f"http://{place}/simulator/points")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert (pressed.json(), points.json()) == ({"1/0/1": "1"}, {"lamp.value": True})
    assert (process.returncode, out, err) == (0, "", "")
