package aurora;

import java.io.IOException;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.Decoder;

/**
 * Reads one field of a writer's schema into its slot where the ledger needs it, and passes over it where it does not; a
 * record is read by a row of these. Avro's own resolution between two schemas does the same for any two, at ten times the
 * cost. A field that is needed is a string or a long in every release, or either of them or nothing.
 */
interface FieldReader {
  /** A null leaves the slot as it is, which is absent. */
  void read(Decoder decoder, Fields into) throws IOException;

  static FieldReader of(Schema schema, int slot) {
    return switch (schema.getType()) {
      case STRING -> (decoder, into) -> into.setText(slot, decoder.readString(into.text(slot)));
      case LONG -> (decoder, into) -> into.setNumber(slot, decoder.readLong());
      case NULL -> (decoder, into) -> decoder.readNull();
      case UNION -> branches(schema.getTypes(), slot);
      default -> throw new IllegalArgumentException("a field that is neither a string nor a long: " + schema);
    };
  }

  private static FieldReader branches(List<Schema> types, int slot) {
    FieldReader[] readers = types.stream().map(type -> of(type, slot)).toArray(FieldReader[]::new);
    return (decoder, into) -> readers[decoder.readIndex()].read(decoder, into);
  }

  static FieldReader over(Schema schema) {
    return (decoder, into) -> GenericDatumReader.skip(schema, decoder);
  }
}
