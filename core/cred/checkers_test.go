// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// wait runs the loop until d has its result.
func wait[T any](t *testing.T, loop *protocoltest.Clock, d *deferred.Deferred[T]) (v T, err error) {
	t.Helper()
	done := false
	d.Done(func(w T, e error) { v, err, done = w, e, true })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if e := loop.Until(ctx, func() bool { return done }); e != nil {
		t.Fatal(e)
	}
	return v, err
}

func ask[C cred.Credentials](t *testing.T, c cred.Checker[C], creds C) (cred.AvatarID, error) {
	t.Helper()
	loop := protocoltest.NewClock()
	return wait(t, loop, c.RequestAvatarID(loop, creds))
}

func plain(name, password string) cred.UsernameHashedPassword {
	return cred.UsernamePassword{Username: name, Password: password}
}

func TestMemory(t *testing.T) {
	var db cred.InMemoryUsernamePasswordDatabaseDontUse
	db.AddUser("alice", "secret")
	db.AddUser("", "secret")
	db.AddUser("empty", "")
	for _, tt := range []struct {
		name, password string
		ok             bool
	}{{"alice", "secret", true}, {"empty", "", false}, {"alice", "", false}, {"alice", "secret2", false}, {"bob", "secret", false}, {"bob", "", false}, {"", "secret", false}} {
		id, err := ask(t, &db, plain(tt.name, tt.password))
		if (err == nil) != tt.ok || tt.ok && id.Name != tt.name || err != nil && err != cred.ErrUnauthorizedLogin {
			t.Errorf("%q %q: %v, %v", tt.name, tt.password, id, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	for _, tt := range []struct {
		name, text     string
		db             *cred.FilePasswordDB
		user, password string
		want           string // "" for a refusal
	}{
		{"plain", "bob:x\nalice:secret\n", &cred.FilePasswordDB{}, "alice", "secret", "alice"},
		{"no last newline, CRLF", "bob:x\r\nalice:secret", &cred.FilePasswordDB{}, "bob", "x", "bob"},
		{"wrong", "alice:secret\n", &cred.FilePasswordDB{}, "alice", "x", ""},
		{"unknown", "alice:secret\n", &cred.FilePasswordDB{}, "bob", "secret", ""},
		{"empty file", "", &cred.FilePasswordDB{}, "bob", "", ""},
		{"short lines", "alice\n\nalice:secret\n", &cred.FilePasswordDB{}, "alice", "secret", "alice"},
		{"more fields", "alice:secret:1:2\n", &cred.FilePasswordDB{}, "alice", "secret", "alice"},
		{"first counts", "alice:secret\nalice:other\n", &cred.FilePasswordDB{}, "alice", "other", ""},
		{"fields", "secret;x;alice\n", &cred.FilePasswordDB{Delim: ";", UsernameField: 2, PasswordField: 0}, "alice", "secret", "alice"},
		{"case", "Alice:secret\n", &cred.FilePasswordDB{}, "alice", "secret", ""},
		{"any case", "Alice:secret\n", &cred.FilePasswordDB{IgnoreCase: true}, "ALICE", "secret", "Alice"},
		{"no name", ":secret\n", &cred.FilePasswordDB{}, "", "secret", ""},
		{"no password", "alice:\n", &cred.FilePasswordDB{}, "alice", "", ""},
		{"comment", "#alice:secret\n", &cred.FilePasswordDB{}, "#alice", "secret", ""},
		{"too long", "alice:secret\n", &cred.FilePasswordDB{MaxSize: 5}, "alice", "secret", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			write(t, path, tt.text)
			db := tt.db
			db.Path = path
			id, err := ask(t, db, plain(tt.user, tt.password))
			if id.Name != tt.want || (err == nil) != (tt.want != "") || err != nil && !errors.Is(err, cred.ErrUnauthorizedLogin) {
				t.Errorf("%v, %v; want %q", id, err, tt.want)
			}
		})
	}
	_, err := ask(t, &cred.FilePasswordDB{Path: path + "x"}, plain("a", "b"))
	if !errors.Is(err, cred.ErrUnauthorizedLogin) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestFileIsReadAgain(t *testing.T) {
	for _, cache := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "users")
		db := &cred.FilePasswordDB{Path: path, Cache: cache}
		write(t, path, "alice:one\n")
		old := time.Now().Add(-time.Hour)
		stamp := func() {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
		stamp()
		if _, err := ask(t, db, plain("alice", "one")); err != nil {
			t.Fatal(err)
		}
		write(t, path, "alice:two\n")
		stamp() // a change that shows in neither size nor time: only a cache misses it
		if _, err := ask(t, db, plain("alice", "two")); (err == nil) == cache {
			t.Errorf("cache %v, same time: %v", cache, err)
		}
		write(t, path, "alice:three\n")
		if _, err := ask(t, db, plain("alice", "three")); err != nil {
			t.Errorf("cache %v, changed: %v", cache, err)
		}
	}
}

// A file that took the place of another one is read, even if size and time are the same.
func TestFileReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	db := &cred.FilePasswordDB{Path: path, Cache: true}
	at := time.Now().Add(-time.Hour)
	for _, password := range []string{"one", "two"} {
		write(t, path+".new", "alice:"+password+"\n")
		if err := os.Chtimes(path+".new", at, at); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		if _, err := ask(t, db, plain("alice", password)); err != nil {
			t.Errorf("%s: %v", password, err)
		}
	}
}

// Neither users who are locked nor comments make a difference in time: a real hash is verified in any case, and a locked user's never lets in.
func TestHashedLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	write(t, path, "# comment: with a colon\n#gone:hash-g\nlocked:!hash-l\nstar:*\nempty:\nalice:hash-a\n")
	var calls []string
	c := (&cred.FilePasswordDB{Path: path}).Hashed(func(stored, password string) bool { // one at a time, as ask waits
		calls = append(calls, stored)
		return true
	})
	users := []string{"locked", "star", "empty", "#gone", "# comment", ""}
	for i := range 64 {
		users = append(users, string(rune('A'+i))) // unknown
	}
	for _, user := range users {
		if id, err := ask(t, c, cred.UsernamePassword{Username: user, Password: "x"}); !errors.Is(err, cred.ErrUnauthorizedLogin) {
			t.Errorf("%q: %v, %v", user, id, err)
		}
	}
	for i, stored := range calls {
		if stored != "hash-a" {
			t.Errorf("%q: verified %q", users[i], stored)
		}
	}
	if len(calls) != len(users) {
		t.Errorf("%d calls for %d users", len(calls), len(users))
	}
}

// An unknown user costs one verification, with the hash of somebody who exists.
func TestHashedCost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	write(t, path, "alice:hash-a\nbob:hash-b\n")
	var mu sync.Mutex
	var calls []string
	c := (&cred.FilePasswordDB{Path: path}).Hashed(func(stored, password string) bool {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, stored)
		return true // even a match lets nobody unknown in
	})
	for range 2 {
		if _, err := ask(t, c, cred.UsernamePassword{Username: "eve", Password: "x"}); !errors.Is(err, cred.ErrUnauthorizedLogin) {
			t.Errorf("unknown user: %v", err)
		}
	}
	if id, err := ask(t, c, cred.UsernamePassword{Username: "bob", Password: "x"}); err != nil || id.Name != "bob" {
		t.Errorf("%v, %v", id, err)
	}
	if len(calls) != 3 || calls[0] != calls[1] || !strings.HasPrefix(calls[0], "hash-") || calls[2] != "hash-b" {
		t.Errorf("verified %q", calls)
	}
}

func FuzzPasswordFile(f *testing.F) {
	f.Add("alice:secret\nbob", "alice", "secret")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text, name, password string) {
		path := filepath.Join(dir, "users")
		write(t, path, text)
		id, err := ask(t, &cred.FilePasswordDB{Path: path}, plain(name, password))
		if err == nil && (id.Name != name || !strings.Contains(text, name+":"+password)) {
			t.Errorf("%q let %q in with %q", text, name, password)
		}
	})
}

func TestCertificate(t *testing.T) {
	leaf := &x509.Certificate{Subject: pkix.Name{CommonName: "alice"}, EmailAddresses: []string{"a@example.org"}}
	verified := tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}, VerifiedChains: [][]*x509.Certificate{{leaf}}}
	email := &cred.CertificateChecker{Name: func(c *x509.Certificate) (string, bool) { return c.EmailAddresses[0], true }}
	for _, tt := range []struct {
		name  string
		c     *cred.CertificateChecker
		creds cred.ClientCertificate
		want  string
	}{
		{"common name", &cred.CertificateChecker{}, cred.ClientCertificate{State: verified}, "alice"},
		{"asked for", &cred.CertificateChecker{}, cred.ClientCertificate{Username: "alice", State: verified}, "alice"},
		{"another", &cred.CertificateChecker{}, cred.ClientCertificate{Username: "root", State: verified}, ""},
		{"not verified", &cred.CertificateChecker{}, cred.ClientCertificate{State: tls.ConnectionState{PeerCertificates: verified.PeerCertificates}}, ""},
		{"no TLS", &cred.CertificateChecker{}, cred.ClientCertificate{}, ""},
		{"own mapping", email, cred.ClientCertificate{State: verified}, "a@example.org"},
	} {
		if id, err := ask(t, tt.c, tt.creds); id.Name != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: %v, %v", tt.name, id, err)
		}
	}
}

func TestWorkers(t *testing.T) {
	loop := protocoltest.NewClock()
	w := &cred.Workers{Max: 1, Queue: 1}
	release, started := make(chan struct{}), make(chan struct{}) // closed once each
	first := cred.Run(w, loop, func() (int, error) { close(started); <-release; return 1, nil })
	<-started
	dropped := false
	second := cred.Run(w, loop, func() (int, error) { dropped = true; return 2, nil })
	if _, err := wait(t, loop, cred.Run(w, loop, func() (int, error) { return 3, nil })); !errors.Is(err, cred.ErrBusy) || w.Refused() != 1 {
		t.Errorf("a third: %v", err)
	}
	second.Cancel()
	if _, err := wait(t, loop, second); !errors.Is(err, deferred.ErrCancelled) {
		t.Error(err)
	}
	close(release)
	if v, err := wait(t, loop, first); v != 1 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
	var failure *deferred.Failure
	for { // the place of the second is free when its turn has come
		_, err := wait(t, loop, cred.Run(w, loop, func() (int, error) { panic("x") }))
		if errors.As(err, &failure) {
			break
		}
		if !errors.Is(err, cred.ErrBusy) {
			t.Fatal(err)
		}
	}
	if dropped {
		t.Error("work that was given up was done")
	}
}
