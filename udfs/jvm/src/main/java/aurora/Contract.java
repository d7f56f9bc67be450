package aurora;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.apache.avro.Schema;

/** The Avro schemas as the {@code schemas/} folder has them; each file is a resource of this jar. */
final class Contract {
  private Contract() {}

  /** The schema in force, such as of {@code order_event}. */
  static Schema current(String name) {
    Schema schema = read("/schemas/avro/" + name + ".avsc");
    if (schema == null) {
      throw new IllegalStateException("the jar lacks the schema of " + name);
    }
    return schema;
  }

  /** The schema as release {@code number} had it; null where there is no such release. */
  static Schema released(String name, int number) {
    return read("/schemas/released/v" + number + "/" + name + ".avsc");
  }

  private static Schema read(String resource) {
    try (InputStream file = Contract.class.getResourceAsStream(resource)) {
      return file == null ? null : new Schema.Parser().parse(file);
    } catch (IOException error) {
      throw new UncheckedIOException(resource, error);
    }
  }
}
