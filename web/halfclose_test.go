// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// netcat ends its side with the request: what a Deferred brings later is still for it.
func TestLaterAnswersAfterHalfClose(t *testing.T) {
	for _, order := range []string{"end of stream after the request is begun", "before"} {
		t.Run(order, func(t *testing.T) {
			d := deferred.New[string](nil)
			var held *web.Request
			page := web.Func(func(r *web.Request) {
				if held = r; order == "before" {
					return
				}
				web.Later(r, d, func(v string) { io.WriteString(r, v) })
			})
			if order == "before" {
				page = func(r *web.Request) { held = r; r.NotDoneYet() }
			}
			tr, _ := serve(t, page, web.Config{})
			tr.FeedString(get)
			tr.FeedEOF()
			if order == "before" {
				web.Later(held, d, func(v string) { io.WriteString(held, v); held.Finish() })
			}
			d.Callback("later")
			settle(tr)
			if got := tr.Value(); status(got) != "200 OK" || !strings.Contains(body(got), "later") || !tr.Disconnecting() {
				t.Errorf("got %q", got)
			}
		})
	}
}

// A client that has only ended its side may turn out to be gone: then the Deferred is cancelled.
func TestLaterIsCancelledAfterHalfClose(t *testing.T) {
	cancelled := false
	d := deferred.NewCancellable(nil, func(*deferred.Deferred[string]) { cancelled = true })
	tr, _ := serve(t, web.Func(func(r *web.Request) {
		web.Later(r, d, func(string) { t.Error("rendered for nobody") })
	}), web.Config{})
	tr.FeedString(get)
	tr.FeedEOF()
	if cancelled {
		t.Error("cancelled although the client may still read")
	}
	tr.Clock.Advance(time.Minute)
	if !cancelled || !tr.Aborted() {
		t.Errorf("cancelled %v, aborted %v", cancelled, tr.Aborted())
	}
}

// A handler whose half-closed client is lost before it writes does not wait for ever for room to write.
func TestHandlerOfALostHalfClosedClientEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proceed, ended := make(chan bool), make(chan error, 1)
		tr, _ := serve(t, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-proceed
			for range 100 {
				if _, err := w.Write(make([]byte, 16384)); err != nil {
					ended <- err
					return
				}
			}
			ended <- nil
		})), web.Config{})
		tr.FeedString(get)
		tr.FeedEOF()
		tr.Lose(io.ErrUnexpectedEOF)
		close(proceed)
		synctest.Wait() // the loop turns no more: what the handler posts is never run
		select {
		case err := <-ended:
			if err == nil {
				t.Error("it wrote for nobody")
			}
		default:
			t.Error("the handler waits for ever")
			settle(tr)
		}
	})
}

// The log of a panic shows where the handler panicked.
func TestHandlerPanicIsLoggedWithItsStack(t *testing.T) {
	var buf bytes.Buffer
	log := slog.New(slog.NewTextHandler(&buf, nil))
	tr, _ := serve(t, web.Handler(http.HandlerFunc(panickingHandler)), web.Config{Logger: log})
	tr.FeedString(get)
	until(t, tr, func() bool { return strings.HasSuffix(tr.Value(), "</html>\n") })
	if got := buf.String(); !strings.Contains(got, "web_test.panickingHandler") {
		t.Errorf("got %s", got)
	}
}

func panickingHandler(http.ResponseWriter, *http.Request) { panic("broken") }
