// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package vhost_test

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/vhost"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// The name in the handshake chooses the certificate, Host the resource: curl trusts the certificate of the host that it asks for and no other.
func TestCertificatesByName(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	dir, sources := t.TempDir(), make(map[string]tlswrap.CertificateSource)
	var hosts vhost.Hosts
	hosts.Misdirected = true
	for _, name := range []string{"a.example", "b.example"} {
		key, err := certificate.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		cert, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: name}, Names: []string{name}, CA: true})
		if err != nil {
			t.Fatal(err)
		}
		pair := cert.TLS()
		sources[name] = tlswrap.Static(&pair)
		if err := os.WriteFile(filepath.Join(dir, name), cert.PEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		hosts.Add(name, web.Func(func(r *web.Request) { io.WriteString(r, "this is "+name) }))
	}
	names, err := tlswrap.NewNameMap(sources, nil)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	opt := tlswrap.Options{Config: &tls.Config{GetCertificate: names.GetCertificate}, Logger: quiet}
	f, err := tlswrap.Server(opt, web.NewSite(&hosts, web.Config{Logger: quiet}))
	if err != nil {
		t.Fatal(err)
	}
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	listening := make(chan string, 1) // filled once
	r.CallWhenRunning(func() {
		port, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{})
		if err != nil {
			t.Error(err)
			listening <- ""
			return
		}
		listening <- port.Addr().String()
	})
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() { r.Stop(); <-ended })
	_, port, err := net.SplitHostPort(<-listening)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, trust, host, want string }{
		{"a.example", "a.example", "", "this is a.example"},
		{"b.example", "b.example", "", "this is b.example"},
		{"a.example", "a.example", "B.Example.:1", "421"},
		{"a.example", "b.example", "", "000"},
	} {
		args := []string{"-s", "--max-time", "30", "--noproxy", "*", "--cacert", filepath.Join(dir, tt.trust), "--resolve", tt.name + ":" + port + ":127.0.0.1"}
		if tt.host != "" {
			args = append(args, "-H", "Host: "+tt.host)
		}
		if len(tt.want) == 3 {
			args = append(args, "-o", os.DevNull, "-w", "%{http_code}")
		}
		out, _ := exec.Command(curl, append(args, "https://"+tt.name+":"+port+"/")...).CombinedOutput()
		if string(out) != tt.want {
			t.Errorf("%+v: got %q", tt, out)
		}
	}
}
