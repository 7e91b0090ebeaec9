package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"scenario/clients/smartproxy"
)

// connectSmartProxy makes a client that puts the key into the query of a GET. The bodies of POST
// carry it, so it must not be in their query, which servers write to their logs.
func connectSmartProxy(baseURL, appKey string) (*smartproxy.ClientWithResponses, error) {
	return smartproxy.NewClientWithResponses(baseURL, smartproxy.WithHTTPClient(careful),
		smartproxy.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
			if request.Method == http.MethodGet {
				query := request.URL.Query()
				query.Set("app_key", appKey)
				request.URL.RawQuery = query.Encode()
			}
			return nil
		}))
}

// succeeded looks at an envelope's code: a failure comes under HTTP 200 too.
func succeeded(code *int64) bool {
	return code != nil && (*code == 0 || *code == 200)
}

// buyAtSmartProxy orders, once. After an error that is not errRefused it may have been ordered.
func buyAtSmartProxy(ctx context.Context, client *smartproxy.ClientWithResponses, appKey string) (*smartproxy.Order, error) {
	reply, err := client.CreateOrderWithResponse(ctx, smartproxy.CreateOrderRequest{
		AppKey: appKey,
		Pid:    1001,
		PmID:   1,
		Amount: to(smartproxy.Money0("1")),
	})
	if err != nil {
		return nil, err
	}
	if reply.JSON2XX == nil {
		return nil, failure(reply.StatusCode(), reply.Body)
	}
	if reply.JSON2XX.Code == nil {
		return nil, fmt.Errorf("an answer without a code: %s", reply.Body)
	}
	if !succeeded(reply.JSON2XX.Code) {
		return nil, fmt.Errorf("%w: code %d: %s", errRefused, of(reply.JSON2XX.Code), of(reply.JSON2XX.Message))
	}
	// Without its number an order is worthless.
	order := reply.JSON2XX.Data
	return order, expect(of(of(order).TradeNo) != "", "an answer without an order: %s", reply.Body)
}

func runSmartProxy(s *scenario) error {
	baseURL, appKey := os.Getenv("SMARTPROXY_BASE_URL"), os.Getenv("SMARTPROXY_APP_KEY")
	client, err := connectSmartProxy(baseURL, appKey)
	if err != nil {
		return err
	}
	var bought *smartproxy.Order

	s.step("list", func(ctx context.Context) error {
		reply, err := client.ListOrdersWithResponse(ctx, &smartproxy.ListOrdersParams{
			PageNo:   to(int64(1)),
			PageSize: to(int64(2)),
			Status:   to(smartproxy.OrderStatusFilterPaid),
		})
		if err != nil {
			return err
		}
		if reply.JSON200 == nil || !succeeded(reply.JSON200.Code) {
			return failure(reply.StatusCode(), reply.Body)
		}
		orders := of(reply.JSON200.Data).List
		return expect(len(orders) == 2 && of(orders[0].Status) == 1 && of(orders[1].Status) == 1, "not two paid orders: %s", reply.Body)
	})

	s.none("price", "SmartProxy has no operation that prices an order")

	s.step("buy", func(ctx context.Context) error {
		order, err := buyAtSmartProxy(ctx, client, appKey)
		if err != nil {
			return err
		}
		bought = order
		// A fee is a number or text; this reads both.
		fee, err := of(order.TotalFee).AsMoney0()
		return errors.Join(err, expect(fee == "5", "fee %s", fee))
	})

	s.step("extend", func(ctx context.Context) error {
		// An order is renewed by ordering again, with `upids`. This one is not paid for, so it is
		// cancelled instead.
		if bought == nil {
			return expect(false, "nothing was bought")
		}
		reply, err := client.CloseOrderWithResponse(ctx, smartproxy.CloseOrderRequest{AppKey: appKey, TradeNo: of(bought.TradeNo)})
		if err != nil {
			return err
		}
		return expect(reply.JSON200 != nil && succeeded(reply.JSON200.Code), "not cancelled: %s", reply.Body)
	})

	s.step("refusal", func(ctx context.Context) error {
		client, err := connectSmartProxy(baseURL, "wrong")
		if err != nil {
			return err
		}
		reply, err := client.ListOrdersWithResponse(ctx, nil)
		if err != nil {
			return err
		}
		if reply.JSON200 == nil {
			return expect(false, "HTTP %d", reply.StatusCode())
		}
		code := reply.JSON200.Code
		return expect(of(code) == 3 && !succeeded(code), "a refusal was taken for a success: %s", reply.Body)
	})

	if s.oddAnswersURL != "" {
		oddAnswersSmartProxy(s)
	}
	return nil
}

func oddAnswersSmartProxy(s *scenario) {
	s.step("unknown", func(ctx context.Context) error {
		client, err := connectSmartProxy(s.oddAnswersURL+"/answers/smartproxy", "any")
		if err != nil {
			return err
		}
		reply, err := client.ListOrdersWithResponse(ctx, nil)
		if err != nil {
			return err
		}
		if reply.JSON200 == nil || len(of(reply.JSON200.Data).List) != 2 {
			return expect(false, "not two orders: %s", reply.Body)
		}
		orders := reply.JSON200.Data.List
		number, err := of(orders[0].TotalFee).AsMoney0()
		if err != nil {
			return err
		}
		text, err := of(orders[1].TotalFee).AsMoney0()
		if err != nil {
			return err
		}
		return errors.Join(
			// This vendor's statuses are numbers.
			expect(of(orders[0].Status) == 99 && of(orders[1].Status) == 1, "an unknown status and a known one"),
			expect(number == "18.2" && text == "16.00", "a fee that is a number, one that is text"))
	})

	s.step("once", func(ctx context.Context) error {
		moved, err := connectSmartProxy(s.oddAnswersURL+"/moved/smartproxy", "any")
		if err != nil {
			return err
		}
		lost, err := connectSmartProxy(s.oddAnswersURL+"/lost/smartproxy", "any")
		if err != nil {
			return err
		}
		_, whenMoved := buyAtSmartProxy(ctx, moved, "any")
		_, whenLost := buyAtSmartProxy(ctx, lost, "any")
		return errors.Join(expectUnknown(whenMoved), expectUnknown(whenLost))
	})
}
