package aurora;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

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

  private static final class Minute {
    final int minute;
    boolean counted;
    long base;
    long delta;
    long orders;
    long units;
    long squares;
    long received;

    Minute(int minute) {
      this.minute = minute;
    }
  }

  private record Inbound(int announced, long qty, int expected) {}

  private long newestOccurredMs = Long.MIN_VALUE;
  private long oldestReceivedMs = Long.MAX_VALUE;
  private int events;
  private final List<Minute> minutes = new ArrayList<>(2);
  private final List<Inbound> inbounds = new ArrayList<>(0);

  void add(EventKind kind, long qty, long occurredMs, long receivedMs, Long expectedMs) {
    newestOccurredMs = Math.max(newestOccurredMs, occurredMs);
    oldestReceivedMs = Math.min(oldestReceivedMs, receivedMs);
    events++;
    int minute = minuteOf(occurredMs);
    if (kind == EventKind.STOCK_INBOUND) {
      inbounds.add(new Inbound(minute, qty, minuteOf(expectedMs)));
    } else {
      move(at(minute), kind, qty);
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

  static EventBook fromBytes(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalArgumentException("an event book of version " + version + " is not known");
    }
    EventBook book = new EventBook();
    book.newestOccurredMs = in.getLong();
    book.oldestReceivedMs = in.getLong();
    book.events = in.getInt();
    int minuteCount = in.getInt();
    int inboundCount = in.getInt();
    for (int i = 0; i < minuteCount; i++) {
      Minute m = new Minute(in.getInt());
      m.counted = in.get() == 1;
      m.base = in.getLong();
      m.delta = in.getLong();
      m.orders = in.getLong();
      m.units = in.getLong();
      m.squares = in.getLong();
      m.received = in.getLong();
      book.minutes.add(m);
    }
    for (int i = 0; i < inboundCount; i++) {
      book.inbounds.add(new Inbound(in.getInt(), in.getLong(), in.getInt()));
    }
    return book;
  }
}
