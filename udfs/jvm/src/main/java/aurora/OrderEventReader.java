package aurora;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.SystemLimitException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;

/** Messages of a tenant topic, in Avro single-object encoding of this release or an earlier one, to checked events. */
final class OrderEventReader {
  private static final int HEADER_BYTES = 10;
  private static final int MAX_IDENTIFIER_BYTES = 64 * 4;
  private static final int MAX_STRING_BYTES = 2 << 20;
  private static final long MAX_AHEAD_MS = 24 * 3_600_000L;
  private static final long YEAR_2000_MS = 946_684_800_000L;
  private static final long YEAR_2100_MS = 4_102_444_800_000L;

  /** What the ledger needs, each by its place in this list; the rest is passed over. */
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

  private final Map<Long, FieldReader[]> readers = new HashMap<>();
  private final Map<String, TenantId> tenants = new HashMap<>();
  private final Fields fields = new Fields(FIELDS.size());
  private final OrderEvent event = new OrderEvent();
  private BinaryDecoder decoder;

  OrderEventReader() {
    addReaders(Contract.current("order_event"));
    for (int release = 1; Contract.released("order_event", release) != null; release++) {
      addReaders(Contract.released("order_event", release));
    }
  }

  /** The event; null for an event type that does not move the ledger. It is good until the next is read. */
  OrderEvent read(String topic, byte[] message) throws Unreadable {
    decode(message);
    TenantId tenant = tenants.computeIfAbsent(topic, TenantId::ofTopic);
    if (!tenant.is(fields.text(TENANT_ID))) {
      throw new Unreadable("wrong-tenant", "The event's tenant_id is not the tenant of its topic.");
    }
    EventKind kind = EventKind.of(fields.text(EVENT_TYPE));
    return kind == null ? null : checked(tenant, kind);
  }

  private void decode(byte[] message) throws Unreadable {
    if (message == null) {
      throw new Unreadable("tombstone", "The message has no value.");
    }
    if (message.length < HEADER_BYTES || message[0] != (byte) 0xC3 || message[1] != 0x01) {
      throw new Unreadable("malformed", "The message is not in Avro single-object encoding.");
    }
    FieldReader[] record = readers.get(fingerprint(message));
    if (record == null) {
      throw new Unreadable("unknown-schema", "No version of order_event has this fingerprint.");
    }
    try {
      decoder = DecoderFactory.get().binaryDecoder(message, HEADER_BYTES, message.length - HEADER_BYTES, decoder);
      fields.clear();
      for (FieldReader field : record) {
        field.read(decoder, fields);
      }
      if (!decoder.isEnd()) {
        throw new Unreadable("malformed", "Bytes follow the body of order_event.");
      }
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException | UnsupportedOperationException error) {
      throw new Unreadable("malformed", "The body does not fit order_event.");
    }
  }

  private OrderEvent checked(TenantId tenant, EventKind kind) throws Unreadable {
    Utf8 sku = requireIdentifier("sku", SKU);
    Utf8 warehouse = requireIdentifier("warehouse", WAREHOUSE);
    long occurred = fields.number(OCCURRED_AT);
    long received = fields.number(RECEIVED_AT);
    // of times beyond, minutes do not fit where they are counted, and no prediction could tell the receipt
    if (received >= YEAR_2100_MS) {
      throw new Unreadable("invalid", "received_at is after 2099.");
    }
    if (occurred < YEAR_2000_MS || occurred > received + MAX_AHEAD_MS) {
      throw new Unreadable("invalid", "occurred_at is before 2000, or more than a day after received_at.");
    }
    long qty = fields.number(QTY);
    if (!fields.has(QTY) || qty < kind.minQty || qty > kind.maxQty) {
      throw new Unreadable("invalid", kind.type + " needs a qty from " + kind.minQty + " to " + kind.maxQty + ".");
    }
    long expected = fields.number(EXPECTED_AT);
    boolean isExpected = fields.has(EXPECTED_AT) && expected >= YEAR_2000_MS && expected < YEAR_2100_MS;
    if (kind == EventKind.STOCK_INBOUND && !isExpected) {
      throw new Unreadable("invalid", "stock.inbound needs an expected_at from 2000 to 2099.");
    }
    event.key.set(tenant, sku, warehouse);
    event.tenant = tenant;
    event.kind = kind;
    event.qty = qty;
    event.occurredMs = occurred;
    event.receivedMs = received;
    event.expectedMs = expected;
    return event;
  }

  private Utf8 requireIdentifier(String field, int slot) throws Unreadable {
    Utf8 identifier = fields.text(slot);
    if (!fields.has(slot) || identifier.getByteLength() == 0 || identifier.getByteLength() > MAX_IDENTIFIER_BYTES) {
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

  /** The fingerprint goes over the wire with its low byte first. */
  private static long fingerprint(byte[] message) {
    long value = 0;
    for (int i = HEADER_BYTES - 1; i >= 2; i--) {
      value = value << 8 | (message[i] & 0xFF);
    }
    return value;
  }

  private void addReaders(Schema writer) {
    FieldReader[] record =
        writer.getFields().stream().map(OrderEventReader::readerOf).toArray(FieldReader[]::new);
    readers.put(SchemaNormalization.parsingFingerprint64(writer), record);
  }

  private static FieldReader readerOf(Schema.Field field) {
    int slot = FIELDS.indexOf(field.name());
    return slot < 0 ? FieldReader.over(field.schema()) : FieldReader.of(field.schema(), slot);
  }
}
