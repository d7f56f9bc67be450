package aurora;

import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.util.Collector;

/** Each Kafka message as it is, with the place it came from: topic, partition, offset, value. */
public final class RawMessages implements KafkaRecordDeserializationSchema<Tuple4<String, Integer, Long, byte[]>> {
  private static final long serialVersionUID = 1L;

  @Override
  public void deserialize(
      ConsumerRecord<byte[], byte[]> message, Collector<Tuple4<String, Integer, Long, byte[]>> out) {
    out.collect(Tuple4.of(message.topic(), message.partition(), message.offset(), message.value()));
  }

  @Override
  public TypeInformation<Tuple4<String, Integer, Long, byte[]>> getProducedType() {
    return Types.TUPLE(Types.STRING, Types.INT, Types.LONG, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
  }
}
