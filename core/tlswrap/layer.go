// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/protocol"
)

// The defaults of [Options].
const (
	// DefaultHandshakeTimeout bounds the time from the start of the connection, or of [Layer.StartTLS], to the end of the handshake.
	DefaultHandshakeTimeout = 10 * time.Second
	// DefaultCloseTimeout bounds the wait for the peer's close_notify, and for the peer to take the last bytes.
	DefaultCloseTimeout = 5 * time.Second
	// DefaultMaxHandshakeBytes bounds what a peer may send before the handshake is complete.
	DefaultMaxHandshakeBytes = 256 << 10
)

// Options configure a [Layer]. Only Config is needed.
type Options struct {
	// Config is the TLS configuration, made by hand, by [CertificateOptions] or by [OptionsForClientTLS]. It is copied. A server needs a certificate, a client a
	// ServerName or InsecureSkipVerify. A MinVersion of 0 means TLS 1.2. Renegotiation is always refused. Its callbacks run on the loop, but inside the
	// handshake's coroutine: they must not block and must not use the connection's Transport.
	Config *tls.Config
	// HandshakeTimeout bounds the handshake. 0 or less means [DefaultHandshakeTimeout].
	HandshakeTimeout time.Duration
	// CloseTimeout bounds each wait of an orderly close in which the peer makes no progress. 0 or less means [DefaultCloseTimeout].
	CloseTimeout time.Duration
	// MaxHandshakeBytes bounds what is taken from the peer during the handshake, in bytes. 0 or less means [DefaultMaxHandshakeBytes].
	MaxHandshakeBytes int
	// RequireALPN refuses a peer that does not agree on an application protocol, also one that offers none at all. It needs NextProtos, from Config or from
	// the factory. Together with RequireServerName it is the defence of RFC 9325, section 3.7 and 3.8, against cross-protocol attacks (ALPACA).
	// false accepts a peer without ALPN; a peer that offers protocols of which none is ours is refused always.
	RequireALPN bool
	// RequireServerName makes a server refuse a client that sends no server name, or one for which its certificate is not valid. false answers all names.
	RequireServerName bool
	// Logger hears why connections failed, at most ten times a second. nil means the logger of the connection's loop (its method Logger() *slog.Logger), else slog.Default().
	Logger *slog.Logger
}

// A Layer is a TLS configuration prepared for one role and shared by any number of connections on any number of loops. Twisted: the context factory.
// Immutable after start; all methods but StartTLS are safe from any goroutine.
type Layer struct {
	opt      Options
	config   *tls.Config
	client   bool
	counters counters
	lines    loglimit.Limit
}

// NewServer returns a Layer that answers handshakes.
func NewServer(opt Options) (*Layer, error) { return newLayer(opt, false) }

// NewClient returns a Layer that starts handshakes.
func NewClient(opt Options) (*Layer, error) { return newLayer(opt, true) }

func newLayer(opt Options, client bool) (*Layer, error) {
	if opt.Config == nil {
		return nil, errors.New("tlswrap: Options.Config is nil")
	}
	cfg := opt.Config
	switch {
	case client && cfg.ServerName == "" && !cfg.InsecureSkipVerify:
		return nil, errors.New("tlswrap: client without ServerName: the server's certificate could not be verified")
	case !client && len(cfg.Certificates) == 0 && cfg.GetCertificate == nil && cfg.GetConfigForClient == nil:
		return nil, errors.New("tlswrap: server without a certificate")
	case client && opt.RequireServerName:
		return nil, errors.New("tlswrap: RequireServerName is for servers")
	}
	if opt.HandshakeTimeout <= 0 {
		opt.HandshakeTimeout = DefaultHandshakeTimeout
	}
	if opt.CloseTimeout <= 0 {
		opt.CloseTimeout = DefaultCloseTimeout
	}
	if opt.MaxHandshakeBytes <= 0 {
		opt.MaxHandshakeBytes = DefaultMaxHandshakeBytes
	}
	opt.Config = cfg.Clone()
	l := &Layer{opt: opt, client: client}
	l.config = l.prepare(cfg.Clone())
	return l, nil
}

// prepare completes cfg, which is the layer's own.
func (l *Layer) prepare(cfg *tls.Config) *tls.Config {
	if cfg.MinVersion == 0 {
		cfg.MinVersion = tls.VersionTLS12
	}
	// A renegotiation is a handshake in the middle of Read, which cannot be suspended; TLS 1.3 has none, and every server refuses them today.
	cfg.Renegotiation = tls.RenegotiateNever
	if l.client {
		l.prepareClient(cfg)
	} else {
		l.prepareServer(cfg)
	}
	return cfg
}

// withProtocols returns the configuration with protos where it names none itself.
func (l *Layer) withProtocols(protos []string) *tls.Config {
	if len(protos) == 0 || len(l.opt.Config.NextProtos) > 0 {
		return l.config
	}
	cfg := l.opt.Config.Clone()
	cfg.NextProtos = slices.Clone(protos)
	return l.prepare(cfg)
}

// Wrap returns a Factory that puts TLS between a stream transport and the protocols of inner. If inner is a protocol.ALPNFactory and Config has no
// NextProtos, inner's are used.
func (l *Layer) Wrap(inner protocol.Factory) *Factory {
	f := &Factory{layer: l, config: l.config, inner: inner}
	if a, ok := protocol.As[protocol.ALPNFactory](inner); ok {
		f.config = l.withProtocols(a.AcceptableProtocols())
	}
	return f
}
