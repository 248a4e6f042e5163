// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package credtest has the tests that every cred.Checker passes: the rules of its documentation.
//
// # Typical use
//
//	func TestChecker(t *testing.T) {
//		credtest.Run(t, func(t *testing.T) cred.Checker[cred.UsernamePassword] { return newChecker(t) }, credtest.Config[cred.UsernamePassword]{
//			ID:      cred.AvatarID{Name: "alice"},
//			Good:    func() cred.UsernamePassword { return cred.UsernamePassword{Username: "alice", Password: "secret"} },
//			Bad:     map[string]func() cred.UsernamePassword{"wrong password": ..., "unknown user": ...},
//			Secrets: []string{"secret"},
//		})
//	}
//
// # Concurrency
//
// Run belongs to the test's goroutine. It drives checkers with a protocoltest.Clock, whose time passes by itself while a checker waits for it.
//
// Not tested: how long a check takes, and whether it blocks.
package credtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// Config tells what a checker has to answer.
type Config[C cred.Credentials] struct {
	// ID is who the good credentials are.
	ID cred.AvatarID
	// Good makes good credentials, fresh ones at each call where they can be used once only. It is called by several goroutines.
	Good func() C
	// Bad makes credentials that are refused, by what is the matter with them: a wrong secret, an unknown user, an empty name. nil is for checkers that refuse nobody.
	Bad map[string]func() C
	// InOrder says that good credentials are void when newer ones were used, as one-time codes are.
	InOrder bool
	// Secrets are texts that no error may contain.
	Secrets []string
}

// loops is how many loops use a checker at a time.
const loops = 4

// Run runs the tests on checkers that newChecker makes, one for each.
func Run[C cred.Credentials](t *testing.T, newChecker func(t *testing.T) cred.Checker[C], c Config[C]) {
	t.Run("good", func(t *testing.T) {
		checker := newChecker(t)
		for range 2 { // what let in once does so again
			c.good(t, checker)
		}
	})
	t.Run("bad", func(t *testing.T) {
		checker := newChecker(t)
		for _, what := range c.names() {
			c.refused(t, checker, what, c.Bad[what]())
		}
	})
	t.Run("zero", func(t *testing.T) { c.zero(t, newChecker(t)) })
	t.Run("bad between good", func(t *testing.T) {
		checker := newChecker(t)
		for _, what := range c.names() {
			c.good(t, checker)
			c.refused(t, checker, what, c.Bad[what]())
		}
	})
	t.Run("several loops", func(t *testing.T) {
		if c.InOrder {
			t.Skip("good credentials are presented in the order in which they were made")
		}
		checker := newChecker(t)
		var wg sync.WaitGroup
		for range loops {
			wg.Go(func() {
				c.good(t, checker)
				for _, what := range c.names() {
					c.refused(t, checker, what, c.Bad[what]())
				}
			})
		}
		wg.Wait()
	})
	t.Run("cancelled", func(t *testing.T) { c.cancelled(t, newChecker(t)) })
	t.Run("portal", func(t *testing.T) { c.portal(t, newChecker(t)) })
}

func (c Config[C]) names() []string {
	var names []string
	for what := range c.Bad {
		names = append(names, what)
	}
	slices.Sort(names)
	return names
}

func (c Config[C]) good(t *testing.T, checker cred.Checker[C]) {
	t.Helper()
	loop := protocoltest.NewClock()
	id, err := await(t, loop, checker.RequestAvatarID(loop, c.Good()))
	if err != nil || id != c.ID || !id.IsValid() {
		t.Errorf("good credentials: %+v, %v; want %+v", id, err, c.ID)
	}
}

func (c Config[C]) refused(t *testing.T, checker cred.Checker[C], what string, creds C) {
	t.Helper()
	loop := protocoltest.NewClock()
	id, err := await(t, loop, checker.RequestAvatarID(loop, creds))
	if !errors.Is(err, cred.ErrUnauthorizedLogin) || id != (cred.AvatarID{}) {
		t.Errorf("%s: %+v, %v; want %v", what, id, err, cred.ErrUnauthorizedLogin)
		return
	}
	for _, secret := range c.Secrets {
		if strings.Contains(fmt.Sprintf("%+v", err), secret) {
			t.Errorf("%s: the error contains a secret: %v", what, err)
		}
	}
}

// zero presents credentials without anything in them.
func (c Config[C]) zero(t *testing.T, checker cred.Checker[C]) {
	var none C
	if kind := reflect.TypeFor[C]().Kind(); kind == reflect.Interface || kind == reflect.Pointer || c.ID.Anonymous {
		t.Skip("there are no zero credentials of this kind")
	}
	loop := protocoltest.NewClock()
	if id, err := await(t, loop, checker.RequestAvatarID(loop, none)); err == nil {
		t.Errorf("zero credentials are let in as %+v", id)
	}
}

func (c Config[C]) cancelled(t *testing.T, checker cred.Checker[C]) {
	loop := protocoltest.NewClock()
	d := checker.RequestAvatarID(loop, c.Good())
	fired := 0
	d.Done(func(_ cred.AvatarID, err error) {
		fired++
		if err != nil && !errors.Is(err, deferred.ErrCancelled) {
			t.Errorf("cancelled: %v", err)
		}
	})
	d.Cancel()
	if fired != 1 {
		t.Errorf("cancelled: fired %d times", fired)
	}
	c.good(t, checker) // and the checker goes on
}

func (c Config[C]) portal(t *testing.T, checker cred.Checker[C]) {
	p := cred.NewPortal[cred.AvatarID](cred.RealmFunc[cred.AvatarID](
		func(loop protocol.Loop, id cred.AvatarID, _ any) *deferred.Deferred[cred.Avatar[cred.AvatarID]] {
			return deferred.SucceedOn(loop, cred.Avatar[cred.AvatarID]{Avatar: id})
		}))
	cred.Register(p, checker)
	loop := protocoltest.NewClock()
	if a, err := await(t, loop, p.Login(loop, c.Good(), nil)); err != nil || a.ID != c.ID || a.Avatar != c.ID {
		t.Errorf("a login by a portal: %+v, %v", a, err)
	}
	for _, what := range c.names() {
		if a, err := await(t, loop, p.Login(loop, c.Bad[what](), nil)); err == nil || err.Error() != cred.ErrLoginFailed.Error() {
			t.Errorf("%s by a portal: %+v, %v", what, a, err)
		}
	}
}

// await runs loop until d has its result. Where the checker waits for time, it passes.
func await[T any](t *testing.T, loop *protocoltest.Clock, d *deferred.Deferred[T]) (v T, err error) {
	t.Helper()
	if d == nil {
		t.Error("no Deferred")
		return v, errors.New("credtest: no Deferred")
	}
	done := false
	d.Done(func(w T, e error) { v, err, done = w, e, true })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for !done {
		if e := loop.Until(ctx, func() bool { return done || len(loop.Calls()) > 0 }); e != nil {
			t.Errorf("no answer within a minute: %v", e)
			return v, e
		}
		if !done {
			loop.Advance(100 * time.Millisecond)
		}
	}
	return v, err
}
