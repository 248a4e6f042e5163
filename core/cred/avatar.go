// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred

import (
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// An AvatarID is who somebody turned out to be: a name, or nobody in particular. It is comparable; the zero AvatarID is invalid, so that a checker that forgets to
// say who it was lets nobody in.
type AvatarID struct {
	// Name is the account, as the checker writes it.
	Name string
	// Anonymous marks somebody who gave no proof; Name is "" then.
	Anonymous bool
}

// AnonymousID is the identity of those who need none. Twisted: ANONYMOUS.
var AnonymousID = AvatarID{Anonymous: true}

// IsValid reports whether id names somebody, or is that of the anonymous, but not both.
func (id AvatarID) IsValid() bool { return id.Anonymous != (id.Name != "") }

// String returns the name, or "anonymous" in parentheses.
func (id AvatarID) String() string {
	switch {
	case id.Anonymous:
		return "(anonymous)"
	case id.Name == "":
		return "(nobody)"
	}
	return id.Name
}

// An Avatar is what a user acts through in one protocol: a mailbox, a file system, a shell. A is the application's type of it.
type Avatar[A any] struct {
	Avatar A
	ID     AvatarID
	// Logout tells the realm that the user has gone. The one who got the Avatar calls it when the connection ends, on the loop of the login; calls after the first
	// do nothing. A realm may leave it nil; that of an Avatar from [Portal.Login] is not.
	Logout func()
}

// A Realm makes the avatars of users who have proved who they are. Twisted: IRealm.
//
//   - It never sees anybody whom no checker vouched for, but it may see the anonymous.
//   - mind is what the protocol gave to Login: something to reach the user by, or nil.
//   - An error refuses the login. [ErrLoginDenied] is for a known user who may not come in.
//   - It doesn't block; loop is where its Deferred belongs and where Logout will be called.
//   - A login that is given up waits for the realm in the background and logs out what it makes. The Deferred is not cancelled.
type Realm[A any] interface {
	RequestAvatar(loop protocol.Loop, id AvatarID, mind any) *deferred.Deferred[Avatar[A]]
}

// A RealmFunc is a Realm.
type RealmFunc[A any] func(loop protocol.Loop, id AvatarID, mind any) *deferred.Deferred[Avatar[A]]

// RequestAvatar calls f.
func (f RealmFunc[A]) RequestAvatar(loop protocol.Loop, id AvatarID, mind any) *deferred.Deferred[Avatar[A]] {
	return f(loop, id, mind)
}
