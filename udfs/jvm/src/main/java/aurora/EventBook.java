package aurora;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The events of one key that arrived together, folded by event minute in log order. Its bytes are what Python reads;
 * {@code udfs/combined.py} says what each field means.
 */
public final class EventBook {
  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 1 + 8 + 8 + 4 + 4 + 4;
  private static final int MINUTE_BYTES = 4 + 1 + 6 * 8;
  private static final int INBOUND_BYTES = 4 + 8 + 4;
  private static final long MINUTE_MS = 60_000;
  private static final int MINUTES_AN_HOUR = 60;

  private static final class Minute {
    final int minute;
    boolean counted;
    long base;
    long delta;
    long orders;

    /** Of these, those that the tenant's orders by hour have already. */
    long moved;

    long units;
    long squares;
    long received;

    Minute(int minute) {
      this.minute = minute;
    }
  }

  private record Inbound(int announced, long qty, int expected) {}

  final TenantId tenant;

  /** When its first event was read. */
  final long begunMs;

  private long newestOccurredMs = Long.MIN_VALUE;
  private long oldestReceivedMs = Long.MAX_VALUE;
  private int events;
  private final List<Minute> minutes = new ArrayList<>(2);
  private final List<Inbound> inbounds = new ArrayList<>(0);

  EventBook(TenantId tenant, long begunMs) {
    this.tenant = tenant;
    this.begunMs = begunMs;
  }

  void add(OrderEvent event) {
    newestOccurredMs = Math.max(newestOccurredMs, event.occurredMs);
    oldestReceivedMs = Math.min(oldestReceivedMs, event.receivedMs);
    events++;
    int minute = minuteOf(event.occurredMs);
    if (event.kind == EventKind.STOCK_INBOUND) {
      inbounds.add(new Inbound(minute, event.qty, minuteOf(event.expectedMs)));
    } else {
      move(at(minute), event.kind, event.qty);
    }
  }

  /**
   * Adds the orders less cancellations of each hour since 1970 that were not moved before. An hour in which stock moved
   * otherwise has none.
   */
  void moveOrdersTo(Map<Long, Long> byHour) {
    for (Minute minute : minutes) {
      byHour.merge((long) Math.floorDiv(minute.minute, MINUTES_AN_HOUR), minute.orders - minute.moved, Long::sum);
      minute.moved = minute.orders;
    }
  }

  private static int minuteOf(long ms) {
    return (int) Math.floorDiv(ms, MINUTE_MS);
  }

  private static void move(Minute minute, EventKind kind, long qty) {
    switch (kind) {
      case ORDER_CREATED -> {
        minute.delta -= qty;
        demand(minute, 1, qty);
      }
      case ORDER_CANCELLED -> {
        minute.delta += qty;
        demand(minute, -1, qty);
      }
      case STOCK_RECEIVED -> {
        minute.delta += qty;
        minute.received += qty;
      }
      case RETURN_RECEIVED, STOCK_ADJUSTED -> minute.delta += qty;
      case STOCK_COUNTED -> {
        // what came before it in the log of this minute is in the count
        minute.counted = true;
        minute.base = qty;
        minute.delta = 0;
      }
      case STOCK_INBOUND -> throw new IllegalArgumentException("an announcement moves no stock");
    }
  }

  private static void demand(Minute minute, int sign, long qty) {
    minute.orders += sign;
    minute.units += sign * qty;
    minute.squares += sign * qty * qty;
  }

  /** The totals of a minute, made where they are not there yet. Events mostly come in time order: looks from the end. */
  private Minute at(int minute) {
    int i = minutes.size();
    while (i > 0 && minutes.get(i - 1).minute > minute) {
      i--;
    }
    if (i > 0 && minutes.get(i - 1).minute == minute) {
      return minutes.get(i - 1);
    }
    Minute made = new Minute(minute);
    minutes.add(i, made);
    return made;
  }

  byte[] toBytes() {
    ByteBuffer out =
        ByteBuffer.allocate(HEADER_BYTES + minutes.size() * MINUTE_BYTES + inbounds.size() * INBOUND_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.put(VERSION).putLong(newestOccurredMs).putLong(oldestReceivedMs).putInt(events);
    out.putInt(minutes.size()).putInt(inbounds.size());
    for (Minute m : minutes) {
      out.putInt(m.minute).put((byte) (m.counted ? 1 : 0)).putLong(m.base).putLong(m.delta);
      out.putLong(m.orders).putLong(m.units).putLong(m.squares).putLong(m.received);
    }
    for (Inbound inbound : inbounds) {
      out.putInt(inbound.announced).putLong(inbound.qty).putInt(inbound.expected);
    }
    return out.array();
  }
}
