"""Every metric of the API process, declared in one place. Prometheus counts per process, so these are module constants."""

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()
REGISTRY.register(PLATFORM_COLLECTOR)
REGISTRY.register(GC_COLLECTOR)
PROCESS = ProcessCollector(registry=REGISTRY)

HTTP_REQUESTS = Counter(
    "http_requests_total",
    "Requests answered, by method, route template and status.",
    ["method", "route", "status"],
    registry=REGISTRY,
)
HTTP_REQUEST_SECONDS = Histogram(
    "http_request_duration_seconds",
    "From the request's first byte to the end of its answer, by method and route template.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0),
    registry=REGISTRY,
)
HTTP_REQUESTS_IN_PROGRESS = Gauge(
    "http_requests_in_progress", "Requests that are being answered now.", registry=REGISTRY
)
TOKENS_ISSUED = Counter("tokens_issued_total", "Access tokens issued.", registry=REGISTRY)
TOKENS_REFUSED = Counter(
    "tokens_refused_total", "Token requests refused, by RFC 6749 error code.", ["error"], registry=REGISTRY
)
EVENTS_ACCEPTED = Counter(
    "events_accepted_total",
    "Events answered with 202, replays of earlier requests left out.",
    registry=REGISTRY,
)
EVENT_TRANSACTION_SECONDS = Histogram(
    "event_transaction_duration_seconds",
    "From the moment that the event log's writer takes a group of batches to its commit or failure.",
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    registry=REGISTRY,
)
EVENT_TRANSACTION_BATCHES = Histogram(
    "event_transaction_batches",
    "Requests that shared a transaction.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    registry=REGISTRY,
)
BATCHES_UNWRITTEN = Counter(
    "event_batches_unwritten_total",
    "Batches that a transaction did not write, by kind.",
    ["kind"],
    registry=REGISTRY,
)
OUTBOX_SECONDS = Gauge(
    "outbox_oldest_seconds",
    "How long the oldest change has waited to be published to Kafka; 0 where another process publishes.",
    registry=REGISTRY,
)
