"""Every table of the database is known for whose it is, and what of it an archive holds."""

from uuid import UUID

from api.every_table import Base
from api.provisioning.exported_tables import EXPORTED, LEFT_OUT
from api.provisioning.tenant_rows import OUTLIVING, of_tenant, removals

TENANT = UUID(int=7)

OF_THE_DEPLOYMENT = {
    *("failed_sign_ins", "leases", "outbox", "signing_keys", "usage_counted", "webhook_offsets"),
}
"""Tables without a tenant's rows. Who adds one to the database says here that it is one."""

SECRETS = ("secret", "password", "token", "sealed", "public_key", "nonce", "verifier")


def of_tenants() -> set[str]:
    return {table.name for table in Base.metadata.sorted_tables if of_tenant(table, TENANT) is not None}


def test_every_table_is_a_tenants_or_the_deployments() -> None:
    assert Base.metadata.tables.keys() - of_tenants() == OF_THE_DEPLOYMENT


def test_every_table_of_tenants_is_exported_or_said_to_be_left_out() -> None:
    assert of_tenants() == EXPORTED.keys() | LEFT_OUT.keys()
    assert EXPORTED.keys() & LEFT_OUT.keys() == set()


def test_an_archive_holds_columns_that_there_are_and_no_secret() -> None:
    for name, columns in EXPORTED.items():
        assert set(columns) <= {column.name for column in Base.metadata.tables[name].columns}, name
        assert [column for column in columns if any(word in column for word in SECRETS)] == [], name


def test_all_is_removed_but_what_outlives_a_tenant_and_what_refers_goes_first() -> None:
    removed = [removal.entity_description["name"] for removal in removals(TENANT)]
    assert set(removed) == of_tenants() - OUTLIVING
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            parent = key.column.table.name
            if {table.name, parent} <= set(removed) and table.name != parent:
                assert removed.index(table.name) < removed.index(parent)
