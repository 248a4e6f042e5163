// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// A CertificateSource supplies a server's certificates, one handshake after the other; tls.Config.GetCertificate is its method. Returning nil and nil
// refuses the client with the alert unrecognized_name. It is called on every loop at the same time, and must not block.
type CertificateSource interface {
	GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
}

// Static returns the source that always supplies cert.
func Static(cert *tls.Certificate) CertificateSource { return static{cert} }

type static struct{ cert *tls.Certificate }

func (s static) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.cert, nil }

// A Reloader supplies a certificate from two PEM files, and takes the files' new content while it serves. Established connections keep what they have.
// Its methods are safe from any goroutine.
type Reloader struct {
	certFile, keyFile string
	cert              atomic.Pointer[tls.Certificate]

	mu   sync.Mutex
	seen [2]stamp // of the files when they were last read
}

// A stamp tells versions of a file apart.
type stamp struct {
	modified time.Time
	size     int64
}

// LoadFiles reads the certificate with its chain, and the key. The two names may be the same.
func LoadFiles(certFile, keyFile string) (*Reloader, error) {
	r := &Reloader{certFile: certFile, keyFile: keyFile}
	if err := r.Reload(); err != nil {
		return nil, err
	}
	return r, nil
}

// GetCertificate returns the certificate that was read last.
func (r *Reloader) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return r.cert.Load(), nil
}

// Reload reads the files, as on SIGHUP. When they cannot be used, the error tells why and the old certificate stays.
func (r *Reloader) Reload() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, err := r.stamps()
	if err != nil {
		return fmt.Errorf("tlswrap: reload: %w", err)
	}
	return r.read(now)
}

// read takes the files, whose stamps were now before: a change while they are read is noticed by the next check. mu is held.
func (r *Reloader) read(now [2]stamp) error {
	r.seen = now
	cert, err := tls.LoadX509KeyPair(r.certFile, r.keyFile)
	if err != nil {
		return fmt.Errorf("tlswrap: reload %s and %s: %w", r.certFile, r.keyFile, err)
	}
	r.cert.Store(&cert)
	return nil
}

func (r *Reloader) stamps() (s [2]stamp, err error) {
	for i, name := range []string{r.certFile, r.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return s, err
		}
		s[i] = stamp{info.ModTime(), info.Size()}
	}
	return s, nil
}

// check reloads if a file has changed since it was last read.
func (r *Reloader) check() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, err := r.stamps()
	if err != nil {
		if r.seen == now {
			return nil // reported before
		}
		r.seen = now
		return fmt.Errorf("tlswrap: watch: %w", err)
	}
	if now == r.seen {
		return nil
	}
	return r.read(now)
}

// Watch looks at the files every interval, by their time of modification and size, and reloads when one has changed. report is called, on the loop, with each error;
// a file that stays bad is reported once. nil ignores errors. stop ends it. Loop only, as is stop: the clock is a loop's, and the files
// are read on it.
func (r *Reloader) Watch(clock protocol.Clock, interval time.Duration, report func(error)) (stop func()) {
	var call protocol.DelayedCall
	stopped := false
	call = clock.CallLater(interval, func() {
		if err := r.check(); err != nil && report != nil {
			report(err)
		}
		if !stopped {
			call.Rearm(interval)
		}
	})
	return func() {
		stopped = true
		if call.Active() {
			call.Cancel()
		}
	}
}
