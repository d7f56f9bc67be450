package aurora;

import java.util.Arrays;
import org.apache.avro.util.Utf8;

/** The fields of one record, each in its slot. They are filled anew for each record, so that reading leaves no garbage. */
final class Fields {
  private final Utf8[] texts;
  private final long[] numbers;
  private final boolean[] present;

  Fields(int slots) {
    texts = new Utf8[slots];
    numbers = new long[slots];
    present = new boolean[slots];
  }

  void clear() {
    Arrays.fill(present, false);
  }

  boolean has(int slot) {
    return present[slot];
  }

  long number(int slot) {
    return numbers[slot];
  }

  Utf8 text(int slot) {
    return texts[slot];
  }

  void setNumber(int slot, long number) {
    numbers[slot] = number;
    present[slot] = true;
  }

  /** May be the one that {@link #text} gave before, with other content. */
  void setText(int slot, Utf8 text) {
    texts[slot] = text;
    present[slot] = true;
  }
}
