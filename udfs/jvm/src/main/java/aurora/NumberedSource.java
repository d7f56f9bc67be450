package aurora;

import java.lang.reflect.Field;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumerator;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A Kafka source that begins with {@link FromTheBeginning} also in topics that are found later. The connector takes its
 * own "earliest" for these, whatever it was told, and nothing of it can be set; so the field is set from outside.
 */
public final class NumberedSource<T>
    implements Source<T, KafkaPartitionSplit, KafkaSourceEnumState>, ResultTypeQueryable<T> {
  private static final long serialVersionUID = 1L;
  private static final String BEGINNING_OF_NEW_TOPICS = "newDiscoveryOffsetsInitializer";

  private final KafkaSource<T> source;

  public NumberedSource(KafkaSource<T> source) {
    this.source = source;
  }

  @Override
  public Boundedness getBoundedness() {
    return source.getBoundedness();
  }

  @Override
  public SourceReader<T, KafkaPartitionSplit> createReader(SourceReaderContext context) throws Exception {
    return source.createReader(context);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) {
    return numbered(source.createEnumerator(context));
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState state) throws Exception {
    return numbered(source.restoreEnumerator(context, state));
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return source.getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
    return source.getEnumeratorCheckpointSerializer();
  }

  @Override
  public TypeInformation<T> getProducedType() {
    return source.getProducedType();
  }

  private static SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> numbered(
      SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> enumerator) {
    try {
      Field beginning = KafkaSourceEnumerator.class.getDeclaredField(BEGINNING_OF_NEW_TOPICS);
      beginning.setAccessible(true);
      beginning.set(enumerator, new FromTheBeginning());
    } catch (ReflectiveOperationException problem) {
      throw new IllegalStateException("This version of the Kafka connector begins otherwise.", problem);
    }
    return enumerator;
  }
}
