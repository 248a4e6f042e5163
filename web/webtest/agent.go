// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest

import (
	"cmp"
	"crypto/tls"
	"errors"
	"net/url"
	"sync"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/client"
)

// NewAgent returns an Agent whose requests go to site, whatever host and port they name, in memory: through a whole client and a whole server, on the same loop, without sockets. With https there is TLS between them, which
// verifies names; ALPN chooses HTTP/2 unless config says otherwise, and config.HTTP2 may have it for http too. Endpoint of config has no meaning, and neither has TLS unless its Config is set. It panics if config is wrong.
//
// The loop is a reactor's, or a protocoltest.Clock, with [Result]. Twisted: RequestTraversalAgent of treq.testing.
func NewAgent(loop protocol.Loop, site protocol.Factory, config client.Config) *client.Agent {
	network := new(endpoint.MemoryNetwork)
	(&endpoint.MemoryServer{Loop: loop, Name: "http", Network: network}).Listen(site)
	var secure sync.Once
	config.Endpoint = func(on protocol.Loop, u *url.URL) (endpoint.Client, error) {
		if u.Scheme == "https" {
			secure.Do(func() {
				layer, err := tlswrap.NewServer(tlswrap.Options{Config: &tls.Config{GetCertificate: testAuthority().certificate}})
				if err != nil {
					panic("webtest: NewAgent: " + err.Error())
				}
				server := &endpoint.MemoryServer{Loop: loop, Name: "https", Network: network}
				(&endpoint.TLSServer{Inner: server, Layer: layer}).Listen(site)
			})
		}
		return &endpoint.MemoryClient{Loop: on, Name: u.Scheme, Network: network}, nil
	}
	if config.TLS.Config == nil {
		config.TLS.Config = func(host string) (*tls.Config, error) {
			return tlswrap.OptionsForClientTLS(host, tlswrap.ClientOptions{Roots: certificate.Pool(testAuthority().ca.Certificate)})
		}
	}
	a, err := client.New(loop, config)
	if err != nil {
		panic("webtest: NewAgent: " + err.Error())
	}
	return a
}

// Result turns the clock until d has a result, without moving the time, and returns it. If nothing is left to do before that, the error is [ErrPending], and d is as it was.
func Result[T any](clock *protocoltest.Clock, d *deferred.Deferred[T]) (v T, err error) {
	fired := d.Called()
	for range 100000 {
		if _, fired = d.Peek(); fired {
			break
		}
		clock.Advance(0)
		clock.Settle()
		calls := clock.Calls()
		if clock.Posted() == 0 && (len(calls) == 0 || calls[0].Time().After(clock.Now())) {
			_, fired = d.Peek()
			break
		}
	}
	if !fired {
		return v, ErrPending
	}
	d.Done(func(value T, failure error) { v, err = value, failure })
	return v, err
}

// ErrPending is returned by [Result] if there is no result at this moment.
var ErrPending = errors.New("webtest: no result yet, and nothing left to do before the time moves on")

// An authority signs a certificate for any name. Safe from any goroutine.
type authority struct {
	ca  *certificate.PrivateCertificate
	key *certificate.KeyPair
	mu  sync.Mutex
	of  map[string]*tls.Certificate // guarded by mu
}

// testAuthority is that of this process.
var testAuthority = sync.OnceValue(func() *authority {
	a := &authority{of: make(map[string]*tls.Certificate)}
	root, err := certificate.GenerateKey()
	if err == nil {
		a.ca, err = root.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "webtest"}, CA: true})
	}
	if err == nil {
		a.key, err = certificate.GenerateKey()
	}
	if err != nil {
		panic("webtest: " + err.Error())
	}
	return a
})

// certificate returns one for the name that a client asks for, or for the addresses of this host if it names none.
func (a *authority) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := cmp.Or(hello.ServerName, "127.0.0.1")
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.of[name]; c != nil {
		return c, nil
	}
	req, err := a.key.Request(certificate.DistinguishedName{CommonName: name}, name)
	if err != nil {
		return nil, err
	}
	cert, err := a.ca.Sign(req, certificate.Template{}, nil)
	if err != nil {
		return nil, err
	}
	private, err := certificate.NewPrivate(cert, a.key)
	if err != nil {
		return nil, err
	}
	c := private.TLS(a.ca.Certificate)
	a.of[name] = &c
	return &c, nil
}
