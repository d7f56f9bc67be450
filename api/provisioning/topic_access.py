"""Who may use a tenant's topic at the broker, where the broker asks. Its functions block.

A tenant speaks HTTP and needs none of it; but one that is given a way to the broker, under its id as the name, reads its
own topic and no other. The rules name Aurora's own programs too: once a topic has rules, nobody else may use it.
"""

from collections.abc import Sequence
from uuid import UUID

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from api.topics import TopicsUnavailable, admin_client, result
from schemas.topics import orders

NOT_ENFORCED = "not enforced by this broker"


def allow(bootstrap: str, tenant_id: UUID, aurora: str) -> bool:
    """Put the tenant's rules in force; ``aurora`` is who our own programs are. False where the broker asks nobody.

    Raises `TopicsUnavailable`.
    """
    admin = admin_client(bootstrap)
    try:
        for future in admin.create_acls([*_rules(tenant_id, aurora)]).values():
            result(future)
    except TopicsUnavailable as error:
        return _is_enforced(error)
    return True


def withdraw(bootstrap: str, tenant_id: UUID) -> bool:
    """Take every rule of the tenant's topic and groups away. False where the broker asks nobody.

    Raises `TopicsUnavailable`.
    """
    admin = admin_client(bootstrap)
    try:
        for future in admin.delete_acls([*_all_of(tenant_id)]).values():
            result(future)
    except TopicsUnavailable as error:
        return _is_enforced(error)
    return True


def _rules(tenant_id: UUID, aurora: str) -> Sequence[AclBinding]:
    topic = (ResourceType.TOPIC, orders(tenant_id).name, ResourcePatternType.LITERAL)
    groups = (ResourceType.GROUP, f"{tenant_id}-", ResourcePatternType.PREFIXED)
    tenant = f"User:{tenant_id}"
    return [
        *(_allowed(topic, tenant, operation) for operation in (AclOperation.READ, AclOperation.DESCRIBE)),
        _allowed(groups, tenant, AclOperation.READ),
        _allowed(topic, aurora, AclOperation.ALL),
    ]


def _allowed(
    resource: tuple[ResourceType, str, ResourcePatternType], principal: str, operation: AclOperation
) -> AclBinding:
    return AclBinding(*resource, principal, "*", operation, AclPermissionType.ALLOW)


def _all_of(tenant_id: UUID) -> Sequence[AclBindingFilter]:
    of = [
        (ResourceType.TOPIC, orders(tenant_id).name, ResourcePatternType.LITERAL),
        (ResourceType.GROUP, f"{tenant_id}-", ResourcePatternType.PREFIXED),
    ]
    return [
        # None: whoever, from wherever
        AclBindingFilter(*each, None, None, AclOperation.ANY, AclPermissionType.ANY)  # type: ignore[arg-type]
        for each in of
    ]


def _is_enforced(error: TopicsUnavailable) -> bool:
    """False where that is what the error says; any other is raised again."""
    cause = error.__cause__
    if isinstance(cause, KafkaException) and cause.args[0].code() == KafkaError.SECURITY_DISABLED:
        return False
    raise error
