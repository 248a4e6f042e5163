// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package twist

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
)

// An authority is where twist finds pebble, Let's Encrypt's authority for tests. It listens from the start; pebble itself, which has to know the server's ports, starts later.
type authority struct {
	*testing.T
	net.Listener
	dir, manage string
	cert, key   string // files
	pool        *x509.CertPool
	relays      sync.WaitGroup // goroutines, which end when the listener is closed and pebble has ended
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	if runtime.GOOS == "darwin" {
		t.Skip("needs SSL_CERT_FILE")
	}
	for _, program := range []string{"pebble", "pebble-challtestsrv"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	own, err := key.SelfSigned(certificate.Template{Names: []string{"127.0.0.1"}, CA: true})
	if err != nil {
		t.Fatal(err)
	}
	keyPEM, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	a := &authority{T: t, Listener: l, dir: dir, cert: write(t, dir, "cert.pem", string(own.PEM())), key: write(t, dir, "key.pem", string(keyPEM)), pool: certificate.Pool(own.Certificate)}
	t.Cleanup(func() { // the last one
		l.Close()
		a.relays.Wait()
	})
	return a
}

// freePort returns a port that nobody uses at the moment, over TCP and UDP.
func freePort(t *testing.T) string {
	t.Helper()
	for range 20 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		u, err := net.ListenPacket("udp", addr)
		l.Close()
		if err == nil {
			u.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// start has pebble look for answers on the two ports.
func (a *authority) start(plain, secure string) {
	a.Helper()
	for range 5 { // the ports that were free may be taken meanwhile
		dns, listen, manage := freePort(a.T), freePort(a.T), freePort(a.T)
		b, err := json.Marshal(map[string]any{"pebble": map[string]any{
			"listenAddress": listen, "managementListenAddress": manage, "certificate": a.cert, "privateKey": a.key, "httpPort": portOf(a.T, plain), "tlsPort": portOf(a.T, secure),
		}})
		if err != nil {
			a.Fatal(err)
		}
		names := a.run("pebble-challtestsrv", "-dns01", dns, "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "", "-management", freePort(a.T))
		pebble := a.run("pebble", "-config", write(a.T, a.dir, "config.json", string(b)), "-dnsserver", dns)
		if serves(names, dns) && serves(pebble, listen) && serves(pebble, manage) {
			a.manage = manage
			a.relay(listen)
			return
		}
	}
	a.Fatal("pebble does not start")
}

// run starts a program, which the cleanup ends, and returns what is closed at its end.
func (a *authority) run(name string, args ...string) <-chan struct{} {
	a.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	if err := cmd.Start(); err != nil {
		a.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { // the cleanup waits for it
		defer close(ended)
		cmd.Wait()
	}()
	a.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	return ended
}

// serves waits until something accepts connections, or has ended.
func serves(ended <-chan struct{}, addr string) bool {
	for {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(20 * time.Millisecond): // it may serve without a word
		}
	}
}

// relay hands connections on.
func (a *authority) relay(to string) {
	a.relays.Go(func() { // ended by the cleanup
		for {
			in, err := a.Accept()
			if err != nil {
				return
			}
			a.relays.Go(func() {
				defer in.Close()
				out, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer out.Close()
				a.relays.Go(func() {
					io.Copy(out, in)
					out.Close()
				})
				io.Copy(in, out)
			})
		}
	})
}

// roots returns a file with the root of what is issued.
func (a *authority) roots() string {
	a.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.pool}}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Get("https://" + a.manage + "/roots/0")
	if err != nil {
		a.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		a.Fatal(err)
	}
	return write(a.T, a.dir, "root.pem", string(b))
}

func portOf(t *testing.T, addr string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	n, wrong := strconv.Atoi(port)
	if err := errors.Join(err, wrong); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWebACME has certificates issued by pebble, by the challenge on each kind of port, which no login stops.
func TestWebACME(t *testing.T) {
	plain, secure := []string{"--listen", "tcp:0:interface=127.0.0.1"}, []string{"--listen", "tls:0:interface=127.0.0.1"}
	for _, tt := range []struct {
		name          string
		listen        [][]string
		first, second int // the ports that the authority takes for 80 and 443
	}{
		{"TLS-ALPN-01 by an endpoint", [][]string{plain, secure}, 0, 1},
		{"TLS-ALPN-01 by --https alone", [][]string{{"--https", "0"}}, 0, 0},
		{"HTTP-01", [][]string{plain, secure}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAuthority(t)
			t.Setenv("SSL_CERT_FILE", a.cert)
			args := []string{"web", "--path", folder(t), "--auth", "memory:joe:secret", "--log-format", "json", "--acme", "www.example.org", "--acme-dir", t.TempDir() + "/certificates", "--acme-agree", "--acme-email", "joe@example.org",
				"--acme-url", "https://" + a.Addr().String() + "/dir"}
			for _, l := range tt.listen {
				args = append(args, l...)
			}
			s := start(t, len(tt.listen), args...)
			a.start(s.addresses[tt.first], s.addresses[tt.second])
			s.next("acme: certificate obtained")
			port := strconv.Itoa(portOf(t, s.addresses[len(s.addresses)-1]))
			at := []string{"--noproxy", "*", "--cacert", a.roots(), "--resolve", "www.example.org:" + port + ":127.0.0.1", "https://www.example.org:" + port + "/hello.txt"}
			questions(t, []question{
				{"with a login", append([]string{"-u", "joe:secret", "-w", "%{http_version}"}, at...), "hello, world\n2"},
				{"without", append(code, at...), "401"},
			})
			if code := s.stop(); code != 0 {
				t.Errorf("exit status %d:\n%s", code, s.lines.String())
			}
		})
	}
}
