package aurora;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.metrics.Counter;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.util.Collector;

/**
 * One Kafka message to one row: an event of the ledger, or a dead letter. A message of another event type gives no row.
 * Never throws for what a message holds, so no message can stop the job.
 */
public final class OrderEventDeserializer implements KafkaRecordDeserializationSchema<RowData> {
  private static final int SKU_KEY = 0;
  private static final int KIND = 1;
  private static final int QTY = 2;
  private static final int OCCURRED_MS = 3;
  private static final int RECEIVED_MS = 4;
  private static final int EXPECTED_MS = 5;
  private static final int LETTER_KEY = 6;
  private static final int LETTER = 7;
  private static final int FIELDS = 8;

  private transient OrderEventReader reader;
  private transient DeadLetterWriter writer;
  private transient Counter messages;
  private transient Counter deadLetters;

  @Override
  public void open(DeserializationSchema.InitializationContext context) {
    reader = new OrderEventReader();
    writer = new DeadLetterWriter();
    messages = context.getMetricGroup().counter("aurora_messages_total");
    deadLetters = context.getMetricGroup().counter("aurora_dead_letters_total");
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> message, Collector<RowData> out) {
    messages.inc();
    try {
      OrderEvent event = reader.read(message.topic(), message.value());
      if (event != null) {
        out.collect(row(event));
      }
    } catch (Unreadable problem) {
      deadLetters.inc();
      out.collect(deadLetter(message, problem));
    }
  }

  private static RowData row(OrderEvent event) {
    GenericRowData row = new GenericRowData(FIELDS);
    row.setField(SKU_KEY, StringData.fromBytes(event.skuKey()));
    row.setField(KIND, event.kind().code());
    row.setField(QTY, event.qty());
    row.setField(OCCURRED_MS, event.occurredMs());
    row.setField(RECEIVED_MS, event.receivedMs());
    row.setField(EXPECTED_MS, event.expectedMs());
    return row;
  }

  private RowData deadLetter(ConsumerRecord<byte[], byte[]> message, Unreadable problem) {
    String place = message.topic() + "-" + message.partition() + "-" + message.offset();
    GenericRowData row = new GenericRowData(FIELDS);
    row.setField(LETTER_KEY, place.getBytes(StandardCharsets.UTF_8));
    row.setField(
        LETTER, writer.write(message.topic(), message.partition(), message.offset(), message.value(), problem));
    return row;
  }

  @Override
  public TypeInformation<RowData> getProducedType() {
    return InternalTypeInfo.of(
        DataTypes.ROW(
                DataTypes.FIELD("sku_key", DataTypes.STRING()),
                DataTypes.FIELD("kind", DataTypes.TINYINT()),
                DataTypes.FIELD("qty", DataTypes.BIGINT()),
                DataTypes.FIELD("occurred_ms", DataTypes.BIGINT()),
                DataTypes.FIELD("received_ms", DataTypes.BIGINT()),
                DataTypes.FIELD("expected_ms", DataTypes.BIGINT()),
                DataTypes.FIELD("letter_key", DataTypes.BYTES()),
                DataTypes.FIELD("letter", DataTypes.BYTES()))
            .getLogicalType());
  }
}
