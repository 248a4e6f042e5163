// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/cred/internal/saslprep"
)

// A Hash is the hash function of a mechanism: [SHA1] or [SHA256]. The zero Hash is SHA256.
type Hash int

// The hash functions.
const (
	SHA256 Hash = iota // SCRAM-SHA-256, RFC 7677
	SHA1               // SCRAM-SHA-1, RFC 5802
)

// String returns the name of the mechanism without -PLUS.
func (h Hash) String() string {
	if h == SHA1 {
		return "SCRAM-SHA-1"
	}
	return "SCRAM-SHA-256"
}

func (h Hash) new() hash.Hash {
	if h == SHA1 {
		return sha1.New()
	}
	return sha256.New()
}

func (h Hash) sum(b []byte) []byte {
	f := h.new()
	f.Write(b)
	return f.Sum(nil)
}

func (h Hash) mac(key []byte, text string) []byte {
	f := hmac.New(h.new, key)
	f.Write([]byte(text))
	return f.Sum(nil)
}

func (h Hash) size() int { return h.new().Size() }

// Bounds on the number of iterations of the key derivation.
const (
	// DefaultIterations is what NewKeys takes for 0, and the least that clients accept.
	DefaultIterations = 4096
	// DefaultMaxIterations is the most that clients accept: some tenths of a second.
	DefaultMaxIterations = 1_000_000
)

const saltSize = 16

// Keys are what a server keeps of a password. They let it recognise the password, and whoever steals them can pass for the server, but not for the user.
type Keys struct {
	Hash                 Hash
	Salt                 []byte
	Iterations           int
	StoredKey, ServerKey []byte
}

// NewKeys derives keys from a password with a fresh salt. 0 iterations mean DefaultIterations. It takes milliseconds, and fails for a password that can't be
// prepared, as an empty one.
func NewKeys(h Hash, password string, iterations int) (Keys, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails
	return DeriveKeys(h, password, salt, iterations)
}

// DeriveKeys is NewKeys with a given salt.
func DeriveKeys(h Hash, password string, salt []byte, iterations int) (Keys, error) {
	if iterations == 0 {
		iterations = DefaultIterations
	}
	if iterations < 0 {
		return Keys{}, fmt.Errorf("%w: %d", ErrIterations, iterations)
	}
	salted, err := saltedPassword(h, password, salt, iterations)
	if err != nil {
		return Keys{}, err
	}
	return Keys{h, salt, iterations, h.sum(h.mac(salted, "Client Key")), h.mac(salted, "Server Key")}, nil
}

func saltedPassword(h Hash, password string, salt []byte, iterations int) ([]byte, error) {
	p, err := saslprep.Prepare(password)
	if err != nil {
		return nil, fmt.Errorf("scram: password: %w", err)
	}
	key, err := pbkdf2.Key(h.new, p, salt, iterations, h.size())
	if err != nil {
		return nil, fmt.Errorf("scram: %w", err)
	}
	return key, nil
}

var b64 = base64.StdEncoding.Strict()

// Text returns the keys as RFC 5803 stores them: "SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY". It is a secret.
func (k Keys) Text() string {
	return fmt.Sprintf("%s$%d:%s$%s:%s", k.Hash, k.Iterations, b64.EncodeToString(k.Salt), b64.EncodeToString(k.StoredKey), b64.EncodeToString(k.ServerKey))
}

// Format prints the mechanism and the number of iterations.
func (k Keys) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "Keys(%s, %d)", k.Hash, k.Iterations) }

// LogValue is the mechanism.
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.Hash.String()) }

var errKeys = errors.New("scram: malformed stored keys")

// ParseKeys reads what [Keys.Text] returns.
func ParseKeys(text string) (Keys, error) {
	var k Keys
	f := strings.Split(text, "$")
	if len(text) > 1024 || len(f) != 3 {
		return k, errKeys
	}
	switch f[0] {
	case SHA256.String():
		k.Hash = SHA256
	case SHA1.String():
		k.Hash = SHA1
	default:
		return k, errKeys
	}
	iterations, salt, ok1 := strings.Cut(f[1], ":")
	stored, server, ok2 := strings.Cut(f[2], ":")
	if !ok1 || !ok2 {
		return k, errKeys
	}
	var err1, err2, err3 error
	var ok bool
	k.Iterations, ok = count(iterations)
	k.Salt, err1 = b64.DecodeString(salt)
	k.StoredKey, err2 = b64.DecodeString(stored)
	k.ServerKey, err3 = b64.DecodeString(server)
	if !ok || err1 != nil || err2 != nil || err3 != nil || !k.valid() {
		return Keys{}, errKeys
	}
	return k, nil
}

func (k Keys) valid() bool {
	n := k.Hash.size()
	return k.Iterations > 0 && len(k.Salt) > 0 && len(k.StoredKey) == n && len(k.ServerKey) == n
}

// count reads a positive number without a sign or leading zeros.
func count(s string) (int, bool) {
	if s == "" || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return int(n), err == nil
}
