// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package password

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	stdhash "hash"
	"strings"
)

// PBKDF2 is the scheme of RFC 8018, for places that ask for one of NIST's. Hashes have the form of Python's passlib.
type PBKDF2 struct {
	// Hash512 takes SHA-512 in place of SHA-256.
	Hash512 bool
	// Iterations 0 means 600,000, and 210,000 with SHA-512.
	Iterations int
}

// ab64 is base64 with "." for "+" and without padding, as passlib has it.
var ab64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").WithPadding(base64.NoPadding).Strict()

func (p PBKDF2) withDefaults() PBKDF2 {
	switch {
	case p.Iterations != 0:
	case p.Hash512:
		p.Iterations = 210_000
	default:
		p.Iterations = 600_000
	}
	return p
}

func (p PBKDF2) digest() digest {
	if p.Hash512 {
		return digest{"pbkdf2-sha512", sha512.New, sha512.Size}
	}
	return digest{"pbkdf2-sha256", sha256.New, sha256.Size}
}

// A digest is a hash function with the name of the scheme and its size.
type digest struct {
	scheme string
	new    func() stdhash.Hash
	size   int
}

// errNUL refuses what HMAC can't tell apart: it pads its keys with NUL.
var errNUL = errors.New("password: pbkdf2: a password with NUL")

// Hash returns the hash of password, which has no NUL in it.
func (p PBKDF2) Hash(password string) (string, error) {
	if len(password) > MaxLength {
		return "", ErrTooLong
	}
	if strings.IndexByte(password, 0) >= 0 {
		return "", errNUL
	}
	p = p.withDefaults()
	d := p.digest()
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	key, err := pbkdf2.Key(d.new, password, salt, p.Iterations, d.size)
	if err != nil {
		return "", fmt.Errorf("password: pbkdf2: %w", err)
	}
	return fmt.Sprintf("$%s$%d$%s$%s", d.scheme, p.Iterations, ab64.EncodeToString(salt), ab64.EncodeToString(key)), nil
}

func (p PBKDF2) matches(h hash) bool {
	q, ok := h.(*pbkdf2Hash)
	p = p.withDefaults()
	return ok && q.scheme == p.digest().scheme && q.iterations == p.Iterations
}

type pbkdf2Hash struct {
	digest
	iterations int
	salt, key  []byte
}

func parsePBKDF2(stored string) (hash, error) {
	f := strings.Split(stored, "$") // "", scheme, iterations, salt, key
	if len(f) != 5 {
		return nil, malformed("pbkdf2", "four fields are needed")
	}
	h := &pbkdf2Hash{}
	switch f[1] {
	case "pbkdf2":
		h.digest = digest{"pbkdf2", sha1.New, sha1.Size}
	case "pbkdf2-sha256":
		h.digest = PBKDF2{}.digest()
	case "pbkdf2-sha512":
		h.digest = PBKDF2{Hash512: true}.digest()
	default:
		return nil, malformed("pbkdf2", "unknown digest")
	}
	n, ok := parameter(f[2], "", 31)
	if !ok {
		return nil, malformed("pbkdf2", "bad number of iterations")
	}
	h.iterations = int(n)
	var err1, err2 error
	h.salt, err1 = ab64.DecodeString(f[3])
	h.key, err2 = ab64.DecodeString(f[4])
	if err1 != nil || err2 != nil || len(h.key) != h.size {
		return nil, malformed("pbkdf2", "bad salt or key")
	}
	return h, nil
}

func (h *pbkdf2Hash) cost(l Limits) error {
	if h.iterations > l.Iterations {
		return tooCostly("%d iterations of PBKDF2, %d are allowed", h.iterations, l.Iterations)
	}
	return nil
}

func (h *pbkdf2Hash) verify(password string) error {
	key, err := pbkdf2.Key(h.new, password, h.salt, h.iterations, len(h.key))
	if err != nil {
		return malformed("pbkdf2", err.Error())
	}
	if subtle.ConstantTimeCompare(key, h.key) != 1 || strings.IndexByte(password, 0) >= 0 {
		return ErrMismatch
	}
	return nil
}
