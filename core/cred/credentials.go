// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"fmt"
	"log/slog"
)

// Credentials are what somebody presents as proof of who they are. Their Go type is their kind, and chooses the checker; see [Register]. The types of this
// package print without their secrets.
type Credentials interface {
	// User returns the account that they claim to be for, or "" where the kind has none. Nobody has checked it.
	User() string
}

// UsernameHashedPassword are credentials that can be compared with a password in plain text, although they may not contain one: [UsernamePassword], and the
// answers of CRAM-MD5 and HTTP digest. A checker of this kind takes all of them. Twisted: IUsernameHashedPassword.
type UsernameHashedPassword interface {
	Credentials
	// CheckPassword reports in constant time whether password is the one.
	CheckPassword(password string) bool
}

// UsernameDigestHash are credentials that can be compared with the stored hash HA1 of HTTP digest, in lower-case hexadecimal. Twisted: IUsernameDigestHash.
type UsernameDigestHash interface {
	Credentials
	// CheckHash reports in constant time whether ha1 is the one.
	CheckHash(ha1 string) bool
}

// UsernamePassword is a name with a password in plain text. Twisted: IUsernamePassword.
type UsernamePassword struct{ Username, Password string }

// User returns the name.
func (c UsernamePassword) User() string { return c.Username }

// CheckPassword reports in constant time whether password is the one.
func (c UsernamePassword) CheckPassword(password string) bool { return Equal(c.Password, password) }

// Format prints the name.
func (c UsernamePassword) Format(s fmt.State, _ rune) { redact(s, "UsernamePassword", c.Username) }

// LogValue is the name.
func (c UsernamePassword) LogValue() slog.Value { return slog.StringValue(c.Username) }

// Anonymous is the request to come in as nobody. Email is what some protocols ask for out of courtesy, and may be "". Twisted: IAnonymous.
type Anonymous struct{ Email string }

// User returns "".
func (Anonymous) User() string { return "" }

// SSHPrivateKey is a public key and, in the second step, the proof of owning the private one. Twisted: ISSHPrivateKey.
type SSHPrivateKey struct {
	Username  string
	Algorithm string
	// Blob is the public key in the wire form of RFC 4253.
	Blob []byte
	// SigData is what was signed, Signature the proof. Both are nil when a client only asks whether the key would do, and then the login never succeeds.
	SigData, Signature []byte
}

// User returns the name.
func (c SSHPrivateKey) User() string { return c.Username }

// BearerToken is a token of OAuth 2 or the like, as in HTTP's Authorization and in OAUTHBEARER.
type BearerToken struct {
	// Username is the account asked for; "" leaves it to the token.
	Username string
	Token    string
}

// User returns the name.
func (c BearerToken) User() string { return c.Username }

// Format prints the name.
func (c BearerToken) Format(s fmt.State, _ rune) { redact(s, "BearerToken", c.Username) }

// LogValue is the name.
func (c BearerToken) LogValue() slog.Value { return slog.StringValue(c.Username) }

// ClientCertificate is the certificate of a TLS connection, as SASL's EXTERNAL uses it. See [CertificateChecker].
type ClientCertificate struct {
	// Username is the account asked for; "" leaves it to the certificate.
	Username string
	State    tls.ConnectionState
}

// User returns the name.
func (c ClientCertificate) User() string { return c.Username }

// Format prints the name.
func (c ClientCertificate) Format(s fmt.State, _ rune) { redact(s, "ClientCertificate", c.Username) }

// LogValue is the name.
func (c ClientCertificate) LogValue() slog.Value { return slog.StringValue(c.Username) }

// SecondFactor is a one-time code on top of other credentials. A portal whose checker for it is that of package otp asks for both.
type SecondFactor struct {
	First Credentials
	Code  string
}

// User returns that of First.
func (c SecondFactor) User() string {
	if c.First == nil {
		return ""
	}
	return c.First.User()
}

// Format prints the name.
func (c SecondFactor) Format(s fmt.State, _ rune) { redact(s, "SecondFactor", c.User()) }

// LogValue is the name.
func (c SecondFactor) LogValue() slog.Value { return slog.StringValue(c.User()) }

// Equal reports whether two secrets are equal, in a time that depends on neither's content, and on their lengths only as hashing does.
func Equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func redact(s fmt.State, kind, user string) { fmt.Fprintf(s, "%s(%q)", kind, user) }
