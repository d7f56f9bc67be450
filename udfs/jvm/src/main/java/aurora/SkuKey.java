package aurora;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.util.Utf8;

/**
 * The UTF-8 of {@code tenant|sku|warehouse}, by which books are kept. The reader fills one and the same anew for each
 * event, so that a lookup leaves nothing to be collected; what is to be kept is a {@link #copy}.
 */
final class SkuKey {
  private static final byte SEPARATOR = '|';

  private byte[] bytes;
  private int length;
  private int hash;

  SkuKey() {
    this(new byte[128], 0, 0);
  }

  private SkuKey(byte[] bytes, int length, int hash) {
    this.bytes = bytes;
    this.length = length;
    this.hash = hash;
  }

  void set(TenantId tenant, Utf8 sku, Utf8 warehouse) {
    int skuAt = tenant.bytes().length + 1;
    int warehouseAt = skuAt + sku.getByteLength() + 1;
    length = warehouseAt + warehouse.getByteLength();
    if (length > bytes.length) {
      bytes = new byte[2 * length];
    }
    System.arraycopy(tenant.bytes(), 0, bytes, 0, skuAt - 1);
    bytes[skuAt - 1] = SEPARATOR;
    System.arraycopy(sku.getBytes(), 0, bytes, skuAt, sku.getByteLength());
    bytes[warehouseAt - 1] = SEPARATOR;
    System.arraycopy(warehouse.getBytes(), 0, bytes, warehouseAt, warehouse.getByteLength());
    // the longest part is the same for all of a tenant's events
    hash = tenant.hash();
    for (int i = skuAt; i < length; i++) {
      hash = 31 * hash + bytes[i];
    }
  }

  SkuKey copy() {
    return new SkuKey(Arrays.copyOf(bytes, length), length, hash);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SkuKey key
        && hash == key.hash
        && Arrays.equals(bytes, 0, length, key.bytes, 0, key.length);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
