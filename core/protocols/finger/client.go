// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package finger

import (
	"errors"
	"fmt"
	"io"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
)

// MaxAnswer bounds the answer that Ask takes, in bytes.
const MaxAnswer = 1 << 20

// ErrAnswerTooLong is the error of Ask for an answer above MaxAnswer.
var ErrAnswerTooLong = errors.New("finger: the answer is too long")

// Ask connects, sends a query, and fires with the answer, with \n at the ends of lines and without other control characters. The query is a line as of
// Query.String; the host to connect to is not part of it. The server has QueryTimeout to answer. Cancelling closes the connection. Loop only.
func Ask(loop protocol.Loop, c endpoint.Client, query string) *deferred.Deferred[string] {
	if _, err := ParseQuery(query); err != nil {
		return deferred.FailOn[string](loop, fmt.Errorf("finger: Ask(%q): %w", query, err))
	}
	a := &asker{query: query}
	var connecting *deferred.Deferred[protocol.Protocol]
	a.d = deferred.NewCancellable(loop, func(*deferred.Deferred[string]) {
		a.over = true
		if a.t != nil {
			a.t.AbortConnection()
		} else {
			connecting.Cancel()
		}
	})
	connecting = c.Connect(protocol.ForProtocol(func() *asker { return a }))
	connecting.Done(func(_ protocol.Protocol, err error) {
		if err != nil && !a.over {
			a.over = true
			a.d.Errback(err)
		}
	})
	return a.d
}

// An asker is the protocol of a client. Loop only.
type asker struct {
	query   string
	d       *deferred.Deferred[string]
	t       protocol.Transport
	answer  []byte
	timeout policy.Timeout
	err     error // why the answer does not count
	over    bool
}

func (a *asker) ConnectionMade(t protocol.Transport) {
	if a.over { // cancelled, which the endpoint did not heed
		t.AbortConnection()
		return
	}
	a.t = t
	a.timeout.TimedOut = func(t protocol.Transport) {
		a.err = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout}
		t.AbortConnection()
	}
	a.timeout.SetTimeout(t, QueryTimeout)
	t.Write([]byte(a.query + "\r\n"))
}

func (a *asker) DataReceived(t protocol.Transport, p []byte) {
	if len(a.answer)+len(p) > MaxAnswer {
		if a.err == nil {
			a.err = ErrAnswerTooLong
			t.AbortConnection()
		}
		return
	}
	a.answer = append(a.answer, p...)
}

func (a *asker) ConnectionLost(t protocol.Transport, reason error) {
	a.timeout.SetTimeout(t, 0)
	if a.over {
		return
	}
	a.over = true
	switch {
	case a.err != nil:
		a.d.Errback(a.err)
	case !errors.Is(reason, io.EOF):
		a.d.Errback(fmt.Errorf("finger: the answer is not complete: %w", reason))
	default:
		a.d.Callback(lines(string(a.answer)))
	}
}
