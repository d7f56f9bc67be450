package aurora;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.types.Row;
import org.apache.flink.util.OutputTag;

/**
 * Messages of tenant topics to one row for each key and window of arrivals: the key, and the {@link EventBook} of its
 * events as bytes. Two outputs stand beside it: what cannot be read, as a dead letter, and the orders of each tenant by
 * hour since 1970. Never throws for what a message holds, so no message can stop the job.
 *
 * <p>It keeps nothing across a checkpoint: all that came before a barrier goes out before it. So it works before rows are
 * sent to the subtask of their key, where it sees whole partitions and a window would cost more than all the rest, and
 * its checkpoints hold no layout that an upgrade would have to read.
 */
public final class CombineEvents extends AbstractStreamOperator<Row>
    implements OneInputStreamOperator<Tuple4<String, Integer, Long, byte[]>, Row> {
  private static final long serialVersionUID = 1L;

  /** More keys than this are not held back until the window ends; a checkpoint waits until they are sent, some 4 s. */
  private static final int MOST_KEYS = 50_000;

  /**
   * A window lasts this many times as long as it took to send the one before, if that is longer than was asked for. What
   * takes rows off here is then the bottleneck, and a longer window has fewer of them for each event.
   */
  private static final int LONGER_THAN_SENDING = 4;

  private static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;

  /** Key, and again the key with its book: keyed rows as PyFlink has them (its own way costs a Python call a row). */
  public static final TypeInformation<Row> BOOKS = Types.ROW(Types.STRING, Types.ROW(Types.STRING, BYTES));

  /** Key and value of a message of the topic {@code dead-letters}. */
  public static final OutputTag<Row> LETTERS =
      new OutputTag<>("letters", Types.ROW_NAMED(new String[] {"letter_key", "letter"}, BYTES, BYTES));

  public static final OutputTag<Row> ORDERS =
      new OutputTag<>(
          "orders",
          Types.ROW_NAMED(
              new String[] {"tenant_id", "hour_since_1970", "orders"}, Types.STRING, Types.LONG, Types.LONG));

  private final long windowMs;

  private transient OrderEventReader reader;
  private transient DeadLetterWriter writer;
  private transient Counter messages;
  private transient Counter deadLetters;
  private transient Map<SkuKey, EventBook> books;
  private transient Map<TenantId, Map<Long, Long>> orders;

  public CombineEvents(long windowMs) {
    this.windowMs = windowMs;
  }

  @Override
  public void open() throws Exception {
    super.open();
    reader = new OrderEventReader();
    writer = new DeadLetterWriter();
    messages = getMetricGroup().counter("aurora_messages_total");
    deadLetters = getMetricGroup().counter("aurora_dead_letters_total");
    books = new HashMap<>();
    orders = new HashMap<>();
    sendAfter(windowMs);
  }

  private void sendAfter(long waitMs) {
    ProcessingTimeService clock = getProcessingTimeService();
    clock.registerTimer(clock.getCurrentProcessingTime() + waitMs, time -> {
      long beganMs = clock.getCurrentProcessingTime();
      send();
      long tookMs = clock.getCurrentProcessingTime() - beganMs;
      sendAfter(Math.max(windowMs, LONGER_THAN_SENDING * tookMs));
    });
  }

  @Override
  public void processElement(StreamRecord<Tuple4<String, Integer, Long, byte[]>> element) {
    Tuple4<String, Integer, Long, byte[]> message = element.getValue();
    messages.inc();
    try {
      OrderEvent event = reader.read(message.f0, message.f3);
      if (event != null) {
        bookOf(event).add(event);
      }
    } catch (Unreadable problem) {
      deadLetters.inc();
      output.collect(LETTERS, new StreamRecord<>(letter(message, problem)));
    }
  }

  private EventBook bookOf(OrderEvent event) {
    EventBook book = books.get(event.key);
    if (book == null) {
      if (books.size() == MOST_KEYS) {
        send();
      }
      book = new EventBook(event.tenant);
      books.put(event.key.copy(), book);
    }
    return book;
  }

  private Row letter(Tuple4<String, Integer, Long, byte[]> message, Unreadable problem) {
    String place = message.f0 + "-" + message.f1 + "-" + message.f2;
    return Row.of(
        place.getBytes(StandardCharsets.UTF_8),
        writer.write(message.f0, message.f1, message.f2, message.f3, problem));
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    send();
  }

  @Override
  public void finish() {
    send();
  }

  private void send() {
    books.forEach((skuKey, book) -> {
      String key = skuKey.toString();
      output.collect(new StreamRecord<>(Row.of(key, Row.of(key, book.toBytes()))));
      book.addOrdersTo(orders.computeIfAbsent(book.tenant, tenant -> new HashMap<>()));
    });
    orders.forEach((tenant, byHour) -> byHour.forEach((hour, count) ->
        output.collect(ORDERS, new StreamRecord<>(Row.of(tenant.toString(), hour, count)))));
    books.clear();
    orders.clear();
  }
}
