package main

import (
	"context"
	"errors"
	"net/http"
	"os"

	"scenario/clients/iproyal"
)

// connectIPRoyal makes a client whose token travels in a header of its own.
func connectIPRoyal(baseURL, token string) (*iproyal.ClientWithResponses, error) {
	return iproyal.NewClientWithResponses(baseURL, iproyal.WithHTTPClient(careful),
		iproyal.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
			request.Header.Set("X-Access-Token", token)
			return nil
		}))
}

func priceAtIPRoyal(ctx context.Context, client *iproyal.ClientWithResponses) (*iproyal.Pricing, error) {
	reply, err := client.CalculatePricingWithResponse(ctx, &iproyal.CalculatePricingParams{
		ProductID:              to(int64(123)),
		ProductPlanID:          to(int64(456)),
		ProductLocationID:      to(int64(789)),
		Quantity:               to(int64(10)),
		CouponCode:             to("SAVE10"),
		ProductQuestionAnswers: &iproyal.ProductQuestionAnswers{"12": "I need 128.158.97"},
	})
	if err != nil {
		return nil, err
	}
	if reply.JSON200 == nil {
		return nil, failure(reply.StatusCode(), reply.Body)
	}
	return reply.JSON200, nil
}

// buyAtIPRoyal buys, once. After an error that is not errRefused it may have been bought: list the
// orders, don't call this again.
func buyAtIPRoyal(ctx context.Context, client *iproyal.ClientWithResponses) (*iproyal.Order, error) {
	reply, err := client.CreateOrderWithResponse(ctx, iproyal.CreateOrderRequest{
		ProductID:              123,
		ProductPlanID:          456,
		ProductLocationID:      to(int64(789)),
		Quantity:               to(int64(10)),
		CouponCode:             to("SAVE10"),
		ProductQuestionAnswers: &iproyal.ProductQuestionAnswers{"12": "I need 128.158.97"},
	})
	if err != nil {
		return nil, err
	}
	// No page says whether the order comes with 200 or 201: the spec has 2XX for what spends.
	order := reply.JSON2XX
	if order == nil {
		return nil, failure(reply.StatusCode(), reply.Body)
	}
	return order, expect(order.ID != 0, "an answer without an order: %s", reply.Body)
}

func runIPRoyal(s *scenario) error {
	baseURL, token := os.Getenv("IPROYAL_BASE_URL"), os.Getenv("IPROYAL_TOKEN")
	client, err := connectIPRoyal(baseURL, token)
	if err != nil {
		return err
	}

	s.step("list", func(ctx context.Context) error {
		reply, err := client.ListOrdersWithResponse(ctx, &iproyal.ListOrdersParams{
			OrderIds: &iproyal.OrderIds{789, 1011},
			Statuses: &iproyal.OrderStatuses{iproyal.OrderStatusFilterInProgress, iproyal.OrderStatusFilterConfirmed},
		})
		if err != nil {
			return err
		}
		if reply.JSON200 == nil {
			return failure(reply.StatusCode(), reply.Body)
		}
		orders := reply.JSON200.Data
		return expect(len(orders) == 2 && orders[0].ID+orders[1].ID == 789+1011, "other orders: %s", reply.Body)
	})

	s.step("price", func(ctx context.Context) error {
		quote, err := priceAtIPRoyal(ctx, client)
		if err != nil {
			return err
		}
		return errors.Join(
			expect(of(quote.PriceWithVat) == "27", "%s, not 27", of(quote.PriceWithVat)),
			expect(of(quote.CouponDiscountPercent) == "10", "the coupon was not counted"))
	})

	s.step("buy", func(ctx context.Context) error {
		// Never pay more than was meant: ask first.
		quote, err := priceAtIPRoyal(ctx, client)
		if err != nil {
			return err
		}
		total, err := of(quote.PriceWithVat).Float64()
		if err != nil || total > 30 {
			return expect(false, "too expensive: %s", of(quote.PriceWithVat))
		}
		order, err := buyAtIPRoyal(ctx, client)
		if err != nil {
			return err
		}
		return expect(of(order.Quantity) == 10, "%d proxies, not 10", of(order.Quantity))
	})

	s.step("extend", func(ctx context.Context) error {
		reply, err := client.ExtendOrderWithResponse(ctx, 12345, iproyal.ExtendOrderRequest{ProductPlanID: 678})
		if err != nil {
			return err
		}
		if reply.JSON2XX == nil {
			return failure(reply.StatusCode(), reply.Body)
		}
		port := of(of(of(reply.JSON2XX.ProxyData).Ports).HTTPHTTPS)
		return errors.Join(
			expect(reply.JSON2XX.ID == 12345, "not extended: %s", reply.Body),
			expect(port == 12323, "the port under `http|https` is not there"))
	})

	s.step("refusal", func(ctx context.Context) error {
		client, err := connectIPRoyal(baseURL, "wrong")
		if err != nil {
			return err
		}
		reply, err := client.ListOrdersWithResponse(ctx, nil)
		if err != nil {
			return err
		}
		return expect(reply.StatusCode() == 401 && reply.JSON4XX != nil, "HTTP %d", reply.StatusCode())
	})

	if s.oddAnswersURL != "" {
		oddAnswersIPRoyal(s)
	}
	return nil
}

func oddAnswersIPRoyal(s *scenario) {
	s.step("unknown", func(ctx context.Context) error {
		client, err := connectIPRoyal(s.oddAnswersURL+"/answers/iproyal", "any")
		if err != nil {
			return err
		}
		reply, err := client.ListOrdersWithResponse(ctx, nil)
		if err != nil {
			return err
		}
		if reply.JSON200 == nil || len(reply.JSON200.Data) != 2 {
			return expect(false, "not two orders: %s", reply.Body)
		}
		orders := reply.JSON200.Data
		proxies := of(orders[0].ProxyData).Proxies
		object, err := proxies[0].AsProxyCredentials()
		if err != nil {
			return err
		}
		line, err := proxies[1].AsProxyEntry1()
		if err != nil {
			return err
		}
		return errors.Join(
			expect(of(orders[0].Status) == "paused-by-moon", "status %s", of(orders[0].Status)),
			expect(of(object.IP) == "203.0.113.7", "the proxy that is an object"),
			expect(line == "203.0.113.8:12323:user:pass", "the proxy that is a line"),
			// Its id needs more than 32 bits.
			expect(orders[1].ID == 5_000_000_421 && of(orders[1].Status) == "confirmed", "the order after it"))
	})

	s.step("once", func(ctx context.Context) error {
		created, err := connectIPRoyal(s.oddAnswersURL+"/created/iproyal", "any")
		if err != nil {
			return err
		}
		moved, err := connectIPRoyal(s.oddAnswersURL+"/moved/iproyal", "any")
		if err != nil {
			return err
		}
		lost, err := connectIPRoyal(s.oddAnswersURL+"/lost/iproyal", "any")
		if err != nil {
			return err
		}
		order, err := buyAtIPRoyal(ctx, created)
		if err != nil {
			return err
		}
		_, whenMoved := buyAtIPRoyal(ctx, moved)
		_, whenLost := buyAtIPRoyal(ctx, lost)
		return errors.Join(
			expect(order.ID == 420, "an order under HTTP 201"),
			expectUnknown(whenMoved), expectUnknown(whenLost))
	})
}
