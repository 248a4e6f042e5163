// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package strcred_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/cred/strcred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func login(t *testing.T, c cred.AnyChecker, creds cred.Credentials) (id cred.AvatarID, err error) {
	t.Helper()
	loop := protocoltest.NewClock()
	done := false
	c.RequestAvatarID(loop, creds).Done(func(i cred.AvatarID, e error) { id, err, done = i, e, true })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if e := loop.Until(ctx, func() bool { return done }); e != nil {
		t.Fatal(e)
	}
	return id, err
}

// The vectors of Twisted's strings.
func TestMakeChecker(t *testing.T) {
	var reg strcred.Registry
	hashable, plain, anon := reflect.TypeFor[cred.UsernameHashedPassword](), reflect.TypeFor[cred.UsernamePassword](), reflect.TypeFor[cred.Anonymous]()
	missing := filepath.Join(t.TempDir(), "nonexistent")
	for _, tt := range []struct {
		text string
		kind reflect.Type
		in   []string // "name=password" of who can log in
		err  error
	}{
		{"memory", hashable, nil, nil},
		{"memory:", hashable, nil, nil},
		{"memory:alice:secret", hashable, []string{"alice=secret"}, nil},
		{"memory:a:1:b:2", hashable, []string{"a=1", "b=2"}, nil},
		{"memory:a", nil, nil, strcred.ErrInvalidAuthArgument},
		{"memory:a:b:c", nil, nil, strcred.ErrInvalidAuthArgument},
		{`memory:a:b\:c`, nil, nil, strcred.ErrInvalidAuthArgument},
		{"file:" + missing, hashable, nil, nil},
		{"file:", nil, nil, strcred.ErrInvalidAuthArgument},
		{"file", nil, nil, strcred.ErrInvalidAuthArgument},
		{"file:  ", nil, nil, strcred.ErrInvalidAuthArgument},
		{"hashed:", nil, nil, strcred.ErrInvalidAuthArgument},
		{"anonymous", anon, nil, nil},
		{"anonymous:whatever", anon, nil, nil},
		{"unix", plain, nil, nil},
		{"unix:x", plain, nil, nil},
		{"sshkey", nil, nil, strcred.ErrInvalidAuthType}, // until the package for SSH has registered it
		{"Memory:a:b", nil, nil, strcred.ErrInvalidAuthType},
		{"bogus", nil, nil, strcred.ErrInvalidAuthType},
		{"bogus:x", nil, nil, strcred.ErrInvalidAuthType},
		{"", nil, nil, strcred.ErrInvalidAuthType},
		{":a", nil, nil, strcred.ErrInvalidAuthType},
	} {
		t.Run(tt.text, func(t *testing.T) {
			c, _, err := reg.MakeChecker(tt.text)
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) || c.Kind() != tt.kind {
				t.Fatalf("%v, %v; want %v, %v", c.Kind(), err, tt.kind, tt.err)
			}
			for _, user := range tt.in {
				name, pass, _ := strings.Cut(user, "=")
				if id, err := login(t, c, cred.UsernamePassword{Username: name, Password: pass}); err != nil || id.Name != name {
					t.Errorf("%s: %v, %v", user, id, err)
				}
				if _, err := login(t, c, cred.UsernamePassword{Username: name, Password: pass + "x"}); !errors.Is(err, cred.ErrUnauthorizedLogin) {
					t.Errorf("%s with another password: %v", user, err)
				}
			}
		})
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	plain, hashed := filepath.Join(dir, "plain"), filepath.Join(dir, "hashed")
	if err := os.WriteFile(plain, []byte("alice:secret:more\nshort\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (password.File{Path: hashed, Scheme: password.Bcrypt{Cost: 4}}).Add("alice", "secret"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"file:" + plain, "hashed:" + hashed} {
		c, warning, err := new(strcred.Registry).MakeChecker(text)
		if err != nil || warning != "" {
			t.Fatal(warning, err)
		}
		if id, err := login(t, c, cred.UsernamePassword{Username: "alice", Password: "secret"}); err != nil || id.Name != "alice" {
			t.Errorf("%s: %v, %v", text, id, err)
		}
		if _, err := login(t, c, cred.UsernamePassword{Username: "alice", Password: "x"}); !errors.Is(err, cred.ErrUnauthorizedLogin) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The table of the options.
func TestOptions(t *testing.T) {
	up := reflect.TypeFor[cred.UsernamePassword]()
	for _, tt := range []struct {
		auth     []string
		checkers int
		warning  bool
		err      error
	}{
		{[]string{"memory:a:b"}, 1, false, nil},
		{[]string{"memory:a:b", "memory:c:d"}, 2, false, nil},
		{[]string{"file:nonexistent"}, 1, true, nil},
		{[]string{"anonymous"}, 0, false, strcred.ErrUnsupported},
		{[]string{"bogus"}, 0, false, strcred.ErrInvalidAuthType},
		{[]string{"memory:a"}, 0, false, strcred.ErrInvalidAuthArgument},
		{[]string{"file:"}, 0, false, strcred.ErrInvalidAuthArgument},
	} {
		var warnings bytes.Buffer
		o := strcred.Options{Supported: []reflect.Type{up}, Warnings: &warnings}
		var err error
		for _, text := range tt.auth {
			err = errors.Join(err, o.Add(text))
		}
		if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) || len(o.Checkers()) != tt.checkers || len(o.CheckersFor(up)) != tt.checkers || (warnings.Len() > 0) != tt.warning {
			t.Errorf("%q: %d checkers, %v, warnings %q", tt.auth, len(o.Checkers()), err, &warnings)
		}
		if n := len(o.CheckersFor(reflect.TypeFor[cred.Anonymous]())); n != 0 {
			t.Errorf("%q: %d checkers for a kind that is not used", tt.auth, n)
		}
	}
}

func TestHelp(t *testing.T) {
	o := strcred.Options{Supported: []reflect.Type{reflect.TypeFor[cred.UsernamePassword]()}}
	if help := o.Help(); strings.Contains(help, "anonymous") || !strings.Contains(help, "\n  memory  name:password") {
		t.Errorf("help:\n%s", help)
	}
	if got, want := o.Types(), []string{"file", "hashed", "memory", "unix"}; !slices.Equal(got, want) {
		t.Errorf("types %q", got)
	}
	text, err := o.HelpType("anonymous")
	if err != nil || !strings.Contains(text, "Lets everybody in") || !strings.Contains(text, "Warning: this program does not") {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := o.HelpType("memory"); err != nil || strings.Contains(text, "Warning") {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := o.HelpType("bogus"); !errors.Is(err, strcred.ErrInvalidAuthType) {
		t.Error(err)
	}
}

func TestRegister(t *testing.T) {
	var reg strcred.Registry
	f := strcred.Factory{Type: "sshkey", Kinds: []reflect.Type{reflect.TypeFor[cred.SSHPrivateKey]()}, New: func(string) (cred.AnyChecker, string, error) {
		return cred.AnyChecker{}, "", nil
	}}
	if err := reg.Register(f); err != nil {
		t.Fatal(err)
	}
	if err := reg.Register(f); err == nil {
		t.Error("a type was registered twice")
	}
	if _, _, err := reg.MakeChecker("sshkey"); err != nil {
		t.Error(err)
	}
	f.Type = "a:b"
	if err := reg.Register(f); err == nil {
		t.Error("a type with a colon was registered")
	}
	f.Type = "memory"
	if err := reg.Register(f); err == nil {
		t.Error("a built-in type was replaced")
	}
}

func FuzzMakeChecker(f *testing.F) {
	f.Add("memory:a:b")
	f.Add("nothing of ours:nothing of ours")
	f.Fuzz(func(t *testing.T, text string) {
		c, _, err := new(strcred.Registry).MakeChecker(text)
		if (err == nil) != (c.Kind() != nil) {
			t.Errorf("%q: %v, %v", text, c.Kind(), err)
		}
		if err != nil && strings.Contains(text, ":") {
			name, argument, _ := strings.Cut(text, ":") // the name may be told
			if len(argument) > 12 && !strings.Contains(name, argument) && strings.Contains(err.Error(), argument) {
				t.Errorf("the argument is in the error: %v", err)
			}
		}
	})
}

func ExampleOptions() {
	auth := strcred.Options{Supported: []reflect.Type{reflect.TypeFor[cred.UsernamePassword]()}}
	fmt.Println(auth.Add("memory:alice:secret"))
	fmt.Println(auth.Add("anonymous"))
	fmt.Println(len(auth.Checkers()))
	// Output:
	// <nil>
	// strcred: this program does not use that authentication type: "anonymous"
	// 1
}
