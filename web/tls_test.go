// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
)

// selfSigned returns a server's certificate for 127.0.0.1 and the roots that trust it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := key.SelfSigned(certificate.Template{Names: []string{"127.0.0.1"}, CA: true})
	if err != nil {
		t.Fatal(err)
	}
	return cert.TLS(), certificate.Pool(cert.Certificate)
}

// Resources and http.Handlers see that their connection is encrypted, and how.
func TestTLSState(t *testing.T) {
	var root web.Tree
	root.PutChild("", web.Get(func(r *web.Request) {
		if s := r.TLS(); s != nil {
			fmt.Fprintf(r, "%v %s", s.HandshakeComplete, s.NegotiatedProtocol)
		}
	}))
	root.PutChild("handler", web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := r.TLS; s != nil {
			fmt.Fprintf(w, "%v %s", s.HandshakeComplete, s.NegotiatedProtocol)
		}
	})))
	cert, roots := selfSigned(t)
	site := web.NewSite(&root, web.Config{Logger: quiet})
	secure, err := tlswrap.Server(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{cert}}, Logger: quiet}, site)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, NextProtos: []string{"http/1.1"}}}}
	defer client.CloseIdleConnections()
	for _, tt := range []struct {
		name, scheme, want string
		factory            protocol.Factory
	}{
		{"TLS", "https://", "true http/1.1", secure},
		{"plain text", "http://", "", site},
	} {
		t.Run(tt.name, func(t *testing.T) {
			host := listen(t, tt.factory)
			for _, path := range []string{"/", "/handler"} {
				res, err := client.Get(tt.scheme + host + path)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || string(got) != tt.want {
					t.Errorf("%s: got %q, %v; want %q", path, got, err, tt.want)
				}
			}
		})
	}
}
