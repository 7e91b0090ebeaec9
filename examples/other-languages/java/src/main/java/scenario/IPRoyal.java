package scenario;

import static scenario.Scenario.expect;

import iproyal.ApiClient;
import iproyal.ApiException;
import iproyal.api.OrdersApi;
import iproyal.model.CreateOrderRequest;
import iproyal.model.ExtendOrderRequest;
import iproyal.model.Order;
import iproyal.model.OrderStatusFilter;
import iproyal.model.Pricing;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** IPRoyal: the token travels in a header of its own. */
final class IPRoyal {
  private IPRoyal() {}

  static OrdersApi connect(String baseUrl, String token) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(baseUrl);
    // It waits for ever unless told otherwise. It follows no redirects: leave that so, a redirected
    // purchase is a second purchase.
    client.setConnectTimeout(Duration.ofSeconds(10));
    client.setReadTimeout(Scenario.TIMEOUT);
    client.setRequestInterceptor(request -> request.header("X-Access-Token", token));
    return new OrdersApi(client);
  }

  static Pricing price(OrdersApi orders) throws ApiException {
    Answers answers = new Answers().with("12", "I need 128.158.97");
    return orders.calculatePricing(123L, 456L, 789L, 10L, "SAVE10", null, null, answers);
  }

  /** Buys, once. After {@link Scenario.Unknown} it may have been bought: list the orders, don't call this again. */
  static Order buy(OrdersApi orders) throws Exception {
    CreateOrderRequest wanted =
        new CreateOrderRequest()
            .productId(123L)
            .productPlanId(456L)
            .productLocationId(789L)
            .quantity(10L)
            .couponCode("SAVE10")
            .productQuestionAnswers(new Answers().with("12", "I need 128.158.97"));
    try {
      Order order = orders.createOrder(wanted);
      if (order == null || order.getId() == null) {
        throw new Scenario.Unknown("an answer without an order");
      }
      return order;
    } catch (ApiException error) {
      throw Scenario.failure(error.getCode(), error.getMessage());
    }
  }

  static void run(Scenario scenario) {
    String baseUrl = System.getenv("IPROYAL_BASE_URL");
    OrdersApi orders = connect(baseUrl, System.getenv("IPROYAL_TOKEN"));

    scenario.step(
        "list",
        () -> {
          List<Order> found =
              orders
                  .listOrders(
                      null, null, null, null, null, null, List.of(789L, 1011L), null, null,
                      List.of(OrderStatusFilter.IN_PROGRESS, OrderStatusFilter.CONFIRMED), null, null)
                  .getData();
          Set<Long> ids = found.stream().map(Order::getId).collect(Collectors.toSet());
          expect(found.size() == 2 && ids.equals(Set.of(789L, 1011L)), "other orders: " + ids);
        });

    scenario.step(
        "price",
        () -> {
          Pricing quote = price(orders);
          expect(quote.getPriceWithVat().amount().compareTo(new BigDecimal(27)) == 0, quote.getPriceWithVat() + ", not 27");
          expect(quote.getCouponDiscountPercent().compareTo(BigDecimal.TEN) == 0, "the coupon was not counted");
        });

    scenario.step(
        "buy",
        () -> {
          // Never pay more than was meant: ask first. A missing price is no price.
          Money total = price(orders).getPriceWithVat();
          expect(total != null && total.amount().compareTo(new BigDecimal(30)) <= 0, "too expensive: " + total);
          Order order = buy(orders);
          expect(order.getQuantity() == 10, order.getQuantity() + " proxies, not 10");
        });

    scenario.step(
        "extend",
        () -> {
          Order extended = orders.extendOrder(12345L, new ExtendOrderRequest().productPlanId(678L));
          expect(extended.getId() == 12345, "not extended");
          expect(extended.getProxyData().getPorts().getHttpHttps() == 12323, "the port under `http|https` is not there");
        });

    scenario.step(
        "refusal",
        () -> {
          try {
            connect(baseUrl, "wrong").listOrders(null, null, null, null, null, null, null, null, null, null, null, null);
            expect(false, "a wrong token was accepted");
          } catch (ApiException error) {
            expect(error.getCode() == 401, error.getMessage());
          }
        });

    if (Scenario.oddAnswersUrl() != null) {
      oddAnswers(scenario, Scenario.oddAnswersUrl());
    }
  }

  private static void oddAnswers(Scenario scenario, String url) {
    scenario.step(
        "unknown",
        () -> {
          OrdersApi orders = connect(url + "/answers/iproyal", "any");
          List<Order> found =
              orders.listOrders(null, null, null, null, null, null, null, null, null, null, null, null).getData();
          Order first = found.get(0);
          expect(first.getStatus().equals("paused-by-moon"), "status " + first.getStatus());
          var proxies = first.getProxyData().getProxies();
          expect(proxies.get(0).getProxyCredentials().getIp().equals("203.0.113.7"), "the proxy that is an object");
          expect(proxies.get(1).getString().equals("203.0.113.8:12323:user:pass"), "the proxy that is a line");
          // Its id needs more than 32 bits.
          Order second = found.get(1);
          expect(second.getId() == 5_000_000_421L && second.getStatus().equals("confirmed"), "the order after it");
        });

    scenario.step(
        "once",
        () -> {
          expect(buy(connect(url + "/created/iproyal", "any")).getId() == 420, "an order under HTTP 201");
          Scenario.expectUnknown(() -> buy(connect(url + "/moved/iproyal", "any")));
          Scenario.expectUnknown(() -> buy(connect(url + "/lost/iproyal", "any")));
        });
  }
}
