// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package credtest_test

import (
	"testing"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/credtest"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// The body of a test, TestConformance, of a checker that knows one user.
func ExampleRun() {
	test := func(t *testing.T) {
		login := func(name, password string) func() cred.UsernamePassword {
			return func() cred.UsernamePassword { return cred.UsernamePassword{Username: name, Password: password} }
		}
		newChecker := func(t *testing.T) cred.Checker[cred.UsernamePassword] {
			return cred.CheckerFunc[cred.UsernamePassword](func(loop protocol.Loop, c cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
				if c.Username != "alice" || c.Password != "secret" {
					return deferred.FailOn[cred.AvatarID](loop, cred.ErrUnauthorizedLogin)
				}
				return deferred.SucceedOn(loop, cred.AvatarID{Name: "alice"})
			})
		}
		credtest.Run(t, newChecker, credtest.Config[cred.UsernamePassword]{
			ID:      cred.AvatarID{Name: "alice"},
			Good:    login("alice", "secret"),
			Bad:     map[string]func() cred.UsernamePassword{"wrong password": login("alice", "guess"), "unknown user": login("bob", "secret")},
			Secrets: []string{"secret"},
		})
	}
	_ = test
}
