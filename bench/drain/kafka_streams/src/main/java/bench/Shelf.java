package bench;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** One SKU in one warehouse; velocity is units sold of late, each counting less the older it is. */
record Shelf(long stock, double velocity, long sinceMs) {
  private static final double HALF_LIFE_MS = 14 * 86_400_000.0;

  static final Serde<Shelf> SERDE = Serdes.serdeFrom((topic, shelf) -> toBytes(shelf), (topic, bytes) -> of(bytes));

  Shelf after(Change change) {
    double faded = sinceMs == 0 ? 0 : velocity * Math.pow(0.5, (change.atMs() - sinceMs) / HALF_LIFE_MS);
    return change.isCount()
        ? new Shelf(change.qty(), faded, change.atMs())
        : new Shelf(stock - change.qty(), faded + change.qty(), change.atMs());
  }

  private static byte[] toBytes(Shelf shelf) {
    return shelf == null
        ? null
        : ByteBuffer.allocate(24).putLong(shelf.stock).putDouble(shelf.velocity).putLong(shelf.sinceMs).array();
  }

  private static Shelf of(byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new Shelf(buffer.getLong(), buffer.getDouble(), buffer.getLong());
  }
}
