// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sasl

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/cred/crammd5"
	"github.com/torsion-go/torsion/core/cred/scram"
)

// ClientConfig tells who logs in, and how.
type ClientConfig struct {
	// Allow lists the mechanisms to use, the preferred first. None means SCRAM, OAUTHBEARER, PLAIN, LOGIN and CRAM-MD5, as far as there is what they need; EXTERNAL and
	// ANONYMOUS are used only if they are listed.
	Allow []string
	// Username is the account. "" in EXTERNAL leaves it to the certificate.
	Username string
	// Password is for SCRAM, PLAIN, LOGIN and CRAM-MD5. "" rules them out.
	Password string
	// Token is for OAUTHBEARER. "" rules it out.
	Token string
	// TLS is the state of the connection's TLS, nil without; it makes channel binding possible.
	TLS *tls.ConnectionState
	// AllowPlaintext lets the password or token pass without TLS.
	AllowPlaintext bool
	// MinIterations and MaxIterations are those of scram.ClientConfig.
	MinIterations, MaxIterations int
}

var preferred = []string{ScramSHA256 + "-PLUS", ScramSHA1 + "-PLUS", ScramSHA256, ScramSHA1, OAuthBearer, Plain, Login, CramMD5}

func (c ClientConfig) possible(mechanism string) bool {
	base, plus := strings.CutSuffix(mechanism, "-PLUS")
	secret := c.TLS != nil || c.AllowPlaintext
	switch base {
	case ScramSHA1, ScramSHA256:
		return c.Password != "" && (!plus || c.binding().Name != "")
	case Plain, Login:
		return !plus && c.Password != "" && secret
	case OAuthBearer:
		return !plus && c.Token != "" && secret
	case External:
		return !plus && c.TLS != nil
	}
	return mechanism == CramMD5 && c.Password != "" || mechanism == Anonymous
}

func (c ClientConfig) binding() scram.Binding {
	if c.TLS == nil {
		return scram.Binding{}
	}
	name := scram.TLSExporter
	if c.TLS.Version <= tls.VersionTLS12 {
		name = scram.TLSUnique
	}
	b, err := scram.Bind(name, *c.TLS, nil)
	if err != nil {
		return scram.Binding{}
	}
	return b
}

// NewClient begins a login by the best mechanism that the server offers and the configuration allows. There being none is ErrMechanism.
func NewClient(offered []string, cfg ClientConfig) (Client, error) {
	allow := cfg.Allow
	if len(allow) == 0 {
		allow = preferred
	}
	for _, m := range allow {
		if cfg.possible(m) && slices.ContainsFunc(offered, func(o string) bool { return strings.EqualFold(o, m) }) {
			return newClient(m, offered, cfg)
		}
	}
	return nil, fmt.Errorf("%w: the server offers %.256q, of which none is possible here", ErrMechanism, offered)
}

func newClient(mechanism string, offered []string, cfg ClientConfig) (Client, error) {
	c := &client{mechanism: mechanism}
	switch mechanism {
	case Plain:
		if strings.Contains(cfg.Username+cfg.Password, "\x00") {
			return nil, fmt.Errorf("sasl: PLAIN: a name or password with NUL")
		}
		c.initial = []byte("\x00" + cfg.Username + "\x00" + cfg.Password)
	case Login:
		c.answers = append(c.answers, constant(cfg.Username), constant(cfg.Password))
	case External, Anonymous:
		c.initial = []byte(cfg.Username)
	case OAuthBearer:
		if strings.ContainsAny(cfg.Username+cfg.Token, "\x00\x01") {
			return nil, fmt.Errorf("sasl: OAUTHBEARER: a name or token with a control character")
		}
		name := ""
		if cfg.Username != "" {
			name = "a=" + strings.NewReplacer("=", "=3D", ",", "=2C").Replace(cfg.Username)
		}
		c.initial = []byte("n," + name + ",\x01auth=Bearer " + cfg.Token + "\x01\x01")
		c.optional = constant("\x01") // to the challenge that tells why the token is refused
	case CramMD5:
		c.answers = append(c.answers, func(challenge []byte) ([]byte, error) {
			return []byte(crammd5.Respond(string(challenge), cfg.Username, cfg.Password)), nil
		})
	default:
		return scramClient(c, offered, cfg)
	}
	return c, nil
}

func constant(s string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(s), nil }
}

func scramClient(c *client, offered []string, cfg ClientConfig) (Client, error) {
	base, plus := strings.CutSuffix(c.mechanism, "-PLUS")
	sc := scram.ClientConfig{Username: cfg.Username, Password: cfg.Password, Binding: cfg.binding(), NotOffered: !plus,
		MinIterations: cfg.MinIterations, MaxIterations: cfg.MaxIterations}
	if base == ScramSHA1 {
		sc.Hash = scram.SHA1
	}
	if !plus && slices.ContainsFunc(offered, func(o string) bool { return strings.EqualFold(o, base+"-PLUS") }) {
		sc.Binding = scram.Binding{} // -PLUS was offered, and this client chose not to bind
	}
	login, err := scram.NewClient(sc)
	if err != nil {
		return nil, err
	}
	first, err := login.First()
	if err != nil {
		return nil, err
	}
	c.initial = []byte(first)
	c.answers = append(c.answers, func(challenge []byte) ([]byte, error) {
		final, err := login.Final(string(challenge))
		return []byte(final), err
	}, func(challenge []byte) ([]byte, error) {
		return []byte{}, login.Verify(string(challenge))
	})
	return c, nil
}

// A client is a mechanism of an initial response and answers to challenges.
type client struct {
	mechanism string
	initial   []byte
	answers   []func(challenge []byte) ([]byte, error)
	optional  func(challenge []byte) ([]byte, error) // after the last
	failed    bool
}

func (c *client) Start() (string, []byte, error) { return c.mechanism, c.initial, nil }

func (c *client) Next(challenge []byte) ([]byte, error) {
	if len(c.answers) == 0 && c.optional != nil {
		c.answers, c.optional = append(c.answers, c.optional), nil
		c.failed = true
	}
	if len(c.answers) == 0 || len(challenge) > MaxMessage {
		c.failed = true
		return nil, wrong("a challenge that is too long or not expected")
	}
	answer := c.answers[0]
	c.answers = c.answers[1:]
	r, err := answer(challenge)
	c.failed = c.failed || err != nil
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (c *client) Done() error {
	if c.failed || len(c.answers) > 0 {
		return wrong("the server reports success before the exchange is over")
	}
	return nil
}
