// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// blockSize is how much output is gathered, in bytes, before it is written.
const blockSize = 65536

// Flatten writes root in order, in blocks of about 64 KiB and whenever it has to wait. p is lent to write until it returns. r, which is given to render methods, may be nil; Deferreds
// within root then fire where they like, and nothing runs off the caller's goroutine. The result fails with a *[FlattenerError], or with what write returned. Cancelling it
// cancels what is waited for. For responses there is [Render], which also minds how fast the client reads. Loop only. Twisted: flatten.
func Flatten(r *web.Request, root Node, write func(p []byte) error) *deferred.Deferred[struct{}] {
	m := newMachine(r, root)
	d := deferred.NewCancellable(m.loop(), func(*deferred.Deferred[struct{}]) { m.cancel() })
	m.wake = func() {
		for {
			more := m.run(blockSize)
			if len(m.out) > 0 && !d.Called() {
				if err := write(m.out); err != nil {
					m.cancel()
					d.Errback(err)
					return
				}
				m.out = m.out[:0]
			}
			switch {
			case d.Called():
				return
			case m.ended && m.err != nil:
				d.Errback(m.err)
				return
			case m.ended:
				d.Callback(struct{}{})
				return
			case m.waiting != nil:
				return
			case more && m.loop() != nil:
				m.loop().CallLater(0, m.wake)
				return
			}
		}
	}
	m.wake()
	return d
}

// String flattens root into a string. See [Flatten]. Twisted: flattenString.
func String(r *web.Request, root Node) *deferred.Deferred[string] {
	var all []byte
	d := Flatten(r, root, func(p []byte) error {
		all = append(all, p...)
		return nil
	})
	return deferred.Then(d, func(struct{}) (string, error) { return string(all), nil })
}
