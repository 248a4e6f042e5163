// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package guard_test

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/guard"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// Two wrong passwords lock a user out, even with the right one, for half a minute.
func ExampleChecker() {
	secret := cred.CheckerFunc[cred.UsernamePassword](func(loop protocol.Loop, c cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
		if c.Password != "secret" {
			return deferred.FailOn[cred.AvatarID](loop, cred.ErrUnauthorizedLogin)
		}
		return deferred.SucceedOn(loop, cred.AvatarID{Name: c.Username})
	})
	g := guard.New(guard.Config{Failures: 2, Delay: 30 * time.Second, FailureDelay: -1, Logger: slog.New(slog.DiscardHandler)})
	checker := guard.Checker[cred.UsernamePassword](g, secret)

	loop := protocoltest.NewClock()
	login := func(password string) {
		d := checker.RequestAvatarID(loop, cred.UsernamePassword{Username: "alice", Password: password})
		d.Done(func(id cred.AvatarID, err error) { fmt.Println(password, "lets in:", err == nil) })
		loop.Advance(0)
	}
	login("wrong")
	login("guess")
	login("secret")
	loop.Advance(30 * time.Second)
	login("secret")
	fmt.Println(g.Stats().LockedOut, "attempt was not checked")
	// Output:
	// wrong lets in: false
	// guess lets in: false
	// secret lets in: false
	// secret lets in: true
	// 1 attempt was not checked
}
