package scenario;

import static scenario.Scenario.expect;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import smartproxy.ApiClient;
import smartproxy.ApiException;
import smartproxy.api.OrdersApi;
import smartproxy.model.CloseOrderRequest;
import smartproxy.model.CreateOrderRequest;
import smartproxy.model.Order;
import smartproxy.model.OrderCreated;
import smartproxy.model.OrderList;
import smartproxy.model.OrderStatusFilter;

/** SmartProxy: the key is in the query of a GET and in the body of a POST. Look at the code, not at the HTTP status. */
final class SmartProxy {
  private SmartProxy() {}

  static OrdersApi connect(String baseUrl, String appKey) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(baseUrl);
    client.setConnectTimeout(Duration.ofSeconds(10));
    client.setReadTimeout(Scenario.TIMEOUT);
    client.setRequestInterceptor(request -> sign(request, appKey));
    return new OrdersApi(client);
  }

  /** The bodies of POST carry the key, so it must not be in their query, which servers write to their logs. */
  private static void sign(HttpRequest.Builder request, String appKey) {
    HttpRequest so = request.build();
    if (so.method().equals("GET")) {
      String and = so.uri().getRawQuery() == null ? "?" : "&";
      request.uri(URI.create(so.uri() + and + "app_key=" + URLEncoder.encode(appKey, StandardCharsets.UTF_8)));
    }
  }

  /** A failure comes under HTTP 200 too. */
  static boolean succeeded(Long code) {
    return code != null && (code == 0 || code == 200);
  }

  /** Orders, once. After {@link Scenario.Unknown} it may have been ordered. */
  static Order buy(OrdersApi orders, String appKey) throws Exception {
    CreateOrderRequest wanted = new CreateOrderRequest().appKey(appKey).pid(1001L).pmId(1L).amount(BigDecimal.ONE);
    try {
      OrderCreated answer = orders.createOrder(wanted);
      if (answer != null && answer.getCode() != null && !succeeded(answer.getCode())) {
        throw new Scenario.Refused("code " + answer.getCode() + ": " + answer.getMessage());
      }
      // Without its number an order is worthless.
      if (answer == null || answer.getData() == null || answer.getData().getTradeNo() == null) {
        throw new Scenario.Unknown("an answer without an order");
      }
      return answer.getData();
    } catch (ApiException error) {
      throw Scenario.failure(error.getCode(), error.getMessage());
    }
  }

  static void run(Scenario scenario) {
    String baseUrl = System.getenv("SMARTPROXY_BASE_URL");
    String appKey = System.getenv("SMARTPROXY_APP_KEY");
    OrdersApi orders = connect(baseUrl, appKey);
    Order[] bought = new Order[1];

    scenario.step(
        "list",
        () -> {
          OrderList page = orders.listOrders(1L, 2L, null, OrderStatusFilter.Paid, null);
          expect(succeeded(page.getCode()), "refused with code " + page.getCode());
          List<Integer> statuses = page.getData().getList().stream().map(Order::getStatus).toList();
          expect(statuses.equals(List.of(1, 1)), "not two paid orders: " + statuses);
        });

    scenario.none("price", "SmartProxy has no operation that prices an order");

    scenario.step(
        "buy",
        () -> {
          bought[0] = buy(orders, appKey);
          expect(bought[0].getTotalFee().amount().compareTo(new BigDecimal(5)) == 0, "fee " + bought[0].getTotalFee());
        });

    scenario.step(
        "extend",
        () -> {
          // An order is renewed by ordering again, with `upids`. This one is not paid for, so it is
          // cancelled instead.
          expect(bought[0] != null, "nothing was bought");
          CloseOrderRequest which = new CloseOrderRequest().appKey(appKey).tradeNo(bought[0].getTradeNo());
          expect(succeeded(orders.closeOrder(which).getCode()), "not cancelled");
        });

    scenario.step(
        "refusal",
        () -> {
          // No exception: it comes under HTTP 200.
          OrderList page = connect(baseUrl, "wrong").listOrders(null, null, null, null, null);
          expect(page.getCode() == 3 && !succeeded(page.getCode()), "code " + page.getCode());
        });

    if (Scenario.oddAnswersUrl() != null) {
      oddAnswers(scenario, Scenario.oddAnswersUrl());
    }
  }

  private static void oddAnswers(Scenario scenario, String url) {
    scenario.step(
        "unknown",
        () -> {
          OrdersApi orders = connect(url + "/answers/smartproxy", "any");
          List<Order> found = orders.listOrders(null, null, null, null, null).getData().getList();
          // This vendor's statuses are numbers.
          expect(found.get(0).getStatus() == 99 && found.get(1).getStatus() == 1, "an unknown status and a known one");
          expect(found.get(0).getTotalFee().equals(new Money(new BigDecimal("18.2"))), "a fee that is a number");
          expect(found.get(1).getTotalFee().equals(new Money(new BigDecimal("16.00"))), "a fee that is text");
        });

    scenario.step(
        "once",
        () -> {
          Scenario.expectUnknown(() -> buy(connect(url + "/moved/smartproxy", "any"), "any"));
          Scenario.expectUnknown(() -> buy(connect(url + "/lost/smartproxy", "any"), "any"));
        });
  }
}
