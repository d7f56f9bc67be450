package aurora;

/** What the ledger needs of an event. {@code skuKey} is the UTF-8 of {@code tenant|sku|warehouse}. */
record OrderEvent(byte[] skuKey, EventKind kind, long qty, long occurredMs, long receivedMs, Long expectedMs) {}
