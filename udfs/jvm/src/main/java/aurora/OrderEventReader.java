package aurora;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.SystemLimitException;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;

/** Messages of a tenant topic, in Avro single-object encoding of this release or an earlier one, to checked events. */
final class OrderEventReader {
  private static final int HEADER_BYTES = 10;
  private static final String TOPIC_SUFFIX = "-orders";
  private static final int MAX_IDENTIFIER_BYTES = 64 * 4;
  private static final int MAX_STRING_BYTES = 2 << 20;
  private static final long MAX_AHEAD_MS = 24 * 3_600_000L;
  private static final long YEAR_2000_MS = 946_684_800_000L;
  private static final long YEAR_2100_MS = 4_102_444_800_000L;

  /** Only what the ledger needs is decoded; Avro's resolution skips the rest. */
  private static final List<String> FIELDS =
      List.of("event_type", "tenant_id", "sku", "warehouse", "qty", "occurred_at", "received_at", "expected_at");

  private static final int EVENT_TYPE = 0;
  private static final int TENANT_ID = 1;
  private static final int SKU = 2;
  private static final int WAREHOUSE = 3;
  private static final int QTY = 4;
  private static final int OCCURRED_AT = 5;
  private static final int RECEIVED_AT = 6;
  private static final int EXPECTED_AT = 7;

  static {
    // Avro makes room for a string before it looks whether the message is that long: a false length must not exhaust
    // the memory. Read once, when Avro's own class is first used.
    System.setProperty(SystemLimitException.MAX_STRING_LENGTH_PROPERTY, String.valueOf(MAX_STRING_BYTES));
  }

  private final Map<Long, GenericDatumReader<GenericRecord>> readers = new HashMap<>();
  private final Map<String, byte[]> tenants = new HashMap<>();
  private BinaryDecoder decoder;
  private GenericRecord record;

  OrderEventReader() {
    Schema current = Contract.current("order_event");
    Schema wanted = projection(current);
    addReader(current, wanted);
    for (int release = 1; Contract.released("order_event", release) != null; release++) {
      addReader(Contract.released("order_event", release), wanted);
    }
  }

  /** The event; null for an event type that does not move the ledger. */
  OrderEvent read(String topic, byte[] message) throws Unreadable {
    GenericRecord fields = decode(message);
    byte[] tenant = tenants.computeIfAbsent(topic, OrderEventReader::tenantOf);
    requireTenant((Utf8) fields.get(TENANT_ID), tenant);
    EventKind kind = EventKind.of((Utf8) fields.get(EVENT_TYPE));
    return kind == null ? null : event(fields, tenant, kind);
  }

  private GenericRecord decode(byte[] message) throws Unreadable {
    if (message == null) {
      throw new Unreadable("tombstone", "The message has no value.");
    }
    if (message.length < HEADER_BYTES || message[0] != (byte) 0xC3 || message[1] != 0x01) {
      throw new Unreadable("malformed", "The message is not in Avro single-object encoding.");
    }
    GenericDatumReader<GenericRecord> reader = readers.get(fingerprint(message));
    if (reader == null) {
      throw new Unreadable("unknown-schema", "No version of order_event has this fingerprint.");
    }
    try {
      decoder = DecoderFactory.get().binaryDecoder(message, HEADER_BYTES, message.length - HEADER_BYTES, decoder);
      record = reader.read(record, decoder);
      if (!decoder.isEnd()) {
        throw new Unreadable("malformed", "Bytes follow the body of order_event.");
      }
      return record;
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException | UnsupportedOperationException error) {
      throw new Unreadable("malformed", "The body does not fit order_event.");
    }
  }

  private static OrderEvent event(GenericRecord fields, byte[] tenant, EventKind kind) throws Unreadable {
    Utf8 sku = requireIdentifier("sku", fields.get(SKU));
    Utf8 warehouse = requireIdentifier("warehouse", fields.get(WAREHOUSE));
    long occurred = (long) fields.get(OCCURRED_AT);
    long received = (long) fields.get(RECEIVED_AT);
    if (occurred < YEAR_2000_MS || occurred > received + MAX_AHEAD_MS) {
      throw new Unreadable("invalid", "occurred_at is before 2000, or more than a day after received_at.");
    }
    Long qty = (Long) fields.get(QTY);
    if (qty == null || qty < kind.minQty || qty > kind.maxQty) {
      throw new Unreadable("invalid", kind.type + " needs a qty from " + kind.minQty + " to " + kind.maxQty + ".");
    }
    Long expected = (Long) fields.get(EXPECTED_AT);
    if (kind == EventKind.STOCK_INBOUND && (expected == null || expected < YEAR_2000_MS || expected >= YEAR_2100_MS)) {
      throw new Unreadable("invalid", "stock.inbound needs an expected_at from 2000 to 2099.");
    }
    return new OrderEvent(key(tenant, sku, warehouse), kind, qty, occurred, received, expected);
  }

  private static void requireTenant(Utf8 named, byte[] tenant) throws Unreadable {
    if (!Arrays.equals(named.getBytes(), 0, named.getByteLength(), tenant, 0, tenant.length)) {
      throw new Unreadable("wrong-tenant", "The event's tenant_id is not the tenant of its topic.");
    }
  }

  private static Utf8 requireIdentifier(String field, Object value) throws Unreadable {
    Utf8 identifier = (Utf8) value;
    if (identifier == null || identifier.getByteLength() == 0 || identifier.getByteLength() > MAX_IDENTIFIER_BYTES) {
      throw new Unreadable("invalid", field + " is missing, empty or too long.");
    }
    byte[] bytes = identifier.getBytes();
    boolean ascii = true;
    for (int i = 0; i < identifier.getByteLength(); i++) {
      // | parts the key; control characters have no place in an identifier
      if (bytes[i] == '|' || bytes[i] == 0x7F || (bytes[i] >= 0 && bytes[i] < 0x20)) {
        throw new Unreadable("invalid", field + " holds a control character or a |.");
      }
      ascii &= bytes[i] >= 0;
    }
    if (!ascii && !isUtf8(bytes, identifier.getByteLength())) {
      throw new Unreadable("malformed", field + " is not UTF-8.");
    }
    return identifier;
  }

  private static boolean isUtf8(byte[] bytes, int length) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length));
      return true;
    } catch (CharacterCodingException error) {
      return false;
    }
  }

  private static byte[] key(byte[] tenant, Utf8 sku, Utf8 warehouse) {
    byte[] key = new byte[tenant.length + sku.getByteLength() + warehouse.getByteLength() + 2];
    System.arraycopy(tenant, 0, key, 0, tenant.length);
    int at = tenant.length;
    key[at++] = '|';
    System.arraycopy(sku.getBytes(), 0, key, at, sku.getByteLength());
    at += sku.getByteLength();
    key[at++] = '|';
    System.arraycopy(warehouse.getBytes(), 0, key, at, warehouse.getByteLength());
    return key;
  }

  private static byte[] tenantOf(String topic) {
    return topic.substring(0, topic.length() - TOPIC_SUFFIX.length()).getBytes(StandardCharsets.UTF_8);
  }

  /** The fingerprint goes over the wire with its low byte first. */
  private static long fingerprint(byte[] message) {
    long value = 0;
    for (int i = HEADER_BYTES - 1; i >= 2; i--) {
      value = value << 8 | (message[i] & 0xFF);
    }
    return value;
  }

  private void addReader(Schema writer, Schema wanted) {
    long fingerprint = SchemaNormalization.parsingFingerprint64(writer);
    readers.put(fingerprint, new GenericDatumReader<>(writer, wanted, new GenericData()));
  }

  private static Schema projection(Schema schema) {
    List<Schema.Field> fields =
        FIELDS.stream().map(name -> new Schema.Field(schema.getField(name), schema.getField(name).schema())).toList();
    return Schema.createRecord(schema.getName(), null, schema.getNamespace(), false, fields);
  }
}
