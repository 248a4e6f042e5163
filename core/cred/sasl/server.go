// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sasl

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/crammd5"
	"github.com/torsion-go/torsion/core/cred/scram"
)

// ServerConfig tells what a server offers on one connection.
type ServerConfig struct {
	// Allow lists the mechanisms to offer, as far as they are possible on the connection. None means all but CRAM-MD5 and ANONYMOUS.
	Allow []string
	// TLS is the state of the connection's TLS, nil without. A client certificate in it makes EXTERNAL possible.
	TLS *tls.ConnectionState
	// Certificate is the server's, for the channel binding tls-server-end-point. nil leaves that out.
	Certificate *x509.Certificate
	// AllowPlaintext lets passwords and tokens pass without TLS.
	AllowPlaintext bool
	// Host is what the challenges of CRAM-MD5 name. "" means "localhost".
	Host string
	// Keys finds the keys of a user for SCRAM. nil means that SCRAM is not offered.
	Keys func(username string, h scram.Hash) (scram.Keys, bool)
	// DecoyKey and DecoyIterations are those of scram.ServerConfig.
	DecoyKey        []byte
	DecoyIterations int
	// SuccessData is for protocols that can send data along with the success, as XMPP: SCRAM then needs one round trip less.
	SuccessData bool
}

var usual = []string{ScramSHA256 + "-PLUS", ScramSHA256, ScramSHA1 + "-PLUS", ScramSHA1, External, OAuthBearer, Plain, Login}

// Mechanisms returns what is offered, in the order of Allow, or the best first.
func (c ServerConfig) Mechanisms() []string {
	allow := c.Allow
	if len(allow) == 0 {
		allow = usual
	}
	return slices.DeleteFunc(slices.Clone(allow), func(m string) bool { return !c.possible(m) })
}

func (c ServerConfig) possible(mechanism string) bool {
	base, plus := strings.CutSuffix(mechanism, "-PLUS")
	switch base {
	case ScramSHA1, ScramSHA256:
		return c.Keys != nil && (!plus || len(c.bindings()) > 0)
	case Plain, Login, OAuthBearer:
		return !plus && (c.TLS != nil || c.AllowPlaintext)
	case External:
		return !plus && c.TLS != nil && len(c.TLS.VerifiedChains) > 0
	}
	return mechanism == CramMD5 || mechanism == Anonymous
}

func (c ServerConfig) bindings() []scram.Binding {
	if c.TLS == nil {
		return nil
	}
	var all []scram.Binding
	for _, name := range []string{scram.TLSExporter, scram.TLSUnique, scram.TLSServerEndPoint} {
		if name == scram.TLSServerEndPoint && c.Certificate == nil {
			continue // the state has the client's only
		}
		if b, err := scram.Bind(name, *c.TLS, c.Certificate); err == nil {
			all = append(all, b)
		}
	}
	return all
}

// plusOffered reports whether the mechanism is offered with channel binding too.
func (c ServerConfig) plusOffered(mechanism string) bool {
	return slices.Contains(c.Mechanisms(), mechanism+"-PLUS")
}

// NewServer begins a login by a mechanism that the client chose. One that is not offered is ErrMechanism.
func NewServer(mechanism string, cfg ServerConfig) (Server, error) {
	mechanism = strings.ToUpper(mechanism)
	if !slices.Contains(cfg.Mechanisms(), mechanism) {
		return nil, fmt.Errorf("%w: %.64q", ErrMechanism, mechanism)
	}
	switch mechanism {
	case Plain:
		return single(parsePlain), nil
	case Login:
		return loginServer(), nil
	case External:
		return single(func(r []byte) (cred.Credentials, error) {
			if !isText(r) {
				return nil, wrong("EXTERNAL: malformed authorization identity")
			}
			return cred.ClientCertificate{Username: string(r), State: *cfg.TLS}, nil
		}), nil
	case Anonymous:
		return single(func(r []byte) (cred.Credentials, error) {
			if !isText(r) || utf8.RuneCount(r) > 255 {
				return nil, wrong("ANONYMOUS: malformed trace")
			}
			return cred.Anonymous{Email: string(r)}, nil
		}), nil
	case OAuthBearer:
		return single(parseBearer), nil
	case CramMD5:
		return cramServer(cfg), nil
	}
	return scramServer(mechanism, cfg), nil
}

// single is a mechanism of one message, by the client.
func single(parse func([]byte) (cred.Credentials, error)) Server {
	s := &steps{first: true}
	s.todo = append(s.todo, func(r []byte) (_ []byte, err error) {
		s.creds, err = parse(r)
		return nil, err
	})
	return s
}

func isText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }

// maxName bounds names and passwords, in bytes (RFC 4616: at least 255 octets each).
const maxName = 1024

func parsePlain(r []byte) (cred.Credentials, error) {
	f := bytes.Split(r, []byte{0})
	if len(f) != 3 || !utf8.Valid(r) || len(f[1]) == 0 || len(f[1]) > maxName || len(f[2]) == 0 || len(f[2]) > maxName {
		return nil, wrong("PLAIN: malformed response")
	}
	if len(f[0]) > 0 && !bytes.Equal(f[0], f[1]) {
		return nil, fmt.Errorf("%w: sasl: PLAIN: %q asks to act for %q", cred.ErrLoginDenied, f[1], f[0])
	}
	return cred.UsernamePassword{Username: string(f[1]), Password: string(f[2])}, nil
}

func loginServer() Server {
	s := &steps{}
	var c cred.UsernamePassword
	password := func(r []byte) ([]byte, error) {
		c.Password = string(r)
		if !isText(r) || len(r) == 0 || len(r) > maxName {
			return nil, wrong("LOGIN: malformed password")
		}
		s.creds = c
		return nil, nil
	}
	username := func(r []byte) ([]byte, error) {
		c.Username = string(r)
		if !isText(r) || len(r) == 0 || len(r) > maxName {
			return nil, wrong("LOGIN: malformed name")
		}
		return []byte("Password:"), nil
	}
	s.todo = append(s.todo, func(r []byte) ([]byte, error) {
		if r != nil { // some send the name at once
			return username(r)
		}
		s.todo = slices.Insert(s.todo, 0, username)
		return []byte("Username:"), nil
	}, password)
	return s
}

// parseBearer reads "n,a=user,^Ahost=...^Aauth=Bearer TOKEN^A^A".
func parseBearer(r []byte) (cred.Credentials, error) {
	malformed := wrong("OAUTHBEARER: malformed response")
	f := strings.Split(string(r), "\x01")
	if !isText(r) || len(f) < 4 || f[len(f)-1] != "" || f[len(f)-2] != "" {
		return nil, malformed
	}
	var c cred.BearerToken
	header := strings.Split(f[0], ",")
	if len(header) != 3 || header[0] != "n" || header[2] != "" {
		return nil, malformed
	}
	if header[1] != "" {
		name, ok := strings.CutPrefix(header[1], "a=")
		if !ok || name == "" || strings.Count(name, "=") != strings.Count(name, "=2C")+strings.Count(name, "=3D") {
			return nil, malformed
		}
		c.Username = strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name)
	}
	for _, pair := range f[1 : len(f)-2] {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, malformed
		}
		if key == "auth" {
			scheme, token, ok := strings.Cut(value, " ")
			if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" || c.Token != "" {
				return nil, malformed
			}
			c.Token = token
		}
	}
	if c.Token == "" {
		return nil, malformed
	}
	return c, nil
}

func cramServer(cfg ServerConfig) Server {
	host := cfg.Host
	if host == "" {
		host = "localhost"
	}
	challenge := crammd5.NewChallenge(host)
	s := &steps{}
	s.todo = append(s.todo, func(r []byte) ([]byte, error) {
		if len(r) > 0 {
			return nil, wrong("CRAM-MD5: the server speaks first")
		}
		return []byte(challenge), nil
	}, func(r []byte) ([]byte, error) {
		c, err := crammd5.Parse(challenge, string(r))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrProtocol, err)
		}
		s.creds = c
		return nil, nil
	})
	return s
}

func scramServer(mechanism string, cfg ServerConfig) Server {
	base, plus := strings.CutSuffix(mechanism, "-PLUS")
	sc := scram.ServerConfig{Plus: plus, DecoyKey: cfg.DecoyKey, DecoyIterations: cfg.DecoyIterations}
	if base == ScramSHA1 {
		sc.Hash = scram.SHA1
	}
	if plus || cfg.plusOffered(base) {
		sc.Bindings = cfg.bindings()
	}
	login := scram.NewServer(sc)
	s := &steps{first: true}
	s.todo = append(s.todo, func(r []byte) ([]byte, error) {
		user, err := login.First(string(r))
		if err != nil {
			return nil, err
		}
		keys, known := cfg.Keys(user, sc.Hash)
		msg, err := login.Challenge(keys, known)
		return []byte(msg), err
	}, func(r []byte) ([]byte, error) {
		msg, err := login.Final(string(r))
		if c, ok := login.Credentials(); ok {
			s.creds = c
		}
		return []byte(msg), err
	})
	if !cfg.SuccessData {
		s.todo = append(s.todo, func(r []byte) ([]byte, error) {
			if len(r) > 0 {
				return nil, wrong("SCRAM: a response after the last")
			}
			return nil, nil
		})
	}
	return s
}
