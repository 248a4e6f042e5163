// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred

import (
	"fmt"
	"reflect"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// An AnyChecker is a [Checker] whose kind of credentials is known at run time only, as those that an operator names. It is immutable; the zero AnyChecker is none.
type AnyChecker struct {
	kind  reflect.Type
	check func(protocol.Loop, Credentials) (d *deferred.Deferred[AvatarID], handled bool)
}

// Any returns c as an AnyChecker. It panics if c is nil.
func Any[C Credentials](c Checker[C]) AnyChecker {
	kind := reflect.TypeFor[C]()
	if c == nil {
		panic(fmt.Sprintf("cred: a nil checker for %v", kind))
	}
	return AnyChecker{kind, func(loop protocol.Loop, creds Credentials) (*deferred.Deferred[AvatarID], bool) {
		mine, ok := creds.(C)
		if !ok {
			return nil, false
		}
		return deferred.ExecuteD(loop, func() *deferred.Deferred[AvatarID] { return c.RequestAvatarID(loop, mine) }), true
	}}
}

// Kind returns the Go type of the credentials that c takes: a concrete type, or an interface. Twisted: credentialInterfaces.
func (c AnyChecker) Kind() reflect.Type { return c.kind }

// Handles reports whether c takes credentials of that kind.
func (c AnyChecker) Handles(kind reflect.Type) bool { return Accepts(c.kind, kind) }

// Accepts reports whether a checker of one kind takes credentials of another: the same, or one that implements it.
func Accepts(checker, credentials reflect.Type) bool {
	return checker == credentials || checker != nil && credentials != nil && checker.Kind() == reflect.Interface && credentials.Implements(checker)
}

// RequestAvatarID asks the checker. Credentials of another kind are ErrUnhandledCredentials.
func (c AnyChecker) RequestAvatarID(loop protocol.Loop, creds Credentials) *deferred.Deferred[AvatarID] {
	if c.check != nil {
		if d, ok := c.check(loop, creds); ok {
			return d
		}
	}
	return deferred.FailOn[AvatarID](loop, fmt.Errorf("%w: %T", ErrUnhandledCredentials, creds))
}
