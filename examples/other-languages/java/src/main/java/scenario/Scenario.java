package scenario;

import java.time.Duration;

/**
 * The scenario that every language runs: list, price, buy, extend, and what to do when something is odd.
 *
 * <p>Copy from IPRoyal.java, ProxyShard.java and SmartProxy.java; this file only runs them and prints one line for each step.
 */
public final class Scenario {
  /** What a step does. */
  interface Run {
    void run() throws Exception;
  }

  /** A call. */
  interface Call {
    Object call() throws Exception;
  }

  /** Long: to stop waiting for a purchase is worse than to wait. */
  static final Duration TIMEOUT = Duration.ofSeconds(120);

  /** The vendor said no: nothing was bought. */
  static final class Refused extends Exception {
    Refused(String message) {
      super(message);
    }
  }

  /** It may have been bought. List the orders and look; don't buy again. */
  static final class Unknown extends Exception {
    Unknown(String message) {
      super(message);
    }
  }

  /**
   * What a failure means. No page says that 408, 425 or 429 is "not carried out", or that a redirect is. The generated clients give 0
   * where there was no answer, or none that could be read.
   */
  static Exception failure(int status, String message) {
    boolean refused = 400 <= status && status < 500 && status != 408 && status != 425 && status != 429;
    return refused ? new Refused(message) : new Unknown(message);
  }

  private final String vendor;
  private int failures;

  private Scenario(String vendor) {
    this.vendor = vendor;
  }

  /** Prints how a step went; a failed one does not keep the next from running. */
  void step(String name, Run run) {
    try {
      run.run();
      System.out.printf("java %s %s ok%n", vendor, name);
    } catch (Exception error) {
      failures++;
      System.out.printf("java %s %s FAILED: %s%n", vendor, name, error);
    }
  }

  /** Says that a vendor has no such operation. */
  void none(String name, String why) {
    System.out.printf("java %s %s none: %s%n", vendor, name, why);
  }

  /** Where answers come from that no sandbox gives: unknown values, redirects, none at all. Without it those steps are left out. */
  static String oddAnswersUrl() {
    return System.getenv("ODD_ANSWERS_URL");
  }

  /** Fails a step unless it holds. */
  static void expect(boolean condition, String what) {
    if (!condition) {
      throw new IllegalStateException(what);
    }
  }

  /** Fails a step unless a call leaves it open whether something was bought. */
  static void expectUnknown(Call call) throws Exception {
    try {
      call.call();
    } catch (Unknown unknown) {
      return; // Here a program lists the orders.
    }
    throw new IllegalStateException("it was taken for an order");
  }

  public static void main(String[] arguments) {
    Scenario iproyal = new Scenario("iproyal");
    IPRoyal.run(iproyal);
    Scenario proxyshard = new Scenario("proxyshard");
    ProxyShard.run(proxyshard);
    Scenario smartproxy = new Scenario("smartproxy");
    SmartProxy.run(smartproxy);
    System.exit(iproyal.failures + proxyshard.failures + smartproxy.failures == 0 ? 0 : 1);
  }
}
