package aurora;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A length, and the book's own bytes, so that a checkpoint holds what Python would have read. */
public final class EventBookSerializer extends TypeSerializerSingleton<EventBook> {
  @Override
  public boolean isImmutableType() {
    return false;
  }

  @Override
  public EventBook createInstance() {
    return new EventBook();
  }

  @Override
  public EventBook copy(EventBook from) {
    return EventBook.fromBytes(from.toBytes());
  }

  @Override
  public EventBook copy(EventBook from, EventBook reuse) {
    return copy(from);
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(EventBook book, DataOutputView target) throws IOException {
    byte[] bytes = book.toBytes();
    target.writeInt(bytes.length);
    target.write(bytes);
  }

  @Override
  public EventBook deserialize(DataInputView source) throws IOException {
    byte[] bytes = new byte[source.readInt()];
    source.readFully(bytes);
    return EventBook.fromBytes(bytes);
  }

  @Override
  public EventBook deserialize(EventBook reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    int length = source.readInt();
    target.writeInt(length);
    target.write(source, length);
  }

  @Override
  public TypeSerializerSnapshot<EventBook> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Flink keeps it with a checkpoint; the book's version byte tells old layouts apart. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<EventBook> {
    public Snapshot() {
      super(EventBookSerializer::new);
    }
  }
}
