package aurora;

import java.util.HashMap;
import java.util.Map;
import org.apache.avro.util.Utf8;

/** The event types that move the ledger, and what each may carry as {@code qty}. */
enum EventKind {
  ORDER_CREATED("order.created", 1, EventKind.MAX_QTY),
  ORDER_CANCELLED("order.cancelled", 1, EventKind.MAX_QTY),
  RETURN_RECEIVED("return.received", 1, EventKind.MAX_QTY),
  STOCK_RECEIVED("stock.received", 1, EventKind.MAX_QTY),
  STOCK_ADJUSTED("stock.adjusted", -EventKind.MAX_QTY, EventKind.MAX_QTY),
  STOCK_COUNTED("stock.counted", 0, EventKind.MAX_COUNT),
  STOCK_INBOUND("stock.inbound", 1, EventKind.MAX_QTY);

  private static final long MAX_QTY = 1_000_000;
  private static final long MAX_COUNT = 1_000_000_000;
  private static final Map<Utf8, EventKind> BY_TYPE = byType();

  final String type;
  final long minQty;
  final long maxQty;

  EventKind(String type, long minQty, long maxQty) {
    this.type = type;
    this.minQty = minQty;
    this.maxQty = maxQty;
  }

  /** The kind of an {@code event_type}; null for one that the ledger ignores. */
  static EventKind of(CharSequence type) {
    return BY_TYPE.get(type);
  }

  private static Map<Utf8, EventKind> byType() {
    Map<Utf8, EventKind> kinds = new HashMap<>();
    for (EventKind kind : values()) {
      kinds.put(new Utf8(kind.type), kind);
    }
    return kinds;
  }
}
