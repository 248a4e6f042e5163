// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred_test

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A mailbox stands for what an application gives its users.
type mailbox struct{ owner string }

type mailboxes struct{ open int }

func (m *mailboxes) RequestAvatar(loop protocol.Loop, id cred.AvatarID, _ any) *deferred.Deferred[cred.Avatar[*mailbox]] {
	m.open++
	return deferred.SucceedOn(loop, cred.Avatar[*mailbox]{Avatar: &mailbox{id.Name}, Logout: func() { m.open-- }})
}

func Example() {
	loop := protocoltest.NewClock() // in a server: the transport's Loop()

	users := &cred.InMemoryUsernamePasswordDatabaseDontUse{}
	users.AddUser("alice", "secret")
	realm := &mailboxes{}
	portal := cred.NewPortal(realm)
	cred.Register(portal, users)

	portal.Login(loop, cred.UsernamePassword{Username: "alice", Password: "secret"}, nil).Done(func(a cred.Avatar[*mailbox], err error) {
		fmt.Println(a.ID, a.Avatar.owner, realm.open, err)
		a.Logout()
		a.Logout() // does nothing
		fmt.Println(realm.open)
	})
	portal.Login(loop, cred.UsernamePassword{Username: "alice", Password: "guess"}, nil).Done(func(_ cred.Avatar[*mailbox], err error) {
		fmt.Println(err, errors.Is(err, cred.ErrUnauthorizedLogin))
	})
	// Output:
	// alice alice 1 <nil>
	// 0
	// cred: login failed true
}

func TestClasses(t *testing.T) {
	for _, tt := range []struct {
		err  error
		is   []error
		isnt []error
	}{
		{cred.ErrUnauthorizedLogin, []error{cred.ErrLoginFailed, cred.ErrUnauthorized}, []error{cred.ErrLoginDenied}},
		{cred.ErrUnhandledCredentials, []error{cred.ErrLoginFailed}, []error{cred.ErrUnauthorized}},
		{cred.ErrLoginDenied, []error{cred.ErrLoginFailed}, []error{cred.ErrUnauthorized}},
		{cred.ErrBusy, []error{cred.ErrLoginFailed}, []error{cred.ErrUnauthorized}},
		{&cred.Error{Err: cred.ErrUnauthorizedLogin}, []error{cred.ErrLoginFailed, cred.ErrUnauthorized}, []error{cred.ErrBusy}},
		{&cred.Error{Err: errors.New("x")}, []error{cred.ErrLoginFailed}, []error{cred.ErrUnauthorized}},
	} {
		for _, c := range tt.is {
			if !errors.Is(tt.err, c) {
				t.Errorf("%v is not %v", tt.err, c)
			}
		}
		for _, c := range tt.isnt {
			if errors.Is(tt.err, c) {
				t.Errorf("%v is %v", tt.err, c)
			}
		}
	}
}

func fixed[C cred.Credentials](id cred.AvatarID, err error) cred.Checker[C] {
	return cred.CheckerFunc[C](func(loop protocol.Loop, _ C) *deferred.Deferred[cred.AvatarID] {
		if err != nil {
			return deferred.FailOn[cred.AvatarID](loop, err)
		}
		return deferred.SucceedOn(loop, id)
	})
}

func login(p *cred.Portal[*mailbox], creds cred.Credentials) (a cred.Avatar[*mailbox], err error) {
	p.Login(protocoltest.NewClock(), creds, nil).Done(func(b cred.Avatar[*mailbox], e error) { a, err = b, e })
	return a, err
}

// The kind of the credentials chooses one checker, the first that was registered; the same kind again replaces.
func TestSelection(t *testing.T) {
	p := cred.NewPortal(&mailboxes{})
	up := cred.UsernamePassword{Username: "u"}
	if _, err := login(p, up); !errors.Is(err, cred.ErrUnhandledCredentials) {
		t.Errorf("no checker: %v", err)
	}
	if _, err := login(p, nil); !errors.Is(err, cred.ErrUnhandledCredentials) {
		t.Errorf("no credentials: %v", err)
	}
	cred.Register(p, fixed[cred.UsernameHashedPassword](cred.AvatarID{Name: "by interface"}, nil))
	cred.Register(p, fixed[cred.UsernamePassword](cred.AvatarID{Name: "by type"}, nil))
	cred.Register(p, cred.AllowAnonymousAccess{})
	if a, err := login(p, up); err != nil || a.ID.Name != "by interface" {
		t.Errorf("%v, %v", a.ID, err)
	}
	cred.Register(p, fixed[cred.UsernameHashedPassword](cred.AvatarID{}, cred.ErrUnauthorizedLogin))
	if _, err := login(p, up); !errors.Is(err, cred.ErrUnauthorizedLogin) {
		t.Errorf("the next checker was asked: %v", err)
	}
	if a, err := login(p, cred.Anonymous{}); err != nil || a.ID != cred.AnonymousID {
		t.Errorf("%v, %v", a.ID, err)
	}
	want := []reflect.Type{reflect.TypeFor[cred.UsernameHashedPassword](), reflect.TypeFor[cred.UsernamePassword](), reflect.TypeFor[cred.Anonymous]()}
	if got := p.Kinds(); !reflect.DeepEqual(got, want) {
		t.Errorf("kinds %v", got)
	}
	if !cred.Handles[cred.UsernamePassword](p) || cred.Handles[cred.BearerToken](p) {
		t.Error("Handles")
	}
}

// Nobody comes in by a checker or realm that says nothing, or panics.
func TestFaultyParts(t *testing.T) {
	up := cred.UsernamePassword{Username: "u"}
	for name, c := range map[string]cred.Checker[cred.UsernamePassword]{
		"zero id":  fixed[cred.UsernamePassword](cred.AvatarID{}, nil),
		"both":     fixed[cred.UsernamePassword](cred.AvatarID{Name: "u", Anonymous: true}, nil),
		"nil":      cred.CheckerFunc[cred.UsernamePassword](func(protocol.Loop, cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] { return nil }),
		"panic":    cred.CheckerFunc[cred.UsernamePassword](func(protocol.Loop, cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] { panic("x") }),
		"an error": fixed[cred.UsernamePassword](cred.AvatarID{}, errors.New("database is down")),
	} {
		p := cred.NewPortal(&mailboxes{})
		cred.Register(p, c)
		if a, err := login(p, up); !errors.Is(err, cred.ErrLoginFailed) || err.Error() != "cred: login failed" || a.Avatar != nil {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
	p := cred.NewPortal[*mailbox](cred.RealmFunc[*mailbox](func(protocol.Loop, cred.AvatarID, any) *deferred.Deferred[cred.Avatar[*mailbox]] { return nil }))
	cred.Register(p, fixed[cred.UsernamePassword](cred.AvatarID{Name: "u"}, nil))
	if _, err := login(p, up); !errors.Is(err, cred.ErrLoginDenied) {
		t.Errorf("a realm without an avatar: %v", err)
	}
}

// A login that is given up leaves nobody logged in, whenever that is.
func TestGivenUp(t *testing.T) {
	loop := protocoltest.NewClock()
	checking := deferred.New[cred.AvatarID](loop)
	making := deferred.New[cred.Avatar[*mailbox]](loop)
	p := cred.NewPortal[*mailbox](cred.RealmFunc[*mailbox](func(protocol.Loop, cred.AvatarID, any) *deferred.Deferred[cred.Avatar[*mailbox]] { return making }))
	cred.Register(p, cred.CheckerFunc[cred.Anonymous](func(protocol.Loop, cred.Anonymous) *deferred.Deferred[cred.AvatarID] { return checking }))
	var errs []error
	begin := func() *deferred.Deferred[cred.Avatar[*mailbox]] {
		d := p.Login(loop, cred.Anonymous{}, nil)
		d.Done(func(_ cred.Avatar[*mailbox], err error) { errs = append(errs, err) })
		return d
	}
	begin().Cancel()
	if !checking.Called() || len(errs) != 1 || !errors.Is(errs[0], deferred.ErrCancelled) {
		t.Fatalf("while checking: %v", errs)
	}
	checking = deferred.SucceedOn(loop, cred.AnonymousID)
	d := begin()
	d.Cancel()
	if len(errs) != 2 || !errors.Is(errs[1], deferred.ErrCancelled) {
		t.Fatalf("while the realm works: %v", errs)
	}
	out := 0
	_ = making.Callback(cred.Avatar[*mailbox]{Logout: func() { out++ }})
	if out != 1 {
		t.Errorf("logged out %d times", out)
	}
}

func TestChain(t *testing.T) {
	no := fixed[cred.UsernamePassword](cred.AvatarID{}, cred.ErrUnauthorizedLogin)
	denied := fixed[cred.UsernamePassword](cred.AvatarID{}, cred.ErrLoginDenied)
	yes := fixed[cred.UsernamePassword](cred.AvatarID{Name: "u"}, nil)
	for _, tt := range []struct {
		name  string
		chain []cred.Checker[cred.UsernamePassword]
		want  error
	}{
		{"none", nil, cred.ErrUnauthorizedLogin},
		{"second", []cred.Checker[cred.UsernamePassword]{no, yes}, nil},
		{"denied", []cred.Checker[cred.UsernamePassword]{denied, yes}, cred.ErrLoginDenied},
		{"all refuse", []cred.Checker[cred.UsernamePassword]{no, no}, cred.ErrUnauthorizedLogin},
	} {
		p := cred.NewPortal(&mailboxes{})
		cred.Register(p, cred.Chain(tt.chain...))
		if _, err := login(p, cred.UsernamePassword{}); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// Secrets are in no print and no log.
func TestRedacted(t *testing.T) {
	const secret = "hunter2"
	for _, c := range []any{
		cred.UsernamePassword{Username: "alice", Password: secret}, &cred.UsernamePassword{Username: "alice", Password: secret},
		cred.BearerToken{Username: "alice", Token: secret},
		cred.SecondFactor{First: cred.UsernamePassword{Username: "alice", Password: secret}, Code: secret},
	} {
		var b strings.Builder
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "creds", c)
		s := fmt.Sprintf("%v %+v %#v %s %q %d ", c, c, c, c, c, c) + b.String()
		if strings.Contains(s, secret) || strings.Contains(s, "104 117 110") || !strings.Contains(s, "alice") {
			t.Errorf("%s", s)
		}
	}
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "err", &cred.Error{Err: errors.New("database is down")})
	if !strings.Contains(b.String(), "database is down") {
		t.Errorf("the cause is not logged: %s", &b)
	}
}
