// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/websocket"
)

// blocking serves with f, and returns a client of that.
func blocking(t *testing.T, f func(ctx context.Context, c *websocket.BlockingConn) error) (*websocket.BlockingConn, *websocket.Server) {
	t.Helper()
	s := websocket.NewServer(func(*web.Request) (websocket.Handler, error) { return websocket.Blocking(f), nil }, websocket.Config{Options: websocket.Options{Logger: quiet}})
	r, addr := run(t, s, 2)
	agent := await(t, r, func() *deferred.Deferred[*client.Agent] {
		agent, err := client.New(r, client.Config{Logger: quiet})
		if err != nil {
			return deferred.FailOn[*client.Agent](r, err)
		}
		return deferred.SucceedOn(r, agent)
	})
	c, err := websocket.DialBlocking(t.Context(), agent, "ws://"+addr+"/", websocket.DialConfig{Options: plain}) // compressed, thousands of messages would fit into the queues
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// Two goroutines at each end, and more than any queue holds in both directions.
func TestBlocking(t *testing.T) {
	c, s := blocking(t, func(ctx context.Context, c *websocket.BlockingConn) error {
		for {
			kind, p, err := c.Read(ctx)
			if err != nil {
				return err
			}
			if err := c.Write(ctx, kind, p); err != nil {
				return err
			}
		}
	})
	ctx := t.Context()
	const n = 200
	message := func(i int) string { return strings.Repeat(fmt.Sprint(i, " "), i*50) }
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range n {
			if err := c.Write(ctx, websocket.Text, []byte(message(i))); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range n {
		kind, p, err := c.Read(ctx)
		if err != nil || kind != websocket.Text || string(p) != message(i) {
			t.Fatalf("%d: %v, %d bytes, %v", i, kind, len(p), err)
		}
	}
	writer.Wait()
	if err := c.Close(4001, "enough"); err != nil {
		t.Error(err)
	}
	_, _, err := c.Read(ctx)
	if e, ok := errors.AsType[*websocket.CloseError](err); !ok || !e.Clean || e.Code != 4001 {
		t.Error(err)
	}
	if err := c.Write(ctx, websocket.Text, nil); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if st := s.Stats(); st.Slow+st.Violations+st.Limited > 0 {
		t.Errorf("%+v", st)
	}
}

// A context ends a Read and a Write that wait, and not the connection.
func TestBlockingContext(t *testing.T) {
	released := make(chan struct{})
	c, _ := blocking(t, func(ctx context.Context, c *websocket.BlockingConn) error {
		<-released // reads nothing until then
		for {
			_, p, err := c.Read(ctx)
			if err != nil || len(p) == 1 {
				return err
			}
		}
	})
	cause := errors.New("no time")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, _, err := c.Read(ctx); err != cause {
		t.Error(err)
	}
	ctx, cancel = context.WithCancelCause(t.Context())
	stuck := make(chan error, 1) // filled once
	go func() {                  // ended by cancel
		big := make([]byte, 1<<19)
		for {
			if err := c.Write(ctx, websocket.Binary, big); err != nil {
				stuck <- err
				return
			}
		}
	}()
	loop := c.Conn().Loop()
	for waiting := 0; waiting == 0; {
		waiting = await(t, loop, func() *deferred.Deferred[int] { return deferred.SucceedOn(loop, c.Waiting()) })
	}
	cancel(cause)
	if err := <-stuck; err != cause {
		t.Fatal(err)
	}
	close(released)
	if err := c.Write(t.Context(), websocket.Binary, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Read(t.Context()); !closedWith(err, websocket.NormalClosure) {
		t.Error(err)
	}
}

func closedWith(err error, code websocket.Code) bool {
	e, ok := errors.AsType[*websocket.CloseError](err)
	return ok && e.Code == code
}

// How the function ends is how the connection does.
func TestBlockingEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func() error
		code websocket.Code
	}{
		{"well", func() error { return nil }, websocket.NormalClosure},
		{"with an error", func() error { return errors.New("x") }, websocket.InternalError},
		{"with a panic", func() error { panic("x") }, websocket.InternalError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, s := blocking(t, func(context.Context, *websocket.BlockingConn) error { return tt.end() })
			if _, _, err := c.Read(t.Context()); !closedWith(err, tt.code) {
				t.Error(err)
			}
			if n := s.Stats().Panics; n == 1 != (tt.name == "with a panic") {
				t.Error(n)
			}
			if err := c.Close(1006, ""); err == nil {
				t.Error("closed with 1006")
			}
		})
	}
	ended := make(chan error, 1) // one connection
	c, _ := blocking(t, func(ctx context.Context, _ *websocket.BlockingConn) error {
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return nil
	})
	c.Close(websocket.GoingAway, "")
	if err := <-ended; !closedWith(err, websocket.GoingAway) {
		t.Error(err)
	}
}
