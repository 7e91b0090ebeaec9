package scenario;

import static scenario.Scenario.expect;

import java.time.Duration;
import java.util.List;
import proxyshard.ApiClient;
import proxyshard.ApiException;
import proxyshard.api.OrdersApi;
import proxyshard.model.Order;
import proxyshard.model.OrderListItem;
import proxyshard.model.OrderStatusFilter;
import proxyshard.model.PurchaseOrderRequest;
import proxyshard.model.PurchaseOrderResponse;

/** ProxyShard: a bearer key. Money is an integer number of cents. */
final class ProxyShard {
  private ProxyShard() {}

  static OrdersApi connect(String baseUrl, String key) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(baseUrl);
    client.setConnectTimeout(Duration.ofSeconds(10));
    client.setReadTimeout(Scenario.TIMEOUT);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + key));
    return new OrdersApi(client);
  }

  /** Buys, once, and answers the order's number. After {@link Scenario.Unknown} it may have been bought. */
  static long buy(OrdersApi orders) throws Exception {
    PurchaseOrderRequest wanted =
        new PurchaseOrderRequest().product("Datacenter Proxy").location("DE").cycle("monthly").quantity(2L);
    try {
      PurchaseOrderResponse bought = orders.purchaseOrder(wanted);
      if (bought != null && Boolean.FALSE.equals(bought.getSuccess())) {
        throw new Scenario.Refused(bought.getMessage());
      }
      if (bought == null || bought.getOrderId() == null) {
        throw new Scenario.Unknown("an answer without an order");
      }
      return bought.getOrderId();
    } catch (ApiException error) {
      throw Scenario.failure(error.getCode(), error.getMessage());
    }
  }

  static void run(Scenario scenario) {
    String baseUrl = System.getenv("PROXYSHARD_BASE_URL");
    OrdersApi orders = connect(baseUrl, System.getenv("PROXYSHARD_API_KEY"));

    scenario.step(
        "list",
        () -> {
          List<OrderListItem> found = orders.listOrders(OrderStatusFilter.ALL, null, 3L).getOrders();
          expect(found.size() == 3, found.size() + " orders, not 3");
        });

    scenario.step(
        "price",
        () -> {
          long cents = orders.calculateOrderPrice("Datacenter Proxy", "DE", "monthly", 2L, null, null).getFinalPrice();
          expect(0 < cents && cents < 5000, cents + " cents");
        });

    scenario.step(
        "buy",
        () -> {
          long number = buy(orders);
          Order found = orders.getOrder(number).getOrder();
          expect(found.getQuantity() == 2, "order " + number + " is not there");
        });

    scenario.step("extend", () -> expect(orders.renewOrder(1002L).getSuccess(), "not renewed"));

    scenario.step(
        "refusal",
        () -> {
          try {
            connect(baseUrl, "wrong").listOrders(OrderStatusFilter.ALL, null, null);
            expect(false, "a wrong key was accepted");
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
          OrdersApi orders = connect(url + "/answers/proxyshard", "any");
          // The list is not documented to have a status: what is not in the spec is in the way of
          // nothing.
          List<OrderListItem> found = orders.listOrders(OrderStatusFilter.ALL, null, null).getOrders();
          expect(found.get(0).getOrderId() == 48213 && found.get(1).getOrderId() == 48190, "two orders");
          String status = orders.getOrder(48213L).getOrder().getStatus();
          expect(status.equals("paused-by-moon"), "status " + status);
        });

    scenario.step(
        "once",
        () -> {
          Scenario.expectUnknown(() -> buy(connect(url + "/moved/proxyshard", "any")));
          Scenario.expectUnknown(() -> buy(connect(url + "/lost/proxyshard", "any")));
        });
  }
}
