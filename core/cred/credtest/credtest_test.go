// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package credtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/crammd5"
	"github.com/torsion-go/torsion/core/cred/credtest"
	"github.com/torsion-go/torsion/core/cred/digest"
	"github.com/torsion-go/torsion/core/cred/guard"
	"github.com/torsion-go/torsion/core/cred/otp"
	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/cred/scram"
	"github.com/torsion-go/torsion/core/cred/unixauth"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var alice = cred.AvatarID{Name: "alice"}

const secret = "pssst: a secret"

func up(name, pass string) func() cred.UsernamePassword {
	return func() cred.UsernamePassword {
		return cred.UsernamePassword{Username: name, Password: pass}
	}
}

// passwords is for checkers of names and passwords that know alice, and mallory, who has none.
var passwords = credtest.Config[cred.UsernamePassword]{
	ID: alice, Good: up("alice", secret), Secrets: []string{secret},
	Bad: map[string]func() cred.UsernamePassword{
		"wrong password": up("alice", secret+"x"), "unknown user": up("bob", secret), "no password": up("alice", ""), "no name": up("", secret), "nothing": up("", ""),
		"other case": up("ALICE", secret), "NUL": up("alice\x00", secret), "NUL in the password": up("alice", secret+"\x00"), "newline": up("alice\n", secret),
		"user without a password": up("mallory", ""), "the stored text": up("alice", "alice:"+secret), "space": up("alice ", secret),
	},
}

func hashable(f func() cred.UsernamePassword) func() cred.UsernameHashedPassword {
	return func() cred.UsernameHashedPassword { return f() }
}

func withHashes(c credtest.Config[cred.UsernamePassword]) credtest.Config[cred.UsernameHashedPassword] {
	all := credtest.Config[cred.UsernameHashedPassword]{ID: c.ID, Good: hashable(c.Good), Secrets: c.Secrets, Bad: map[string]func() cred.UsernameHashedPassword{}}
	for what, f := range c.Bad {
		all.Bad[what] = hashable(f)
	}
	return all
}

func memory(*testing.T) cred.Checker[cred.UsernameHashedPassword] {
	db := &cred.InMemoryUsernamePasswordDatabaseDontUse{}
	db.AddUser("alice", secret)
	db.AddUser("mallory", "")
	db.AddUser("", secret)
	return db
}

func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func hashed(t *testing.T) cred.Checker[cred.UsernamePassword] {
	hash, err := password.PBKDF2{Iterations: 10}.Hash(secret)
	if err != nil {
		t.Fatal(err)
	}
	db := &cred.FilePasswordDB{Path: write(t, "users", "alice:"+hash+"\nmallory:\n:"+hash+"\n", 0o600), Cache: true}
	return db.Hashed(password.Verify)
}

func TestPasswords(t *testing.T) {
	t.Run("memory", func(t *testing.T) { credtest.Run(t, memory, withHashes(passwords)) })
	t.Run("file", func(t *testing.T) {
		credtest.Run(t, func(t *testing.T) cred.Checker[cred.UsernameHashedPassword] {
			text := "alice|" + secret + "\nmallory|\n|" + secret + "\n"
			return &cred.FilePasswordDB{Path: write(t, "users", text, 0o600), Delim: "|"}
		}, withHashes(passwords))
	})
	t.Run("hashed file", func(t *testing.T) { credtest.Run(t, hashed, passwords) })
	t.Run("chain", func(t *testing.T) {
		credtest.Run(t, func(t *testing.T) cred.Checker[cred.UsernamePassword] {
			other := &cred.InMemoryUsernamePasswordDatabaseDontUse{}
			other.AddUser("carol", "x")
			first := cred.CheckerFunc[cred.UsernamePassword](func(loop protocol.Loop, c cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
				return other.RequestAvatarID(loop, c)
			})
			return cred.Chain(first, hashed(t))
		}, passwords)
	})
	t.Run("guard", func(t *testing.T) {
		credtest.Run(t, func(t *testing.T) cred.Checker[cred.UsernamePassword] {
			return guard.Checker(guard.New(guard.Config{Failures: 1000, Logger: slog.New(slog.DiscardHandler)}), hashed(t))
		}, passwords)
	})
	t.Run("unixauth", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("for accounts of UNIX; the helper here is a shell script")
		}
		credtest.Run(t, func(t *testing.T) cred.Checker[cred.UsernamePassword] {
			helper := write(t, "helper", "#!/bin/sh\n[ \"$1\" = alice ] && [ \"$(tr -d '\\0')\" = '"+secret+"' ]\n", 0o700)
			return &unixauth.Checker{Helper: helper}
		}, passwords)
	})
}

// answers makes a configuration of answers to challenges.
func answers(answer func(name, pass string) cred.UsernameHashedPassword) credtest.Config[cred.UsernameHashedPassword] {
	by := func(name, pass string) func() cred.UsernameHashedPassword {
		return func() cred.UsernameHashedPassword { return answer(name, pass) }
	}
	return credtest.Config[cred.UsernameHashedPassword]{ID: alice, Good: by("alice", secret), Secrets: []string{secret}, Bad: map[string]func() cred.UsernameHashedPassword{
		"wrong password": by("alice", "x"), "unknown user": by("bob", secret), "no password": by("alice", ""), "user without a password": by("mallory", ""), "other case": by("Alice", secret),
	}}
}

func TestAnswers(t *testing.T) {
	t.Run("CRAM-MD5", func(t *testing.T) {
		credtest.Run(t, memory, answers(func(name, pass string) cred.UsernameHashedPassword {
			challenge := crammd5.NewChallenge("x")
			c, err := crammd5.Parse(challenge, crammd5.Respond(challenge, name, pass))
			if err != nil {
				t.Error(err)
			}
			return c
		}))
	})
	t.Run("digest", func(t *testing.T) {
		f := &digest.Factory{Realm: "x"}
		credtest.Run(t, memory, answers(func(name, pass string) cred.UsernameHashedPassword {
			text, err := digest.Respond(f.Challenges("c"), digest.Login{Username: name, Password: pass, Method: "GET", URI: "/"})
			if err != nil {
				t.Error(err)
			}
			c, err := f.Decode(text, digest.Request{Method: "GET", URI: "/", Client: "c"})
			if err != nil {
				t.Error(err)
			}
			return c
		}))
	})
}

// proved plays both sides of a SCRAM login.
func proved(t *testing.T) scram.Credentials {
	keys, err := scram.NewKeys(scram.SHA256, secret, 0)
	if err != nil {
		t.Error(err)
	}
	c, err := scram.NewClient(scram.ClientConfig{Username: "alice", Password: secret})
	if err != nil {
		t.Error(err)
		return scram.Credentials{}
	}
	s := scram.NewServer(scram.ServerConfig{})
	text, _ := c.First()
	_, _ = s.First(text)
	text, _ = s.Challenge(keys, true)
	text, _ = c.Final(text)
	_, _ = s.Final(text)
	creds, _ := s.Credentials() // zero ones after an error
	return creds
}

func TestOthers(t *testing.T) {
	t.Run("anonymous", func(t *testing.T) {
		credtest.Run(t, func(*testing.T) cred.Checker[cred.Anonymous] { return cred.AllowAnonymousAccess{} },
			credtest.Config[cred.Anonymous]{ID: cred.AnonymousID, Good: func() cred.Anonymous { return cred.Anonymous{Email: "a@example.org"} }})
	})
	t.Run("certificate", func(t *testing.T) {
		leaf := &x509.Certificate{Subject: pkix.Name{CommonName: "alice"}}
		state := tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}}
		verified := state
		verified.VerifiedChains = [][]*x509.Certificate{{leaf}}
		with := func(user string, s tls.ConnectionState) func() cred.ClientCertificate {
			return func() cred.ClientCertificate { return cred.ClientCertificate{Username: user, State: s} }
		}
		credtest.Run(t, func(*testing.T) cred.Checker[cred.ClientCertificate] { return &cred.CertificateChecker{} }, credtest.Config[cred.ClientCertificate]{
			ID: alice, Good: with("", verified),
			Bad: map[string]func() cred.ClientCertificate{"not verified": with("alice", state), "another name": with("root", verified), "no TLS": with("alice", tls.ConnectionState{})},
		})
	})
	t.Run("SCRAM", func(t *testing.T) {
		credtest.Run(t, func(*testing.T) cred.Checker[scram.Credentials] { return scram.Checker{} }, credtest.Config[scram.Credentials]{
			ID: alice, Good: func() scram.Credentials { return proved(t) },
			Bad: map[string]func() scram.Credentials{"nothing proved": func() scram.Credentials { return scram.Credentials{} }},
		})
	})
	t.Run("one-time codes", func(t *testing.T) {
		var seconds atomic.Int64 // each code is for a later time
		now := func() time.Time { return time.Unix(1_000_000+seconds.Load(), 0) }
		key := otp.NewKey("", "alice")
		with := func(name, pass string, code func() string) func() cred.SecondFactor {
			return func() cred.SecondFactor { return cred.SecondFactor{First: up(name, pass)(), Code: code()} }
		}
		fresh := func() string {
			seconds.Add(30)
			return key.TOTP(now())
		}
		credtest.Run(t, func(t *testing.T) cred.Checker[cred.SecondFactor] {
			users := &otp.Users{Now: now, Window: -1}
			for _, name := range []string{"alice", "bob", ""} {
				if err := users.Set(name, key); err != nil {
					t.Fatal(err)
				}
			}
			return otp.NewChecker(hashed(t), users)
		}, credtest.Config[cred.SecondFactor]{
			ID: alice, Good: with("alice", secret, fresh), InOrder: true, Secrets: []string{secret},
			Bad: map[string]func() cred.SecondFactor{
				"wrong password": with("alice", "x", fresh), "unknown user": with("bob", secret, fresh), "no code": with("alice", secret, func() string { return "" }),
				"wrong code": with("alice", secret, func() string { return key.TOTP(now().Add(time.Hour)) }),
			},
		})
	})
}
