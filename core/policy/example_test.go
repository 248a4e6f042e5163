// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// An echo server that ends silent connections.
func Example() {
	limiter, err := policy.NewLimiter(policy.Limits{MaxConnections: 1000, MaxPerPeer: 10, Idle: time.Minute, Logger: quiet()})
	if err != nil {
		fmt.Println(err)
		return
	}
	factory := limiter.Wrap(protocol.ForProtocol(func() protocol.Protocol { return &sink{} }))

	t := protocoltest.NewStringTransport() // in the place of a port
	p, _ := factory.BuildProtocol(t.Remote)
	t.Connect(p)
	t.FeedString("hello")
	fmt.Println(t.Value())
	t.Clock.Pump(time.Minute, 0)
	fmt.Println(t.Disconnected(), limiter.Stats().IdleTimeouts)
	// Output:
	// hello
	// true 1
}

// A bucket of 1000 bytes a second with a burst of 100.
func ExampleBucket() {
	bucket := policy.Bucket{Rate: 1000, Burst: 100}
	now := time.Unix(0, 0)
	n, wait := bucket.Add(now, len(strings.Repeat("x", 150)))
	fmt.Println(n, wait)
	fmt.Println(bucket.Take(now, 50))
	// Output:
	// 100 50ms
	// 50ms
}
