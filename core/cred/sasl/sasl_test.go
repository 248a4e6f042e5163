// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sasl_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/sasl"
	"github.com/torsion-go/torsion/core/cred/scram"
)

// play lets both sides talk, as a protocol would, and returns the server.
func play(c sasl.Client, sc sasl.ServerConfig, initial bool) (sasl.Server, error) {
	mechanism, response, err := c.Start()
	if err != nil {
		return nil, err
	}
	s, err := sasl.NewServer(mechanism, sc)
	if err != nil {
		return nil, err
	}
	pending := response
	if !initial {
		response = nil
	}
	for {
		challenge, done, err := s.Next(response)
		if err != nil {
			return s, err
		}
		if done {
			if len(challenge) > 0 { // came with the success
				if _, err := c.Next(challenge); err != nil {
					return s, err
				}
			}
			return s, c.Done()
		}
		if !initial && pending != nil && len(challenge) == 0 {
			response, pending = pending, nil
			continue
		}
		if response, err = c.Next(challenge); err != nil {
			return s, err
		}
	}
}

func users(t *testing.T) func(string, scram.Hash) (scram.Keys, bool) {
	t.Helper()
	var u scram.Users
	for _, h := range []scram.Hash{scram.SHA1, scram.SHA256} {
		k, err := scram.NewKeys(h, "secret", 0)
		if err != nil {
			t.Fatal(err)
		}
		u.Set("alice", k)
	}
	return u.Keys
}

// states returns both ends' view of a TLS connection.
func states(t *testing.T, version uint16) (client, server *tls.ConnectionState) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	s := tls.Server(a, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MaxVersion: version})
	c := tls.Client(b, &tls.Config{InsecureSkipVerify: true, MaxVersion: version}) // only the keys of the connection matter
	done := make(chan error, 1)                                                    // the server's one result
	go func() { done <- s.Handshake() }()                                          // the test receives from done
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	cs, ss := c.ConnectionState(), s.ConnectionState()
	return &cs, &ss
}

func TestMechanisms(t *testing.T) {
	ct, st := states(t, tls.VersionTLS13)
	ct12, st12 := states(t, tls.VersionTLS12)
	verified := *st
	verified.VerifiedChains = [][]*x509.Certificate{{{}}}
	keys := users(t)
	for _, tt := range []struct {
		mechanism string
		client    sasl.ClientConfig
		server    sasl.ServerConfig
		want      func(c cred.Credentials) bool
	}{
		{sasl.Plain, sasl.ClientConfig{TLS: ct}, sasl.ServerConfig{TLS: st}, password},
		{sasl.Login, sasl.ClientConfig{TLS: ct}, sasl.ServerConfig{TLS: st}, password},
		{sasl.Plain, sasl.ClientConfig{AllowPlaintext: true}, sasl.ServerConfig{AllowPlaintext: true}, password},
		{sasl.CramMD5, sasl.ClientConfig{}, sasl.ServerConfig{Allow: []string{sasl.CramMD5}}, func(c cred.Credentials) bool {
			h, ok := c.(cred.UsernameHashedPassword)
			return ok && h.CheckPassword("secret") && !h.CheckPassword("x")
		}},
		{sasl.External, sasl.ClientConfig{TLS: ct}, sasl.ServerConfig{TLS: &verified}, func(c cred.Credentials) bool {
			_, ok := c.(cred.ClientCertificate)
			return ok
		}},
		{sasl.Anonymous, sasl.ClientConfig{}, sasl.ServerConfig{Allow: []string{sasl.Anonymous}}, func(c cred.Credentials) bool {
			return c == cred.Anonymous{Email: "alice"}
		}},
		{sasl.OAuthBearer, sasl.ClientConfig{TLS: ct, Token: "tok"}, sasl.ServerConfig{TLS: st}, func(c cred.Credentials) bool {
			return c == cred.BearerToken{Username: "alice", Token: "tok"}
		}},
		{sasl.ScramSHA1, sasl.ClientConfig{}, sasl.ServerConfig{Keys: keys}, proved},
		{sasl.ScramSHA256, sasl.ClientConfig{}, sasl.ServerConfig{Keys: keys}, proved},
		{sasl.ScramSHA256, sasl.ClientConfig{TLS: ct}, sasl.ServerConfig{Keys: keys, SuccessData: true}, proved},
		{sasl.ScramSHA256 + "-PLUS", sasl.ClientConfig{TLS: ct}, sasl.ServerConfig{Keys: keys, TLS: st}, proved},
		{sasl.ScramSHA1 + "-PLUS", sasl.ClientConfig{TLS: ct12}, sasl.ServerConfig{Keys: keys, TLS: st12}, proved},
	} {
		for _, initial := range []bool{true, false} {
			tt.client.Allow = []string{tt.mechanism}
			tt.client.Username = "alice"
			if tt.mechanism != sasl.OAuthBearer {
				tt.client.Password = "secret"
			}
			c, err := sasl.NewClient(tt.server.Mechanisms(), tt.client)
			if err != nil {
				t.Errorf("%s: %v", tt.mechanism, err)
				continue
			}
			s, err := play(c, tt.server, initial)
			if err != nil {
				t.Errorf("%s: %v", tt.mechanism, err)
				continue
			}
			if got, ok := s.Credentials(); !ok || got.User() != "alice" && tt.mechanism != sasl.Anonymous || !tt.want(got) {
				t.Errorf("%s: credentials %v, %v", tt.mechanism, got, ok)
			}
			if _, _, err := s.Next([]byte("x")); !errors.Is(err, sasl.ErrProtocol) {
				t.Errorf("%s: a response after the end: %v", tt.mechanism, err)
			}
		}
	}
}

func password(c cred.Credentials) bool {
	return c == cred.UsernamePassword{Username: "alice", Password: "secret"}
}

func proved(c cred.Credentials) bool { _, ok := c.(scram.Credentials); return ok }

func TestOffered(t *testing.T) {
	_, st := states(t, tls.VersionTLS13)
	keys := users(t)
	for _, tt := range []struct {
		name string
		cfg  sasl.ServerConfig
		want string
	}{
		{"no TLS", sasl.ServerConfig{}, ""},
		{"keys", sasl.ServerConfig{Keys: keys}, "SCRAM-SHA-256 SCRAM-SHA-1"},
		{"TLS", sasl.ServerConfig{Keys: keys, TLS: st}, "SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 OAUTHBEARER PLAIN LOGIN"},
		{"allowed", sasl.ServerConfig{AllowPlaintext: true, Allow: []string{"LOGIN", "ANONYMOUS", "BOGUS", "PLAIN-PLUS"}}, "LOGIN ANONYMOUS"},
	} {
		if got := strings.Join(tt.cfg.Mechanisms(), " "); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
	for _, m := range []string{"PLAIN", "BOGUS", "", "SCRAM-SHA-256"} {
		if _, err := sasl.NewServer(m, sasl.ServerConfig{}); !errors.Is(err, sasl.ErrMechanism) {
			t.Errorf("%q: %v", m, err)
		}
	}
	if c, err := sasl.NewClient([]string{"PLAIN", "LOGIN"}, sasl.ClientConfig{Username: "a", Password: "b"}); !errors.Is(err, sasl.ErrMechanism) {
		t.Errorf("a password without TLS: %v, %v", c, err)
	}
}

func TestRefused(t *testing.T) {
	_, st := states(t, tls.VersionTLS13)
	cfg := sasl.ServerConfig{TLS: st, Keys: users(t), Allow: []string{sasl.Plain, sasl.Login, sasl.OAuthBearer, sasl.CramMD5, sasl.Anonymous, sasl.ScramSHA256}}
	long := strings.Repeat("x", sasl.MaxMessage+1)
	for _, tt := range []struct {
		mechanism string
		responses []string
		want      error
	}{
		{sasl.Plain, []string{""}, sasl.ErrProtocol},
		{sasl.Plain, []string{"a\x00b"}, sasl.ErrProtocol},
		{sasl.Plain, []string{"\x00\x00b"}, sasl.ErrProtocol},
		{sasl.Plain, []string{"\x00a\x00b\x00c"}, sasl.ErrProtocol},
		{sasl.Plain, []string{"\x00a\x00\xff"}, sasl.ErrProtocol},
		{sasl.Plain, []string{"root\x00a\x00b"}, cred.ErrLoginDenied},
		{sasl.Plain, []string{"\x00a\x00"}, sasl.ErrProtocol}, // RFC 4616: a password has at least one character
		{sasl.Login, []string{"a", ""}, sasl.ErrProtocol},
		{sasl.OAuthBearer, []string{"n,a=x=2Cy=zz,\x01auth=Bearer x\x01\x01"}, sasl.ErrProtocol},
		{sasl.Plain, []string{long}, sasl.ErrProtocol},
		{sasl.Login, []string{"a\x00"}, sasl.ErrProtocol},
		{sasl.Login, []string{""}, sasl.ErrProtocol},
		{sasl.Login, []string{"a", long}, sasl.ErrProtocol},
		{sasl.Anonymous, []string{strings.Repeat("x", 256)}, sasl.ErrProtocol},
		{sasl.CramMD5, []string{"x"}, sasl.ErrProtocol},
		{sasl.CramMD5, []string{"", "x"}, sasl.ErrProtocol},
		{sasl.OAuthBearer, []string{"n,,\x01\x01"}, sasl.ErrProtocol},
		{sasl.OAuthBearer, []string{"n,,\x01auth=Basic x\x01\x01"}, sasl.ErrProtocol},
		{sasl.OAuthBearer, []string{"y,,\x01auth=Bearer x\x01\x01"}, sasl.ErrProtocol},
		{sasl.OAuthBearer, []string{"n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01"}, sasl.ErrProtocol},
		{sasl.ScramSHA256, []string{"n,,n=alice,r=abc", "c=biws,r=abc,p=AAAA"}, scram.ErrProtocol},
	} {
		s, err := sasl.NewServer(tt.mechanism, cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range tt.responses {
			_, done, err := s.Next([]byte(r))
			if last := i == len(tt.responses)-1; done || last != (err != nil) || last && !errors.Is(err, tt.want) {
				t.Errorf("%s %.40q: step %d: %v, %v", tt.mechanism, tt.responses, i, done, err)
			}
		}
		if c, ok := s.Credentials(); ok {
			t.Errorf("%s %.40q: credentials %v", tt.mechanism, tt.responses, c)
		}
		if _, _, err := s.Next(nil); err == nil {
			t.Errorf("%s %.40q: went on", tt.mechanism, tt.responses)
		}
	}
}

// A client that was told of success before the server proved itself says so.
func TestEarlySuccess(t *testing.T) {
	c, err := sasl.NewClient([]string{sasl.ScramSHA256}, sasl.ClientConfig{Username: "alice", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := c.Done(); !errors.Is(err, sasl.ErrProtocol) {
		t.Errorf("success at once: %v", err)
	}
	for _, bad := range []string{"", "r=x,s=AAAA,i=4096"} {
		if _, err := c.Next([]byte(bad)); err == nil {
			t.Errorf("%q was answered", bad)
		}
		if err := c.Done(); !errors.Is(err, sasl.ErrProtocol) {
			t.Errorf("success after an error: %v", err)
		}
	}
}

// A token that says itself whose it is.
func TestBearerWithoutName(t *testing.T) {
	cfg := sasl.ServerConfig{AllowPlaintext: true}
	c, err := sasl.NewClient(cfg.Mechanisms(), sasl.ClientConfig{Token: "tok", AllowPlaintext: true})
	if err != nil {
		t.Fatal(err)
	}
	s, err := play(c, cfg, true)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := s.Credentials(); !ok || got != (cred.BearerToken{Token: "tok"}) {
		t.Errorf("%v, %v", got, ok)
	}
	if _, err := sasl.NewClient(cfg.Mechanisms(), sasl.ClientConfig{Token: "tok\x01host=x", AllowPlaintext: true}); err == nil {
		t.Error("a token that ends its field")
	}
}

func FuzzServer(f *testing.F) {
	for _, m := range []string{sasl.Plain, sasl.Login, sasl.OAuthBearer, sasl.CramMD5, sasl.Anonymous, sasl.ScramSHA1} {
		f.Add(m, "\x00a\x00b", "n,a=u,\x01auth=Bearer x\x01\x01")
	}
	cfg := sasl.ServerConfig{AllowPlaintext: true, Keys: func(string, scram.Hash) (scram.Keys, bool) { return scram.Keys{}, false }}
	cfg.Allow = slices.Concat([]string{sasl.CramMD5, sasl.Anonymous}, cfg.Mechanisms())
	f.Fuzz(func(t *testing.T, mechanism, a, b string) {
		s, err := sasl.NewServer(mechanism, cfg)
		if err != nil {
			return
		}
		for _, r := range []string{a, b, a} {
			_, done, err := s.Next([]byte(r))
			if c, ok := s.Credentials(); ok != done || ok && c == nil {
				t.Fatalf("%s %q %q: credentials %v, done %v", mechanism, a, b, c, done)
			}
			if done || err != nil {
				return
			}
		}
	})
}
