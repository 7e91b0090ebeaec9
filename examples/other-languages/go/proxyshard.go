package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"scenario/clients/proxyshard"
)

// connectProxyShard makes a client with a bearer key. Money is an integer number of cents.
func connectProxyShard(baseURL, key string) (*proxyshard.ClientWithResponses, error) {
	return proxyshard.NewClientWithResponses(baseURL, proxyshard.WithHTTPClient(careful),
		proxyshard.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+key)
			return nil
		}))
}

// buyAtProxyShard buys, once, and answers the order's number. After an error that is not errRefused
// it may have been bought.
func buyAtProxyShard(ctx context.Context, client *proxyshard.ClientWithResponses) (int64, error) {
	reply, err := client.PurchaseOrderWithResponse(ctx, proxyshard.PurchaseOrderRequest{
		Product:  "Datacenter Proxy",
		Location: to("DE"),
		Cycle:    to("monthly"),
		Quantity: to(int64(2)),
	})
	if err != nil {
		return 0, err
	}
	if reply.JSON2XX == nil {
		return 0, failure(reply.StatusCode(), reply.Body)
	}
	if !reply.JSON2XX.Success {
		return 0, fmt.Errorf("%w: %s", errRefused, reply.JSON2XX.Message)
	}
	return reply.JSON2XX.OrderID, expect(reply.JSON2XX.OrderID != 0, "an answer without an order: %s", reply.Body)
}

func runProxyShard(s *scenario) error {
	baseURL, key := os.Getenv("PROXYSHARD_BASE_URL"), os.Getenv("PROXYSHARD_API_KEY")
	client, err := connectProxyShard(baseURL, key)
	if err != nil {
		return err
	}

	s.step("list", func(ctx context.Context) error {
		reply, err := client.ListOrdersWithResponse(ctx, &proxyshard.ListOrdersParams{Status: proxyshard.OrderStatusFilterAll, Limit: to(int64(3))})
		if err != nil {
			return err
		}
		return expect(reply.JSON200 != nil && len(reply.JSON200.Orders) == 3, "not three orders: %s", reply.Body)
	})

	s.step("price", func(ctx context.Context) error {
		reply, err := client.CalculateOrderPriceWithResponse(ctx, &proxyshard.CalculateOrderPriceParams{
			Product:  "Datacenter Proxy",
			Location: to("DE"),
			Cycle:    to("monthly"),
			Quantity: to(int64(2)),
		})
		if err != nil {
			return err
		}
		if reply.JSON200 == nil {
			return failure(reply.StatusCode(), reply.Body)
		}
		cents := of(reply.JSON200.FinalPrice)
		return expect(0 < cents && cents < 5000, "%d cents", cents)
	})

	s.step("buy", func(ctx context.Context) error {
		number, err := buyAtProxyShard(ctx, client)
		if err != nil {
			return err
		}
		reply, err := client.GetOrderWithResponse(ctx, number)
		if err != nil {
			return err
		}
		return expect(reply.JSON200 != nil && of(reply.JSON200.Order.Quantity) == 2, "order %d is not there", number)
	})

	s.step("extend", func(ctx context.Context) error {
		reply, err := client.RenewOrderWithResponse(ctx, 1002)
		if err != nil {
			return err
		}
		return expect(reply.JSON2XX != nil && reply.JSON2XX.Success, "not renewed: %s", reply.Body)
	})

	s.step("refusal", func(ctx context.Context) error {
		client, err := connectProxyShard(baseURL, "wrong")
		if err != nil {
			return err
		}
		reply, err := client.ListOrdersWithResponse(ctx, &proxyshard.ListOrdersParams{Status: proxyshard.OrderStatusFilterAll})
		if err != nil {
			return err
		}
		return expect(reply.StatusCode() == 401 && reply.JSON4XX != nil, "HTTP %d", reply.StatusCode())
	})

	if s.oddAnswersURL != "" {
		oddAnswersProxyShard(s)
	}
	return nil
}

func oddAnswersProxyShard(s *scenario) {
	s.step("unknown", func(ctx context.Context) error {
		client, err := connectProxyShard(s.oddAnswersURL+"/answers/proxyshard", "any")
		if err != nil {
			return err
		}
		// The list is not documented to have a status: what is not in the spec is in the way of nothing.
		page, err := client.ListOrdersWithResponse(ctx, &proxyshard.ListOrdersParams{Status: proxyshard.OrderStatusFilterAll})
		if err != nil {
			return err
		}
		found, err := client.GetOrderWithResponse(ctx, 48213)
		if err != nil {
			return err
		}
		if page.JSON200 == nil || found.JSON200 == nil {
			return expect(false, "an answer was not read: %s, %s", page.Body, found.Body)
		}
		orders, status := page.JSON200.Orders, of(found.JSON200.Order.Status)
		return errors.Join(
			expect(len(orders) == 2 && orders[0].OrderID == 48213 && orders[1].OrderID == 48190, "two orders"),
			expect(status == "paused-by-moon", "status %s", status))
	})

	s.step("once", func(ctx context.Context) error {
		moved, err := connectProxyShard(s.oddAnswersURL+"/moved/proxyshard", "any")
		if err != nil {
			return err
		}
		lost, err := connectProxyShard(s.oddAnswersURL+"/lost/proxyshard", "any")
		if err != nil {
			return err
		}
		_, whenMoved := buyAtProxyShard(ctx, moved)
		_, whenLost := buyAtProxyShard(ctx, lost)
		return errors.Join(expectUnknown(whenMoved), expectUnknown(whenLost))
	})
}
