package bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;

/** What one event says: read by hand along the schema of order_event as far as it is wanted. */
record Change(boolean isCount, long qty, long atMs) {
  private static final int HEADER_BYTES = 10;
  private static final Utf8 COUNTED = new Utf8("stock.counted");

  /** Keeps what can be used again for the next message; for one thread. */
  static final class Reader {
    private final Utf8 type = new Utf8();
    private BinaryDecoder decoder;

    Change read(byte[] message) {
      try {
        decoder = DecoderFactory.get().binaryDecoder(message, HEADER_BYTES, message.length - HEADER_BYTES, decoder);
        decoder.skipString(); // event_id
        decoder.readString(type);
        decoder.skipString(); // tenant_id
        skipNullable(); // sku
        skipNullable(); // warehouse
        long qty = decoder.readIndex() == 0 ? 0 : decoder.readLong();
        return new Change(COUNTED.equals(type), qty, decoder.readLong());
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }

    private void skipNullable() throws IOException {
      if (decoder.readIndex() == 1) {
        decoder.skipString();
      }
    }
  }
}
