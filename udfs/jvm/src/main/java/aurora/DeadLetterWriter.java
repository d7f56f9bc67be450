package aurora;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageEncoder;

/** A refused message, whole, and the place it came from, as the bytes of a {@code dead_letter}. */
final class DeadLetterWriter {
  private final GenericRecord letter = new GenericData.Record(Contract.current("dead_letter"));
  private final BinaryMessageEncoder<GenericRecord> encoder =
      new BinaryMessageEncoder<>(new GenericData(), letter.getSchema());

  byte[] write(String topic, int partition, long offset, byte[] message, Unreadable problem) {
    letter.put("topic", topic);
    letter.put("partition", partition);
    letter.put("offset", offset);
    letter.put("reason", problem.reason);
    letter.put("detail", problem.getMessage());
    letter.put("value", message == null ? null : ByteBuffer.wrap(message));
    letter.put("failed_at", System.currentTimeMillis());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      encoder.encode(letter, bytes);
    } catch (IOException error) {
      throw new UncheckedIOException("a buffer in memory cannot fail", error);
    }
    return bytes.toByteArray();
  }
}
