// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Argon2id is the memory-hard scheme of RFC 9106. The zero value has the parameters that OWASP recommends for servers that check many logins.
type Argon2id struct {
	// Memory is in KiB. 0 means 19,456 (19 MiB).
	Memory uint32
	// Time is the number of passes. 0 means 2.
	Time uint32
	// Threads is the degree of parallelism, which is part of the result. 0 means 1.
	Threads uint8
}

const (
	argonSalt = 16
	argonKey  = 32
)

func (a Argon2id) withDefaults() Argon2id {
	if a.Memory == 0 {
		a.Memory = 19456
	}
	if a.Time == 0 {
		a.Time = 2
	}
	if a.Threads == 0 {
		a.Threads = 1
	}
	return a
}

// Hash returns the hash of password.
func (a Argon2id) Hash(password string) (string, error) {
	if len(password) > MaxLength {
		return "", ErrTooLong
	}
	a = a.withDefaults()
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, a.Time, a.Memory, a.Threads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, a.Memory, a.Time, a.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

func (a Argon2id) matches(h hash) bool {
	p, ok := h.(*argonHash)
	return ok && p.Argon2id == a.withDefaults() && len(p.salt) >= argonSalt && len(p.key) >= argonKey
}

type argonHash struct {
	Argon2id
	salt, key []byte
}

func parseArgon2id(stored string) (hash, error) {
	f := strings.Split(stored, "$") // "", argon2id, v=19, parameters, salt, key
	if len(f) != 6 || f[2] != "v=19" {
		return nil, malformed("argon2id", "version 19 and five fields are needed")
	}
	var h argonHash
	params := strings.Split(f[3], ",")
	if len(params) != 3 {
		return nil, malformed("argon2id", "the parameters are m, t and p")
	}
	m, ok1 := parameter(params[0], "m=", 32)
	t, ok2 := parameter(params[1], "t=", 32)
	p, ok3 := parameter(params[2], "p=", 8)
	if !ok1 || !ok2 || !ok3 || m < 8*p {
		return nil, malformed("argon2id", "bad parameters")
	}
	h.Memory, h.Time, h.Threads = uint32(m), uint32(t), uint8(p)
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.Strict().DecodeString(f[4])
	h.key, err2 = base64.RawStdEncoding.Strict().DecodeString(f[5])
	if err1 != nil || err2 != nil || len(h.salt) < 8 || len(h.salt) > 64 || len(h.key) < 16 || len(h.key) > 64 {
		return nil, malformed("argon2id", "bad salt or key")
	}
	return &h, nil
}

// parameter reads a positive number without a sign or leading zeros.
func parameter(s, prefix string, bits int) (uint64, bool) {
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok || digits == "" || digits[0] < '1' || digits[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, bits)
	return n, err == nil
}

func (h *argonHash) cost(l Limits) error {
	if h.Memory > l.Memory {
		return tooCostly("%d KiB of memory, %d are allowed", h.Memory, l.Memory)
	}
	if work := uint64(h.Memory) * uint64(h.Time); work > l.Work {
		return tooCostly("%d passes over %d KiB, the product may be %d", h.Time, h.Memory, l.Work)
	}
	return nil
}

func (h *argonHash) verify(password string) error {
	key := argon2.IDKey([]byte(password), h.salt, h.Time, h.Memory, h.Threads, uint32(len(h.key)))
	if subtle.ConstantTimeCompare(key, h.key) != 1 {
		return ErrMismatch
	}
	return nil
}
