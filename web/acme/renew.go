// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	"golang.org/x/crypto/acme"
)

// longest bounds each wait, so that a clock that was set is noticed.
const longest = time.Hour

// run obtains what is due, one after another, until ctx ends.
func (m *Manager) run(ctx context.Context, ready func()) error {
	defer m.ended()
	ready()
	for ctx.Err() == nil {
		name, wait := m.next(time.Now())
		if wait <= 0 {
			m.attempt(ctx, name)
			continue
		}
		timer := time.NewTimer(min(wait, longest))
		select {
		case <-ctx.Done():
		case <-m.poked:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// next returns the host whose turn is next, and how long that is away.
func (m *Manager) next(now time.Time) (name string, wait time.Duration) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	wait = longest
	for n, h := range m.hosts {
		if d := h.due.Sub(now); name == "" || d < wait || d == wait && n < name {
			name, wait = n, d
		}
	}
	return name, wait
}

// renewal returns when to renew cert.
func (m *Manager) renewal(cert *tls.Certificate) time.Time {
	leaf := cert.Leaf
	before := m.config.RenewBefore
	if before == 0 {
		before = min(leaf.NotAfter.Sub(leaf.NotBefore)/3, 30*24*time.Hour)
	}
	return leaf.NotAfter.Add(-before)
}

// attempt obtains the certificate of a host that is due, unless another process has done so.
func (m *Manager) attempt(ctx context.Context, name string) {
	m.mu.RLock()
	h := m.hosts[name]
	if h == nil {
		m.mu.RUnlock()
		return
	}
	old, asked := h.cert, h.due.IsZero() && h.cert != nil // by Renew
	m.mu.RUnlock()
	if cert, err := m.folder.load(name); err == nil && !asked && (old == nil || !cert.Leaf.Equal(old.Leaf)) && time.Now().Before(m.renewal(cert)) {
		m.took(name, cert, "acme: certificate read")
		return
	}
	trying, cancel := context.WithTimeoutCause(ctx, m.config.Timeout, errors.New("the authority took too long"))
	cert, err := m.obtain(trying, name)
	if trying.Err() != nil && err != nil {
		err = context.Cause(trying)
	}
	cancel()
	switch {
	case err == nil:
		if err := m.folder.save(name, cert); err != nil {
			m.config.Logger.Error("acme: certificate not kept: it will have to be obtained again after a restart; see to the folder", "host", name, "error", err)
		}
		m.took(name, cert, "acme: certificate obtained")
	case ctx.Err() == nil:
		m.failed(name, err)
	}
}

func (m *Manager) took(name string, cert *tls.Certificate, msg string) {
	now, due := time.Now(), m.renewal(cert)
	if soon := now.Add(time.Second); due.Before(soon) { // it lives no longer than RenewBefore: not again at once
		due = now.Add(max(cert.Leaf.NotAfter.Sub(now)/2, time.Minute))
	}
	m.mu.Lock()
	if h := m.hosts[name]; h != nil {
		*h = host{cert: cert, due: due}
	}
	m.mu.Unlock()
	m.config.Logger.Info(msg, "host", name, "issuer", cert.Leaf.Issuer.String(), "expires", cert.Leaf.NotAfter, "renewal", due)
}

func (m *Manager) failed(name string, err error) {
	m.mu.Lock()
	h := m.hosts[name]
	if h == nil {
		m.mu.Unlock()
		return
	}
	h.failures++
	h.err = err
	now := time.Now()
	wait := max(m.config.Retry(h.failures), time.Second)
	if asked, ok := acme.RateLimit(err); ok {
		wait = max(wait, asked)
	}
	h.due = now.Add(wait)
	args := []any{"host", name, "error", err, "failures", h.failures, "next", h.due, "hint", hint(err)}
	if h.cert != nil {
		args = append(args, "expires", h.cert.Leaf.NotAfter)
	}
	m.mu.Unlock()
	m.config.Logger.Error("acme: no certificate", args...)
}
