// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
)

var clientVectors = []vector{
	{in: `tcp:example.com:80`, want: `TCP "example.com" 80 timeout 30 bind none`},
	{in: `tcp:host=example.com:port=80`, want: `TCP "example.com" 80 timeout 30 bind none`},
	{in: `tcp:host=example.com:80`, want: `TCP "example.com" 80 timeout 30 bind none`},
	{in: `tcp:example.com:port=80`, want: `TCP "example.com" 80 timeout 30 bind none`},
	{in: `tcp:80:host=h`, want: `TCP "h" 80 timeout 30 bind none`},
	{in: `tcp:h:80:timeout=7`, want: `TCP "h" 80 timeout 7 bind none`},
	{in: `tcp:h:80:timeout=x`, err: `timeout: not a decimal integer: "x"`},
	{in: `tcp:h:80:timeout=0`, err: `timeout: not between 1 and`},
	{in: `tcp:h:80:7`, err: `too many positional arguments: "7"`},
	{in: `tcp:h:80:bindAddress=192.0.2.1`, want: `TCP "h" 80 timeout 30 bind 192.0.2.1`},
	{in: `tcp:h`, err: `port: missing argument`},
	{in: `tcp:port=80`, err: `host: missing argument`},
	{in: `tcp:`, err: `port: missing argument`},
	{in: `tcp`, err: `host, port: missing argument`},
	{in: `tcp:h:http`, err: `port: not a decimal integer: "http"`},
	{in: `tcp:h:80:foo=1`, err: `unknown keyword: "foo"`},
	{in: `TCP:h:80`, want: `TCP "h" 80 timeout 30 bind none`},
	{in: `tCp:h:80`, want: `TCP "h" 80 timeout 30 bind none`},
	{in: `tcp:\:\:1:80`, want: `TCP "::1" 80 timeout 30 bind none`},
	{in: `unix:/x`, want: `UNIX "/x" timeout 30 lock false`},
	{in: `unix:path=/x`, want: `UNIX "/x" timeout 30 lock false`},
	{in: `unix:/x:timeout=9:lockfile=1`, want: `UNIX "/x" timeout 9 lock true`},
	{in: `unix:/x:lockfile=0`, want: `UNIX "/x" timeout 30 lock false`},
	{in: `unix:/x:9`, err: `too many positional arguments: "9"`},
	{in: `unix:`, want: `UNIX "" timeout 30 lock false`},
	{in: `unix`, err: `path: missing argument`},
	{in: `ssl:h:443`, want: `TLS over [TCP "h" 443 timeout 30 bind none]`},
	{in: `ssl:h:443:verify=no`, want: `TLS over [TCP "h" 443 timeout 30 bind none]`, superset: true},
	{in: `ssl:h:443:hostname=h.example`, want: `TLS over [TCP "h" 443 timeout 30 bind none]`},
	{in: `ssl:h:443:hostname=h.example:verify=no`, err: `verify: contradicts`},
	{in: `ssl:h:443:caCertsDir=ca`, want: `TLS over [TCP "h" 443 timeout 30 bind none]`},
	{in: `ssl:h:443:hostname=h:caCertsDir=ca:certKey=cert.pem:privateKey=key.pem:timeout=3:bindAddress=1.2.3.4`, want: `TLS over [TCP "h" 443 timeout 3 bind 1.2.3.4]`},
	{in: `ssl:h:443:certKey=server.pem`, want: `TLS over [TCP "h" 443 timeout 30 bind none]`},
	{in: `ssl:h:443:privateKey=key.pem`, want: `TLS over [TCP "h" 443 timeout 30 bind none]`},
	{in: `ssl:h:443:certKey=missing.pem`, err: `missing.pem: no such file`},
	{in: `ssl:h:443:caCertsDir=nodir`, err: `caCertsDir: directory cannot be listed`},
	{in: `tls:h:443`, want: `TLS over [host "h" 443 timeout 30 bind none delay 300ms]`},
	{in: `tls:h:443:30:1.2.3.4`, want: `TLS over [host "h" 443 timeout 30 bind 1.2.3.4 delay 300ms]`},
	{in: `tls:h:443:timeout=5:bindAddress=1.2.3.4`, want: `TLS over [host "h" 443 timeout 5 bind 1.2.3.4 delay 300ms]`},
	{in: `tls:host=h:port=443`, want: `TLS over [host "h" 443 timeout 30 bind none delay 300ms]`},
	{in: `tls:h`, err: `port: missing argument`},
	{in: `tls:h:https`, err: `port: not a decimal integer: "https"`},
	{in: `tls:h:443:trustRoots=ca`, want: `TLS over [host "h" 443 timeout 30 bind none delay 300ms]`},
	{in: `tls:h:443:certificate=cert.pem:privateKey=key.pem`, want: `TLS over [host "h" 443 timeout 30 bind none delay 300ms]`},
	{in: `tls:h:443:certificate=server.pem`, want: `TLS over [host "h" 443 timeout 30 bind none delay 300ms]`},
	{in: `tls:h:443:privateKey=key.pem`, want: `TLS over [host "h" 443 timeout 30 bind none delay 300ms]`},
	{in: `tls:h:443:endpoint=tcp\:7.6.5.4\:443`, want: `TLS over [TCP "7.6.5.4" 443 timeout 30 bind none]`},
	{in: `tls:h:443:endpoint=unix\:/x`, want: `TLS over [UNIX "/x" timeout 30 lock false]`},
	{in: `tls:h:443:endpoint=tls\:i\:1\:endpoint=tcp\\\:x\\\:2`, want: `TLS over [TLS over [TCP "x" 2 timeout 30 bind none]]`},
	{in: `tls:h:443:endpoint=tcp\:x`, err: `endpoint: endpoint: "tcp:x": port: missing argument`},
	{in: `tls:h:443:foo=bar`, err: `unknown keyword: "foo"`},
	{in: `tls:h:443:waitHandshake=yes`, want: `TLS over [host "h" 443 timeout 30 bind none delay 300ms] wait`, superset: true},
	{in: `TLS:h:443`, want: `TLS over [host "h" 443 timeout 30 bind none delay 300ms]`},
	{in: `tls:bücher.example:443`, want: `TLS over [host "xn--bcher-kva.example" 443 timeout 30 bind none delay 300ms]`},
	{in: `tls:\:\:1:443`, err: `host: not a valid internationalised host name: "::1"`},
	{in: `tls::443`, err: `host: not a valid internationalised host name: ""`},
	{in: `tls:127.0.0.1:443`, want: `TLS over [host "127.0.0.1" 443 timeout 30 bind none delay 300ms]`},
	{in: `stdio:`, err: `unknown endpoint type "stdio"`},
	{in: `tcp6:h:80`, err: `unknown endpoint type "tcp6"`},
	{in: `haproxy:tcp:h:80`, err: `unknown endpoint type "haproxy"`},
	{in: `bogus:1`, err: `unknown endpoint type "bogus"`},
	{in: ``, err: `unknown endpoint type ""`},
	{in: `host:h:80`, want: `host "h" 80 timeout 30 bind none delay 300ms`, superset: true},
	{in: `host:\:\:1:80:timeout=3:bindAddress=\:\:1:attemptDelay=250`, want: `host "::1" 80 timeout 3 bind ::1 delay 250ms`, superset: true},
	{in: `host:a b:80`, err: `host: not a valid internationalised host name: "a b"`},
	{in: `host:h:80:attemptDelay=0`, err: `attemptDelay: not between`},
	{in: `memory:a\:b`, want: `memory "a:b"`, superset: true},
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestClientStrings(t *testing.T) {
	certFiles(t)
	reg := endpoint.NewRegistry()
	reg.Logger = quiet()
	for _, junk := range []bool{false, true} {
		if junk { // a file that is no PEM file is skipped
			write(t, filepath.Join("ca", "junk.pem"), []byte("junk"))
		}
		for _, v := range clientVectors {
			t.Run(v.in, func(t *testing.T) {
				c, err := reg.ClientFromString(nil, v.in)
				checkVector(t, v, c, err)
			})
		}
	}
}

// A client that verifies nothing is warned about, unless it says that it wants that.
func TestUnverifiedWarning(t *testing.T) {
	certFiles(t)
	for in, warns := range map[string]bool{
		`ssl:h:443`:                    true,
		`ssl:h:443:certKey=server.pem`: true,
		`ssl:h:443:verify=no`:          false,
		`ssl:h:443:hostname=h`:         false,
		`ssl:h:443:caCertsDir=ca`:      false,
		`tls:h:443`:                    false,
	} {
		var log bytes.Buffer
		reg := endpoint.NewRegistry()
		reg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		if _, err := reg.ClientFromString(nil, in); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(log.String(), "verifies nothing") != warns {
			t.Errorf("%s: log %q", in, log.String())
		}
	}
}

func TestRegistry(t *testing.T) {
	reg := endpoint.NewRegistry()
	demo := &endpoint.TCPServer{}
	parse := func(_ endpoint.Reactor, a *endpoint.Args) (endpoint.Server, error) {
		a.Order("port")
		a.Require("port")
		demo.Port = a.Int("port", 0)
		if demo.Port == 13 {
			return nil, errors.New("unlucky")
		}
		return demo, a.Err()
	}
	client := func(endpoint.Reactor, *endpoint.Args) (endpoint.Client, error) {
		return endpoint.ClientFunc(func(protocol.Factory) *deferred.Deferred[protocol.Protocol] { return nil }), nil
	}
	for _, err := range []error{
		reg.RegisterServer("Demo", parse),
		reg.RegisterClient("demo", client),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, prefix := range []string{"demo", "DEMO", "tcp", "HAProxy", "memory", "stdio"} {
		if err := reg.RegisterServer(prefix, parse); err == nil {
			t.Errorf("server type %q was replaced", prefix)
		}
	}
	for _, prefix := range []string{"demo", "tls", "SSL", "host"} {
		if err := reg.RegisterClient(prefix, client); err == nil {
			t.Errorf("client type %q was replaced", prefix)
		}
	}
	s, err := reg.ServerFromString(nil, "dEmO:5")
	if err != nil || s != endpoint.Server(demo) || demo.Port != 5 {
		t.Errorf("got %v, %v", s, err)
	}
	if s, err = reg.ServerFromString(nil, "haproxy:demo:7"); err != nil || demo.Port != 7 {
		t.Errorf("got %v, %v", s, err)
	}
	if _, err = reg.ServerFromString(nil, "demo:13"); err == nil || err.Error() != `endpoint: "demo:13": unlucky` {
		t.Errorf("got %v", err)
	}
	if _, err = reg.ServerFromString(nil, "demo:1:2"); err == nil {
		t.Error("a surplus argument is taken")
	}
	if _, err := reg.ClientFromString(nil, "tls:h:443:endpoint=demo"); err != nil {
		t.Error(err)
	}
	if _, err := endpoint.ServerFromString(nil, "demo:5"); !errors.Is(err, endpoint.ErrUnknownType) {
		t.Errorf("another registry knows the type: %v", err)
	}
}

func FuzzFromString(f *testing.F) {
	for _, v := range append(serverVectors, clientVectors...) {
		f.Add(v.in)
	}
	dir, err := os.MkdirTemp("", "empty")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { os.RemoveAll(dir) })
	f.Chdir(dir)
	reg := endpoint.NewRegistry()
	reg.Inherited = endpoint.NewListenFDs("web", "admin", "un")
	reg.Logger = quiet()
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, "/") {
			return // names no file outside of the empty directory
		}
		_, serr := reg.ServerFromString(nil, s)
		_, cerr := reg.ClientFromString(nil, s)
		for _, err := range []error{serr, cerr} {
			var e *endpoint.Error
			if err != nil && (!errors.As(err, &e) || e.Text != s || e.Offset < 0 || e.Offset > len(s)) {
				t.Fatalf("%q: %v", s, err)
			}
		}
	})
}
