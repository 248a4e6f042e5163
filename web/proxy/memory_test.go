// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// A memoryUpstream is an upstream whose connections the test plays.
type memoryUpstream struct {
	clock *protocoltest.Clock
	conns []*protocoltest.StringTransport
	done  []int // requests answered
}

func (u *memoryUpstream) dial(protocol.Loop, string) (endpoint.Client, error) {
	return endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		p, err := f.BuildProtocol(nil)
		if err != nil {
			return deferred.FailOn[protocol.Protocol](u.clock, err)
		}
		tr := protocoltest.NewStringTransport()
		tr.Clock = u.clock
		u.conns, u.done = append(u.conns, tr), append(u.done, 0)
		tr.Connect(p)
		return deferred.SucceedOn(u.clock, p)
	}), nil
}

// answer answers each request that has come as a whole.
func (u *memoryUpstream) answer() {
	for i, c := range u.conns {
		in := bufio.NewReader(strings.NewReader(c.Value()))
		for n := 0; ; n++ {
			r, err := http.ReadRequest(in)
			if err != nil {
				break
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				break
			}
			if n == u.done[i] {
				u.done[i]++
				c.FeedString(ok)
			}
		}
	}
	u.clock.Advance(0)
	u.clock.Settle()
}
