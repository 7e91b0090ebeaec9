// The scenario that every language runs: list, price, buy, extend, and what to do when something is
// odd.
//
// Copy from iproyal.go, proxyshard.go and smartproxy.go; this file only runs them and prints one
// line for each step.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// careful is the HTTP client of all three.
var careful = &http.Client{
	// Long: to stop waiting for a purchase is worse than to wait.
	Timeout: 120 * time.Second,
	// It would repeat a POST that is answered with 307: a redirected purchase is a second purchase.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// errRefused means that the vendor said no: nothing was bought. After any other error of a purchase
// it may have been bought: list the orders and look; don't buy again.
var errRefused = errors.New("refused")

// failure says what an answer means that is no success. No page says that 408, 425 or 429 is "not
// carried out", or that a redirect is.
func failure(status int, body []byte) error {
	if 400 <= status && status < 500 && status != 408 && status != 425 && status != 429 {
		return fmt.Errorf("%w: HTTP %d: %s", errRefused, status, body)
	}
	return fmt.Errorf("HTTP %d: %s", status, body)
}

// to points to a value: optional inputs are pointers.
func to[T any](value T) *T { return &value }

// of is what a pointer points to, or nothing of its kind: optional outputs are pointers.
func of[T any](pointer *T) (value T) {
	if pointer != nil {
		value = *pointer
	}
	return value
}

// expect fails a step unless it holds.
func expect(condition bool, format string, arguments ...any) error {
	if condition {
		return nil
	}
	return fmt.Errorf(format, arguments...)
}

// expectUnknown fails a step unless a call leaves it open whether something was bought. Here a
// program lists the orders.
func expectUnknown(err error) error {
	return expect(err != nil && !errors.Is(err, errRefused), "it was taken for an answer: %v", err)
}

// scenario is one vendor's part of the program.
type scenario struct {
	vendor   string
	failures int
	// Where answers come from that no sandbox gives: unknown values, redirects, none at all. Without
	// it those steps are left out.
	oddAnswersURL string
}

// step prints how a step went; a failed one does not keep the next from running.
func (s *scenario) step(name string, run func(context.Context) error) {
	if err := run(context.Background()); err != nil {
		s.failures++
		fmt.Printf("go %s %s FAILED: %v\n", s.vendor, name, err)
		return
	}
	fmt.Printf("go %s %s ok\n", s.vendor, name)
}

// none says that a vendor has no such operation.
func (s *scenario) none(name, why string) {
	fmt.Printf("go %s %s none: %s\n", s.vendor, name, why)
}

func main() {
	failures := 0
	for _, vendor := range []struct {
		name string
		run  func(*scenario) error
	}{{"iproyal", runIPRoyal}, {"proxyshard", runProxyShard}, {"smartproxy", runSmartProxy}} {
		s := &scenario{vendor: vendor.name, oddAnswersURL: os.Getenv("ODD_ANSWERS_URL")}
		if err := vendor.run(s); err != nil {
			fmt.Printf("go %s FAILED: %v\n", vendor.name, err)
			failures++
		}
		failures += s.failures
	}
	if failures > 0 {
		os.Exit(1)
	}
}
