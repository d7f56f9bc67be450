package bench;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * A table of shelves with a record cache, RocksDB and a changelog behind it, in one thread. Arguments: broker, topic, folder.
 * Prints how many events it has done, four times a second.
 */
public final class StockAndVelocity {
  private static final long TELL_EVERY_MS = 250;

  private StockAndVelocity() {}

  public static void main(String[] arguments) throws InterruptedException {
    LongAdder done = new LongAdder();
    KafkaStreams streams = new KafkaStreams(topology(arguments[1], done), settings(arguments[0], arguments[2]));
    streams.start();
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    while (true) {
      Thread.sleep(TELL_EVERY_MS);
      System.out.println(done.sum());
    }
  }

  private static Topology topology(String topic, LongAdder done) {
    StreamsBuilder builder = new StreamsBuilder();
    Change.Reader reader = new Change.Reader();
    builder.stream(topic, Consumed.with(Serdes.Bytes(), Serdes.ByteArray()))
        .groupByKey()
        .aggregate(
            () -> new Shelf(0, 0, 0),
            (key, message, shelf) -> {
              done.increment();
              return shelf.after(reader.read(message));
            },
            Materialized.<Bytes, Shelf, KeyValueStore<Bytes, byte[]>>as("shelves")
                .withKeySerde(Serdes.Bytes())
                .withValueSerde(Shelf.SERDE));
    return builder.build();
  }

  private static Properties settings(String kafka, String folder) {
    Properties properties = new Properties();
    properties.putAll(Map.of(
        StreamsConfig.APPLICATION_ID_CONFIG, "kafka-streams",
        StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, kafka,
        StreamsConfig.STATE_DIR_CONFIG, folder,
        StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1,
        StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64L << 20,
        // as often as the risk job's checkpoints
        StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 5_000,
        StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest",
        StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000));
    return properties;
  }
}
