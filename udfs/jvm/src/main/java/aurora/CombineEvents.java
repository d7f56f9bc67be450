package aurora;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.types.Row;
import org.apache.flink.util.OutputTag;

/**
 * Messages of tenant topics to rows of combined events: a key, and the {@link EventBook} of its events as bytes. Two outputs
 * stand beside it: what cannot be read, as a dead letter, and the orders of each tenant by hour since 1970. Never throws
 * for what a message holds, so no message can stop the job.
 *
 * <p>Each key has a window of its own, from its first event on, so that rows leave in an even flow and not all at once. It
 * works before rows are sent to the subtask of their key, where it sees whole partitions and a window would cost more than
 * all the rest. What it holds back at a checkpoint is kept in it as the rows that are still to be sent. Restored with another
 * number of subtasks, another one may send them than reads the partition of their key from then on; ADR-020 says what that
 * can do.
 */
public final class CombineEvents extends AbstractStreamOperator<Row>
    implements OneInputStreamOperator<Tuple4<String, Integer, Long, byte[]>, Row> {
  private static final long serialVersionUID = 1L;

  /** More keys than this, with those of a checkpoint, are not held back, however young they are. */
  private static final int MOST_KEYS = 200_000;

  /** So few are not held back longer than until the next look: where little happens, Python has the time. */
  private static final int FEW_KEYS = 500;

  private static final int LOOKS_A_WINDOW = 4;

  /** Sending pauses after so long, so that events are read and checkpoints begin in between. */
  private static final long SEND_FOR_MS = 500;

  /** The newest event read was received longer ago than this: there is a backlog. */
  private static final long BEHIND_MS = 10_000;

  private static final long NOTHING_READ = Long.MIN_VALUE;

  /**
   * In a backlog so many times as long as was sent is read before more is sent. What takes rows off here is then the
   * bottleneck, and has fewer of them for each event. Without one it is the other way round, if more is due than was sent.
   *
   * <p>All subtasks send to each of those that take rows, one after the other. So in a backlog each of them sends the less
   * often the more there are.
   */
  private static final int READ_SHARE = 4;

  private static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;

  /**
   * Key, and again the key with its book: keyed rows as PyFlink has them (its own way costs a Python call a row). A tuple,
   * which is a tenth of Python's work for a row cheaper there than a row in the row.
   */
  public static final TypeInformation<Row> BOOKS = Types.ROW(Types.STRING, Types.TUPLE(Types.STRING, BYTES));

  /** Key and value of a message of the topic {@code dead-letters}. */
  public static final OutputTag<Row> LETTERS =
      new OutputTag<>("letters", Types.ROW_NAMED(new String[] {"letter_key", "letter"}, BYTES, BYTES));

  public static final OutputTag<Row> ORDERS =
      new OutputTag<>(
          "orders",
          Types.ROW_NAMED(
              new String[] {"tenant_id", "hour_since_1970", "orders"}, Types.STRING, Types.LONG, Types.LONG));

  private static final ListStateDescriptor<Tuple2<String, byte[]>> HELD =
      new ListStateDescriptor<>("held", Types.TUPLE(Types.STRING, BYTES));

  private final long windowMs;

  private transient OrderEventReader reader;
  private transient DeadLetterWriter writer;
  private transient Counter messages;
  private transient Counter deadLetters;

  /** In the order in which they were begun. */
  private transient Map<SkuKey, EventBook> books;

  private transient Map<TenantId, Map<Long, Long>> orders;
  private transient ListState<Tuple2<String, byte[]>> held;

  /** Rows of a checkpoint that are not sent yet. */
  private transient Queue<Tuple2<String, byte[]>> restored;

  /** Since the last look. */
  private transient long newestReceivedMs;

  private transient int senders;

  public CombineEvents(long windowMs) {
    this.windowMs = windowMs;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    held = context.getOperatorStateStore().getListState(HELD);
    restored = new ArrayDeque<>();
    held.get().forEach(restored::add);
  }

  @Override
  public void open() throws Exception {
    super.open();
    reader = new OrderEventReader();
    writer = new DeadLetterWriter();
    messages = getMetricGroup().counter("aurora_messages_total");
    deadLetters = getMetricGroup().counter("aurora_dead_letters_total");
    books = new LinkedHashMap<>();
    orders = new HashMap<>();
    newestReceivedMs = NOTHING_READ;
    senders = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    lookAfter(0);
  }

  private void lookAfter(long waitMs) {
    ProcessingTimeService clock = getProcessingTimeService();
    clock.registerTimer(clock.getCurrentProcessingTime() + waitMs, time -> {
      long beganMs = clock.getCurrentProcessingTime();
      long dueMs = books.size() <= FEW_KEYS ? beganMs : beganMs - windowMs;
      sendBegunBy(dueMs, beganMs + SEND_FOR_MS);
      sendOrders();
      lookAfter(pauseMs(clock.getCurrentProcessingTime() - beganMs, beganMs, hasBegunBy(dueMs)));
      newestReceivedMs = NOTHING_READ;
    });
  }

  /**
   * How long to read until the next look, after having sent for {@code sentMs}. If that was slow, more is sent before the
   * last rows are taken, even where nothing more is due: what takes them would wait else.
   */
  private long pauseMs(long sentMs, long nowMs, boolean isMoreDue) {
    long shortMs = windowMs / LOOKS_A_WINDOW;
    if (newestReceivedMs != NOTHING_READ && newestReceivedMs < nowMs - BEHIND_MS) {
      return Math.max(shortMs, READ_SHARE * senders * sentMs);
    }
    return isMoreDue || sentMs > shortMs / 2 ? sentMs / READ_SHARE : shortMs;
  }

  @Override
  public void processElement(StreamRecord<Tuple4<String, Integer, Long, byte[]>> element) {
    Tuple4<String, Integer, Long, byte[]> message = element.getValue();
    messages.inc();
    try {
      OrderEvent event = reader.read(message.f0, message.f3);
      if (event != null) {
        newestReceivedMs = Math.max(newestReceivedMs, event.receivedMs);
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
      if (books.size() + restored.size() >= MOST_KEYS) {
        sendOldest();
      }
      book = new EventBook(event.tenant, getProcessingTimeService().getCurrentProcessingTime());
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

  /** Orders by hour do not wait for their books, so that they need no state. */
  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    books.values().forEach(this::countOrders);
    sendOrders();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<Tuple2<String, byte[]>> rows = new ArrayList<>(restored);
    books.forEach((key, book) -> rows.add(rowOf(key, book)));
    held.update(rows);
  }

  @Override
  public void finish() {
    sendBegunBy(Long.MAX_VALUE, Long.MAX_VALUE);
    sendOrders();
  }

  /** What was restored, and then books begun by then, the oldest first, as long as there is time. */
  private void sendBegunBy(long begunMs, long untilMs) {
    ProcessingTimeService clock = getProcessingTimeService();
    while (hasBegunBy(begunMs) && clock.getCurrentProcessingTime() < untilMs) {
      sendOldest();
    }
  }

  private boolean hasBegunBy(long ms) {
    return !restored.isEmpty() || (!books.isEmpty() && books.values().iterator().next().begunMs <= ms);
  }

  private void sendOldest() {
    if (!restored.isEmpty()) {
      send(restored.remove());
      return;
    }
    Iterator<Map.Entry<SkuKey, EventBook>> oldest = books.entrySet().iterator();
    Map.Entry<SkuKey, EventBook> next = oldest.next();
    oldest.remove();
    countOrders(next.getValue());
    send(rowOf(next.getKey(), next.getValue()));
  }

  private static Tuple2<String, byte[]> rowOf(SkuKey key, EventBook book) {
    return Tuple2.of(key.toString(), book.toBytes());
  }

  private void send(Tuple2<String, byte[]> row) {
    output.collect(new StreamRecord<>(Row.of(row.f0, row)));
  }

  private void countOrders(EventBook book) {
    book.moveOrdersTo(orders.computeIfAbsent(book.tenant, tenant -> new HashMap<>()));
  }

  private void sendOrders() {
    orders.forEach((tenant, byHour) -> byHour.forEach((hour, count) ->
        output.collect(ORDERS, new StreamRecord<>(Row.of(tenant.toString(), hour, count)))));
    orders.clear();
  }
}
