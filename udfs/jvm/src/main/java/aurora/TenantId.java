package aurora;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.util.Utf8;

/** Whose topic it is: the UTF-8 of the tenant's UUID, which is the topic's name without its ending. */
record TenantId(byte[] bytes, int hash) {
  private static final String TOPIC_SUFFIX = "-orders";

  static TenantId ofTopic(String topic) {
    String name = topic.substring(0, topic.length() - TOPIC_SUFFIX.length());
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return new TenantId(bytes, Arrays.hashCode(bytes));
  }

  boolean is(Utf8 named) {
    return Arrays.equals(named.getBytes(), 0, named.getByteLength(), bytes, 0, bytes.length);
  }

  // a record's own would compare the arrays by identity
  @Override
  public boolean equals(Object other) {
    return other instanceof TenantId id && Arrays.equals(bytes, id.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
