// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package unixauth_test

import (
	"fmt"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/unixauth"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A portal for the accounts of this system.
func ExampleChecker() {
	portal := cred.NewPortal(cred.RealmFunc[string](func(loop protocol.Loop, id cred.AvatarID, _ any) *deferred.Deferred[cred.Avatar[string]] {
		return deferred.SucceedOn(loop, cred.Avatar[string]{Avatar: "the home of " + id.Name, ID: id})
	}))
	cred.Register(portal, &unixauth.Checker{})
	fmt.Println(portal.Kinds())
	// Output: [cred.UsernamePassword]
}
