// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/crypto/acme"
)

// An authority is the account at the authority. It belongs to the goroutine of the service.
type authority struct {
	m      *Manager
	http   *http.Transport
	client *acme.Client // nil until the account is known
}

func newAuthority(m *Manager) *authority {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{RootCAs: m.config.Roots, MinVersion: tls.VersionTLS12}
	return &authority{m: m, http: t}
}

func (a *authority) closeIdle() { a.http.CloseIdleConnections() }

// tries is how often a request to the authority is repeated.
const tries = 5

// again tells how long to wait before a request is repeated: the limits of the authority are for the schedule to heed.
func again(n int, _ *http.Request, res *http.Response) time.Duration {
	if n > tries || res != nil && res.StatusCode == http.StatusTooManyRequests {
		return -1
	}
	if res != nil && res.StatusCode == http.StatusBadRequest { // a used nonce
		return time.Millisecond
	}
	return min(time.Second<<(n-1), 10*time.Second)
}

// account registers the account, or finds the one that the key has.
func (a *authority) account(ctx context.Context) error {
	if a.client != nil {
		return nil
	}
	key, err := a.m.folder.accountKey()
	if err != nil {
		return err
	}
	c := &acme.Client{
		Key: key, DirectoryURL: a.m.config.Directory, UserAgent: "torsion", RetryBackoff: again,
		HTTPClient: &http.Client{Transport: a.http, Timeout: time.Minute},
	}
	account := new(acme.Account)
	if a.m.config.Email != "" {
		account.Contact = []string{"mailto:" + a.m.config.Email}
	}
	if a.m.config.AccountKeyID != "" {
		account.ExternalAccountBinding = &acme.ExternalAccountBinding{KID: a.m.config.AccountKeyID, Key: a.m.config.AccountKey}
	}
	if _, err := c.Register(ctx, account, acme.AcceptTOS); err != nil && !errors.Is(err, acme.ErrAccountAlreadyExists) {
		return fmt.Errorf("acme: register at %s: %w", a.m.config.Directory, err)
	}
	a.client = c
	return nil
}

// obtain gets a certificate for the host.
func (a *authority) obtain(ctx context.Context, host string) (*tls.Certificate, error) {
	if err := a.account(ctx); err != nil {
		return nil, err
	}
	order, err := a.authorize(ctx, host)
	if err != nil {
		if e, ok := errors.AsType[*acme.Error](err); ok && e.ProblemType == "urn:ietf:params:acme:error:accountDoesNotExist" {
			a.client = nil // registered anew next time
		}
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("acme: %s: %w", host, err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{host}}, key)
	if err != nil {
		return nil, fmt.Errorf("acme: %s: %w", host, err)
	}
	chain, _, err := a.client.CreateOrderCert(ctx, order.FinalizeURL, csr, true)
	if err != nil {
		return nil, fmt.Errorf("acme: %s: certificate not issued: %w", host, err)
	}
	return assemble(host, chain, key)
}

// assemble checks that what was issued, or was kept, is what is needed.
func assemble(host string, chain [][]byte, key crypto.Signer) (*tls.Certificate, error) {
	if len(chain) == 0 {
		return nil, fmt.Errorf("acme: %s: no certificate", host)
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return nil, fmt.Errorf("acme: %s: %w", host, err)
	}
	if err := leaf.VerifyHostname(host); err != nil {
		return nil, fmt.Errorf("acme: %s: %w", host, err)
	}
	if pub, ok := leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); !ok || !pub.Equal(key.Public()) {
		return nil, fmt.Errorf("acme: %s: the key does not fit the certificate", host)
	}
	return &tls.Certificate{Certificate: chain, PrivateKey: key, Leaf: leaf}, nil
}

// authorize proves that the host is ours, by one challenge after another, each with an order of its own: a failure is the end of an order.
func (a *authority) authorize(ctx context.Context, host string) (*acme.Order, error) {
	var errs []error
	for _, kind := range a.m.config.Challenges {
		order, err := a.order(ctx, host, kind)
		if err == nil {
			return order, nil
		}
		errs = append(errs, fmt.Errorf("acme: %s by %s: %w", host, kind, err))
		if _, limited := acme.RateLimit(err); limited || ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(errs...)
}

var errNotOffered = errors.New("the authority does not offer this challenge")

// order makes an order and proves what it asks for.
func (a *authority) order(ctx context.Context, host, kind string) (*acme.Order, error) {
	order, err := a.client.AuthorizeOrder(ctx, acme.DomainIDs(host))
	if err != nil {
		return nil, err
	}
	if order.Status == acme.StatusReady {
		return order, nil
	}
	for _, u := range order.AuthzURLs {
		if err := a.prove(ctx, host, kind, u); err != nil {
			return nil, err
		}
	}
	return a.client.WaitOrder(ctx, order.URI)
}

// prove answers one challenge and waits until the authority has seen that.
func (a *authority) prove(ctx context.Context, host, kind, authz string) error {
	z, err := a.client.GetAuthorization(ctx, authz)
	if err != nil || z.Status == acme.StatusValid {
		return err
	}
	i := slices.IndexFunc(z.Challenges, func(c *acme.Challenge) bool { return c.Type == kind })
	if i < 0 {
		_ = a.client.RevokeAuthorization(ctx, authz) // so that it does not count as pending
		return errNotOffered
	}
	c := z.Challenges[i]
	done, err := a.answer(c, host)
	if err != nil {
		return err
	}
	defer done()
	if _, err := a.client.Accept(ctx, c); err != nil {
		return err
	}
	_, err = a.client.WaitAuthorization(ctx, z.URI)
	return err
}

// answer puts the answer to c where the authority looks for it, until done is called.
func (a *authority) answer(c *acme.Challenge, host string) (done func(), err error) {
	if c.Type == HTTP01 {
		answer, err := a.client.HTTP01ChallengeResponse(c.Token)
		if err != nil {
			return nil, err
		}
		return put(a.m, a.m.tokens, c.Token, answer), nil
	}
	cert, err := a.client.TLSALPN01ChallengeCert(c.Token, host)
	if err != nil {
		return nil, err
	}
	return put(a.m, a.m.proofs, host, &cert), nil
}

// put puts v into one of m's maps, until the function that it returns is called.
func put[T any](m *Manager, in map[string]T, key string, v T) (done func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in[key] = v
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(in, key)
	}
}
