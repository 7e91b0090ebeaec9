package story;

import static story.Story.expect;

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
    client.setReadTimeout(Story.PATIENCE);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + key));
    return new OrdersApi(client);
  }

  /** Buys, once, and answers the order's number. After {@link Story.Unknown} it may have been bought. */
  static long buy(OrdersApi orders) throws Exception {
    PurchaseOrderRequest wanted =
        new PurchaseOrderRequest().product("Datacenter Proxy").location("DE").cycle("monthly").quantity(2L);
    try {
      PurchaseOrderResponse bought = orders.purchaseOrder(wanted);
      if (bought != null && Boolean.FALSE.equals(bought.getSuccess())) {
        throw new Story.Refused(bought.getMessage());
      }
      if (bought == null || bought.getOrderId() == null) {
        throw new Story.Unknown("an answer without an order");
      }
      return bought.getOrderId();
    } catch (ApiException error) {
      throw Story.failure(error.getCode(), error.getMessage());
    }
  }

  static void tell(Story story) {
    String baseUrl = System.getenv("PROXYSHARD_BASE_URL");
    OrdersApi orders = connect(baseUrl, System.getenv("PROXYSHARD_API_KEY"));

    story.step(
        "list",
        () -> {
          List<OrderListItem> found = orders.listOrders(OrderStatusFilter.ALL, null, 3L).getOrders();
          expect(found.size() == 3, found.size() + " orders, not 3");
        });

    story.step(
        "price",
        () -> {
          long cents = orders.calculateOrderPrice("Datacenter Proxy", "DE", "monthly", 2L, null, null).getFinalPrice();
          expect(0 < cents && cents < 5000, cents + " cents");
        });

    story.step(
        "buy",
        () -> {
          long number = buy(orders);
          Order found = orders.getOrder(number).getOrder();
          expect(found.getQuantity() == 2, "order " + number + " is not there");
        });

    story.step("extend", () -> expect(orders.renewOrder(1002L).getSuccess(), "not renewed"));

    story.step(
        "refusal",
        () -> {
          try {
            connect(baseUrl, "wrong").listOrders(OrderStatusFilter.ALL, null, null);
            expect(false, "a wrong key was accepted");
          } catch (ApiException error) {
            expect(error.getCode() == 401, error.getMessage());
          }
        });

    if (Story.strangeUrl() != null) {
      strange(story, Story.strangeUrl());
    }
  }

  private static void strange(Story story, String url) {
    story.step(
        "unknown",
        () -> {
          OrdersApi orders = connect(url + "/answers/proxyshard", "any");
          // The list is not documented to have a status: what is not in the spec is in the way of nothing.
          List<OrderListItem> found = orders.listOrders(OrderStatusFilter.ALL, null, null).getOrders();
          expect(found.get(0).getOrderId() == 48213 && found.get(1).getOrderId() == 48190, "two orders");
          String status = orders.getOrder(48213L).getOrder().getStatus();
          expect(status.equals("paused-by-moon"), "status " + status);
        });

    story.step(
        "once",
        () -> {
          Story.expectUnknown(() -> buy(connect(url + "/moved/proxyshard", "any")));
          Story.expectUnknown(() -> buy(connect(url + "/lost/proxyshard", "any")));
        });
  }
}
