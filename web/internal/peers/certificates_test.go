// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package peers_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/peers"
)

// What openssl s_server shows is believed or not. web-cli-05.
func TestCertificates(t *testing.T) {
	openssl, r, a := peers.Program(t, "openssl"), peers.Reactor(t), newAuthority(t)
	dir, s := t.TempDir(), new(site)
	good := certificate.Template{Names: []string{"127.0.0.1"}}
	expired := certificate.Template{Names: good.Names, NotBefore: time.Now().Add(-48 * time.Hour), Validity: 24 * time.Hour}
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	selfSigned, err := key.SelfSigned(good)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, dir, "ca", string(a.PEM()))
	mine := a.server(t, certificate.Template{}).TLS()
	ours := tlswrap.ClientOptions{Roots: certificate.Pool(a.Certificate)}
	withMine := ours
	withMine.Certificate = &mine
	asks := []string{"-Verify", "1", "-verify_return_error", "-CAfile", filepath.Join(dir, "ca")}
	for i, tt := range []struct {
		name string
		cert *certificate.PrivateCertificate
		opt  tlswrap.ClientOptions
		args []string
		want func(err error) bool // nil: it is believed
	}{
		{"signed by an authority of ours", a.server(t, good), ours, nil, nil},
		{"TLS 1.2", a.server(t, good), ours, []string{"-tls1_2"}, nil},
		{"signed by an authority that the platform does not know", a.server(t, good), tlswrap.ClientOptions{}, nil, isA[x509.UnknownAuthorityError]},
		{"self-signed", selfSigned, ours, nil, isA[x509.UnknownAuthorityError]},
		{"self-signed and pinned", selfSigned, tlswrap.ClientOptions{Pinned: []*x509.Certificate{selfSigned.X509()}}, nil, nil},
		{"expired", a.server(t, expired), ours, nil, func(err error) bool {
			e, ok := errors.AsType[x509.CertificateInvalidError](err)
			return ok && e.Reason == x509.Expired
		}},
		{"of another host", a.server(t, certificate.Template{Names: []string{"other.example", "127.0.0.2"}}), ours, nil, isA[x509.HostnameError]},
		{"asks for one and gets it", a.server(t, good), withMine, asks, nil},
		{"asks for one and gets none", a.server(t, good), ours, asks, isA[tls.AlertError]},
		{"asks for one and gets none over TLS 1.2", a.server(t, good), ours, append([]string{"-tls1_2"}, asks...), func(err error) bool { return err != nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, err := tt.cert.DumpPEM()
			if err != nil {
				t.Fatal(err)
			}
			file := fmt.Sprint("cert", i)
			s.write(t, dir, file, string(text))
			port := peers.FreePort(t)
			at := filepath.Join(dir, file)
			peers.Start(t, port, openssl, append([]string{"s_server", "-www", "-accept", fmt.Sprint("127.0.0.1:", port), "-cert", at, "-key", at}, tt.args...)...)
			agent, err := client.New(r, client.Config{TLS: client.TLSPolicy{Options: tt.opt}})
			if err != nil {
				t.Fatal(err)
			}
			got, err := peers.Wait(t, r, func() *deferred.Deferred[*answer] {
				return collected(agent.Do(&client.Request{URL: parse(t, local("https", port)).URL}))
			})
			e, ok := errors.AsType[*client.Error](err)
			switch {
			case tt.want == nil:
				if err != nil || got.status != 200 || !strings.Contains(string(got.body), "s_server") {
					t.Errorf("%v", err)
				}
			case !ok || e.Phase != client.PhaseConnect || !tt.want(err):
				t.Errorf("%#v: %v", err, err)
			}
			peers.Wait(t, r, agent.Close)
		})
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
