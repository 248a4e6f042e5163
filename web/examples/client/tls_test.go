// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/client"
)

// inside trusts the authority of an organisation, and no other, and shows a certificate of its own.
func inside(authority *x509.Certificate, own tls.Certificate) client.Config {
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	return client.Config{TLS: client.TLSPolicy{Options: tlswrap.ClientOptions{Roots: roots, Certificate: &own}}}
}

// pinned trusts one certificate for one host, and for the others what the platform trusts.
func pinned(host string, only *x509.Certificate) client.Config {
	return client.Config{TLS: client.TLSPolicy{Config: func(asked string) (*tls.Config, error) {
		if asked != host {
			return nil, nil
		}
		return tlswrap.OptionsForClientTLS(asked, tlswrap.ClientOptions{Pinned: []*x509.Certificate{only}})
	}}}
}

func Example_tls() {
	key, err := certificate.GenerateKey()
	if err != nil {
		fmt.Println(err)
		return
	}
	ann, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "Ann"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		fmt.Fprint(w, "hello, ", name)
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshakes that fail
	s.StartTLS()
	defer s.Close()

	for _, cfg := range []client.Config{
		inside(s.Certificate(), ann.TLS()),
		pinned("127.0.0.1", s.Certificate()),
		pinned("127.0.0.1", ann.X509()), // another one
		{},                              // the platform's authorities
	} {
		onReactor(cfg, func(ctx context.Context, r *reactor.Reactor, agent *client.Agent) {
			text, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[string] { return get(agent, s.URL) })
			var failed *client.Error
			if errors.As(err, &failed) {
				text = "refused in phase " + failed.Phase.String()
			}
			fmt.Println(text)
		})
	}
	// Output:
	// hello, Ann
	// hello, nobody
	// refused in phase connect
	// refused in phase connect
}

// docker sends the requests for one host to a UNIX socket, and all others where they belong.
func docker(socket string) client.Config {
	return client.Config{Endpoint: func(loop protocol.Loop, u *url.URL) (endpoint.Client, error) {
		if u.Hostname() == "docker.invalid" {
			return &endpoint.UNIXClient{Reactor: loop.(endpoint.Reactor), Path: socket}, nil
		}
		return nil, nil // as always
	}}
}

func Example_unix() {
	dir, remove := temporary()
	defer remove()
	path := filepath.Join(dir, "socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, r.URL) })}
	go s.Serve(l) // until Close
	defer s.Close()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("another")) }))
	defer other.Close()
	onReactor(docker(path), func(ctx context.Context, r *reactor.Reactor, agent *client.Agent) {
		for _, u := range []string{"http://docker.invalid/containers/json", other.URL} {
			fmt.Println(deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[string] { return get(agent, u) }))
		}
	})
	// Output:
	// docker.invalid/containers/json <nil>
	// another <nil>
}
