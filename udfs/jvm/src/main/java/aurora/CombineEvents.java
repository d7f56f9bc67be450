package aurora;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.functions.AggregateFunction;

/** Folds a key's events, in the order of the log, into one {@link EventBook}; the result is its bytes. */
@FunctionHint(
    accumulator = @DataTypeHint(value = "RAW", bridgedTo = EventBook.class, rawSerializer = EventBookSerializer.class),
    output = @DataTypeHint("BYTES"))
public final class CombineEvents extends AggregateFunction<byte[], EventBook> {
  @Override
  public EventBook createAccumulator() {
    return new EventBook();
  }

  public void accumulate(EventBook book, Byte kind, Long qty, Long occurredMs, Long receivedMs, Long expectedMs) {
    book.add(EventKind.ofCode(kind), qty, occurredMs, receivedMs, expectedMs);
  }

  @Override
  public byte[] getValue(EventBook book) {
    return book.toBytes();
  }
}
