// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package guard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/internal/saslprep"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// Config tells what a Guard allows. The zero Config has the defaults.
type Config struct {
	// Failures in a row lock a user out. 0 means 5, negative never.
	Failures int
	// PeerFailures in a row lock an address out. 0 means 50, negative never.
	PeerFailures int
	// Delay is the first time of being locked out. 0 means 30 s.
	Delay time.Duration
	// MaxDelay is the longest. 0 means 1 h.
	MaxDelay time.Duration
	// Forget is the time after the last failure when the count begins anew. 0 means 24 h.
	Forget time.Duration
	// FailureDelay is how long a refusal is held back. 0 means 2 s, negative none.
	FailureDelay time.Duration
	// MaxDelayed bounds how many refusals are held back at a time. 0 means 1,000.
	MaxDelayed int
	// MaxEntries bounds how many users, and how many addresses, are remembered. 0 means 10,000.
	MaxEntries int
	// Logger gets the audit log: a line for each login, "login" or "login failed", with user, peer, kind and reason, and "locked out" when that begins. nil means
	// slog.Default().
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	set(&c.Failures, 5)
	set(&c.PeerFailures, 50)
	set(&c.Delay, 30*time.Second)
	set(&c.MaxDelay, time.Hour)
	set(&c.Forget, 24*time.Hour)
	set(&c.FailureDelay, 2*time.Second)
	set(&c.MaxDelayed, 1000)
	set(&c.MaxEntries, 10_000)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

func set[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// A Guard remembers who failed. Safe from any goroutine.
type Guard struct {
	cfg Config

	mu      sync.Mutex
	users   table // guarded by mu
	peers   table // guarded by mu
	delayed int   // guarded by mu
	stats   Stats // guarded by mu
}

// Stats are the numbers of a Guard.
type Stats struct {
	Succeeded uint64 // logins
	Failed    uint64 // logins that were checked and refused
	LockedOut uint64 // logins that were refused unchecked
	Delayed   int    // refusals that are held back now
}

// New returns a Guard that has seen nobody.
func New(cfg Config) *Guard {
	cfg = cfg.withDefaults()
	g := &Guard{cfg: cfg}
	g.users = table{failures: cfg.Failures, delay: cfg.Delay, max: cfg.MaxDelay, forget: cfg.Forget, entries: max(cfg.MaxEntries, 1)}
	g.peers = g.users
	g.peers.failures = cfg.PeerFailures
	return g
}

// Stats returns the numbers.
func (g *Guard) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.stats
	s.Delayed = g.delayed
	return s
}

// Forgive forgets the failures of a user, as an operator asks for.
func (g *Guard) Forgive(user string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.users.clear(account(user))
}

// Locked reports whether a user or an address is locked out now: for mechanisms that find out by themselves whether a secret is right, before they answer. It counts
// nothing. Loop only.
func (g *Guard) Locked(loop protocol.Loop, user string, peer net.Addr) bool {
	now := loop.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.peers.locked(network(peer), now) || g.users.locked(account(user), now)
}

// Failed counts a login that failed before there were credentials for a portal, as one by SCRAM does, and logs it. kind is the name of the mechanism, err why it failed.
// Loop only.
func (g *Guard) Failed(loop protocol.Loop, user, kind string, peer net.Addr, err error) {
	if a := g.begin(loop, user, kind, peer); !a.locked {
		a.done(err)
	}
}

// Login is portal.Login with the Guard's limits. peer is where the client comes from; nil counts users only. Loop only.
func Login[A any](g *Guard, portal *cred.Portal[A], loop protocol.Loop, creds cred.Credentials, mind any, peer net.Addr) *deferred.Deferred[cred.Avatar[A]] {
	a := g.begin(loop, userOf(creds), fmt.Sprintf("%T", creds), peer)
	if a.locked {
		return refuse[cred.Avatar[A]](g, loop, &cred.Error{Err: a.denied()})
	}
	return watch(a, loop, portal.Login(loop, creds, mind))
}

// Checker returns c with the limits of g on users.
func Checker[C cred.Credentials](g *Guard, c cred.Checker[C]) cred.Checker[C] {
	return cred.CheckerFunc[C](func(loop protocol.Loop, creds C) *deferred.Deferred[cred.AvatarID] {
		a := g.begin(loop, userOf(creds), fmt.Sprintf("%T", creds), nil)
		if a.locked {
			return refuse[cred.AvatarID](g, loop, a.denied())
		}
		return watch(a, loop, c.RequestAvatarID(loop, creds))
	})
}

// An attempt is one login.
type attempt struct {
	g                *Guard
	user, peer, kind string
	account          string // what user counts for
	locked           bool
	until            time.Time
	byUser, byPeer   bool // whom its failure locks out
}

func (a *attempt) denied() error {
	return fmt.Errorf("%w: locked out until %s", cred.ErrLoginDenied, a.until.Format(time.RFC3339))
}

func userOf(creds cred.Credentials) string {
	if creds == nil {
		return ""
	}
	return creds.User()
}

// begin counts an attempt, or finds that it is locked out.
func (g *Guard) begin(loop protocol.Loop, user, kind string, peer net.Addr) *attempt {
	a := &attempt{g: g, user: clip(user), peer: network(peer), kind: clip(kind), account: account(user)}
	now := loop.Now()
	g.mu.Lock()
	if a.until, a.locked, a.byPeer = g.peers.begin(a.peer, now); !a.locked {
		var until time.Time
		until, a.locked, a.byUser = g.users.begin(a.account, now)
		if until.After(a.until) {
			a.until = until
		}
	}
	if a.locked {
		g.stats.LockedOut++
	}
	g.mu.Unlock()
	if a.locked {
		a.log(slog.LevelWarn, "login failed", slog.String("reason", "locked out"))
		a.logLockOut()
	}
	return a
}

// maxUser bounds the names that are remembered and logged, in bytes.
const maxUser = 256

// clip returns a copy of the beginning of s, which may be part of a whole message.
func clip(s string) string { return strings.Clone(s[:min(len(s), maxUser)]) }

// account returns what failures of a user count for: the name without regard to case and to the ways in which Unicode writes it, as some checkers take it.
func account(user string) string {
	user = clip(user)
	if p, err := saslprep.Prepare(user); err == nil {
		user = p
	}
	return strings.ToLower(user)
}

// network returns what failures from an address count for: the address without its port, or the /64 of one of IPv6.
func network(addr net.Addr) string {
	if addr == nil {
		return ""
	}
	text := addr.String()
	ap, err := netip.ParseAddrPort(text)
	ip := ap.Addr()
	if err != nil {
		if ip, err = netip.ParseAddr(text); err != nil {
			return clip(text)
		}
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		p, _ := ip.Prefix(64) // 64 is a length of IPv6
		return p.String()
	}
	return ip.String()
}

func (a *attempt) log(level slog.Level, msg string, more ...slog.Attr) {
	a.g.cfg.Logger.LogAttrs(context.Background(), level, msg,
		append([]slog.Attr{slog.String("user", a.user), slog.String("peer", a.peer), slog.String("kind", a.kind)}, more...)...)
}

// watch counts the outcome of a login, and holds a refusal back.
func watch[T any](a *attempt, loop protocol.Loop, d *deferred.Deferred[T]) *deferred.Deferred[T] {
	return d.AddBothD(func(v T, err error) *deferred.Deferred[T] {
		a.done(err)
		if err != nil {
			return refuse[T](a.g, loop, err)
		}
		return deferred.SucceedOn(loop, v)
	})
}

func (a *attempt) done(err error) {
	g := a.g
	g.mu.Lock()
	switch {
	case err == nil:
		g.stats.Succeeded++
		g.users.clear(a.account)
		g.peers.undo(a.peer)
	case errors.Is(err, cred.ErrUnauthorized) || errors.Is(err, deferred.ErrCancelled):
		g.stats.Failed++
	default: // not a wrong secret: overload, a broken database, a kind that nobody checks
		g.stats.Failed++
		a.byUser, a.byPeer = false, false
		g.users.undo(a.account)
		g.peers.undo(a.peer)
	}
	g.mu.Unlock()
	if err == nil {
		a.log(slog.LevelInfo, "login")
		return
	}
	reason := slog.AnyValue(err).Resolve() // the cause of a cred.Error
	a.log(slog.LevelWarn, "login failed", slog.String("reason", clip(reason.String())))
	a.logLockOut()
}

func (a *attempt) logLockOut() {
	if a.byUser || a.byPeer {
		a.log(slog.LevelWarn, "locked out", slog.Bool("by_user", a.byUser), slog.Bool("by_peer", a.byPeer), slog.Time("until", a.until))
	}
}

// refuse fails with err after Config.FailureDelay. A cancelled login is told at once, and so is everybody when too many wait.
func refuse[T any](g *Guard, loop protocol.Loop, err error) *deferred.Deferred[T] {
	g.mu.Lock()
	now := g.cfg.FailureDelay < 0 || g.delayed >= g.cfg.MaxDelayed || errors.Is(err, deferred.ErrCancelled)
	if !now {
		g.delayed++
	}
	g.mu.Unlock()
	if now {
		return deferred.FailOn[T](loop, err)
	}
	release := func() {
		g.mu.Lock()
		g.delayed--
		g.mu.Unlock()
	}
	var later protocol.DelayedCall
	d := deferred.NewCancellable(loop, func(d *deferred.Deferred[T]) {
		_ = later.Cancel() // it is pending: d has not fired
		release()
	})
	later = loop.CallLater(g.cfg.FailureDelay, func() {
		release()
		_ = d.Errback(err) // fired nowhere else
	})
	return d
}
