// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package guard_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/guard"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// A rig is a portal behind a guard.
type rig struct {
	loop   *protocoltest.Clock
	g      *guard.Guard
	portal *cred.Portal[string]
	log    bytes.Buffer
	asked  int
}

func newRig(cfg guard.Config) *rig {
	r := &rig{loop: protocoltest.NewClock()}
	cfg.Logger = slog.New(slog.NewTextHandler(&r.log, nil))
	r.g = guard.New(cfg)
	r.portal = cred.NewPortal[string](cred.RealmFunc[string](func(loop protocol.Loop, id cred.AvatarID, _ any) *deferred.Deferred[cred.Avatar[string]] {
		return deferred.SucceedOn(loop, cred.Avatar[string]{Avatar: "home of " + id.Name})
	}))
	cred.Register(r.portal, cred.CheckerFunc[cred.UsernamePassword](func(loop protocol.Loop, c cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
		r.asked++
		switch c.Password {
		case "right":
			return deferred.SucceedOn(loop, cred.AvatarID{Name: c.Username})
		case "busy":
			return deferred.FailOn[cred.AvatarID](loop, cred.ErrBusy)
		case "slow":
			return deferred.New[cred.AvatarID](loop)
		}
		return deferred.FailOn[cred.AvatarID](loop, cred.ErrUnauthorizedLogin)
	}))
	return r
}

func addr(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }

// begin starts a login.
func (r *rig) begin(user, password, peer string) *deferred.Deferred[cred.Avatar[string]] {
	return guard.Login(r.g, r.portal, r.loop, cred.UsernamePassword{Username: user, Password: password}, nil, addr(peer))
}

// try makes a login and returns its error and how long that took.
func (r *rig) try(user, password, peer string) (time.Duration, error) {
	var err error
	done := false
	began := r.loop.Elapsed()
	r.begin(user, password, peer).Done(func(_ cred.Avatar[string], e error) { err, done = e, true })
	for !done {
		r.loop.Advance(100 * time.Millisecond)
	}
	return r.loop.Elapsed() - began, err
}

func TestLockOut(t *testing.T) {
	r := newRig(guard.Config{Failures: 3, Delay: time.Minute, MaxDelay: 3 * time.Minute})
	const peer = "192.0.2.1:1000"
	fail := func(wantAsked bool) {
		t.Helper()
		before := r.asked
		took, err := r.try("alice", "wrong", peer)
		if err == nil || err.Error() != "cred: login failed" || took != 2*time.Second || (r.asked > before) != wantAsked {
			t.Errorf("%v after %v, asked %v", err, took, r.asked > before)
		}
	}
	for range 3 {
		fail(true)
	}
	fail(false)
	before := r.asked
	if _, err := r.try("alice", "right", peer); !errors.Is(err, cred.ErrLoginDenied) || r.asked != before {
		t.Errorf("the right password while locked out: %v", err)
	}
	if took, err := r.try("bob", "right", peer); err != nil || took != 0 {
		t.Errorf("another user: %v after %v", err, took)
	}
	r.loop.Advance(time.Minute)
	fail(true) // and now twice as long
	r.loop.Advance(time.Minute + 50*time.Second)
	fail(false)
	r.loop.Advance(10 * time.Second)
	fail(true) // the longest
	r.loop.Advance(3 * time.Minute)
	if _, err := r.try("alice", "right", peer); err != nil {
		t.Errorf("after the time: %v", err)
	}
	for range 2 { // the count begins anew
		fail(true)
	}
	if _, err := r.try("alice", "right", peer); err != nil {
		t.Error(err)
	}
	if got := strings.Count(r.log.String(), `msg="locked out"`); got != 1 {
		t.Errorf("locked out is logged %d times:\n%s", got, &r.log)
	}
	for _, secret := range []string{"password=", "wrong", "right"} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, &r.log)
		}
	}
	if !strings.Contains(r.log.String(), `msg=login user=bob peer=192.0.2.1 kind=cred.UsernamePassword`) {
		t.Errorf("log:\n%s", &r.log)
	}
}

func TestPeers(t *testing.T) {
	r := newRig(guard.Config{PeerFailures: 4, FailureDelay: -1})
	for i := range 4 {
		if _, err := r.try(fmt.Sprint("user", i), "wrong", fmt.Sprintf("[2001:db8::%d]:99", i+1)); !errors.Is(err, cred.ErrUnauthorizedLogin) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := r.try("alice", "right", "[2001:db8::ffff]:99"); !errors.Is(err, cred.ErrLoginDenied) {
		t.Errorf("the same /64: %v", err)
	}
	if _, err := r.try("alice", "right", "[2001:db8:0:1::1]:99"); err != nil {
		t.Errorf("another /64: %v", err)
	}
	if s := r.g.Stats(); s != (guard.Stats{Succeeded: 1, Failed: 4, LockedOut: 1}) {
		t.Errorf("%+v", s)
	}
}

// Attempts that hang, or that were given up, count too; those that failed for the server's reasons don't.
func TestUnfinished(t *testing.T) {
	r := newRig(guard.Config{Failures: 3, FailureDelay: -1})
	for range 5 {
		if _, err := r.try("alice", "busy", "192.0.2.1:1"); !errors.Is(err, cred.ErrBusy) {
			t.Fatal(err)
		}
	}
	for range 3 {
		d := r.begin("alice", "slow", "192.0.2.1:1")
		d.Done(func(_ cred.Avatar[string], err error) {
			if !errors.Is(err, deferred.ErrCancelled) {
				t.Error(err)
			}
		})
		d.Cancel()
	}
	if _, err := r.try("alice", "right", "192.0.2.1:1"); !errors.Is(err, cred.ErrLoginDenied) {
		t.Errorf("after three that were given up: %v", err)
	}
	r.g.Forgive("alice")
	if _, err := r.try("alice", "right", "192.0.2.1:1"); err != nil {
		t.Errorf("forgiven: %v", err)
	}
}

func TestForget(t *testing.T) {
	r := newRig(guard.Config{Failures: 3, FailureDelay: -1, Forget: time.Hour})
	for range 4 {
		if _, err := r.try("alice", "wrong", "192.0.2.1:1"); !errors.Is(err, cred.ErrUnauthorizedLogin) {
			t.Error(err)
		}
		r.loop.Advance(time.Hour)
	}
}

// The tables and what is held back are bounded.
func TestBounds(t *testing.T) {
	r := newRig(guard.Config{Failures: 1, PeerFailures: -1, MaxEntries: 2, MaxDelayed: 2})
	var pending []*deferred.Deferred[cred.Avatar[string]]
	told := 0
	for i := range 4 {
		d := r.begin(fmt.Sprint("user", i), "wrong", "192.0.2.1:1")
		d.Done(func(cred.Avatar[string], error) { told++ })
		pending = append(pending, d)
	}
	if told != 2 || r.g.Stats().Delayed != 2 {
		t.Errorf("%d told at once, %+v", told, r.g.Stats())
	}
	pending[0].Cancel()
	if told != 3 || r.g.Stats().Delayed != 1 {
		t.Errorf("cancelled: %d told, %+v", told, r.g.Stats())
	}
	r.loop.Advance(2 * time.Second)
	if told != 4 || r.g.Stats().Delayed != 0 {
		t.Errorf("%d told, %+v", told, r.g.Stats())
	}
	if _, err := r.try("user0", "right", "192.0.2.1:1"); err != nil {
		t.Errorf("a user who was forgotten: %v", err)
	}
	if _, err := r.try("user3", "right", "192.0.2.1:1"); !errors.Is(err, cred.ErrLoginDenied) {
		t.Errorf("a user who is remembered: %v", err)
	}
}

func TestChecker(t *testing.T) {
	loop := protocoltest.NewClock()
	var db cred.InMemoryUsernamePasswordDatabaseDontUse
	db.AddUser("alice", "secret")
	c := guard.Checker(guard.New(guard.Config{Failures: 2, FailureDelay: -1, Logger: slog.New(slog.DiscardHandler)}), &db)
	for i, want := range []error{cred.ErrUnauthorizedLogin, cred.ErrUnauthorizedLogin, cred.ErrLoginDenied} {
		c.RequestAvatarID(loop, cred.UsernamePassword{Username: "alice", Password: "x"}).Done(func(_ cred.AvatarID, err error) {
			if !errors.Is(err, want) {
				t.Errorf("%d: %v, want %v", i, err, want)
			}
		})
	}
}

// One account has one count, whatever the case or the form that its name is written in.
func TestOneCountForAName(t *testing.T) {
	r := newRig(guard.Config{Failures: 3, FailureDelay: -1})
	for _, user := range []string{"Bj\u00f6rn", "BJ\u00d6RN", "bjo\u0308rn"} {
		if _, err := r.try(user, "wrong", "192.0.2.1:1"); !errors.Is(err, cred.ErrUnauthorizedLogin) {
			t.Errorf("%q: %v", user, err)
		}
	}
	if _, err := r.try("bj\u00f6rn", "right", "192.0.2.1:1"); !errors.Is(err, cred.ErrLoginDenied) {
		t.Errorf("after three failures: %v", err)
	}
	r.g.Forgive("BJ\u00d6RN")
	if _, err := r.try("bj\u00f6rn", "right", "192.0.2.1:1"); err != nil {
		t.Errorf("forgiven: %v", err)
	}
}

func TestNoCredentials(t *testing.T) {
	r := newRig(guard.Config{FailureDelay: -1})
	guard.Login(r.g, r.portal, r.loop, nil, nil, nil).Done(func(_ cred.Avatar[string], err error) {
		if !errors.Is(err, cred.ErrUnhandledCredentials) {
			t.Error(err)
		}
	})
}

// The log tells of every lock-out, and until when: also that of an address whose user was locked out already, and of one that locks both out.
func TestLockOutsAreLogged(t *testing.T) {
	r := newRig(guard.Config{Failures: 1, PeerFailures: 2, FailureDelay: -1, Delay: time.Minute})
	for range 2 {
		if _, err := r.try("alice", "wrong", "192.0.2.1:1"); err == nil {
			t.Fatal("let in")
		}
	}
	for _, want := range []string{`by_user=true by_peer=false`, `by_user=false by_peer=true`} {
		if !strings.Contains(r.log.String(), want) {
			t.Errorf("no %s:\n%s", want, &r.log)
		}
	}
	r = newRig(guard.Config{Failures: 2, PeerFailures: 1, FailureDelay: -1, Delay: time.Minute})
	if _, err := r.try("alice", "wrong", "192.0.2.1:1"); err == nil || strings.Contains(r.log.String(), "until=0001") {
		t.Errorf("%v\n%s", err, &r.log)
	}
}

// A mechanism that finds out by itself that the secret is wrong, as SCRAM does, is counted by Failed, and asks Locked before it answers.
func TestFailedElsewhere(t *testing.T) {
	r := newRig(guard.Config{Failures: 3, PeerFailures: 5, FailureDelay: -1})
	peer := addr("192.0.2.1:1")
	for i := range 3 {
		if r.g.Locked(r.loop, "alice", peer) {
			t.Errorf("locked after %d", i)
		}
		r.g.Failed(r.loop, "Alice", "SCRAM-SHA-256", peer, cred.ErrUnauthorizedLogin)
	}
	if !r.g.Locked(r.loop, "alice", peer) || r.g.Locked(r.loop, "bob", peer) || r.g.Locked(r.loop, "bob", nil) {
		t.Error("alice alone should be locked")
	}
	if _, err := r.try("alice", "right", "192.0.2.7:1"); !errors.Is(err, cred.ErrLoginDenied) {
		t.Errorf("another way in: %v", err)
	}
	for range 2 {
		r.g.Failed(r.loop, "bob", "SCRAM-SHA-256", peer, cred.ErrUnauthorizedLogin)
	}
	if !r.g.Locked(r.loop, "carol", peer) {
		t.Error("the address is not locked")
	}
	r.g.Failed(r.loop, "dave", "SCRAM-SHA-256", nil, cred.ErrBusy) // not the user's fault
	if s := r.g.Stats(); s.Failed != 6 || s.LockedOut != 1 {
		t.Errorf("%+v", s)
	}
	if !strings.Contains(r.log.String(), `msg="login failed" user=Alice peer=192.0.2.1 kind=SCRAM-SHA-256 reason=`) {
		t.Errorf("%s", &r.log)
	}
}
