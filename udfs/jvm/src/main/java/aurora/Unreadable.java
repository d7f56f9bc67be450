package aurora;

/** A message that cannot become an event; it goes to the dead letters with this reason. */
final class Unreadable extends Exception {
  final String reason;

  Unreadable(String reason, String detail) {
    // thrown for each bad message of a stream that may be all bad: the stack says nothing, and costs most
    super(detail, null, false, false);
    this.reason = reason;
  }
}
