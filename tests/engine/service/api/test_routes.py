"""What the HTTP API answers, asked of a service at work on the example flat."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from interlock.service.api.server import MOST_CONNECTIONS
from support.api_service import ApiService, api_service

pytestmark = pytest.mark.slow

READ = [
    "/v1/site",
    "/v1/status",
    "/v1/poll-plan",
    "/v1/points",
    "/v1/points/hall_light.power",
    "/v1/rules",
    "/v1/rules/night",
    "/v1/claims",
    "/v1/commands",
    "/v1/firings",
    "/v1/explanations/night",
    "/v1/openapi.json",
]
OPERATE = [
    "/v1/commands",
    "/v1/reload",
    "/v1/points/hall_light.power/release",
    "/v1/rules/night/run",
    "/v1/rules/night/enable",
    "/v1/rules/night/disable",
    "/v1/rules/night/cancel",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiService]:
    with api_service(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture
def operator(service: ApiService) -> Iterator[httpx.Client]:
    with service.operator as client:
        yield client


def problem(response: httpx.Response) -> tuple[int, str]:
    """The status and the sentence of an answer that is an error."""
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    return response.status_code, told["detail"]


def ended(client: httpx.Client, firing: str) -> dict[str, object]:
    """Return the trace of a firing once it has ended."""
    while not (found := client.get(f"/v1/firings/{firing}").json())["outcome"]:
        pass
    return dict(found)


@pytest.mark.parametrize("path", READ)
def test_who_bears_no_token_sees_nothing(service: ApiService, path: str) -> None:
    with service.client() as stranger:
        found = stranger.get(path)
    assert problem(found) == (401, "a bearer token is needed")
    assert found.headers["www-authenticate"] == 'Bearer realm="interlock"'


@pytest.mark.parametrize("path", READ)
def test_who_may_read_sees_everything(service: ApiService, path: str) -> None:
    with service.reader as reader:
        assert reader.get(path).status_code == 200


@pytest.mark.parametrize("path", OPERATE)
def test_who_may_read_changes_nothing(service: ApiService, path: str) -> None:
    wanted = {"json": {"point": "hall_light.power", "value": True}} if path == "/v1/commands" else {}
    with service.reader as reader:
        found = reader.post(path, **wanted)  # type: ignore[arg-type]
    assert problem(found) == (403, "token 'read' may only read: this needs the role operate")
    assert found.headers["www-authenticate"] == 'Bearer realm="interlock", error="insufficient_scope"'


def test_the_site_is_told(operator: httpx.Client) -> None:
    assert operator.get("/v1/site").json() == {
        "site": "Flat in Milan",
        "version": "0.1.0",
        "timezone": "Europe/Rome",
        "is_dry_run": False,
        "connections": {"house": "thinknx-local"},
        "groups": {},
        "devices": 8,
        "points": 19,
        "rules": 9,
        "interlocks": 0,
    }


def test_the_status_is_what_interlock_status_tells(operator: httpx.Client) -> None:
    told = operator.get("/v1/status").json()
    assert (told["site"], told["acting"], told["run"]) == ("Flat in Milan", 9, 1)


def test_the_poll_plan_is_that_of_the_running_service(operator: httpx.Client) -> None:
    [house] = operator.get("/v1/poll-plan").json()["connections"]
    assert (house["connection"], house["driver"]) == ("house", "thinknx-local")
    assert "living_thermostat.actualtemp" in {point for poll in house["polls"] for point in poll["points"]}


def test_points_come_in_pages(operator: httpx.Client) -> None:
    whole = operator.get("/v1/points").json()
    assert (len(whole["points"]), whole["next"]) == (19, None)
    first = operator.get("/v1/points", params={"limit": 18}).json()
    assert first["next"] == 18
    second = operator.get("/v1/points", params={"limit": 18, "skip": 18}).json()
    assert second["next"] is None
    names = [each["point"] for each in (*first["points"], *second["points"])]
    assert names == [each["point"] for each in whole["points"]]


def test_a_point_tells_what_it_is_and_who_claims_it(operator: httpx.Client) -> None:
    held = {"point": "desk_lamp.powerlevel", "value": 40, "hold": True, "until": "2099-01-01T00:00:00+01:00"}
    assert operator.post("/v1/commands", json=held).json()["outcome"] == "accepted"
    told = operator.get("/v1/points/desk_lamp.powerlevel").json()
    claim = told.pop("claims")[0]
    assert {key: told[key] for key in ("device", "connection", "type", "minimum", "maximum", "unit")} == {
        "device": "desk_lamp",
        "connection": "house",
        "type": "integer",
        "minimum": 0.0,
        "maximum": 100.0,
        "unit": "%",
    }
    assert (claim["owner"], claim["priority"], claim["value"], claim["until"]) == (
        "operator api:operate",
        8,
        40,
        "2098-12-31T23:00:00Z",
    )
    assert operator.get("/v1/claims").json()["claims"] == [claim]
    assert operator.post("/v1/points/desk_lamp.powerlevel/release").json() == {"count": 1}
    assert operator.get("/v1/claims").json() == {"claims": []}


def test_a_command_is_sent_and_kept(service: ApiService, operator: httpx.Client) -> None:
    sent = operator.post("/v1/commands", json={"point": "hall_light.power", "value": "on"})
    assert (sent.status_code, sent.json()["outcome"]) == (200, "accepted")
    assert service.flat.value("hall_light.power") is True
    found = operator.get("/v1/commands", params={"point": "hall_light.power"}).json()["commands"][0]
    assert (found["id"], found["value"], found["origin"]) == (sent.json()["id"], True, "operator api:operate")
    assert operator.get(f"/v1/commands/{found['id']}").json() == found


def test_past_commands_come_in_pages(operator: httpx.Client) -> None:
    for level in (10, 20, 30):
        operator.post("/v1/commands", json={"point": "living_blind.heightlevel", "value": level})
    asked = {"point": "living_blind.heightlevel", "limit": "2"}
    first = operator.get("/v1/commands", params=asked).json()
    second = operator.get("/v1/commands", params={**asked, "before": first["next"]}).json()
    values = [each["value"] for each in (*first["commands"], *second["commands"])]
    assert (values, second["next"]) == ([30, 20, 10], None)


@pytest.mark.parametrize(
    ("command", "status", "detail"),
    [
        (
            {"point": "hall_light.powr", "value": True},
            404,
            "the running site has no point 'hall_light.powr'; did you mean 'hall_light.power'?",
        ),
        ({"point": "living_ac.hvacmode", "value": "coolin"}, 409, "did you mean 'cooling'?"),
        ({"point": "living_ac.hvacmode"}, 409, "living_ac.hvacmode needs a value: cooling, heating, dry"),
        ({"point": "living_thermostat.actualtemp", "value": 1}, 409, "cannot be set: it can only be read"),
        ({"point": "evening.scenelaunch", "value": "launch", "hold": True}, 409, "holds no value"),
        (
            {"point": "hall_light.power", "value": True, "until": "2099-01-01T00:00:00Z"},
            409,
            "'until' says how long a value is held: set 'hold' to true",
        ),
        (
            {"point": "hall_light.power", "value": True, "hold": True, "until": "2020-01-01T00:00:00Z"},
            409,
            "'until' is over",
        ),
        ({"point": "hall_light.power", "valu": True}, 422, "body.valu: extra inputs are not permitted"),
        ({"point": "hall_light.power", "priority": 17}, 422, "body.priority: input should be less"),
        (
            {"point": "hall_light.power", "hold": True, "until": "soon"},
            422,
            "body.until: it must be an instant",
        ),
        ({"point": "hall_light.power", "until": "2099-01-01T00:00:00"}, 422, "it needs an offset"),
        ({"point": "hall_light.power", "until": 5}, 422, "body.until: it must be a text such as"),
    ],
)
def test_a_command_that_cannot_be_is_refused_with_a_sentence(
    operator: httpx.Client, command: dict[str, object], status: int, detail: str
) -> None:
    found, sentence = problem(operator.post("/v1/commands", json=command))
    assert (found, detail in sentence) == (status, True), sentence


def test_a_command_that_its_device_refuses_is_no_success(service: ApiService, operator: httpx.Client) -> None:
    service.flat.add_fault("400@living_ac")
    found = operator.post("/v1/commands", json={"point": "living_ac.hvacfan", "value": "minimum"})
    service.flat.clear_faults()
    status, sentence = problem(found)
    assert (status, sentence.startswith("refused: ")) == (409, True)
    assert operator.get(f"/v1/commands/{found.json()['command']}").json()["receipt"]["outcome"] == "refused"


def test_a_rule_is_run_with_its_variables(operator: httpx.Client) -> None:
    # A lamp that is off already would be sent nothing.
    operator.post("/v1/commands", json={"point": "hall_light.power", "value": "on"})
    began = operator.post("/v1/rules/night/run", json={"variables": {"level": 5}}).json()
    trace = ended(operator, began["firing"])
    assert (trace["id"], trace["reason"]) == (began["firing"], "run by api:operate")
    listed = operator.get("/v1/firings", params={"rule": "night"}).json()["firings"]
    assert [each["id"] for each in listed] == [began["firing"]]
    assert [each["point"] for each in trace["commands"]] == ["hall_light.power"]
    told = operator.get("/v1/explanations/night", params={"limit": 1}).json()
    assert (told["kind"], told["firings"][0]["id"]) == ("rule", began["firing"])


def test_a_rule_is_switched_and_says_by_whom(operator: httpx.Client) -> None:
    off = operator.post("/v1/rules/cold/disable").json()
    assert (off["rule"], off["is_on"], off["switched_by"]) == ("cold", False, "api:operate")
    assert operator.post("/v1/rules/cold/enable").json()["is_on"] is True
    assert operator.post("/v1/rules/cold/cancel").json() == {"count": 0}


@pytest.mark.parametrize(
    ("path", "body", "status", "detail"),
    [
        ("rules/nigt/run", None, 404, "there is no rule 'nigt'; did you mean 'night'?"),
        (
            "rules/night/run",
            {"variables": {"levl": 1}},
            409,
            "rule night has no variable 'levl': it has level",
        ),
        ("rules/cold/run", None, 409, "rule cold keeps something: it has no actions to run"),
        ("rules/nigt/disable", None, 404, "there is no rule 'nigt'; did you mean 'night'?"),
        ("evaluate", {"text": "daylight.valu > 1"}, 409, "did you mean 'value'?"),
        ("evaluate", {"text": ""}, 422, "body.text: string should have at least 1 character"),
        ("evaluate", {"text": "1", "given": {"daylight.vale": "1"}}, 404, "did you mean 'daylight.value'?"),
        ("points/nobody.power/release", None, 404, "the running site has no point 'nobody.power'"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    operator: httpx.Client, path: str, body: object, status: int, detail: str
) -> None:
    found, sentence = problem(operator.post(f"/v1/{path}", json=body))
    assert (found, detail in sentence) == (status, True), sentence


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("points/hall_light.powr", 404, "did you mean 'hall_light.power'?"),
        ("explanations/nigt", 404, "did you mean 'night'?"),
        ("firings/1-999999", 404, "the journal has no firing '1-999999'"),
        ("firings?before=1-999999", 404, "the journal has no firing '1-999999'"),
        ("commands/1-999999", 404, "the journal has no command '1-999999'"),
        ("commands?before=1-999999", 404, "the journal has no command '1-999999'"),
        ("commands?point=nobody.power", 404, "the running site has no point 'nobody.power'"),
        ("commands/x", 422, "path.command: string should match pattern"),
        ("points?limit=501", 422, "query.limit: input should be less than or equal to 500"),
        ("points?limt=1", 422, "there is no query 'limt' here; did you mean 'limit'?"),
        ("site?x=1", 422, "there is no query 'x' here; it takes none"),
        ("nothing", 404, "not found"),
    ],
)
def test_what_is_not_there_is_told(operator: httpx.Client, path: str, status: int, detail: str) -> None:
    found, sentence = problem(operator.get(f"/v1/{path}"))
    assert (found, detail in sentence) == (status, True), sentence


def test_an_expression_is_computed_with_its_parts(service: ApiService) -> None:
    wanted = {"text": "daylight.value > 5", "given": {"daylight.value": "7"}}
    with service.reader as reader:
        told = reader.post("/v1/evaluate", json=wanted).json()
    assert (told["value"], told["parts"][0]["text"], told["parts"][0]["value"]) == (
        "on",
        "daylight.value",
        "7",
    )


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b""])
def test_a_body_that_is_none_is_refused(operator: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert problem(operator.post("/v1/evaluate", content=body, headers=headers))[0] == 422


def test_a_method_that_a_path_has_not_is_told_with_those_it_has(operator: httpx.Client) -> None:
    found = operator.delete("/v1/commands")
    assert problem(found) == (405, "DELETE cannot be used here: GET, POST can")
    assert found.headers["allow"] == "GET, POST"


def test_a_reload_tells_what_is_other_and_what_is_wrong(service: ApiService, operator: httpx.Client) -> None:
    rules = service.folder / "rules" / "more.yaml"
    rules.write_text(
        "rules: [{id: more, triggers: [{at: '04:00'}], actions: [{log: x}]}]\n", encoding="utf-8"
    )
    changes: list[str] = []
    while "rule more was added" not in changes:
        # The service that sees the edit by itself may have been first.
        changes = operator.post("/v1/reload").json()["changes"]
        if any(each["rule"] == "more" for each in operator.get("/v1/rules").json()["rules"]):
            break
    rules.write_text("rules: [{id: more, condition: nobody.power}]\n", encoding="utf-8")
    found = operator.post("/v1/reload")
    assert problem(found)[0] == 409
    wrong = next(each for each in found.json()["findings"] if each["severity"] == "error")
    assert (wrong["file"], wrong["line"], wrong["message"]) == (str(rules), 1, "rule 'more' needs 'actions'")
    rules.unlink()
    assert operator.post("/v1/reload").status_code == 200


def test_health_and_readiness_are_told_to_everybody(service: ApiService) -> None:
    with service.client() as stranger:
        assert stranger.get("/healthz").json() == {"status": "ok"}
        assert stranger.get("/readyz").json() == {"status": "ok"}


def test_rules_act_while_clients_take_every_connection_and_send_nothing(service: ApiService) -> None:
    url = httpx.URL(service.address)
    assert url.port
    held = [socket.create_connection((url.host, url.port)) for _ in range(MOST_CONNECTIONS)]
    try:
        for each in held:
            each.sendall(b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n")
        service.flat.hold("living_thermostat.actualtemp", 27.0)
        while "launch" not in service.flat.commands("evening.scenelaunch"):
            assert service.process.poll() is None
    finally:
        for each in held:
            each.close()
        service.flat.hold("living_thermostat.actualtemp", 21.5)
