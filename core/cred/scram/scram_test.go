// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// The conversations of RFC 5802, section 5, and RFC 7677, section 3.
var vectors = []struct {
	hash                                               Hash
	clientNonce, serverNonce, salt                     string
	clientFirst, serverFirst, clientFinal, serverFinal string
}{
	{
		SHA1, "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92",
		"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
		"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
		"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
		"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
	},
	{
		SHA256, "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
		"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
	},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.hash.String(), func(t *testing.T) {
			c, err := NewClient(ClientConfig{Hash: v.hash, Username: "user", Password: "pencil", nonce: v.clientNonce})
			if err != nil {
				t.Fatal(err)
			}
			salt, _ := b64.DecodeString(v.salt)
			keys, err := DeriveKeys(v.hash, "pencil", salt, 4096)
			if err != nil {
				t.Fatal(err)
			}
			s := NewServer(ServerConfig{Hash: v.hash, nonce: v.serverNonce})
			check := func(name, got, want string, err error) {
				t.Helper()
				if err != nil || got != want {
					t.Fatalf("%s: %q, %v; want %q", name, got, err, want)
				}
			}
			first, err := c.First()
			check("client first", first, v.clientFirst, err)
			user, err := s.First(first)
			check("user", user, "user", err)
			serverFirst, err := s.Challenge(keys, true)
			check("server first", serverFirst, v.serverFirst, err)
			final, err := c.Final(serverFirst)
			check("client final", final, v.clientFinal, err)
			serverFinal, err := s.Final(final)
			check("server final", serverFinal, v.serverFinal, err)
			if err := c.Verify(serverFinal); err != nil {
				t.Error(err)
			}
			creds, ok := s.Credentials()
			if !ok || creds.User() != "user" {
				t.Errorf("credentials %v, %v", creds, ok)
			}
		})
	}
}

// run plays a whole login and returns the errors of both sides.
func run(t *testing.T, cc ClientConfig, sc ServerConfig, keys Keys, known bool) (client, server error) {
	t.Helper()
	c, err := NewClient(cc)
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(sc)
	msg, _ := c.First()
	if _, err := s.First(msg); err != nil {
		return nil, err
	}
	if msg, err = s.Challenge(keys, known); err != nil {
		return nil, err
	}
	if msg, err = c.Final(msg); err != nil {
		return err, nil
	}
	msg, server = s.Final(msg)
	if _, ok := s.Credentials(); ok != (server == nil) {
		t.Errorf("credentials: %v with error %v", ok, server)
	}
	if msg == "" {
		return nil, server
	}
	return c.Verify(msg), server
}

func TestLogins(t *testing.T) {
	keys, err := NewKeys(SHA256, "p\u00e4ss,=word", 0)
	if err != nil {
		t.Fatal(err)
	}
	bind := Binding{TLSExporter, []byte("material")}
	other := Binding{TLSExporter, []byte("of somebody in between")}
	user := ClientConfig{Username: "a,b=c", Password: "pa\u0308ss,=word"}
	with := func(change func(*ClientConfig)) ClientConfig { c := user; change(&c); return c }
	plus := ServerConfig{Plus: true, Bindings: []Binding{bind}}
	var refused *ServerError
	for _, tt := range []struct {
		name   string
		client ClientConfig
		server ServerConfig
		known  bool
		want   error // at the server
	}{
		{"good", user, ServerConfig{}, true, nil},
		{"own authzid", with(func(c *ClientConfig) { c.Authzid = "a,b=c" }), ServerConfig{}, true, nil},
		{"another authzid", with(func(c *ClientConfig) { c.Authzid = "root" }), ServerConfig{}, true, cred.ErrLoginDenied},
		{"wrong password", with(func(c *ClientConfig) { c.Password = "x" }), ServerConfig{}, true, cred.ErrUnauthorizedLogin},
		{"unknown user", user, ServerConfig{}, false, cred.ErrUnauthorizedLogin},
		{"bound", with(func(c *ClientConfig) { c.Binding = bind }), plus, true, nil},
		{"bound to another channel", with(func(c *ClientConfig) { c.Binding = other }), plus, true, cred.ErrUnauthorizedLogin},
		{"binding that the server lacks", with(func(c *ClientConfig) { c.Binding = Binding{"x", nil} }), plus, true, ErrProtocol},
		{"plus without binding", user, plus, true, ErrProtocol},
		{"binding without plus", with(func(c *ClientConfig) { c.Binding = bind }), ServerConfig{Bindings: []Binding{bind}}, true, ErrProtocol},
		{"struck out", with(func(c *ClientConfig) { c.Binding, c.NotOffered = bind, true }), ServerConfig{Bindings: []Binding{bind}}, true, ErrProtocol},
		{"not offered", with(func(c *ClientConfig) { c.Binding, c.NotOffered = bind, true }), ServerConfig{}, true, nil},
		{"keys of another mechanism", user, ServerConfig{Hash: SHA1}, true, cred.ErrUnauthorizedLogin},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.client.Hash = tt.server.Hash
			c, s := run(t, tt.client, tt.server, keys, tt.known)
			if !errors.Is(s, tt.want) || (tt.want == nil) != (s == nil) {
				t.Errorf("server: %v, want %v", s, tt.want)
			}
			if (c == nil) != (tt.want == nil) && !errors.As(c, &refused) && !errors.Is(tt.want, ErrProtocol) && !errors.Is(tt.want, cred.ErrLoginDenied) {
				t.Errorf("client: %v", c)
			}
		})
	}
}

// An unknown user gets a salt that looks like any other, and the same again.
func TestDecoy(t *testing.T) {
	challenge := func(key, user string) string {
		s := NewServer(ServerConfig{DecoyKey: []byte(key)})
		if _, err := s.First("n,,n=" + user + ",r=abc"); err != nil {
			t.Fatal(err)
		}
		msg, err := s.Challenge(Keys{}, false)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(msg, ",")
		return rest
	}
	a := challenge("k", "bob")
	if b := challenge("k", "bob"); a != b {
		t.Errorf("%q, then %q", a, b)
	}
	if a == challenge("k", "eve") || a == challenge("l", "bob") {
		t.Error("the salt does not depend on the name and the key")
	}
	real, _ := NewKeys(SHA256, "x", 0)
	if want := fmt.Sprintf("s=%s,i=%d", b64.EncodeToString(real.Salt), real.Iterations); len(a) != len(want) {
		t.Errorf("%q is not as long as %q", a, want)
	}
}

func TestClientRefuses(t *testing.T) {
	const n = "r=abcdef,"
	for _, tt := range []struct {
		name, msg string
		want      error
	}{
		{"nonce not extended", "r=abc,s=QSXC,i=4096", ErrProtocol},
		{"another nonce", "r=xbcdef,s=QSXC,i=4096", ErrProtocol},
		{"few iterations", n + "s=QSXC,i=4095", ErrIterations},
		{"many iterations", n + "s=QSXC,i=1000001", ErrIterations},
		{"sign", n + "s=QSXC,i=+4096", ErrProtocol},
		{"overflow", n + "s=QSXC,i=99999999999999999999", ErrProtocol},
		{"no salt", n + "s=,i=4096", ErrProtocol},
		{"salt not base64", n + "s=!,i=4096", ErrProtocol},
		{"extension", "m=x," + n + "s=QSXC,i=4096", ErrProtocol},
		{"empty", "", ErrProtocol},
		{"long", n + "s=" + strings.Repeat("A", maxMessage) + ",i=4096", ErrProtocol},
		{"NUL", n + "s=QSXC,i=4096,x=\x00", ErrProtocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := NewClient(ClientConfig{Username: "u", Password: "p", nonce: "abc"})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = c.First()
			if _, err := c.Final(tt.msg); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if err := c.Verify("v=AAAA"); !errors.Is(err, ErrProtocol) {
				t.Errorf("went on after the error: %v", err)
			}
		})
	}
}

// A server that does not know the password can't pass for one that does.
func TestFalseServer(t *testing.T) {
	keys, _ := NewKeys(SHA256, "p", 0)
	c, _ := NewClient(ClientConfig{Username: "u", Password: "p"})
	first, _ := c.First()
	s := NewServer(ServerConfig{})
	_, _ = s.First(first)
	msg, _ := s.Challenge(keys, true)
	if _, err := c.Final(msg); err != nil {
		t.Fatal(err)
	}
	for _, final := range []string{"v=", "v=AAAA", "v=" + b64.EncodeToString(make([]byte, 32))} {
		d := *c
		if err := d.Verify(final); !errors.Is(err, ErrServer) {
			t.Errorf("Verify(%q) = %v", final, err)
		}
	}
	if err := c.Verify("e=other-error"); err == nil || !strings.Contains(err.Error(), "other-error") {
		t.Errorf("an error of the server: %v", err)
	}
}

func TestServerRefuses(t *testing.T) {
	for _, msg := range []string{"", ",", "n,", "n,,", "x,,n=u,r=abc", "n,b=x,n=u,r=abc", "n,,r=abc,n=u", "n,,n=,r=abc", "n,,n=u,r=", "n,,n==41,r=abc", "n,,m=x,n=u,r=abc",
		"n,,n=u", "n,,n=u,r=a b", "n,,n=\x07,r=abc", "n,,n=\xff,r=abc", "p=,,n=u,r=abc", "n,,n=" + strings.Repeat("u", maxMessage) + ",r=abc"} {
		s := NewServer(ServerConfig{})
		if _, err := s.First(msg); !errors.Is(err, ErrProtocol) {
			t.Errorf("First(%.40q): %v", msg, err)
		}
		if _, err := s.Challenge(Keys{}, false); !errors.Is(err, ErrProtocol) {
			t.Errorf("went on after First(%.40q): %v", msg, err)
		}
	}
	for _, msg := range []string{"", "c=biws", "c=biws,r=abcxyz", "r=abcxyz,c=biws,p=AAAA", "c=biws,r=other,p=" + b64.EncodeToString(make([]byte, 32)), "c=biws,r=abcxyz,p=AAAA", "c=biws,r=abcxyz,p=!"} {
		s := NewServer(ServerConfig{nonce: "xyz"})
		_, _ = s.First("n,,n=u,r=abc")
		_, _ = s.Challenge(Keys{}, false)
		if _, err := s.Final(msg); !errors.Is(err, ErrProtocol) {
			t.Errorf("Final(%q): %v", msg, err)
		}
		if _, err := s.Final(msg); !errors.Is(err, ErrProtocol) {
			t.Errorf("a second Final(%q): %v", msg, err)
		}
	}
}

func TestKeysText(t *testing.T) {
	k, err := NewKeys(SHA1, "pencil", 5000)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseKeys(k.Text())
	if err != nil || back.Text() != k.Text() || back.Iterations != 5000 {
		t.Errorf("%v, %v", back, err)
	}
	for _, bad := range []string{"", "SCRAM-SHA-1$1", "SCRAM-SHA-512$4096:AAAA$AAAA:AAAA", strings.Replace(k.Text(), "5000", "-5", 1), strings.Replace(k.Text(), "-1$", "-256$", 1), k.Text() + "A"} {
		if _, err := ParseKeys(bad); err == nil {
			t.Errorf("ParseKeys(%q) succeeded", bad)
		}
	}
	if _, err := NewKeys(SHA1, "", 0); err == nil {
		t.Error("an empty password was taken")
	}
}

func TestChecker(t *testing.T) {
	loop := protocoltest.NewClock()
	ask := func(c Credentials) (id cred.AvatarID, err error) {
		Checker{}.RequestAvatarID(loop, c).Done(func(i cred.AvatarID, e error) { id, err = i, e })
		return id, err
	}
	if _, err := ask(Credentials{}); !errors.Is(err, cred.ErrUnauthorizedLogin) {
		t.Errorf("zero credentials: %v", err)
	}
	if id, err := ask(Credentials{"user"}); err != nil || id.Name != "user" {
		t.Errorf("%v, %v", id, err)
	}
	var users Users
	users.Set("user", Keys{Hash: SHA1})
	if _, ok := users.Keys("user", SHA256); ok {
		t.Error("keys of another mechanism")
	}
	if _, ok := users.Keys("user", SHA1); !ok {
		t.Error("no keys")
	}
}

func FuzzServer(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.clientFirst, v.clientFinal)
	}
	f.Add("p=tls-exporter,a=x,n=a=2C,r=b,x=y", "c=,r=,p=")
	keys, _ := NewKeys(SHA256, "pencil", 1)
	f.Fuzz(func(t *testing.T, first, final string) {
		s := NewServer(ServerConfig{nonce: "n"})
		if _, err := s.First(first); err != nil {
			return
		}
		if _, err := s.Challenge(keys, true); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Final(final); err == nil {
			t.Errorf("%q, %q was let in", first, final)
		}
	})
}

func FuzzClient(f *testing.F) {
	f.Add("r=abcd,s=QSXC,i=1", "v=AAAA")
	f.Fuzz(func(t *testing.T, first, final string) {
		c, err := NewClient(ClientConfig{Username: "u", Password: "p", MinIterations: 1, MaxIterations: 10, nonce: "abc"})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.First()
		if _, err := c.Final(first); err == nil && c.Verify(final) == nil {
			t.Errorf("%q, %q passed for the server", first, final)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	k, _ := NewKeys(SHA256, "p", 0)
	f.Add(k.Text())
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := ParseKeys(s); err == nil && k.Text() != s {
			t.Errorf("%q became %q", s, k.Text())
		}
	})
}

// A number of iterations that makes no sense is not taken for one.
func TestIterationsOfKeys(t *testing.T) {
	for _, n := range []int{-1, -4096} {
		if k, err := NewKeys(SHA256, "secret", n); !errors.Is(err, ErrIterations) {
			t.Errorf("%d: %d, %v", n, k.Iterations, err)
		}
	}
}

func TestKeysPrintNothing(t *testing.T) {
	k := Keys{SHA1, []byte("saltsalt"), 4096, []byte("storedstoredstoredst"), []byte("serverserverserverse")}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "keys", k)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "keys", k)
	text := fmt.Sprintf("%v %+v %#v %s %x %v", k, k, k, k, k, []Keys{k}) + log.String()
	for _, secret := range []string{"stored", "server", "115 116", "7374", "0x73", "c3Rvc"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
}

// An empty key for salts is none, rather than one that everybody knows.
func TestEmptyDecoyKey(t *testing.T) {
	salt := func(key []byte) string {
		s := NewServer(ServerConfig{DecoyKey: key, nonce: "x"})
		if _, err := s.First("n,,n=nobody,r=abc"); err != nil {
			t.Fatal(err)
		}
		msg, err := s.Challenge(Keys{}, false)
		if err != nil {
			t.Fatal(err)
		}
		return msg
	}
	if salt([]byte{}) != salt(nil) {
		t.Error("salts are made with an empty key")
	}
}
