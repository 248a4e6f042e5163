// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/acme"
)

// A pebble is Let's Encrypt's authority for tests, with a name server for which all names are this machine.
type pebble struct {
	*testing.T
	dir, directory, manage string
	roots                  *x509.CertPool // of its own server
}

// freePort returns a port that nobody uses at the moment, over TCP and UDP.
func freePort(t *testing.T) int {
	t.Helper()
	for range 20 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		u, err := net.ListenPacket("udp", l.Addr().String())
		l.Close()
		if err == nil {
			u.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// startPebble starts an authority that looks for its answers on those ports.
func startPebble(t *testing.T, plain, secure string) *pebble {
	t.Helper()
	program, err := exec.LookPath("pebble")
	if err != nil {
		t.Skip("pebble is not installed")
	}
	names, err := exec.LookPath("pebble-challtestsrv")
	if err != nil {
		t.Skip("pebble-challtestsrv is not installed")
	}
	p := &pebble{T: t, dir: t.TempDir()}
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	own, err := key.SelfSigned(certificate.Template{Names: []string{"127.0.0.1"}, CA: true})
	if err != nil {
		t.Fatal(err)
	}
	p.roots = certificate.Pool(own.Certificate)
	keyPEM, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	p.write("cert.pem", own.PEM())
	p.write("key.pem", keyPEM)
	for range 5 { // the ports that were free may be taken meanwhile
		if p.start(program, names, plain, secure) {
			return p
		}
	}
	t.Fatal("pebble does not start")
	return nil
}

func (p *pebble) write(name string, b []byte) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), b, 0o600); err != nil {
		p.Fatal(err)
	}
}

func (p *pebble) start(program, names, plain, secure string) bool {
	p.Helper()
	listen, manage := fmt.Sprintf("127.0.0.1:%d", freePort(p.T)), fmt.Sprintf("127.0.0.1:%d", freePort(p.T))
	dns := fmt.Sprintf("127.0.0.1:%d", freePort(p.T))
	p.directory, p.manage = "https://"+listen+"/dir", "https://"+manage
	b, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": listen, "managementListenAddress": manage, "certificate": filepath.Join(p.dir, "cert.pem"), "privateKey": filepath.Join(p.dir, "key.pem"),
		"httpPort": portOf(plain), "tlsPort": portOf(secure), "certificateValidityPeriod": 3600,
	}})
	if err != nil {
		p.Fatal(err)
	}
	p.write("config.json", b)
	nameserver := p.run(names, "-dns01", dns, "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "", "-management", fmt.Sprintf("127.0.0.1:%d", freePort(p.T)))
	authority := p.run(program, "-config", filepath.Join(p.dir, "config.json"), "-dnsserver", dns)
	c := p.client()
	defer c.CloseIdleConnections()
	return nameserver.serves(func() error {
		c, err := net.Dial("tcp", dns)
		if err == nil {
			c.Close()
		}
		return err
	}) && authority.serves(func() error {
		res, err := c.Get(p.directory)
		if err == nil {
			res.Body.Close()
		}
		return err
	})
}

// A program is another process.
type program struct {
	out   notes
	ended chan struct{} // closed at its end
}

// serves waits until f succeeds, which is tried now and whenever the program has written something. It reports false when the program ends.
func (p *program) serves(f func() error) bool {
	for f() != nil {
		select {
		case <-p.ended:
			return false
		case <-p.out.changed():
		case <-time.After(100 * time.Millisecond): // it may serve without a word
		}
	}
	return true
}

// run starts a program, which the cleanup ends.
func (p *pebble) run(name string, args ...string) *program {
	p.Helper()
	r := &program{ended: make(chan struct{})}
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &r.out, &r.out
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	if err := cmd.Start(); err != nil {
		p.Fatal(err)
	}
	go func() { // the cleanup waits for it
		_ = cmd.Wait()
		close(r.ended)
	}()
	p.Cleanup(func() {
		_ = cmd.Process.Kill()
		if <-r.ended; p.Failed() {
			p.Log(r.out.String())
		}
	})
	return r
}

func (p *pebble) client() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.roots}}}
}

// authorityRoot returns the root of the certificates that are issued.
func (p *pebble) authorityRoot() []byte {
	p.Helper()
	c := p.client()
	defer c.CloseIdleConnections()
	res, err := c.Get(p.manage + "/roots/0")
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.Fatal(err)
	}
	return b
}

func portOf(addr string) int {
	_, port, _ := net.SplitHostPort(addr)
	var n int
	fmt.Sscan(port, &n)
	return n
}

// notes is a log that tells when something was written.
type notes struct {
	mu   sync.Mutex
	b    bytes.Buffer  // guarded by mu
	more chan struct{} // guarded by mu; closed by the next Write, nil if nobody waits
}

func (s *notes) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
	return s.b.Write(p)
}

// changed returns a channel that the next Write closes.
func (s *notes) changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.more == nil {
		s.more = make(chan struct{})
	}
	return s.more
}

func (s *notes) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// site is a site on two ports with certificates from pebble.
type site struct {
	*testing.T
	*pebble
	log           notes
	certs         *acme.Manager
	plain, secure string // addresses
}

// startSite starts a site; without proofs its port for TLS does not know of the authority's protocol.
func startSite(t *testing.T, proofs bool, c acme.Config) *site {
	t.Helper()
	s := &site{T: t}
	quiet := slog.New(slog.DiscardHandler)
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	var certs *acme.Manager // which is made when pebble's address is known, and pebble when the ports' are
	protos := []string{"h2", "http/1.1"}
	if proofs {
		protos = append(protos, "acme-tls/1")
	}
	source := tls.Config{NextProtos: protos, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return certs.GetCertificate(hello)
	}}
	hello := web.NewSite(web.Func(func(r *web.Request) { io.WriteString(r, "hello over "+r.Proto) }), web.Config{Logger: quiet})
	over, err := tlswrap.Server(tlswrap.Options{Config: &source, RequireServerName: true, Logger: quiet}, hello)
	if err != nil {
		t.Fatal(err)
	}
	front := web.NewSite(web.LeafFunc(func(r *web.Request) { web.Dispatch(certs.Challenges(nil), r) }), web.Config{Logger: quiet})
	p1, err := r.ListenTCP("127.0.0.1:0", front, reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p2, err := r.ListenTCP("127.0.0.1:0", over, reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.plain, s.secure = p1.Addr().String(), p2.Addr().String()
	s.pebble = startPebble(t, s.plain, s.secure)
	c.AcceptTerms, c.Directory, c.Roots, c.Logger = true, s.directory, s.roots, slog.New(slog.NewTextHandler(&s.log, nil))
	if c.Folder == "" {
		c.Folder = filepath.Join(t.TempDir(), "acme")
	}
	if certs, err = acme.New(r, c); err != nil {
		t.Fatal(err)
	}
	s.certs = certs
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		stopped := make(chan struct{})
		r.CallFromThread(func() { certs.Stop().Done(func(struct{}, error) { close(stopped) }) })
		<-stopped
		r.Stop()
		<-ended
	})
	r.CallFromThread(func() { certs.Start() })
	return s
}

// wait waits until the state of the only host is as wanted.
func (s *site) wait(what string, f func(c acme.Certificate) bool) acme.Certificate {
	s.T.Helper()
	late := time.After(2 * time.Minute)
	for {
		more := s.log.changed() // what happens is logged
		c := s.certs.Certificates()[0]
		if f(c) {
			return c
		}
		select {
		case <-more:
		case <-late:
			s.T.Fatalf("%s: %+v\n%s", what, c, &s.log)
		}
	}
}

func obtained(c acme.Certificate) bool { return !c.NotAfter.IsZero() }

// Both challenges convince pebble, and curl trusts what it issues.
func TestPebble(t *testing.T) {
	for _, challenge := range []string{acme.TLSALPN01, acme.HTTP01} {
		t.Run(challenge, func(t *testing.T) {
			s := startSite(t, true, acme.Config{Hosts: []string{"www.example.org"}, Challenges: []string{challenge}, Email: "me@example.org"})
			s.wait("no certificate", obtained)
			curl, err := exec.LookPath("curl")
			if err != nil {
				t.Skip("curl is not installed")
			}
			root := filepath.Join(t.TempDir(), "root.pem")
			if err := os.WriteFile(root, s.authorityRoot(), 0o600); err != nil {
				t.Fatal(err)
			}
			port := fmt.Sprint(portOf(s.secure))
			get := func(name string) (string, error) {
				out, err := exec.Command(curl, "-sS", "--max-time", "60", "--noproxy", "*", "--cacert", root, "--resolve", name+":"+port+":127.0.0.1", "https://"+name+":"+port+"/").CombinedOutput()
				return string(out), err
			}
			if out, err := get("www.example.org"); out != "hello over HTTP/2.0" {
				t.Errorf("%v: %s", err, out)
			}
			if out, err := get("other.example.org"); err == nil {
				t.Errorf("another name: %s", out)
			}
			if log := s.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "PRIVATE") {
				t.Error(log)
			}
		})
	}
}

// A certificate is renewed, with the same account.
func TestPebbleRenewal(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "acme")
	s := startSite(t, true, acme.Config{Hosts: []string{"www.example.org"}, Folder: folder})
	s.wait("no certificate", obtained)
	first, err := os.ReadFile(filepath.Join(folder, "www.example.org"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.certs.Renew(""); err != nil {
		t.Fatal(err)
	}
	s.wait("not renewed", func(acme.Certificate) bool { return strings.Count(s.log.String(), "certificate obtained") == 2 })
	if second, err := os.ReadFile(filepath.Join(folder, "www.example.org")); err != nil || bytes.Equal(first, second) {
		t.Errorf("not kept: %v", err)
	}
	if log := s.log.String(); strings.Contains(log, "level=ERROR") {
		t.Error(log)
	}
	for _, name := range []string{"www.example.org", "acme_account+key"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of two challenges one is enough.
func TestPebbleOneChallengeFails(t *testing.T) {
	s := startSite(t, false, acme.Config{Hosts: []string{"www.example.org"}})
	s.wait("no certificate", obtained)
}

// Where none works, the log says what to do.
func TestPebbleChallengeFails(t *testing.T) {
	s := startSite(t, false, acme.Config{Hosts: []string{"www.example.org"}, Challenges: []string{acme.TLSALPN01}})
	c := s.wait("no failure", func(c acme.Certificate) bool { return c.Failures > 0 })
	if log := s.log.String(); !strings.Contains(log, "tls-alpn-01 out of Config.Challenges") && !strings.Contains(log, "something else than this server answers") {
		t.Error(log)
	}
	if c.Err == nil || c.Due.IsZero() || obtained(c) {
		t.Errorf("%+v", c)
	}
}
