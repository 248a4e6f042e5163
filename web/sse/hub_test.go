// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/sse"
	"github.com/torsion-go/torsion/web/webtest"
)

// join connects a client to the hub.
func join(h *sse.Hub, last string) (*webtest.Conn, *webtest.Response) {
	c := webtest.Connect(web.NewSite(h, web.Config{}), webtest.Config{})
	req := webtest.Request{}
	if last != "" {
		req.Header = http.Header{"Last-Event-Id": {last}}
	}
	return c, c.Do(req)
}

func data(res *webtest.Response) (list []string) {
	for _, e := range read(res.Body) {
		list = append(list, e.Data)
	}
	return list
}

func publish(t *testing.T, h *sse.Hub, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		if err := h.Publish(sse.Event{Data: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
}

func want(t *testing.T, what string, res *webtest.Response, list ...string) {
	t.Helper()
	if got := data(res); !slices.Equal(got, list) {
		t.Errorf("%s: %.300q, want %.300q", what, got, list)
	}
}

func TestHub(t *testing.T) {
	h := sse.NewHub(sse.HubConfig{History: 3})
	publish(t, h, 1, 2)
	a, resA := join(h, "")
	b, resB := join(h, "")
	publish(t, h, 3, 4)
	a.Settle()
	b.Settle()
	want(t, "a", resA, "3", "4") // nothing of what was before
	want(t, "b", resB, "3", "4")
	ids := read(resA.Body)
	b.Lose()
	publish(t, h, 5, 5)
	a.Settle()
	want(t, "a", resA, "3", "4", "5")
	_, back := join(h, ids[0].ID)
	want(t, "one that comes back", back, "4", "5")
	_, back = join(h, read(resA.Body)[2].ID)
	want(t, "one that has missed nothing", back)
	publish(t, h, 6, 6)
	_, late := join(h, ids[0].ID[:len(ids[0].ID)-1]+"0") // of the first event, which is forgotten
	want(t, "one that comes too late", late, "4", "5", "6")
	if got := h.Stats(); got != (sse.HubStats{Clients: 4, Published: 6, Sent: got.Sent, Missed: 1}) {
		t.Errorf("%+v", got)
	}
	if err := h.Publish(sse.Event{ID: "x\n"}); !errors.Is(err, sse.ErrInvalid) {
		t.Error(err)
	}
	if err := h.Publish(sse.Event{Data: strings.Repeat("x", 1<<20)}); !errors.Is(err, sse.ErrTooLarge) {
		t.Error(err)
	}
	h.Publish(sse.Event{ID: "mine", Data: "m"})
	publish(t, h, 7, 7)
	_, own := join(h, "mine")
	want(t, "after an id of the application", own, "7")
}

func TestHistoryBytes(t *testing.T) {
	h := sse.NewHub(sse.HubConfig{HistoryBytes: 100})
	for _, s := range []string{"a", "b", "c"} {
		h.Publish(sse.Event{ID: s, Data: strings.Repeat(s, 40)})
	}
	_, res := join(h, "?")
	if want(t, "the history", res, strings.Repeat("c", 40)); h.Stats().Missed != 1 {
		t.Errorf("%+v", h.Stats())
	}
}

func TestHubLimits(t *testing.T) {
	h := sse.NewHub(sse.HubConfig{Clients: 1})
	c, res := join(h, "")
	_, second := join(h, "")
	if res.Status != 200 || second.Status != 503 || second.Header.Get("Retry-After") == "" || h.Stats().Refused != 1 {
		t.Errorf("%d %+v", res.Status, second)
	}
	c.Lose()
	if c, res = join(h, ""); res.Status != 200 {
		t.Error(res.Status)
	}
	if head := webtest.Do(h, webtest.Request{Method: "POST"}); head.Status != 405 {
		t.Error(head.Status)
	}
	h.Close()
	c.Settle()
	if !res.Finished || h.Stats().Clients != 0 {
		t.Errorf("%+v %+v", res, h.Stats())
	}
	if _, res = join(h, ""); res.Status != 204 || !errors.Is(h.Publish(sse.Event{}), sse.ErrHubClosed) {
		t.Error(res.Status)
	}
	if head := webtest.Do(sse.NewHub(sse.HubConfig{}), webtest.Request{Method: "HEAD"}); head.Status != 200 || !head.Finished {
		t.Errorf("%+v", head)
	}
}

// Slow clients are dealt with as the policy says, and hold nobody up (class 12).
func TestSlowConsumers(t *testing.T) {
	big := sse.Event{Data: strings.Repeat("x", 200_000)}
	for _, policy := range []sse.Policy{sse.Disconnect, sse.Drop} {
		h := sse.NewHub(sse.HubConfig{Slow: policy, Backlog: 3})
		slow, res := join(h, "")
		quick, all := join(h, "")
		slow.StopReading()
		h.Publish(big)
		slow.Settle()
		for i := range 3 {
			h.Publish(sse.Event{Data: fmt.Sprint(i)})
			slow.Settle()
			quick.Settle()
		}
		if slow.Closed() || h.Stats().Dropped+h.Stats().Disconnected > 0 {
			t.Fatalf("%d: %+v", policy, h.Stats())
		}
		for i := 3; i < 5; i++ {
			h.Publish(sse.Event{Data: fmt.Sprint(i)})
			slow.Settle()
			quick.Settle()
		}
		want(t, "the quick one", all, big.Data, "0", "1", "2", "3", "4")
		s := h.Stats()
		if policy == sse.Disconnect {
			if !slow.Closed() || s.Disconnected != 1 || s.Clients != 1 {
				t.Errorf("%+v", s)
			}
			continue
		}
		slow.StartReading()
		slow.Settle()
		if want(t, "the slow one", res, big.Data, "2", "3", "4"); h.Stats().Dropped != 2 || h.Stats().Clients != 2 {
			t.Errorf("%+v", h.Stats())
		}
	}
}

// Events that are published while others are sent come in order, once.
func TestPublishFromEnd(t *testing.T) {
	h := sse.NewHub(sse.HubConfig{})
	a, _ := join(h, "")
	b, res := join(h, "")
	publish(t, h, 1, 200)
	b.Settle()
	a.Settle()
	if got := data(res); len(got) != 200 || got[0] != "1" || got[199] != "200" {
		t.Error(got)
	}
}

// Two loops, several publishers, and clients that come and go: every client gets the events of each publisher in order and none twice.
func TestLoops(t *testing.T) {
	h := sse.NewHub(sse.HubConfig{History: 10000})
	url := serve(t, h, 2)
	const publishers, events, clients = 3, 100, 6
	ready := make(chan bool, clients)
	var readers, writers sync.WaitGroup
	for range clients {
		readers.Go(func() {
			res, err := http.Get(url)
			if err != nil {
				t.Error(err)
				ready <- false
				return
			}
			defer res.Body.Close()
			ready <- true
			next := make([]int, publishers)
			for s := bufio.NewScanner(res.Body); s.Scan(); {
				var p, n int
				if s.Text() == "event: end" {
					break
				}
				if _, err := fmt.Sscanf(s.Text(), "data: %d %d", &p, &n); err != nil {
					continue
				}
				if n != next[p] {
					t.Errorf("%d of publisher %d, want %d", n, p, next[p])
				}
				next[p] = n + 1
			}
			if !slices.Equal(next, slices.Repeat([]int{events}, publishers)) {
				t.Errorf("got %v", next)
			}
		})
	}
	for range clients {
		<-ready
	}
	for p := range publishers {
		writers.Go(func() {
			for n := range events {
				h.Publish(sse.Event{Data: fmt.Sprint(p, n)})
			}
		})
	}
	writers.Wait()
	h.Publish(sse.Event{Name: "end"})
	readers.Wait()
	h.Close()
	http.DefaultClient.CloseIdleConnections()
}

// serve runs a site on a reactor and returns its URL.
func serve(t *testing.T, root web.Resource, loops int) string {
	t.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	r, err := reactor.New(reactor.Config{Logger: quiet, Loops: loops})
	if err != nil {
		t.Fatal(err)
	}
	port, err := r.ListenTCP("127.0.0.1:0", web.NewSite(root, web.Config{Logger: quiet}), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + port.Addr().String() + "/"
}
