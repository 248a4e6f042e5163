// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/vhost"
)

// The name in the handshake chooses the certificate, Host the resource: curl trusts the certificate of the host that it asks for and no other.
func TestCertificatesByName(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		dir, sources := tc.TempDir(), make(map[string]tlswrap.CertificateSource)
		hosts := vhost.Hosts{Misdirected: true}
		for _, name := range []string{"a.example", "b.example"} {
			key, err := certificate.GenerateKey()
			assert.NoError(tc, err)
			cert, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: name}, Names: []string{name}, CA: true})
			assert.NoError(tc, err)
			pair := cert.TLS()
			sources[name] = tlswrap.Static(&pair)
			assert.NoError(tc, os.WriteFile(filepath.Join(dir, name), cert.PEM(), 0o600))
			hosts.Add(name, web.Func(func(r *web.Request) { io.WriteString(r, "this is "+name) }))
		}
		names, err := tlswrap.NewNameMap(sources, nil)
		assert.NoError(tc, err)
		opt := tlswrap.Options{Config: &tls.Config{GetCertificate: names.GetCertificate}, Logger: tc.Logger()}
		f, err := tlswrap.Server(opt, web.NewSite(&hosts, web.Config{Logger: tc.Logger()}))
		assert.NoError(tc, err)
		_, port, err := net.SplitHostPort(listen(tc, f))
		assert.NoError(tc, err)
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
			out, _ := run(tc, "curl", append(args, "https://"+tt.name+":"+port+"/")...)
			assert.Equal(assert.Check(tc), out, tt.want, "%+v", tt)
		}
	})
}
