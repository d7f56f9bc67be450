package aurora;

/**
 * What the ledger needs of an event. The reader fills one and the same anew for each message: it is good until the next
 * is read.
 */
final class OrderEvent {
  final SkuKey key = new SkuKey();
  TenantId tenant;
  EventKind kind;
  long qty;
  long occurredMs;
  long receivedMs;

  /** Of an announcement alone. */
  long expectedMs;
}
