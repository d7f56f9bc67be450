"""``GET /metrics``: this process's metrics and the pipeline's, as Prometheus reads them."""

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.health.metrics import REGISTRY
from api.health.pipeline_metrics import read_pipeline_metrics
from api.state import AppState


async def metrics(request: Request[AppState]) -> Response:
    """The endpoint; it answers without Redis too, and then says that the pipeline's counters are missing."""
    pipeline = await read_pipeline_metrics(request.state["redis"])
    text = generate_latest(REGISTRY) + generate_latest(pipeline)
    return Response(text, headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_PLAIN_0_0_4)


routes: list[BaseRoute] = [Route("/metrics", metrics)]

paths: dict[str, object] = {
    "/metrics": {
        "get": {
            "operationId": "getMetrics",
            "tags": ["about"],
            "summary": "Metrics for Prometheus",
            "description": "Of this process and of the pipeline behind it; for operators, not for tenants.",
            "responses": {
                "200": {
                    "description": "Prometheus' text format.",
                    "content": {
                        "text/plain": {
                            "schema": {"type": "string"},
                            "example": 'alerts_generated_total{change="raised"} 12.0\n',
                        }
                    },
                }
            },
        }
    }
}
