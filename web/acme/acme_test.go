// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/acme"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// issue makes a certificate for host that is valid from now on for life.
func issue(t testing.TB, host string, life time.Duration) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	now := time.Now()
	template := &x509.Certificate{SerialNumber: serial, DNSNames: []string{host}, NotBefore: now, NotAfter: now.Add(life)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := assemble(host, [][]byte{der}, key)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// A trial is a Manager whose authority is a function, and whose service runs on the fake time of its bubble.
type trial struct {
	*testing.T
	m    *Manager
	stop func()

	mu  sync.Mutex
	log bytes.Buffer    // guarded by mu
	at  []time.Duration // guarded by mu: of the attempts, since the start
}

// Write takes what is logged.
func (s *trial) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

// logged returns what was logged.
func (s *trial) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// attempts returns when the authority was asked.
func (s *trial) attempts() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.at)
}

// try starts the service; answer is asked for each attempt. It belongs in a bubble.
func try(t *testing.T, c Config, answer func(n int, host string) (*tls.Certificate, error)) *trial {
	t.Helper()
	s := &trial{T: t}
	if c.Folder == "" {
		c.Folder = filepath.Join(t.TempDir(), "acme")
	}
	c.AcceptTerms, c.Logger = true, slog.New(slog.NewTextHandler(s, nil))
	var err error
	if s.m, err = New(protocoltest.NewClock(), c); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	s.m.obtain = func(ctx context.Context, host string) (*tls.Certificate, error) {
		s.mu.Lock()
		s.at = append(s.at, time.Since(begun))
		n := len(s.at)
		s.mu.Unlock()
		cert, err := answer(n, host)
		if cert == nil && err == nil { // an authority that does not answer
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return cert, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { // stop waits for it
		defer close(ended)
		if err := s.m.run(ctx, func() {}); err != nil {
			t.Error(err)
		}
	}()
	s.stop = func() {
		cancel()
		<-ended
	}
	return s
}

// pass lets time pass.
func (s *trial) pass(d time.Duration) {
	time.Sleep(d) // of the bubble
	synctest.Wait()
}

func (s *trial) serves(host string) *x509.Certificate {
	cert, err := s.m.GetCertificate(&tls.ClientHelloInfo{ServerName: host})
	if err != nil {
		s.Fatal(err)
	}
	if cert == nil {
		return nil
	}
	return cert.Leaf
}

const day = 24 * time.Hour

func TestObtainedAndRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := try(t, Config{Hosts: []string{"a.example", "B.example."}}, func(_ int, host string) (*tls.Certificate, error) { return issue(t, host, 90*day), nil })
		defer s.stop()
		if s.m.Ready() == nil {
			t.Error("ready without certificates")
		}
		s.pass(0)
		first := s.serves("A.example.")
		if len(s.attempts()) != 2 || first == nil || s.serves("b.example") == nil || s.serves("c.example") != nil || s.serves("") != nil {
			t.Fatalf("%d attempts", len(s.attempts()))
		}
		if err := errors.Join(s.m.Ready(), s.m.Health()); err != nil {
			t.Error(err)
		}
		s.pass(60*day - time.Minute)
		if len(s.attempts()) != 2 {
			t.Errorf("renewed early: %v", s.attempts())
		}
		s.pass(2 * time.Minute)
		if len(s.attempts()) != 4 || s.serves("a.example").Equal(first) {
			t.Errorf("not renewed: %v", s.attempts())
		}
		if strings.Contains(s.logged(), "PRIVATE") || strings.Count(s.logged(), "certificate obtained") != 4 {
			t.Error(s.logged())
		}
	})
}

// A failure is told, and tried again ever more rarely; what is there goes on being served until it expires.
func TestRenewalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		problem := &acme.Error{StatusCode: 403, ProblemType: "urn:ietf:params:acme:error:connection", Detail: "refused"}
		s := try(t, Config{Hosts: []string{"a.example"}}, func(n int, host string) (*tls.Certificate, error) {
			if n == 1 || n > 20 {
				return issue(t, host, 9*time.Hour), nil
			}
			return nil, &acme.AuthorizationError{Identifier: host, Errors: []error{problem}}
		})
		defer s.stop()
		s.pass(6*time.Hour + 30*time.Second)
		if len(s.attempts()) != 2 || s.m.Health() != nil || s.serves("a.example") == nil {
			t.Fatalf("%v, %v", s.attempts(), s.m.Health())
		}
		if log := s.logged(); !strings.Contains(log, "port 443 (tls-alpn-01) or 80 (http-01)") || !strings.Contains(log, "level=ERROR") {
			t.Error(log)
		}
		s.pass(20 * time.Minute)
		for i, want := range []time.Duration{0, 0, time.Minute, 2 * time.Minute, 4 * time.Minute} { // since the last one
			if i < 2 {
				continue
			}
			if d := s.attempts()[i] - s.attempts()[i-1]; d < want || d > want+time.Second {
				t.Errorf("attempt %d came after %v", i, d)
			}
		}
		if s.m.Health() == nil || s.m.Ready() != nil || s.serves("a.example") == nil {
			t.Errorf("after some failures: %v, %v", s.m.Health(), s.m.Ready())
		}
		s.pass(3 * time.Hour)
		if s.serves("a.example") != nil || s.m.Ready() == nil {
			t.Error("an expired certificate is served")
		}
		s.pass(5 * day)
		if len(s.attempts()) < 21 || s.m.Health() != nil || s.serves("a.example") == nil && s.m.Certificates()[0].Failures != 0 {
			t.Errorf("does not recover: %d attempts, %v", len(s.attempts()), s.m.Health())
		}
	})
}

// The authority's own limit is heeded.
func TestRateLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := &acme.Error{StatusCode: 429, ProblemType: "urn:ietf:params:acme:error:rateLimited", Header: http.Header{"Retry-After": {"7200"}}}
		s := try(t, Config{Hosts: []string{"a.example"}}, func(int, string) (*tls.Certificate, error) { return nil, limited })
		defer s.stop()
		s.pass(7199 * time.Second)
		if len(s.attempts()) != 1 || !strings.Contains(s.logged(), "LetsEncryptStaging") {
			t.Errorf("%v\n%s", s.attempts(), s.logged())
		}
		s.pass(2 * time.Second)
		if len(s.attempts()) != 2 {
			t.Errorf("%v", s.attempts())
		}
	})
}

// An authority that does not answer holds nothing up for longer than Timeout, and neither the end.
func TestAuthorityHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := try(t, Config{Hosts: []string{"a.example"}, Timeout: time.Minute}, func(int, string) (*tls.Certificate, error) { return nil, nil })
		s.pass(61 * time.Second)
		if c := s.m.Certificates(); c[0].Failures != 1 || !strings.Contains(c[0].Err.Error(), "too long") {
			t.Errorf("%+v", c)
		}
		s.pass(time.Minute + time.Second) // the second attempt is under way
		if s.stop(); len(s.attempts()) != 2 || s.m.Certificates()[0].Failures != 1 {
			t.Errorf("%v", s.attempts())
		}
	})
}

// What the folder holds is served at once, and nothing is asked for; what another process has renewed there is taken.
func TestFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "a", "b")
		answer := func(_ int, host string) (*tls.Certificate, error) { return issue(t, host, 90*day), nil }
		s := try(t, Config{Hosts: []string{"a.example"}, Folder: dir}, answer)
		s.pass(0)
		first := s.serves("a.example")
		s.stop()
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, name := range append(files, dir) {
			if info, err := os.Stat(name); err != nil || !private(info) {
				t.Errorf("%s: %v %v", name, err, info.Mode())
			}
		}

		s = try(t, Config{Hosts: []string{"a.example"}, Folder: dir}, answer)
		defer s.stop()
		s.pass(0)
		if len(s.attempts()) != 0 || !s.serves("a.example").Equal(first) {
			t.Errorf("%d attempts", len(s.attempts()))
		}
		s.pass(59 * day)
		other := issue(t, "a.example", 90*day)
		if err := folder(dir).save("a.example", other); err != nil {
			t.Fatal(err)
		}
		s.pass(2 * day)
		if len(s.attempts()) != 0 || !s.serves("a.example").Equal(other.Leaf) {
			t.Errorf("%d attempts", len(s.attempts()))
		}
		if err := s.m.Renew("a.example"); err != nil {
			t.Error(err)
		}
		if s.pass(0); len(s.attempts()) != 1 || s.serves("a.example").Equal(other.Leaf) {
			t.Error("not renewed when asked to")
		}
	})
}

func TestAddAndRemove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := try(t, Config{}, func(_ int, host string) (*tls.Certificate, error) { return issue(t, host, 90*day), nil })
		defer s.stop()
		s.pass(time.Minute)
		if err := s.m.Add("bücher.example"); err != nil {
			t.Fatal(err)
		}
		if s.pass(0); s.serves("xn--bcher-kva.example") == nil || len(s.attempts()) != 1 {
			t.Error("not obtained")
		}
		if s.m.Renew("other.example") == nil || s.m.Renew("") != nil {
			t.Error("Renew")
		}
		s.m.Remove("BÜCHER.example")
		if s.pass(time.Minute); s.serves("xn--bcher-kva.example") != nil || s.m.Add("*.example.org") == nil {
			t.Error("not removed")
		}
	})
}

// Certificates that live shorter than RenewBefore are not asked for without end.
func TestShortLived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := try(t, Config{Hosts: []string{"a.example"}, RenewBefore: 30 * day}, func(_ int, host string) (*tls.Certificate, error) { return issue(t, host, 6*day), nil })
		defer s.stop()
		if s.pass(12 * day); len(s.attempts()) != 5 {
			t.Errorf("%v", s.attempts())
		}
	})
}

func TestFolderFaults(t *testing.T) {
	good := Config{Hosts: []string{"a.example"}, AcceptTerms: true, Logger: slog.New(slog.DiscardHandler)}
	open := t.TempDir()
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ dir, want string }{{open, "chmod 700"}, {file, "folder"}, {filepath.Join(file, "x"), "folder"}, {"", "no Folder"}} {
		c := good
		c.Folder = tt.dir
		if _, err := New(protocoltest.NewClock(), c); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.dir, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "acme")
	f := folder(dir)
	if err := f.make(); err != nil {
		t.Fatal(err)
	}
	a, b := issue(t, "a.example", day), issue(t, "b.example", day)
	mixed := &tls.Certificate{Certificate: a.Certificate, PrivateKey: b.PrivateKey}
	for name, err := range map[string]error{
		"foreign":  f.save("a.example", b),
		"mixed":    f.save("a.example", mixed),
		"empty":    f.write("a.example", nil),
		"cut":      f.write("a.example", []byte("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n")),
		"no chain": f.save("a.example", &tls.Certificate{PrivateKey: a.PrivateKey}),
	} {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.load("a.example"); err == nil || errors.Is(err, errNoCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.save("a.example", a); err != nil {
		t.Fatal(err)
	}
	if cert, err := f.load("a.example"); err != nil || !cert.Leaf.Equal(a.Leaf) {
		t.Error(err)
	}
	one, err := f.accountKey()
	if err != nil {
		t.Fatal(err)
	}
	if two, err := f.accountKey(); err != nil || !two.Public().(*ecdsa.PublicKey).Equal(one.Public()) {
		t.Errorf("another account: %v", err)
	}
}

func TestConfigRefused(t *testing.T) {
	good := Config{Hosts: []string{"a.example"}, Folder: filepath.Join(t.TempDir(), "acme"), AcceptTerms: true}
	for name, change := range map[string]func(*Config){
		"terms": func(c *Config) { c.AcceptTerms = false }, "challenge": func(c *Config) { c.Challenges = []string{"dns-01"} }, "wildcard": func(c *Config) { c.Hosts = []string{"*.example.org"} },
		"address": func(c *Config) { c.Hosts = []string{"192.0.2.1"} }, "label": func(c *Config) { c.Hosts = []string{"localhost"} }, "path": func(c *Config) { c.Hosts = []string{"../a.example"} },
		"empty": func(c *Config) { c.Hosts = []string{""} }, "account": func(c *Config) { c.AccountKeyID = "1" }, "time": func(c *Config) { c.RenewBefore = -1 },
	} {
		c := good
		if change(&c); true {
			if _, err := New(protocoltest.NewClock(), c); err == nil {
				t.Errorf("%s was taken", name)
			}
		}
	}
}

func TestHints(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&acme.Error{ProblemType: "urn:ietf:params:acme:error:dns"}, "does not resolve"},
		{errors.Join(errNotOffered, &acme.Error{ProblemType: "urn:ietf:params:acme:error:unauthorized"}), "something else"},
		{errNotOffered, "Challenges"}, {x509.UnknownAuthorityError{}, "Roots"}, {os.ErrPermission, "Folder"}, {context.DeadlineExceeded, "reachable"}, {errors.New("x"), "again"},
	} {
		if got := hint(tt.err); !strings.Contains(got, tt.want) {
			t.Errorf("%v: %q", tt.err, got)
		}
	}
}
