"""What has to be there before the risk job and the API start; `ops.preflight` checks it."""

from api import migrate
from ops import feature_registry
from ops.environment import stored_secrets
from ops.settings import StackSettings
from ops.tenants import all_tenants, order_topics
from ops.topics import ensure, states
from schemas import topics


def prepare_files(settings: StackSettings) -> None:
    """Secrets, accounts database, feature registry: all that needs no running part. Changes nothing the second time."""
    stored_secrets(settings.folder / "secrets.env")
    migrate.migrate(settings.database_url)
    feature_registry.apply(settings)


def prepare_topics(settings: StackSettings) -> None:
    """The shared topics and each tenant's own, on a running Kafka. Raises `TopicsUnavailable`."""
    tenant_ids = [tenant.tenant_id for tenant in all_tenants(settings)]
    found = states(settings.kafka_bootstrap, [topics.orders(tenant_id).name for tenant_id in tenant_ids])
    ensure(settings.kafka_bootstrap, [*topics.SHARED, *order_topics(tenant_ids, found)])
