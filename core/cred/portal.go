// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Portal joins what logs in with what there is to log into: checkers for kinds of credentials, and a realm. Several servers may share one; a program with several
// kinds of avatars has a Portal for each, which may share checkers. Its methods are safe from any goroutine except where they say otherwise. Twisted: Portal.
type Portal[A any] struct {
	realm Realm[A]

	mu       sync.RWMutex
	checkers []AnyChecker // guarded by mu; replaced, never changed in place
}

// NewPortal returns a Portal without checkers: it lets nobody in. It panics if realm is nil.
func NewPortal[A any](realm Realm[A]) *Portal[A] {
	if realm == nil {
		panic("cred: NewPortal without a realm")
	}
	return &Portal[A]{realm: realm}
}

// Register makes c the checker of its kind of credentials in p. A checker that was registered for the same kind before is replaced, in its place. Credentials go to the
// first checker, in the order of registration, whose kind they are or implement, and to no other: see [Chain] for several. Safe from any goroutine. Twisted:
// Portal.registerChecker.
func Register[A any, C Credentials](p *Portal[A], c Checker[C]) { p.Add(Any(c)) }

// Add is [Register] for a checker whose kind is not known when the program is compiled. It panics for the zero AnyChecker.
func (p *Portal[A]) Add(c AnyChecker) {
	if c.check == nil {
		panic("cred: Portal.Add of no checker")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checkers = slices.Clone(p.checkers)
	for i := range p.checkers {
		if p.checkers[i].kind == c.kind {
			p.checkers[i] = c
			return
		}
	}
	p.checkers = append(p.checkers, c)
}

// Kinds returns the kinds of credentials that p has checkers for, in the order of registration. Twisted: listCredentialsInterfaces.
func (p *Portal[A]) Kinds() []reflect.Type {
	all := p.list()
	kinds := make([]reflect.Type, len(all))
	for i, r := range all {
		kinds[i] = r.kind
	}
	return kinds
}

// Handles reports whether some checker takes credentials of the kind of C, so that a server may offer only what can succeed.
func Handles[C Credentials, A any](p *Portal[A]) bool {
	kind := reflect.TypeFor[C]()
	return slices.ContainsFunc(p.list(), func(c AnyChecker) bool { return c.Handles(kind) })
}

func (p *Portal[A]) list() []AnyChecker {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.checkers
}

// Login checks the credentials and fires with the user's avatar, which has to be logged out once. mind is handed to the realm; it may be nil. Every failure is an
// [*Error], whose text is the same whatever the cause.
//
// Cancelling gives the login up, as a server does when the connection is lost: an avatar that comes all the same is logged out. Loop only: on the given loop, that of
// the connection. Other goroutines use deferred.BlockingCallFromThread. Twisted: Portal.login.
func (p *Portal[A]) Login(loop protocol.Loop, creds Credentials, mind any) *deferred.Deferred[Avatar[A]] {
	l := &login[A]{}
	l.result = deferred.NewCancellable(loop, func(*deferred.Deferred[Avatar[A]]) { l.giveUp() })
	l.checking = p.check(loop, creds)
	l.checking.Done(func(id AvatarID, err error) {
		l.checking = nil
		switch {
		case err != nil:
			l.fail(err)
		case l.over:
		case !id.IsValid():
			l.fail(fmt.Errorf("%w: the checker returned no valid avatar id for %T", ErrUnauthorizedLogin, creds))
		default:
			p.avatar(loop, id, mind).Done(func(a Avatar[A], err error) { l.arrived(id, a, err) })
		}
	})
	return l.result
}

// check asks the checker for the kind of creds.
func (p *Portal[A]) check(loop protocol.Loop, creds Credentials) *deferred.Deferred[AvatarID] {
	for _, r := range p.list() {
		if d, ok := r.check(loop, creds); ok {
			return d
		}
	}
	return deferred.FailOn[AvatarID](loop, fmt.Errorf("%w: %T", ErrUnhandledCredentials, creds))
}

// avatar asks the realm. A realm that returns no Deferred lets nobody in.
func (p *Portal[A]) avatar(loop protocol.Loop, id AvatarID, mind any) *deferred.Deferred[Avatar[A]] {
	return deferred.ExecuteD(loop, func() *deferred.Deferred[Avatar[A]] {
		if d := p.realm.RequestAvatar(loop, id, mind); d != nil {
			return d
		}
		return deferred.FailOn[Avatar[A]](loop, fmt.Errorf("%w: the realm has no avatar for %q", ErrLoginDenied, id))
	})
}

// A login is one that is under way.
type login[A any] struct {
	result   *deferred.Deferred[Avatar[A]]
	checking *deferred.Deferred[AvatarID]
	over     bool // result has fired or is about to
}

func (l *login[A]) giveUp() {
	l.fail(deferred.ErrCancelled)
	if c := l.checking; c != nil {
		c.Cancel()
	}
}

func (l *login[A]) fail(err error) {
	if l.over {
		return
	}
	l.over = true
	_ = l.result.Errback(asError(err)) // fired only where over is set
}

func (l *login[A]) arrived(id AvatarID, a Avatar[A], err error) {
	if err != nil {
		l.fail(err)
		return
	}
	a.ID = id
	a.Logout = once(a.Logout)
	if l.over {
		a.Logout()
		return
	}
	l.over = true
	_ = l.result.Callback(a)
}

// once returns a function whose first call calls f, which may be nil.
func once(f func()) func() {
	return func() {
		if g := f; g != nil {
			f = nil
			g()
		}
	}
}
