"""``GET /metrics``: what is measured, in Prometheus' text format or as OpenMetrics.

Nothing is measured for it while the service works: values are read from the engine when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from interlock.service.api.auth import Shown, reader
from interlock.service.api.metric_table import METRICS, POINT_VALUE, Metric, Sample, Total
from interlock.service.api.problems import Problem, problems
from interlock.service.api.served import Served
from interlock.service.onlookers.counts import Lags

_MOST_POINTS = 1000
_FORMATS = ("text/plain", "application/openmetrics-text")


def routes(served: Served) -> APIRouter:
    """Return the route ``/metrics``."""
    router = APIRouter(tags=["metrics"])
    process = ProcessCollector(registry=None)

    async def may_read(request: Request, shown: Shown) -> None:
        # What points hold is shown to nobody without a token.
        if not served.engine.site.service.shows_metrics or "point" in request.query_params:
            await reader(request, shown)

    @router.get(
        "/metrics",
        summary="What is measured",
        dependencies=[Depends(may_read)],
        response_class=Response,
        responses={
            200: {
                "description": "In Prometheus' text format, or as OpenMetrics where the client prefers it.",
                "content": {each: {"schema": {"type": "string"}} for each in _FORMATS},
            },
            **problems(401, 422),
        },
    )
    async def metrics(
        request: Request,
        point: Annotated[
            list[Annotated[str, Query(max_length=200)]],
            Query(description=f"points, or patterns, whose values are {POINT_VALUE.name}", max_length=50),
        ] = [],  # noqa: B006
    ) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(ServiceCollector(served, _points(served, point)))
        registry.register(process)
        return Response(encode(registry), media_type=content_type)

    return router


class ServiceCollector(Collector):
    """Reads what is measured at the moment when it is asked.

    Args:
        served: The service.
        points: Points whose values are told too.
    """

    def __init__(self, served: Served, points: Sequence[tuple[str, float]]) -> None:
        self._served = served
        self._points = points

    def collect(self) -> Iterator[Family]:
        """Yield every metric with its values."""
        for metric in METRICS:
            yield _family(metric, metric.read(self._served))
        if self._points:
            yield _family(POINT_VALUE, [((point,), value) for point, value in self._points])


def _family(metric: Metric, found: Iterable[Sample]) -> Family:
    family = Family(metric.name.removesuffix("_total"), metric.help, metric.kind.value)
    for values, value in found:
        labels = dict(zip(metric.labels, values, strict=True))
        for suffix, further, number in _numbers(value):
            family.add_sample(f"{metric.name}{suffix}", {**labels, **further}, number)
    return family


def _numbers(value: float | Total | Lags) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """Yield the numbers that a value comes to, each with the suffix of its name and further labels."""
    match value:
        case Total():
            yield "_count", {}, value.count
            yield "_sum", {}, value.sum
        case Lags():
            counts = value.cumulated
            for bound, count in zip([*map(str, value.bounds_s), "+Inf"], counts, strict=True):
                yield "_bucket", {"le": bound}, count
            yield "_count", {}, counts[-1]
            yield "_sum", {}, value.sum_s
        case _:
            yield "", {}, float(value)


def _points(served: Served, patterns: Sequence[str]) -> Sequence[tuple[str, float]]:
    """Return the points that have a number, or are on or off, of those that are asked for."""
    if not patterns:
        return ()
    found = [
        (point, float(value))
        for point, value in sorted(served.engine.state.values.items())
        if isinstance(value, bool | int | float) and any(fnmatchcase(point, each) for each in patterns)
    ]
    if len(found) > _MOST_POINTS:
        raise Problem(422, f"point: {len(found)} points are too many: {_MOST_POINTS} are told at most")
    return found
